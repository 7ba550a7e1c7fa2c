"""What is typed is stored as it is read, and can't break a header, a log or the store."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sanitize import MisleadingText, TextTooLong, clean_text, header_text

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=200)
HOSTILE = st.text(
    alphabet="a e\u0301\u0323\u0344\n\r\x00\x1b\u202e\u2066\u200d\ud800\ufeff\U000e0041\U0001f3f4\U000e007f\u2028",
    max_size=80,
)
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@given(ANY_TEXT | HOSTILE)
def test_cleaning_twice_changes_nothing_more(value: str) -> None:
    once = clean_text(value, multiline=True)

    assert clean_text(once, multiline=True) == once


@given(ANY_TEXT | HOSTILE)
def test_clean_text_can_always_be_stored_and_holds_no_control(value: str) -> None:
    text = clean_text(value, multiline=True)

    text.encode("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\x00")


@given(ANY_TEXT | HOSTILE)
def test_a_header_text_is_one_line_for_every_reader(value: str) -> None:
    text = header_text(value, 50)

    assert len(text.splitlines()) <= 1
    assert len(text) <= 50


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=100))
def test_ordinary_letters_are_only_normalised(value: str) -> None:
    assert clean_text(value) == unicodedata.normalize("NFC", value)


def test_a_mail_header_cannot_be_injected() -> None:
    assert header_text("Hola\r\nBcc: todos@example.org\u2028X: y") == "Hola Bcc: todos@example.org X: y"


def test_spanish_typed_with_loose_accents_is_composed() -> None:
    assert clean_text("  Radicacio\u0301n   de\tpetición\n") == "Radicación de petición"


def test_paragraphs_survive_in_a_long_field() -> None:
    assert clean_text("Uno\r\n\r\nDos\rTres\x00", multiline=True) == "Uno\n\nDos\nTres"


@pytest.mark.parametrize("emoji", ["😀", "\U0001fae9", "\U0001faff", "👩🏽‍🌾", "❤️", "🇨🇴", ENGLAND])
def test_emoji_stay_whole(emoji: str) -> None:
    assert clean_text(f"Gracias {emoji} sí") == f"Gracias {emoji} sí"
    assert clean_text(emoji, multiline=True) == emoji


@pytest.mark.parametrize(
    "value",
    ["\u200d", "\u200d\ufe0f", "\u0301\u0301", "\u3164", "\u2800\u2800", "\ufeff \u200d", "\u2065\U000e0fff"],
)
def test_a_text_that_nobody_sees_is_none(value: str) -> None:
    assert clean_text(value, multiline=True) == ""


def test_invisible_tag_letters_are_dropped() -> None:
    assert clean_text("pague\U000e0061\U000e0062") == "pague"


def test_an_override_is_dropped_or_refused() -> None:
    assert clean_text("factura\u202efdp.exe") == "facturafdp.exe"
    with pytest.raises(MisleadingText):
        clean_text("factura\u202efdp.exe", refuse_bidi=True)


def test_a_text_too_long_is_refused_whole_and_says_by_how_much() -> None:
    with pytest.raises(TextTooLong) as caught:
        clean_text("á" * 101, 100)

    assert caught.value.params == {"max_length": 100, "length": 101}


def test_a_letter_keeps_at_most_thirty_marks() -> None:
    assert len(clean_text("x" + "\u0323\u0331" * 50_000)) <= 31
    assert len(clean_text("x" + "\u0344" * 50)) <= 31
