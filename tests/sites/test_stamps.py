"""A site's stamp: what was worked out of its rows holds until one of them changes, in whichever process."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from app import create_app
from app.cases import rule_rows
from app.cases.rules import DEFAULT_RULES
from app.cases.terms import terms_of
from app.config import Settings
from app.db import db, write
from app.sites import service
from app.sites.stamps import Shapes, stamp_of
from app.words import ROOT
from tests.conftest import Cast

HOLIDAY = date(2026, 12, 7)


def _shorter(site_id: int) -> None:
    rule = next(rule for rule in DEFAULT_RULES if rule.kind == "consulta")
    rule_rows.change(
        site_id, "system", rule_rows.Change("consulta", rule.regime, 20, 20, "Acuerdo 1", date(2026, 12, 1))
    )


CHANGES: dict[str, Callable[[int], object]] = {
    "name": lambda site_id: service.change_site(site_id, "system", name="Otra"),
    "origins": lambda site_id: service.set_origins(site_id, ["https://nuevo.example"], "system"),
    "office": lambda site_id: service.save_office(site_id, "system", code="140", name="Obras"),
    "hours": lambda site_id: service.set_hours(site_id, [(0, 600, 660)], "system"),
    "closure": lambda site_id: service.set_calendar_day(site_id, HOLIDAY, False, "Cívico", "system"),
    "widget": lambda site_id: service.choose_widget(site_id, "pqr", "system", enabled=False),
    "rules of use": lambda site_id: service.publish_rules(site_id, "forum", "Con respeto.", "", "system"),
    "rule": _shorter,
}


@pytest.mark.store
def test_each_change_of_what_shapes_a_site_gives_it_a_new_stamp(app: Flask, cast: Cast) -> None:
    for name, change in CHANGES.items():
        before, other = stamp_of(cast.tenjo), stamp_of(cast.other)
        db.session.rollback()

        change(cast.tenjo)

        assert stamp_of(cast.tenjo) != before, name
        assert stamp_of(cast.other) == other, name
        db.session.rollback()


@pytest.mark.store
def test_what_another_process_changes_counts_at_once(app: Flask, cast: Cast, settings: Settings) -> None:
    site = service.find_site("tenjo")
    assert site is not None and terms_of(cast.tenjo).calendar.is_working(HOLIDAY)
    db.session.rollback()

    with create_app(replace(settings)).app_context():
        CHANGES["closure"](cast.tenjo)
        CHANGES["origins"](cast.tenjo)
        CHANGES["office"](cast.tenjo)
        db.session.remove()
        db.engine.dispose()

    assert not terms_of(cast.tenjo).calendar.is_working(HOLIDAY)
    assert service.site_info(cast.tenjo).origins == {"https://nuevo.example"}
    assert service.office_by_code(cast.tenjo, "140")


@pytest.mark.store
def test_what_was_rolled_back_is_not_remembered(app: Flask, cast: Cast) -> None:
    def half() -> None:
        with write():
            CHANGES["name"](cast.tenjo)
            assert service.site_info(cast.tenjo).name == "Otra"
            raise KeyError

    with pytest.raises(KeyError):
        half()

    assert service.site_info(cast.tenjo).name == "Alcaldía de Tenjo"


def test_no_statement_changes_such_rows_in_bulk() -> None:
    names = "|".join(one.__name__ for one in Shapes.__subclasses__())
    bulk = re.compile(rf"\b(insert|update|delete)\(({names})\b")

    sources = [path for part in ("app", "widgets") for path in (ROOT / part).rglob("*.py")]
    found = [path for path in sources if bulk.search(path.read_text())]

    assert len(Shapes.__subclasses__()) == 9
    assert found == []
