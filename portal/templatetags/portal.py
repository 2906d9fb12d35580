"""What templates say often: icons, money, moments, states. All of it plain formatting; nothing here reads data."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import lucide
from babel.numbers import format_decimal, get_currency_precision
from django import template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, to_locale

register = template.Library()
NOTHING = SafeString('<span class="mute">–</span>')
TONES = {"success": "ok", "error": "bad", "warning": "warn", "info": "info", "debug": "quiet"}
TONE_ICONS = {"ok": "circle-check", "bad": "circle-alert", "warn": "triangle-alert", "info": "info"}


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A line icon that stands beside text; it says nothing to a screen reader."""
    drawing = lucide._render_icon(name, 16, **{"class": "icon", "aria-hidden": "true"})
    return mark_safe(drawing)  # noqa: S308 - drawn by the installed package from a name in our templates


@register.simple_tag
def stylesheet(name: str) -> str:
    """The address of one of our own stylesheets."""
    return static(f"portal/css/{name}.css")


@register.filter
def words(text: str) -> list[str]:
    """A short list written as words."""
    return text.split()


@register.filter
def tone(level: str) -> str:
    """Which of ok, warn, bad, info or quiet a message level is shown in."""
    return TONES.get(level, level)


@register.filter
def tone_icon(level: str) -> str:
    """The icon that goes with a tone."""
    return TONE_ICONS.get(tone(level), "info")


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    """An amount in the reader's notation with its currency; a dash where there is none."""
    if amount is None:
        return NOTHING
    return format_html('<span class="money">{}<abbr>{}</abbr></span>', number(amount, currency), currency)


def number(amount: Decimal, currency: str) -> str:
    """The digits alone: as many decimals as the currency has, more only where the amount has more."""
    own = max(0, -int(amount.normalize().as_tuple().exponent))
    digits = max(get_currency_precision(currency) if currency else 2, own)
    locale = to_locale(get_language() or "en")
    return str(format_decimal(amount, format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale=locale))


@register.simple_tag
def when(moment: datetime | None, style: str = "at") -> str:
    """A moment. The browser shows it in the reader's zone; `style` "ago" as an age. Without script: UTC."""
    if moment is None:
        return NOTHING
    text = date_format(localtime(moment), "DATETIME_FORMAT")
    return format_html('<time data-when="{}" datetime="{}">{} UTC</time>', style, moment.isoformat(), text)


@register.filter
def duration(seconds: float) -> str:
    """A span of time in its largest sensible unit: 0.4 s, 12 s, 5 min, 3 h."""
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
