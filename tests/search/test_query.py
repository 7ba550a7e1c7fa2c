"""Anything may be typed into the box."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.search.query import MOST_WORDS, Phrase, Query, Word, key_of, parse


def test_words_phrases_and_unwanted_words_are_told_apart() -> None:
    query = parse('Horario "Alcaldía Municipal" -festivos')

    assert query == Query((Word("horario"), Phrase(("alcaldía", "municipal"))), (Word("festivos"),))


def test_a_hyphen_inside_a_word_takes_nothing_out() -> None:
    assert parse("covid-19 - x") == Query((Word("covid"), Word("19"), Word("x")))


def test_an_unbalanced_quote_is_no_phrase() -> None:
    assert parse('"impuesto predial') == Query((Word("impuesto"), Word("predial")))


def test_quotes_of_word_processors_make_phrases() -> None:
    assert parse("“plan de desarrollo”") == parse('"plan de desarrollo"') == parse("«plan de desarrollo»")


def test_common_words_count_only_when_nothing_else_was_typed() -> None:
    assert parse("el pago de la multa").words() == ("pago", "multa")
    assert parse("de la").words() == ("de", "la")


@pytest.mark.parametrize("text", ["", "   ", '""', "- - -", "***", "¿?", "\x00\x01\x1f", "'", '"""""', "(", "~^"])
def test_punctuation_alone_wants_nothing(text: str) -> None:
    assert parse(text).wanted == ()


def test_syntax_of_engines_is_only_words() -> None:
    query = parse("title:foo^2 AND [a TO b] site:otra*")

    assert query.words() == ("title", "foo", "2", "and", "to", "b", "site", "otra")


def test_ten_thousand_characters_are_cut_to_a_few_words() -> None:
    assert len(parse("palabra" * 2000).words()) == 1
    assert len(parse(" ".join(f"w{n}" for n in range(5000))).words()) == MOST_WORDS


def test_the_key_of_a_query_is_the_same_for_forms_and_order() -> None:
    assert key_of("vacunaciones gratis") == key_of("Gratis vacunación")
    assert key_of("vacunaciones gratis") != key_of("vacunaciones")


SYNTAX = st.text(st.sampled_from(string.printable + "“”«»áéñÑ\x00\u200b\u0301\ud800*?^~:()[]{}\"'-+&|!"), max_size=200)


@settings(deadline=None, max_examples=300)
@given(SYNTAX | st.text(max_size=300))
def test_any_text_makes_a_query(text: str) -> None:
    query = parse(text)

    assert len(query.words()) <= MOST_WORDS
    assert all(word for word in query.words())


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SYNTAX | st.text(max_size=100))
def test_any_text_is_answered(stocked, text: str) -> None:  # type: ignore[no-untyped-def]
    results = stocked.ask(text)

    assert 0 <= len(results.hits) <= 10
    assert len(results.hits) <= results.total <= 3
    assert len(stocked.engine.suggest("tenjo", text)) <= 8


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):  # type: ignore[no-untyped-def]
    from tests.search.conftest import Town

    town = Town(tmp_path_factory.mktemp("stocked"))
    town.publish("a", "Impuesto predial", "Pague el impuesto predial. " * 20)
    town.publish("b", "Jornada de vacunación", "Vacunas para niños y niñas, de 8 a 12. " * 20)
    town.publish("c", "Quiénes somos", "La alcaldía de todos, title foo and or not.")
    return town


@pytest.mark.parametrize("text", ["x" * 10_000, "de la el y " * 900, '"' * 9999, "-" * 10_000, "* ? ~", "\x00" * 500])
def test_hostile_texts_find_nothing_and_break_nothing(stocked, text: str) -> None:  # type: ignore[no-untyped-def]
    results = stocked.ask(text)

    assert results.total <= 3


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-5, 0), (10, -3), (10, 10**9), (10**9, 0)])
def test_odd_pages_are_empty_or_whole(stocked, limit: int, offset: int) -> None:  # type: ignore[no-untyped-def]
    assert len(stocked.ask("impuesto", limit=limit, offset=offset).hits) <= 1
