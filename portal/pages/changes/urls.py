from __future__ import annotations

from django.urls import path

from portal.pages.changes import views

app_name = "changes"
urlpatterns = [
    path("", views.changes, name="list"),
    path("<uuid:pk>/", views.change, name="one"),
    path("<uuid:pk>/decide/", views.decide, name="decide"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
]
