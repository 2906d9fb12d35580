from __future__ import annotations

from django.urls import path

from portal.pages.pipelines import views

app_name = "pipelines"
urlpatterns = [
    path("", views.pipelines, name="list"),
    path("<uuid:pk>/", views.pipeline, name="one"),
    path("<uuid:pk>/run/", views.start_run, name="run"),
    path("<uuid:pk>/pause/", views.pause_pipeline, name="pause"),
    path("<uuid:pk>/go-on/", views.go_on, name="go-on"),
    path("<uuid:pk>/go-live/", views.ask_go_live, name="go-live"),
]
