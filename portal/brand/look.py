"""A partner's look as pages use it: name, initial and the addresses of stylesheet, icon and logo."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models.functions import MD5
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from portal.brand import palette
from portal.brand.fonts import PREFIX, SUBSETS
from tenancy.brand.models import Brand
from tenancy.context import PUBLIC, current_schema


@dataclass(frozen=True)
class Look:
    """Addresses carry a digest of what they answer, so that each may be cached for ever."""

    name: str
    colour: str
    logo_digest: str = ""

    @property
    def initial(self) -> str:
        return next((letter for letter in self.name if letter.isalnum()), "•").upper()

    @property
    def stylesheet_url(self) -> str:
        return reverse("brand:stylesheet", args=[_digest(stylesheet(self.colour))])

    @property
    def icon_url(self) -> str:
        return reverse("brand:icon", args=[_digest(icon(self))])

    @property
    def logo_url(self) -> str:
        return reverse("brand:logo", args=[self.logo_digest]) if self.logo_digest else ""


def current_look() -> Look:
    """The look of the current schema, without the logo's bytes; the operator's own host is plain."""
    if current_schema() == PUBLIC:
        return Look(_("Operations"), palette.NEUTRAL)
    row = Brand.objects.values_list("name", "colour", "logo_media_type", MD5("logo")).first()
    if row is None:
        return Look(_("Finance sync"), palette.NEUTRAL)
    name, colour, media_type, digest = row
    return Look(name, colour, digest if media_type else "")


def stylesheet(colour: str) -> str:
    """The typeface and the tokens of one brand colour."""
    return "".join(_font_face(name, characters) for name, characters in SUBSETS.items()) + palette.css(colour)


def icon(look: Look) -> str:
    """The initial on the brand colour, as SVG for the browser's tab."""
    tokens = palette.derive(look.colour).light
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="8" fill="{tokens["accent"]}"/>'
        '<text x="16" y="22.5" text-anchor="middle" font-family="system-ui, sans-serif" font-size="19" '
        f'font-weight="700" fill="{tokens["on-accent"]}">{escape(look.initial)}</text></svg>'
    )


def _font_face(name: str, characters: str) -> str:
    return (
        "@font-face{font-family:Inter;font-weight:400 700;font-style:normal;font-display:swap;"
        f'src:url("{static(PREFIX + name)}") format("woff2");unicode-range:{characters}}}\n'
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
