"""Cases are found by what people know of them: number, name, document, subject."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from app.cases.inbox import Filters, InboxPage, find_page
from app.db import db
from tests.conftest import Cast, HostPage, filing
from tests.console.conftest import Filer


def found(cast: Cast, q: str, **more: str) -> InboxPage:
    return find_page(cast.tenjo, None, cast.people["ana"], Filters.of({"q": q, "state": "all", **more}))


@pytest.mark.parametrize(
    "typed", ["2026-100-000001-4", "000001", "luz peña", "LUZ PENA", "52345678", "52.345.678", "alumbra", "calle 5 luz"]
)
@pytest.mark.store
def test_a_case_is_found_by(host: HostPage, cast: Cast, typed: str) -> None:
    radicado = host.send("/pqr/cases", filing()).json["radicado"]  # type: ignore[index]
    host.send("/pqr/cases", filing(name="Otro", document_number="1", subject="Vía dañada", email="o@example.org"))
    typed = typed.replace("2026", radicado[:4])

    assert [row.radicado for row in found(cast, typed).rows] == [radicado]


@pytest.mark.parametrize("typed", ["nadie", "poste", 'a" OR "b', "NEAR(luz", "subject:luz", "52345679"])
def test_what_matches_nothing_finds_nothing(host: HostPage, cast: Cast, typed: str) -> None:
    host.send("/pqr/cases", filing())

    assert found(cast, typed).rows == []


def test_a_reserved_person_is_not_found_by_name_or_document(host: HostPage, cast: Cast) -> None:
    host.send("/pqr/cases", filing(identity="reserved"))

    assert found(cast, "luz").rows == []
    assert found(cast, "52345678").rows == []
    assert len(found(cast, "alumbrado").rows) == 1


def test_another_sites_cases_are_never_found(host: HostPage, cast: Cast) -> None:
    host.send("/pqr/cases", filing())

    page = find_page(cast.other, None, cast.people["olga"], Filters.of({"q": "alumbrado", "state": "all"}))

    assert page.rows == []


@pytest.mark.parametrize("order", ["urgent", "newest", "oldest", "found"])
@pytest.mark.store
def test_pages_by_key_show_each_case_once_both_ways(file_one: Filer, cast: Cast, order: str) -> None:
    for number in range(7):
        file_one(subject=f"Asunto {number}")
    base = {"state": "open", "q": "asunto"} if order == "found" else {"state": "open", "sort": order}

    def page(**place: str) -> InboxPage:
        return find_page(cast.tenjo, None, 0, Filters.of({**base, **place}), limit=3)

    first = page()
    second = page(after=first.after)
    third = page(after=second.after)
    back = page(before=third.before)

    seen = [row.id for one in (first, second, third) for row in one.rows]
    assert sorted(seen) == sorted(set(seen)) and len(seen) == 7
    assert (first.before, third.after) == ("", "")
    assert back.rows == second.rows


@pytest.mark.parametrize("place", ["x", "~", "2026-01-01~", "~1", "2026-99-01~1", "a~999999999999999999"])
def test_a_place_that_nobody_can_have_got_is_the_first_page(host: HostPage, cast: Cast, place: str) -> None:
    host.send("/pqr/cases", filing())

    for order in ("urgent", "newest"):
        rows = find_page(cast.tenjo, None, 0, Filters.of({"state": "open", "sort": order, "after": place})).rows
        assert len(rows) == 1


@pytest.mark.parametrize("offices", [None, frozenset({3})])
def test_the_inbox_reads_only_what_is_open_in_the_order_of_its_index(
    cast: Cast, offices: frozenset[int] | None, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--store") != "sqlite":
        pytest.skip("asks SQLite for its plan")
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    find_page(cast.tenjo, offices, 0, Filters())
    event.remove(db.engine, "before_cursor_execute", note)

    [(statement, parameters)] = [one for one in asked if "LIMIT" in one[0]]
    plan = str(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
    assert "ix_cases_open_" in plan
    assert "TEMP B-TREE" not in plan
