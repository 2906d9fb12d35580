from __future__ import annotations

from django.urls import path

from portal.pages.journeys import views

app_name = "journeys"
urlpatterns = [
    path("", views.find, name="find"),
    path("<slug:correlation_id>/", views.journey, name="one"),
]
