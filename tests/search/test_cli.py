"""The command tells a webmaster why a word finds or doesn't."""

from __future__ import annotations

from click.testing import CliRunner

from app.search.cli import search


def test_analyze_prints_the_terms_of_each_word() -> None:
    result = CliRunner().invoke(search, ["analyze", "vacunación", "VACUNACIONES", "de", "?!"])

    assert result.output.splitlines() == ["vacunación\tvacun", "VACUNACIONES\tvacun", "de\tde\t(stop)", "?!\t-"]
