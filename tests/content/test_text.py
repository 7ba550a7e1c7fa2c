"""Markdown of staff never becomes a script, a picture of a stranger, or a second main heading."""

from __future__ import annotations

import pytest

from app.content.render import to_html, to_text
from app.content.slugs import slug_of


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<img src=x onerror="alert(1)">',
        "![x](https://ads.example/pixel.gif)",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<https://a.example/\"onclick='alert(1)'>",
        "<svg/onload=alert(1)>",
    ],
)
def test_nothing_typed_runs_or_calls_home(text: str) -> None:
    html = to_html(text)

    # What was typed may stand there as text: no tag but the harmless ones is left, and no address but http.
    tags = [piece.split(">")[0] for piece in html.split("<")[1:]]
    assert not any(tag.startswith(("script", "img", "svg")) for tag in tags)
    assert not any(bad in tag.lower() for tag in tags for bad in (" on", "javascript:", "data:"))


def test_a_heading_of_the_text_stands_under_the_title_of_the_page() -> None:
    assert to_html("# Requisitos") == "<h2>Requisitos</h2>\n"


def test_a_picture_takes_the_text_typed_or_the_one_it_was_stored_with() -> None:
    def picture(number: int, typed: str) -> tuple[str, str]:
        return f"/tenjo/images/{number}", typed or "La plaza"

    assert 'alt="La plaza"' in to_html("![](imagen:3)", picture)
    assert 'src="/tenjo/images/3"' in to_html("![Niños](imagen:3)", picture)


def test_the_plain_text_has_the_words_and_no_markup() -> None:
    html = to_html("## Uno\n\nDos **tres** & cuatro\n\n- cinco\n- seis")

    assert to_text(html) == "Uno\nDos tres & cuatro\ncinco\nseis"


@pytest.mark.parametrize(
    ("title", "slug"),
    [("¡Abierta la vacunación!", "abierta-la-vacunacion"), ("¿?", "p"), ("Año nuevo Ñ", "ano-nuevo-n"), ("日本", "p")],
)
def test_a_title_becomes_a_plain_address(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_a_long_title_is_cut_between_words() -> None:
    slug = slug_of("palabra " * 40)

    assert len(slug) <= 70
    assert slug.endswith("palabra")
