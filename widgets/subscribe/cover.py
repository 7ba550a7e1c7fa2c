"""The square picture that podcast directories ask of a feed with recordings: the site's initials in its own colours."""

from __future__ import annotations

import io
import re
from functools import lru_cache

from app.search.analysis import fold

SIDE = 1400
"""The least that they take (help.apple.com/itc/podcasts_connect: 1400 to 3000 pixels, square, PNG or JPEG)."""
_SMALL = {
    "de", "del", "la", "las", "los", "el", "y", "e", "of", "the", "and", "municipal", "mayor", "municipio", "alcaldia",
    "gobernacion",
}  # fmt: skip


def initials(name: str) -> str:
    """Return up to three letters by which people know the place: T for Alcaldía de Tenjo."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    telling = [word for word in words if word not in _SMALL] or words or ["v"]
    return "".join(word[0] for word in telling[:3]).upper()


@lru_cache(maxsize=200)
def draw(letters: str, accent: str, on_accent: str) -> bytes:
    """Return the PNG. Drawn and not uploaded: a session of the council must not wait for a designer."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (SIDE, SIDE), accent)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(800 - 150 * len(letters))
    pen.rectangle((90, 90, SIDE - 90, SIDE - 90), outline=on_accent, width=24)
    pen.text((SIDE / 2, SIDE / 2), letters, fill=on_accent, font=font, anchor="mm")
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True)
    return made.getvalue()
