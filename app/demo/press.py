"""What the demo's website publishes by itself: a feed of news, a recording of the council, and a hub that listens."""

from __future__ import annotations

import io
import math
import struct
import wave
from datetime import UTC, datetime
from functools import cache
from html import escape

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from app.search.crawl.hosts import FILE

FEED, RECORDING, HUB = "/noticias.xml", "/concejo.wav", "/hub"
_NEWS = (
    ("Piedraverde estrena ventanilla en línea", "Las peticiones se radican y se siguen desde este sitio.", 3),
    ("Jornada de vacunación de mascotas", "El sábado en el coliseo, de 9 a 3. Lleve el carné y la traílla.", 2),
    ("Feria campesina del domingo", "Cuarenta productores de nueve veredas, en el parque principal.", 1),
)  # fmt: skip


def add_press(site: Flask, website: str, mark: str) -> None:
    """Give the website its feed, its recording, its hub, and `mark`, by which the counter knows whose it is."""
    told: list[str] = []

    @site.get(FILE)
    def proof() -> ResponseReturnValue:
        return Response(mark, content_type="text/plain")

    @site.get("/robots.txt")
    def robots() -> ResponseReturnValue:
        # Letters are nobody's search result, and the other pages show the widgets alone.
        return Response("User-agent: *\nDisallow: /buzon\nDisallow: /hub\n", content_type="text/plain")

    @site.get(FEED)
    def feed() -> ResponseReturnValue:
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{website}/noticias?n={number}</link><guid>{website}/n/{number}"
            f"</guid><description>{escape(text)}</description><pubDate>{_date(number)}</pubDate></item>"
            for title, text, number in _NEWS
        )
        text = f"<rss version='2.0'><channel><title>Noticias</title><link>{website}</link>{items}</channel></rss>"
        return Response(text, content_type="application/rss+xml; charset=utf-8")

    @site.get(RECORDING)
    def recording() -> ResponseReturnValue:
        return Response(_bell(), content_type="audio/wav")

    @site.post(HUB)
    def hear() -> ResponseReturnValue:
        told[:] = [*request.form.getlist("hub.url"), *told][:30]
        return "", 204

    @site.get(HUB)
    def heard() -> ResponseReturnValue:
        return Response("\n".join(told) or "-", content_type="text/plain; charset=utf-8")


def _date(number: int) -> str:
    return datetime(2026, 1, 10 + number, 15, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


@cache
def _bell() -> bytes:
    """Return the bell that opens a session: two seconds of sound."""
    rate = 8000
    tones = (math.sin(2 * math.pi * 880 * at / rate) * math.exp(-2 * at / rate) for at in range(2 * rate))
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", int(20_000 * tone)) for tone in tones))
    return made.getvalue()
