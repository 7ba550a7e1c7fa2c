"""An accent can be read, or it is mended until it can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.sites.branding import BLACK, TEXT, WHITE, check_accent, contrast


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)


@given(st.integers(0, 0xFFFFFF))
def test_any_colour_comes_out_readable_on_white_and_under_its_own_text(number: int) -> None:
    checked = check_accent(f"#{number:06x}")

    assert contrast(checked.accent, WHITE) >= TEXT
    assert contrast(checked.accent, checked.on_accent) >= TEXT


def test_a_readable_colour_is_left_as_it_is() -> None:
    assert check_accent("#0B5CAD").accent == "#0b5cad"
    assert not check_accent("#0b5cad").mended


@pytest.mark.parametrize("colour", ["", "red", "#12", "#12345g", "0b5cad", "url(x)"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(Invalid):
        check_accent(colour)
