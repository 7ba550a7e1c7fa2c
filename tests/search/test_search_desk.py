"""The console's page of search: from a query that failed to a page that comes first, in two clicks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.search import tuning
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press

ACTS = ("/search/choices", "/search/synonyms", "/search/choice/1/remove", "/search/synonym/1/remove")


@pytest.fixture
def press(app: Flask, cast: Cast) -> Press:
    return Press(app, cast.staff("admin"), cast.tenjo)


def test_it_is_closed_to_everyone_else(app: Flask, sign_in: Any) -> None:
    signed_out = app.test_client().get("/console/tenjo/search")
    no_right = sign_in("ana").get("/search")
    elsewhere = sign_in("olga").client.get("/console/tenjo/search")

    assert (signed_out.status_code, no_right.status_code, elsewhere.status_code) == (302, 403, 404)


@pytest.mark.parametrize("path", ACTS)
def test_its_acts_are_closed_to_everyone_else(app: Flask, sign_in: Any, path: str) -> None:
    assert sign_in("ana").post(path, {}).status_code == 403
    assert app.test_client().post(f"/console/tenjo{path}").status_code == 302
    assert sign_in("olga").client.post(f"/console/tenjo{path}").status_code == 404


def test_a_failing_query_is_mended_from_the_page_that_lists_it(
    sign_in: Any, press: Press, host: HostPage, cast: Cast
) -> None:
    made = press.ask("Recolección de residuos")
    host.ask("/search/seen", {"query": "basura", "found": 0})
    desk = sign_in("web")
    listed = desk.get("/search").text
    mended = desk.get("/search?fix=recolecion").text
    offered = desk.get("/search?fix=basura").text
    desk.post("/search/choices", {"text": "basura", "document": f"faq:{made}", "place": "first"})

    left = desk.get("/search").text

    answer = host.get("/search/results?q=basuras").json

    assert listed.count('href="?fix=basura#fix"') == 2 and left.count('href="?fix=basura#fix"') == 1
    assert all(f'name="document" value="faq:{made}"' in page for page in (mended, offered))
    assert "Ninguna página tiene esas palabras" in offered and "Ninguna página" not in mended
    assert answer["hits"][0]["id"] == f"faq:{made}"  # type: ignore[index]


def test_a_decision_is_taken_back(sign_in: Any, press: Press, host: HostPage) -> None:
    made = press.ask("Recolección de residuos")
    tuning.choose(press.staff, press.site, "basura", f"faq:{made}")
    [(choice, _)] = tuning.choices(press.site)
    number = choice.id
    sign_in("web").post(f"/search/choice/{number}/remove", {})

    assert host.get("/search/results?q=basura").json["total"] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("word", "other", "said"),
    [
        ("", "tasa", "una sola palabra"), ("dos palabras", "tasa", "una sola palabra"), ("!!!", "tasa", "una sola"),
        ("tasa", "tasa", "son la misma"),
    ],
)  # fmt: skip
def test_a_synonym_that_is_none_is_refused_beside_its_field(
    sign_in: Any, cast: Cast, word: str, other: str, said: str
) -> None:
    answer = sign_in("web").client.post("/console/tenjo/search/synonyms", data={"word": word, "other": other})

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{word}"' in answer.text and f'value="{other}"' in answer.text
    assert tuning.synonyms(cast.tenjo) == []


def test_the_synonym_of_a_failing_query_waits_with_the_word_that_no_page_has(
    sign_in: Any, press: Press, host: HostPage
) -> None:
    press.ask("Escenarios de la unidad deportiva municipal")
    host.ask("/search/seen", {"query": "la alberca municipal", "found": 0})
    page = sign_in("web").get("/search?fix=la+alberca+municipal").text

    assert 'name="word" maxlength="60" value="alberca"' in page


def test_a_document_of_another_site_cant_be_promoted(sign_in: Any, press: Press, cast: Cast) -> None:
    made = press.ask("Predial")
    sign_in("olga").client.post(
        "/console/other/search/choices", data={"text": "predial", "document": f"faq:{made}", "place": "first"}
    )

    assert tuning.choices(cast.other) == []
