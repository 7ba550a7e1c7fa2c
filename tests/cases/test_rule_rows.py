"""Terms that an administrator changes: from a day on, with the norm, and open cases counted again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app import audit
from app.cases import recompute, rule_rows, workflow
from app.cases.models import Case, CaseEvent
from app.cases.rule_rows import Change
from app.cases.terms import terms_of
from app.db import db
from app.errors import Invalid
from tests.conftest import Cast, HostPage, filing


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        yield clock


def to(days: int = 20, **changes: Any) -> Change:
    given = {"kind": "peticion_particular", "regime": "general", "extension_max": days, "citation": "Ley 1 de 2026"}
    return Change(days=days, **{**given, "in_force_from": date(2026, 11, 1), **changes})


def only_case() -> Case:
    db.session.rollback()
    return db.session.scalars(select(Case)).one()


@pytest.mark.store
def test_a_changed_term_moves_open_cases_and_logs_both_dates(
    clock: Any, host: HostPage, cast: Cast, mails: Any
) -> None:
    host.send("/pqr/cases", filing())

    rule_rows.change(cast.tenjo, "staff:1", to(20))
    mails()

    assert only_case().due_on == date(2026, 12, 21)
    event = db.session.scalars(select(CaseEvent).where(CaseEvent.kind == "recomputed")).one()
    assert (event.data["old"], event.data["new"]) == ("2026-12-14", "2026-12-21")
    assert audit.verify(cast.tenjo)[1] == ""


def test_what_was_radicated_before_the_day_of_effect_keeps_its_term(
    clock: Any, host: HostPage, cast: Cast, mails: Any
) -> None:
    host.send("/pqr/cases", filing())

    rule_rows.change(cast.tenjo, "staff:1", to(20, in_force_from=date(2026, 12, 1)))
    recompute.recompute({"site_id": cast.tenjo, "kind": "peticion_particular"})

    assert only_case().due_on == date(2026, 12, 14)
    terms = terms_of(cast.tenjo)
    assert terms.rule("peticion_particular", date(2026, 11, 30)).days == 15
    assert terms.rule("peticion_particular", date(2026, 12, 1)).days == 20


def test_a_date_already_missed_stays(clock: Any, host: HostPage, cast: Cast) -> None:
    host.send("/pqr/cases", filing())
    clock.move_to("2026-12-16T15:00:00Z")

    rule_rows.change(cast.tenjo, "staff:1", to(30))
    recompute.recompute({"site_id": cast.tenjo, "kind": "peticion_particular"})

    assert only_case().due_on == date(2026, 12, 14)


def test_an_extension_that_was_told_stands(clock: Any, host: HostPage, cast: Cast) -> None:
    host.send("/pqr/cases", filing())
    told = workflow.extend(cast.staff("rita"), cast.tenjo, only_case().id, 15, "Motivo.")

    rule_rows.change(cast.tenjo, "staff:1", to(10))
    recompute.recompute({"site_id": cast.tenjo, "kind": "peticion_particular"})

    assert only_case().due_on == told


def test_the_other_terms_stay_as_the_law_has_them(clock: Any, cast: Cast) -> None:
    rule_rows.change(cast.tenjo, "staff:1", to(20))

    terms = terms_of(cast.tenjo)
    assert terms.rule("consulta", date(2026, 11, 20)).days == 30
    assert terms_of(cast.other).rule("peticion_particular", date(2026, 11, 20)).days == 15


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"citation": " "}, {"kind": "nada"}, {"in_force_from": date(1900, 1, 1)}]
)
def test_a_term_that_no_case_could_have_is_refused(clock: Any, cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        rule_rows.change(cast.tenjo, "staff:1", to(**wrong))


def test_the_form_publishes_the_changed_term(clock: Any, host: HostPage, cast: Cast) -> None:
    rule_rows.change(cast.tenjo, "staff:1", to(20))

    kinds = host.get("/pqr/form").json["kinds"]  # type: ignore[index]

    assert next(one["days"] for one in kinds if one["key"] == "peticion_particular") == 20


def test_an_administrator_changes_a_term_on_its_page(clock: Any, sign_in: Any, cast: Cast) -> None:
    desk = sign_in("admin")
    typed = {"kind": "consulta", "regime": "general", "days": "25", "extension_max": "25", "citation": "Ley 2 de 2026",
             "in_force_from": "2026-11-20", "enabled": "y"}  # fmt: skip

    page = desk.get("/terms?kind=consulta&regime=general").text
    wrong = desk.post("/terms", {**typed, "citation": ""})
    saved = desk.post("/terms", typed)

    assert 'name="in_force_from"' in page
    assert (wrong.status_code, saved.status_code) == (422, 302)
    assert "Ley 2 de 2026" in desk.get("/terms").text
    db.session.rollback()
    assert terms_of(cast.tenjo).rule("consulta", date(2026, 11, 20)).days == 25


@pytest.mark.parametrize("name", ["ana", "rita", "web", "audi"])
def test_only_an_administrator_changes_terms(sign_in: Any, name: str) -> None:
    assert sign_in(name).get("/terms").status_code == 403
    assert sign_in(name).post("/terms", {"kind": "consulta"}).status_code == 403
