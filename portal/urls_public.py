"""Addresses on the operator's domain."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from portal.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("brand/", include("portal.pages.brand.urls")),
]
