"""A site's accent, checked for contrast when it is saved and mended when it fails."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

from app.errors import Invalid

# WCAG 2.2, 1.4.3: text of normal size.
TEXT = 4.5
WHITE, BLACK = "#ffffff", "#000000"
# The surfaces on which the accent is drawn as text: the widgets' light and dark ones.
LIGHT_SURFACE = "#ffffff"


@dataclass(frozen=True)
class Accent:
    """A colour that can be read, the colour of text on it, and whether it had to be changed."""

    accent: str
    on_accent: str
    mended: bool


def _channels(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))  # type: ignore[return-value]


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1. Source: WCAG 2.2, "relative luminance"."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def check_accent(colour: str) -> Accent:
    """Return the accent as it can be used: darkened, hue kept, until links in it read 4.5:1 on white.

    Raises Invalid for what is no colour of the form #rrggbb.
    """
    colour = colour.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise Invalid(fields={"accent": ["errors.colour"]})
    readable = colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    while contrast(readable, LIGHT_SURFACE) < TEXT:
        lightness -= 0.01
        red, green, blue = colorsys.hls_to_rgb(hue, max(lightness, 0), saturation)
        readable = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
    on_accent = WHITE if contrast(readable, WHITE) >= contrast(readable, BLACK) else BLACK
    return Accent(readable, on_accent, readable != colour)
