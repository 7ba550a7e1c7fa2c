"""The rows of the law, and which of them governs a case."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.cases.rules import DEFAULT_RULES, Rule, UnknownKind, rule_for

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("kind", "days", "more"),
    [
        ("peticion_general", 15, 15),
        ("peticion_particular", 15, 15),
        ("queja", 15, 15),
        ("reclamo", 15, 15),
        ("denuncia", 15, 15),
        ("sugerencia", 15, 15),
        ("informacion", 10, 10),
        ("documentos", 10, 10),
        ("consulta", 30, 30),
        ("entre_autoridades", 10, 0),
        ("habeas_consulta", 10, 5),
        ("habeas_reclamo", 15, 8),
        ("trasladar", 5, 0),
        ("requerir", 10, 0),
        ("aclarar", 10, 0),
        ("copias", 3, 0),
        ("falla_del_medio", 3, 0),
        ("recurrir", 10, 0),
    ],
)
def test_a_kind_has_the_term_of_the_law(kind: str, days: int, more: int) -> None:
    rule = rule_for(kind, TODAY)

    assert (rule.days, rule.extension_max, rule.unit, rule.regime) == (days, more, "working", "general")


def test_completing_a_petition_takes_a_calendar_month_and_one_more() -> None:
    rule = rule_for("complementar", TODAY)

    assert (rule.days, rule.unit, rule.extension_max) == (1, "calendar_month", 1)


def test_a_utility_answers_a_bill_in_15_days_without_extension_and_appeals_take_5() -> None:
    assert (rule_for("reclamo_facturacion", TODAY, "utility").days, rule_for("recurrir", TODAY, "utility").days) == (
        15,
        5,
    )
    assert rule_for("reclamo_facturacion", TODAY, "utility").extension_max == 0


def test_a_utility_falls_back_on_the_general_rule() -> None:
    assert rule_for("consulta", TODAY, "utility").regime == "general"


def test_the_general_regime_never_takes_a_rule_of_utilities() -> None:
    with pytest.raises(UnknownKind):
        rule_for("reclamo_facturacion", TODAY)


@pytest.mark.parametrize(
    ("day", "days"),
    [("2020-03-27", 15), ("2020-03-28", 30), ("2022-05-17", 30), ("2022-05-18", 15)],
)
def test_the_longer_terms_of_the_emergency_ended_on_17_may_2022(day: str, days: int) -> None:
    assert rule_for("queja", date.fromisoformat(day)).days == days


def test_a_kind_without_a_rule_that_day_is_unknown() -> None:
    with pytest.raises(UnknownKind, match="no_existe"):
        rule_for("no_existe", TODAY)
    with pytest.raises(UnknownKind):
        rule_for("queja", date(2015, 6, 29))


def test_a_rule_that_is_off_applies_to_nobody() -> None:
    with pytest.raises(UnknownKind):
        rule_for("congresista", TODAY)


def test_of_two_rules_in_force_the_later_wins() -> None:
    newer = Rule("queja", 12, "Resolución 7", in_force_from=date(2026, 1, 1))

    assert rule_for("queja", TODAY, rules=[newer, *DEFAULT_RULES]) == newer
    assert rule_for("queja", date(2025, 12, 31), rules=[newer, *DEFAULT_RULES]).days == 15


def test_every_rule_carries_its_citation_and_survives_json() -> None:
    for rule in DEFAULT_RULES:
        assert "art." in rule.citation
        assert Rule.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule


def test_no_two_default_rules_of_a_kind_and_regime_are_in_force_at_once() -> None:
    days = [date(year, month, 1) for year in range(2012, 2030) for month in (1, 4, 7, 10)]

    for day in days:
        live = [(rule.kind, rule.regime) for rule in DEFAULT_RULES if rule.is_in_force(day)]
        assert len(live) == len(set(live))


def test_a_row_that_is_no_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="plazo"):
        Rule.from_dict({"kind": "queja", "days": 15, "citation": "x", "plazo": 1})
    with pytest.raises(ValueError, match="0 days"):
        Rule("queja", 0, "x")
    with pytest.raises(ValueError, match="before it starts"):
        Rule("queja", 1, "x", in_force_until=date(2000, 1, 1))
