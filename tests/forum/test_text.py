"""What people write comes out safe, and what they ask for is seen: bad input, and forty labelled examples."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from widgets.forum import weighing
from widgets.forum.markup import render
from widgets.forum.reading import as_read, asks

ROOT = Path(__file__).parents[2]
MORE = json.loads((Path(__file__).parent / "petitions.json").read_text("utf-8"))


def test_of_nearly_two_hundred_sentences_it_misses_few_and_offers_talk_nothing() -> None:
    missed = [text for text in MORE["asking"] if not asks(text)]
    offered = [text for text in MORE["talking"] if asks(text)]

    assert (len(MORE["asking"]), len(MORE["talking"])) == (92, 92)
    assert (missed[2:], offered) == ([], [])


# As people write in a forum: polite, angry, indirect, without accents, misspelled. Written before the rules were read.
# "held_out" and "apart" teach nothing: neither rules nor weights were made with them. "hard" report what is wrong, or
# ask without asking.
TALK = json.loads((Path(__file__).parent / "forum_talk.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("part", "missed", "offered"),
    [("improved_with", 0, 0), ("later", 2, 1), ("hard", 2, 1), ("held_out", 1, 1), ("apart", 6, 1)],
)
def test_of_fresh_sentences_it_sees_most_petitions_and_offers_little(part: str, missed: int, offered: int) -> None:
    asking, talking = TALK[part]["asking"], TALK[part]["talking"]

    assert len(asking) == len(talking) >= 20
    assert sum(not asks(text) for text in asking) <= missed
    assert sum(asks(text) for text in talking) <= offered


def test_the_weights_are_those_of_the_sentences_that_teach() -> None:
    made: Any = runpy.run_path(str(ROOT / "tools" / "weigh_petitions.py"))["made"]()

    assert made == weighing.weights()


def test_a_long_text_is_weighed_in_pieces() -> None:
    talk = "Me parece muy bonito el parque y felicito a todos los vecinos por la fiesta de ayer. " * 20

    assert not asks(talk)
    assert asks(talk + "Solicito que reparen el puente de la vereda, nadie responde hace dos meses. " + talk)


def test_line_ends_and_blanks_are_one_to_what_reads() -> None:
    """Five thousand of them took thirteen seconds: each pattern went through all of them from each of them."""
    assert as_read("  Pido\t\u00a0 \n" + "\n" * 4_000 + "> Solicito\n luz ") == "pido\nluz"


@pytest.mark.parametrize("text", TALK["forty"]["asking"])
def test_a_petition_is_seen(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", TALK["forty"]["talking"])
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
    assert "href" not in render("[x](https:console/logout) [y](HTTP:/x) [z](https:///x) [w](http:\\\\x)")


def test_links_are_not_vouched_for() -> None:
    assert render("https://example.org") == (
        '<p><a href="https://example.org" rel="nofollow ugc noopener">https://example.org</a></p>'
    )


def test_a_thousand_quotes_deep_is_five() -> None:
    assert render("> " * 1000 + "hola").count("<blockquote>") == 5


def test_zalgo_is_calmed_and_accents_stay() -> None:
    html = render("a" + "\u0301" * 40 + " ñandú")

    assert html.count("\u0301") <= 2
    assert render("ก" + "\u0e47" * 9 + "\u0e49" * 9) == "<p>ก\u0e47\u0e47</p>"
    assert "ñandú" in html


def test_a_line_end_is_a_line_end() -> None:
    assert render("uno\ndos") == "<p>uno<br>\ndos</p>"
