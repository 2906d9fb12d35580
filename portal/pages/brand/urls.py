"""Addresses of the brand's files; open to everybody, as the sign-in page needs them."""

from __future__ import annotations

from django.urls import path

from portal.pages.brand import views

app_name = "brand"
urlpatterns = [
    path("<slug:digest>.css", views.brand_stylesheet, name="stylesheet"),
    path("<slug:digest>.svg", views.brand_icon, name="icon"),
    path("logo/<slug:digest>", views.brand_logo, name="logo"),
]
