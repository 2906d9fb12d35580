"""The brand's files. An address whose digest is not the current one is gone, so nothing stale is ever cached."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from portal.brand.look import current_look, icon, stylesheet
from portal.shell.access import open_to_everybody
from tenancy.brand.models import Brand

FOR_EVER = "public, max-age=31536000, immutable"


@open_to_everybody
def brand_stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """Typeface and colours."""
    look = current_look()
    return _kept(request, look.stylesheet_url, stylesheet(look.colour), "text/css; charset=utf-8")


@open_to_everybody
def brand_icon(request: HttpRequest, digest: str) -> HttpResponse:
    """The icon in the browser's tab."""
    look = current_look()
    return _kept(request, look.icon_url, icon(look), "image/svg+xml")


@open_to_everybody
def brand_logo(request: HttpRequest, digest: str) -> HttpResponse:
    """The logo as it was re-encoded on upload."""
    look = current_look()
    if not look.logo_digest:
        raise Http404
    brand = Brand.objects.get()
    return _kept(request, look.logo_url, bytes(brand.logo), brand.logo_media_type)


def _kept(request: HttpRequest, address: str, content: str | bytes, media_type: str) -> HttpResponse:
    if request.path != address:
        raise Http404
    return HttpResponse(content, content_type=media_type, headers={"Cache-Control": FOR_EVER})
