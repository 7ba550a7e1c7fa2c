"""What people write comes out safe, and what they ask for is seen: bad input, and forty labelled examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from widgets.forum.markup import render
from widgets.forum.reading import as_read, asks

ASKING = (
    "Solicito que reparen el puente de la vereda.",
    "Por favor arreglen el alumbrado de la calle 5.",
    "Pido que me informen cuánto costó el parque.",
    "Exijo una respuesta sobre el agua.",
    "Quisiera saber cuándo pavimentan la vía a la escuela.",
    "Necesito copia del contrato de las obras.",
    "Tapen el hueco de la esquina, ya hay dos accidentes.",
    "Presento una queja por el trato del funcionario.",
    "En ejercicio del derecho de petición, pregunto por el presupuesto.",
    "¿Para cuándo van a arreglar la cancha?",
    "Les pedimos que pongan un reductor de velocidad.",
    "Agradecería que me respondan por escrito.",
    "Sírvanse indicar quién responde por la basura.",
    "Hagan algo con los perros del parque.",
    "¿Hasta cuándo seguimos sin agua?",
    "Queremos que nos reparen el salón comunal.",
    "Recojan la basura los domingos también.",
    "Ruego que revisen el semáforo.",
    "Pongo esta denuncia: botan escombros en la quebrada.",
    "Por favor, instalen cámaras en la entrada.",
)
TALKING = (
    "Me parece muy bien el parque.",
    "Quiero felicitar a la alcaldía por la fiesta.",
    "Estoy de acuerdo con doña Luz.",
    "El diseño anterior era más bonito.",
    "Pido disculpas por mi comentario de ayer.",
    "Vivo en la vereda hace treinta años.",
    "No pido nada, solo cuento lo que vi.",
    "¿Alguien sabe a qué hora abre la biblioteca?",
    "Ayer repararon la calle y quedó muy bien.",
    "Quiero opinar sobre el mercado campesino.",
    "Los árboles nativos dan buena sombra.",
    "Les pido a los vecinos que saquen la basura a tiempo.",
    "En mi barrio hay mucho ruido los sábados.",
    "Gracias por la respuesta.",
    "Yo preferiría bancas de madera.",
    "La obra terminó en diciembre.",
    "Sería bueno un taller de poesía.",
    "El año pasado llovió menos.",
    "> Solicito que reparen el puente.\nYo opino lo contrario.",
    "Quiero compartir una foto de la fiesta.",
)


MORE = json.loads((Path(__file__).parent / "petitions.json").read_text("utf-8"))


def test_of_nearly_two_hundred_sentences_it_misses_few_and_offers_talk_nothing() -> None:
    missed = [text for text in MORE["asking"] if not asks(text)]
    offered = [text for text in MORE["talking"] if asks(text)]

    assert (len(MORE["asking"]), len(MORE["talking"])) == (92, 92)
    assert (missed[2:], offered) == ([], [])


# As people write in a forum: polite, angry, indirect, without accents, misspelled. Written before the rules were read.
# Those held out were never looked at while the rules were mended; "later" are those that were written after it.
TALK = json.loads((Path(__file__).parent / "forum_talk.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("part", "missed", "offered"), [("improved_with", 0, 0), ("held_out", 3, 2), ("later", 6, 2)]
)
def test_of_fresh_sentences_it_sees_most_petitions_and_offers_little(part: str, missed: int, offered: int) -> None:
    asking, talking = TALK[part]["asking"], TALK[part]["talking"]

    assert len(asking) == len(talking) >= 20
    assert sum(not asks(text) for text in asking) <= missed
    assert sum(asks(text) for text in talking) <= offered


def test_line_ends_and_blanks_are_one_to_what_reads() -> None:
    """Five thousand of them took thirteen seconds: each pattern went through all of them from each of them."""
    assert as_read("  Pido\t\u00a0 \n" + "\n" * 4_000 + "> Solicito\n luz ") == "pido\nluz"


@pytest.mark.parametrize("text", ASKING)
def test_a_petition_is_seen(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", TALKING)
def test_talk_is_left_to_be_talk(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "![x](https://elsewhere.example/pixel.png)",
        '<img src=x onerror="alert(1)">',
        '<a href="#" onclick="x()">x</a>',
        "<svg><script>1</script></svg>",
        "[x](vbscript:x)",
        '<iframe src="//x.example"></iframe>',
        "**<style>*{}</style>**",
    ],
)
def test_nothing_in_it_runs_or_loads(text: str) -> None:
    html = render(text).lower()

    for dangerous in (
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<style",
        "javascript:",
        "vbscript:",
        'href="data:',
        "<a onclick",
    ):
        assert dangerous not in html


def test_a_link_that_may_lead_nowhere_leads_nowhere() -> None:
    assert "href" not in render("[x](javascript:alert(1)) [y](data:text/html,z) [z](/console/logout)")


def test_links_are_not_vouched_for() -> None:
    assert render("https://example.org") == (
        '<p><a href="https://example.org" rel="nofollow ugc noopener">https://example.org</a></p>'
    )


def test_a_thousand_quotes_deep_is_five() -> None:
    assert render("> " * 1000 + "hola").count("<blockquote>") == 5


def test_zalgo_is_calmed_and_accents_stay() -> None:
    html = render("a" + "\u0301" * 40 + " ñandú")

    assert html.count("\u0301") <= 2
    assert "ñandú" in html


def test_a_line_end_is_a_line_end() -> None:
    assert render("uno\ndos") == "<p>uno<br>\ndos</p>"
