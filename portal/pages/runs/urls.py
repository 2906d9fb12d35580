from __future__ import annotations

from django.urls import path

from portal.pages.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.runs, name="list"),
    path("<uuid:pk>/", views.run, name="one"),
    path("<uuid:pk>/progress/", views.run_progress, name="progress"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
]
