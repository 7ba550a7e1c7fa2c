"""What the box asks of the server, and the same page without script."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.clock import now
from app.db import db
from app.search import tuning
from app.search.index import the_index
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press

AWKWARD = [
    "a" * 10_000, "de la los", "?!.,;", '"sin cerrar', "***", "\x07\x1b", "' OR 1=1 --", "title:x AND NOT (y OR",
    "^~[]{}", "-", '"" -""', "%00", "😀", "<script>alert(1)</script>", "ñ" * 300,
]  # fmt: skip


@pytest.fixture
def press(app: Flask, cast: Cast) -> Press:
    return Press(app, cast.staff("admin"), cast.tenjo)


def ask(host: HostPage, text: str, **args: Any) -> dict[str, Any]:
    answer = host.client.get("/api/tenjo/search/results", query_string={"q": text, **args}, headers=host.headers())
    assert answer.status_code == 200, answer.text
    return dict(answer.json)  # type: ignore[call-overload]


def test_a_question_is_found_with_its_words_marked_and_an_address_to_open(press: Press, host: HostPage) -> None:
    made = press.ask("¿Dónde pago el predial?", "En la Secretaría de Hacienda.")

    found = ask(host, "pagar predial")

    assert (found["total"], found["hits"][0]["id"]) == (1, f"faq:{made}")
    assert ["predial", True] in found["hits"][0]["title"]
    assert found["hits"][0]["url"] == f"http://localhost:8000/tenjo/faq#faq-{made}"


def test_another_sites_content_is_never_found(press: Press, host: HostPage) -> None:
    press.ask("¿Dónde pago el predial?")
    host.site, host.origin = "other", "https://www.otra.example"

    answer = host.client.get("/api/other/search/results?q=predial", headers=host.headers())

    assert answer.json["total"] == 0  # type: ignore[index]


def test_kinds_are_counted_and_one_can_be_chosen(press: Press, host: HostPage) -> None:
    press.ask("Predial")
    press.publish("Descuento en el predial")

    assert [(one["kind"], one["count"]) for one in ask(host, "predial")["facets"]] == [("faq", 1), ("news", 1)]
    assert [hit["kind"] for hit in ask(host, "predial", kind="news")["hits"]] == ["news"]


def test_while_typing_the_best_come_grouped_by_kind(press: Press, host: HostPage) -> None:
    press.ask("Predial")
    press.publish("Descuento en el predial")

    quick = host.get("/search/quick?q=predial").json

    assert {group["kind"] for group in quick["groups"]} == {"faq", "news"}  # type: ignore[index]


def test_nothing_found_says_what_to_do_next(host: HostPage) -> None:
    page = host.client.get("/tenjo/search?q=xyzzy").text

    assert "No encontramos nada" in page
    assert "/tenjo/pqr" in page and "/tenjo/contact" in page


def test_a_slip_is_offered_mended(press: Press, host: HostPage) -> None:
    press.ask("¿Dónde pago el predial?")

    assert "predial" in (ask(host, "predail")["did_you_mean"] or "")
    assert "Quizás quiso decir" in host.client.get("/tenjo/search?q=predail").text


@pytest.mark.parametrize("text", AWKWARD)
def test_whatever_is_typed_gets_an_answer(press: Press, host: HostPage, text: str) -> None:
    press.ask("Predial")

    ask(host, text)
    page = host.client.get("/tenjo/search", query_string={"q": text, "kind": "nada", "page": "99999"})
    quick = host.client.get("/api/tenjo/search/quick", query_string={"q": text}, headers=host.headers())

    assert (page.status_code, quick.status_code) == (200, 200)
    assert "<script>alert" not in page.text


def test_results_can_be_reached_by_their_address_without_script(press: Press, host: HostPage) -> None:
    press.ask("¿Dónde pago el <predial>?")

    page = host.client.get("/tenjo/search?q=predial").text

    assert "<mark>predial</mark>" in page
    assert "&lt;" in page


def test_a_foreign_page_is_refused(host: HostPage) -> None:
    host.origin = "https://malo.example"

    assert host.get("/search/results?q=x").status_code == 403


# Counting


def seen(host: HostPage, query: str, **more: Any) -> int:
    return host.ask("/search/seen", {"query": query, **more}).status_code


def asked(press: Press, **only: Any) -> list[tuning.Asked]:
    db.session.rollback()
    return tuning.asked(press.site, now().date(), **only)


def counted(press: Press) -> list[tuple[str, int, int]]:
    return [(row.text, row.times, row.clicks) for row in asked(press)]


@pytest.mark.store
def test_a_query_is_counted_and_so_is_its_click(press: Press, host: HostPage) -> None:
    seen(host, "Pagar  Predial", found=3)
    seen(host, "pagar predial", opened=True)

    assert counted(press) == [("pagar predial", 1, 1)]


def test_one_network_counts_once_an_hour(press: Press, host: HostPage) -> None:
    for _ in range(5):
        seen(host, "predial", found=1)

    assert counted(press) == [("predial", 1, 0)]


@pytest.mark.parametrize("text", ["52345678", "ana@example.org", "juan 310 555 12 34", "a" * 61])
def test_what_may_name_a_person_is_not_kept(press: Press, host: HostPage, text: str) -> None:
    assert seen(host, text) == 200
    assert counted(press) == []


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": "x", "found": -1}, {"query": "x", "who": "me"}])
def test_a_malformed_count_is_refused(host: HostPage, body: dict[str, Any]) -> None:
    assert host.ask("/search/seen", body).status_code == 422


# Tuning


def test_staff_put_a_page_first_for_all_forms_of_a_query(press: Press, host: HostPage) -> None:
    press.ask("Predial y descuentos")
    best = press.ask("Impuesto de la casa")
    tuning.choose(press.staff, press.site, "pagar el predial", f"faq:{best}")

    assert ask(host, "predial pago")["hits"][0]["id"] == f"faq:{best}"
    assert ask(host, "predial pago")["hits"][0]["promoted"]


def test_a_synonym_finds_what_the_pages_call_otherwise(press: Press, host: HostPage) -> None:
    made = press.ask("Recolección de residuos")
    tuning.add_synonym(press.staff, press.site, "basura", "residuos")

    assert [hit["id"] for hit in ask(host, "basura")["hits"]] == [f"faq:{made}"]


def test_failing_queries_are_listed_for_staff(press: Press, host: HostPage) -> None:
    seen(host, "piscina", found=0)
    seen(host, "predial", found=4)

    assert [row.text for row in asked(press, failing=True)] == ["piscina"]


# The index


def test_a_lost_index_is_built_again_from_sql(press: Press, app: Flask) -> None:
    import shutil

    press.ask("Predial")
    shutil.rmtree(app.extensions["ventanilla"].settings.instance / "index")
    index: Any = the_index()
    index._engine = None
    index.update()

    assert len(press.found("predial")) == 1


@pytest.mark.store
def test_content_and_its_place_in_the_queue_are_one_transaction(
    press: Press, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.search import feeding

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the audit trail is full")

    monkeypatch.setattr("app.content.service.append_audit", fails)
    with pytest.raises(RuntimeError):
        press.ask("Predial")

    assert feeding.waiting() == 0
    assert feeding.is_empty()


def test_a_change_taken_and_not_struck_off_is_taken_again(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.search.feeding import SqlFeed

    def dies(_self: SqlFeed, _numbers: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SqlFeed, "done", dies)
        with pytest.raises(KeyboardInterrupt):
            press.ask("Predial")
    the_index().update()

    assert len(press.found("predial")) == 1
    assert the_index().engine.count() == 1
