"""`ventanilla deadline`: the date first, the count below."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cases import cli
from app.cases.rules import Rule


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.deadline, list(arguments))


def lines(*arguments: str) -> list[str]:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_the_date_comes_first_and_the_count_below() -> None:
    out = lines("2026-11-20T16:01", "--days", "15", "--reading", "B", "--closing", "16:00")

    assert out[0] == "2026-12-15"
    assert "Recibida: viernes 20 de noviembre de 2026, 4:01 p. m." in out
    assert "martes 8 de diciembre de 2026: no cuenta, es festivo (La Inmaculada Concepción)" in out
    assert "martes 15 de diciembre de 2026: día 15" in out
    assert out[-1] == "Vence: martes 15 de diciembre de 2026, a las 11:59 p. m."


@pytest.mark.parametrize(
    ("arguments", "due"),
    [
        (["2026-11-20T15:59", "--days", "15", "--closing", "16:00"], "2026-12-14"),
        (["2026-11-20T16:00", "--days", "15", "--closing", "16:00"], "2026-12-14"),
        (["2026-11-20T16:01", "--days", "15", "--reading", "A", "--closing", "16:00"], "2026-12-14"),
        (["2026-11-20T21:01:00+00:00", "--days", "15", "--closing", "16:00"], "2026-12-15"),
        (["2026-11-20T16:01", "--days", "15"], "2026-12-14"),
        (["2026-11-22T10:00", "--kind", "informacion"], "2026-12-07"),
        (["2026-11-20T10:00", "--kind", "consulta"], "2027-01-06"),
        (["2026-11-25T10:00", "--kind", "complementar"], "2026-12-28"),
        (["2021-06-01T10:00", "--kind", "queja"], "2021-07-16"),
        (["2026-11-20T10:00", "--days", "5", "--saturdays"], "2026-11-26"),
        (["2026-11-20T10:00", "--days", "5", "--closure", "2026-11-25=Aniversario"], "2026-11-30"),
        (["2026-11-20T10:00", "--days", "5", "--extra-day", "2026-11-21=Reposición"], "2026-11-26"),
        (["2026-11-20T10:00", "--days", "15", "--suspend", "2026-11-27..2026-12-10"], "2026-12-24"),
        (["2026-11-20T10:00", "--days", "15", "--suspend", "2026-11-27.."], "-"),
        (["2026-11-20T10:00", "--days", "15", "--extend", "15"], "2027-01-06"),
    ],
)
def test_the_options_say_how_the_office_counts(arguments: list[str], due: str) -> None:
    assert lines(*arguments)[0] == due


def test_it_speaks_english() -> None:
    out = lines("2026-12-07T10:00", "--days", "1", "--lang", "en")

    assert "Tuesday 8 December 2026: not counted, public holiday (Immaculate Conception)" in out
    assert out[-1] == "Due: Wednesday 9 December 2026, at 11:59 p.m."


def test_a_suspended_term_says_what_is_left() -> None:
    out = lines("2026-11-20T10:00", "--days", "15", "--suspend", "2026-11-27..")

    assert out[-1] == "El término está suspendido. Quedan 10 días."


def test_a_month_says_when_its_suspension_ended() -> None:
    out = lines("2026-11-20T10:00", "--kind", "complementar", "--suspend", "2026-12-01..2026-12-11", "--lang", "en")

    assert out[0] == "2026-12-30"
    assert any(line.startswith("Friday 11 December 2026: the suspension ends") for line in out)


def test_it_counts_by_the_rules_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([Rule("queja", 5, "Acuerdo 3").to_dict()]))

    out = lines("2026-11-20T10:00", "--kind", "queja", "--from-rules", str(path))

    assert out[0] == "2026-11-27"
    assert any("Acuerdo 3" in line for line in out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ayer"], "ayer"),
        (["2026-11-20"], "2026-11-20"),
        (["2026-11-31T10:00"], "2026-11-31"),
        (["2026-11-20T10:00", "--closing", "4pm"], "4pm"),
        (["2026-11-20T10:00", "--closing", "25:00"], "25:00"),
        (["2026-11-20T10:00", "--zone", "Marte/Olimpo"], "Marte/Olimpo"),
        (["2026-11-20T10:00", "--zone", "../../etc/passwd"], "zona"),
        (["2026-11-20T10:00", "--kind", "capricho"], "capricho"),
        (["2026-11-20T10:00", "--kind", "silencio_positivo", "--regime", "utility"], "contar"),
        (["2026-11-20T10:00", "--kind", "queja", "--days", "3"], "--kind"),
        (["2026-11-20T10:00", "--days", "0"], "0"),
        (["2026-11-20T10:00", "--closure", "2026-12-24"], "2026-12-24"),
        (["2026-11-20T10:00", "--closure", "2026-13-24=X"], "2026-13-24"),
        (["2026-11-20T10:00", "--suspend", "2026-12-24"], "2026-12-24"),
        (["2026-11-20T10:00", "--suspend", "2026-11-19.."], "contar"),
        (["2026-11-20T10:00", "--kind", "entre_autoridades", "--extend", "1"], "contar"),
        (["2150-11-20T10:00"], "2150"),
        (["9999-12-31T10:00"], "9999"),
    ],
)
def test_bad_input_is_refused_naming_it(arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_file_that_holds_no_rules_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"

    for text in ("no json", '{"a": 1}', "[1]", '[{"kind": "queja"}]', "3"):
        path.write_text(text)
        result = run("2026-11-20T10:00", "--kind", "queja", "--from-rules", str(path))
        assert (result.exit_code, "rules.json" in result.output) == (2, True), text


def keys_of(node: Any, path: str = "") -> set[str]:
    if not isinstance(node, dict):
        return {path}
    return {found for key, value in node.items() for found in keys_of(value, f"{path}.{key}")}


def test_both_languages_have_the_same_words() -> None:
    assert keys_of(cli.count_catalogue("es")) == keys_of(cli.count_catalogue("en"))
