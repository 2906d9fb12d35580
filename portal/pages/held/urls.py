from __future__ import annotations

from django.urls import path

from portal.pages.held import views

app_name = "held"
urlpatterns = [
    path("", views.items, name="list"),
    path("<uuid:pk>/", views.item, name="one"),
    path("<uuid:pk>/release/", views.ask_release, name="release"),
    path("<uuid:pk>/retry/", views.retry, name="retry"),
    path("<uuid:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
]
