"""Addresses on a partner's own domain."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from portal import hooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.pages.signin.urls")),
    path("", include("portal.pages.home.urls")),
    path("held/", include("portal.pages.held.urls")),
    path("changes/", include("portal.pages.changes.urls")),
    path("pipelines/", include("portal.pages.pipelines.urls")),
    path("runs/", include("portal.pages.runs.urls")),
    path("journeys/", include("portal.pages.journeys.urls")),
    path("brand/", include("portal.pages.brand.urls")),
    path("hooks/<uuid:connection_id>/", hooks.receive, name="hook"),
]
handler400 = "portal.shell.errors.bad_request"
handler403 = "portal.shell.errors.forbidden"
handler404 = "portal.shell.errors.not_found"
handler500 = "portal.shell.errors.server_error"
