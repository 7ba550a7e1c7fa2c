"""Numbers that never meet, and codes that can be read over the telephone."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.radicado import (
    ALPHABET,
    DIGITS,
    BadPattern,
    BadRadicado,
    Pattern,
    Radicado,
    code_hash,
    derive_code,
    format_code,
    is_code,
    normalise_code,
)

DAY = date(2026, 11, 23)
SECRET = b"s" * 32
CODES = st.builds(derive_code, st.binary(min_size=16, max_size=32), st.binary(max_size=40))


def test_the_default_number_is_year_office_sequence_and_type() -> None:
    assert Pattern().format(DAY, 123, "7") == "2026-007-000123-4"


@pytest.mark.parametrize("typed", ["2026-007-000123-4", " 2026 007 000123 4 ", "20260070001234", "2026–007–000123–4"])
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert Pattern().parse(typed) == Radicado(2026, 123, None, "007", 4)


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("AAAADDDNNNNNNT", "20260070001234"),
        ("AAAAMMDDDNNNNNNT", "2026110070001234"),
        ("AAAA-DDD-NNNNNN-T", "2026-007-000123-4"),
        ("T-AAAA-NNNNNN", "4-2026-000123"),
        ("AAAA.NNNN", "2026.0123"),
    ],
)
def test_patterns_in_the_wild_can_be_configured(pattern: str, number: str) -> None:
    assert Pattern(pattern).format(DAY, 123, "7") == number
    assert Pattern(pattern).parse(number).sequence == 123


@pytest.mark.parametrize(
    "pattern",
    ["", "AAAA", "NNNNNN", "AA-NNNNNN", "AAAA-NNN", "AAAA--NNNNNN", "AAAA-NNNNNN-", "-AAAA-NNNNNN", "AAAA/NNNNNN",
     "AAAA-NNNNNN-AAAA", "AAAA-NNNNNN-TT", "AAAA-M-NNNNNN", "AAAA-NNNNNN-X", "aaaa-nnnnnn", "AAAA-NNNNNN\n",
     "AAAA-DDDDDDD-NNNNNN", "AAAANNNNNNNNNNNNN", "AAAA-NNN-NNN"],
)  # fmt: skip
def test_a_pattern_that_cannot_tell_cases_apart_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        Pattern(pattern)


@pytest.mark.parametrize(
    "typed",
    ["", "2026", "2026-007-000000-4", "2026-007-00123-4", "2026-007-0000123-4", "2026-ABC-000123-4",
     "2026-007-000123-4; DROP", "²026-007-000123-4", "٢٠٢٦-007-000123-4", "2026-007-000123-4" + " " * 99],
)  # fmt: skip
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(BadRadicado):
        Pattern().parse(typed)


def test_a_month_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadRadicado, match="month"):
        Pattern("AAAAMM-NNNNNN").parse("202613-000123")


def test_a_full_counter_still_gives_numbers() -> None:
    number = Pattern().format(DAY, 1_000_000, "7")

    assert number == "2026-007-1000000-4"
    assert Pattern().parse(number).sequence == 1_000_000


@pytest.mark.parametrize(("sequence", "office", "kind"), [(0, "7", 4), (1, "1234", 4), (1, "7", 10), (1, "7a", 4)])
def test_parts_that_do_not_fit_are_refused(sequence: int, office: str, kind: int) -> None:
    with pytest.raises(BadRadicado):
        Pattern().format(DAY, sequence, office, kind)


@given(
    st.sampled_from(["AAAA-DDD-NNNNNN-T", "AAAADDDNNNNNNT", "AAAAMM.DD.NNNN-T", "T-DDDD-AAAA-NNNNNN", "NNNNNNAAAA"]),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 10**9),
    st.integers(0, 99),
    st.integers(0, 9),
)
def test_every_number_reads_back_as_it_was_made(text: str, on: date, sequence: int, office: int, kind: int) -> None:
    pattern = Pattern(text)

    found = pattern.parse(pattern.format(on, sequence, str(office), kind))

    assert (found.year, found.sequence) == (on.year, sequence)
    assert found.month in (None, on.month)
    assert found.office is None or int(found.office) == office
    assert found.kind in (None, kind)


@given(CODES)
def test_a_code_has_no_lookalikes_and_a_digit_every_third_place(code: str) -> None:
    assert re.fullmatch(r"(?:[A-HJ-NPR-Y2-9]{2}[2-9]){2}[A-HJ-NPR-Y2-9]{2}", code)
    assert is_code(code)


@given(CODES)
def test_a_code_is_understood_however_it_is_typed(code: str) -> None:
    for typed in (code, code.lower(), format_code(code), f"  {'  '.join(code)} ", format_code(code).replace("-", "–")):
        assert normalise_code(typed) == code


def test_lookalikes_are_read_as_what_a_code_can_hold() -> None:
    assert normalise_code("lzs-o1b-i0") == "L25DL8LD"


@pytest.mark.parametrize("typed", ["", "ABCDEFG", "AB2CD3EFG", "AB2CD3E*", "AB2CD3EÑ", "X" * 1000, "ABCCD3EF"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert normalise_code(typed) is None


def test_a_code_depends_on_secret_and_material_alone() -> None:
    code = derive_code(SECRET, b"idempotency-key")

    assert derive_code(SECRET, b"idempotency-key") == code
    assert derive_code(SECRET, b"other") != code
    assert derive_code(b"t" * 32, b"idempotency-key") != code


def test_no_character_is_likelier_than_another() -> None:
    counts = Counter[str]()
    for number in range(6000):
        counts.update(char for place, char in enumerate(derive_code(SECRET, str(number).encode())) if place % 3 != 2)

    # A byte modulo 30 would favour the first 16 characters: 56 % of the places instead of 53 %.
    first = sum(counts[char] for char in ALPHABET[:16]) / counts.total()
    assert counts.keys() == set(ALPHABET)
    assert abs(first - 16 / 30) < 0.01


def test_every_digit_takes_the_third_places() -> None:
    counts = Counter(derive_code(SECRET, str(number).encode())[2::3] for number in range(2000))

    assert {char for pair in counts for char in pair} == set(DIGITS)


def test_the_stored_hash_needs_the_secret_and_hides_the_code() -> None:
    code = derive_code(SECRET, b"x")

    assert code_hash(SECRET, code) == code_hash(SECRET, code)
    assert code_hash(b"t" * 32, code) != code_hash(SECRET, code)
    assert code not in code_hash(SECRET, code).upper()
    assert len(code_hash(SECRET, code)) == 64
