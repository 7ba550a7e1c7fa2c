"""One slip of the finger is mended, and nobody is shown what others should not see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.search.conftest import Town

TITLES = ["Jornada de vacunación", "Impuesto predial", "Certificado de residencia", "Licencia de construcción"]


@pytest.fixture
def titled(town: Town) -> Town:
    for number, title in enumerate(TITLES):
        town.publish(f"t{number}", title, "Texto de la página de la alcaldía. " * 5)
    return town


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vacunavion", "vacunación"),
        ("vacunacin", "vacunación"),
        ("vaccunacion", "vacunación"),
        ("vacuancion", "vacunación"),
        ("impuesto perdial", "impuesto predial"),
        ("Certivicado de residencia", "certificado de residencia"),
        ("sertificado residensia", "certificado residencia"),
        ("lisensia de construccion", "licencia de construccion"),
        ('"impuesto predail"', '"impuesto predial"'),
    ],
)
def test_a_slip_is_mended(titled: Town, typed: str, meant: str) -> None:
    assert (titled.ask(typed).did_you_mean or "").lower() == meant


def test_the_mended_query_finds_the_page(titled: Town) -> None:
    mended = titled.ask("impuezto predail").did_you_mean

    assert mended and titled.ids(mended)[0] == "t1"


@pytest.mark.parametrize("typed", ["impuesto predial", "vacunacion", "vacunaciones", "página", "xyzzy", "residente"])
def test_what_is_right_or_hopeless_gets_no_advice(titled: Town, typed: str) -> None:
    assert titled.ask(typed).did_you_mean is None


def test_stems_are_never_shown(titled: Town) -> None:
    mended = titled.ask("constrccion").did_you_mean

    assert mended == "construcción"


def test_suggestions_continue_the_last_word_of_titles(titled: Town) -> None:
    assert titled.engine.suggest("tenjo", "certif") == ("Certificado de residencia",)
    assert titled.engine.suggest("tenjo", "licencia CONSTRUCCIO") == ("Licencia de construcción",)
    assert titled.engine.suggest("tenjo", "zzz") == titled.engine.suggest("tenjo", " ") == ()


def test_past_queries_come_first_when_several_people_typed_them(make_town: Callable[..., Town]) -> None:
    queries = [("predial en línea", 9), ("predial de juan pérez", 1), ("predial 52841239", 8), ("predial ana@x.co", 7)]
    town = make_town(past_queries=lambda site: queries)
    town.publish("a", "Impuesto predial", "x")

    assert town.engine.suggest("tenjo", "pred") == ("predial en línea", "Impuesto predial")


def test_the_denylist_holds_for_titles_queries_and_mended_words(make_town: Callable[..., Town]) -> None:
    town = make_town(past_queries=lambda site: [("mierda de alcalde", 50), ("pozos secretos", 50)], denied=["Secretos"])
    town.publish("a", "Pozos secretos", "x")

    assert town.engine.suggest("tenjo", "mier") == town.engine.suggest("tenjo", "pozos") == ()
    assert town.ask("secrtos").did_you_mean is None
    assert town.ask("mierd").did_you_mean is None


def test_a_removed_title_is_suggested_no_more(titled: Town) -> None:
    from app.search.engine import Remove

    titled.engine.apply([Remove("t1")])

    assert titled.engine.suggest("tenjo", "pred") == ()
