"""Printed slips: one code each, with a square that opens the survey on a telephone."""

from __future__ import annotations

import io
from dataclasses import dataclass

from flask import current_app
from markupsafe import Markup


@dataclass(frozen=True)
class Slip:
    """One slip: what is printed on it."""

    code: str
    url: str
    square: Markup


def slips(site_key: str, survey_key: str, codes: list[str], lang: str) -> list[Slip]:
    """Return the slips of these codes."""
    base: str = current_app.extensions["ventanilla"].settings.base_url
    page = f"{base}/{site_key}/survey/{survey_key}?lang={lang}"
    return [Slip(code, page, _square(f"{page}&code={code}")) for code in codes]


def _square(text: str) -> Markup:
    import qrcode  # with Pillow and lxml 7 MB, in a process that may never print a slip
    import qrcode.image.svg

    made = qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage, box_size=8, border=2)
    drawn = io.BytesIO()
    made.save(drawn)
    # Drawn by our own library from our own text; nothing typed by anyone is in it.
    return Markup(drawn.getvalue().decode().partition("?>")[2] or drawn.getvalue().decode())  # noqa: S704
