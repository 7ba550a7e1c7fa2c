"""A file's name is shown and saved as its owner wrote it, and can do nothing else."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.uploads.names import content_disposition, extension_of, safe_name

NAMES = st.text(alphabet=st.characters(codec=None), max_size=200) | st.text(
    alphabet="a./\\ \u202e\r\n\"';%ñ\u0303:", max_size=40
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Petición nº 1.pdf", "Petición nº 1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Rosa\\cédula.pdf", "cédula.pdf"),
        ("factura\u202efdp.exe", "facturafdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("a\x00.pdf", "a.pdf"),
        ("peticio\u0301n.pdf", "petición.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul"),
        (".htaccess", "_.htaccess"),
        ("...", "_"),
        ("", "_"),
        ("a .  pdf", "a.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_safe(name: str, shown: str) -> None:
    assert safe_name(name) == shown


@given(NAMES)
@example("a.\u0303pdf")
@example("." * 130 + "pdf")
def test_any_name_becomes_one_that_stays_as_it_is(name: str) -> None:
    shown = safe_name(name)

    assert safe_name(shown) == shown
    assert 0 < len(shown) <= 120
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]', shown)
    assert unicodedata.is_normalized("NFC", shown)
    assert not shown.startswith(".") and not shown.endswith((".", " "))


@given(NAMES, st.sampled_from(["pdf", "JPG", "docx"]))
@example("\\\u0300", "pdf")
def test_the_extension_is_kept_however_long_the_name(name: str, extension: str) -> None:
    assert extension_of(safe_name(f"x{name}.{extension}")) == extension.lower()


@given(NAMES)
def test_the_header_is_one_line_and_gives_the_name_back(name: str) -> None:
    header = content_disposition(name)

    found = re.fullmatch(
        r"attachment; filename=\"([^\"\\%\r\n]*)\"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)", header
    )
    assert found and header.isascii()
    assert unquote(found[2]) == safe_name(name)


def test_an_old_reader_gets_a_plain_name() -> None:
    header = content_disposition('Petición "ñandú" 50%.pdf')

    assert header.startswith('attachment; filename="Peticion _nandu_ 50_.pdf"; ')
    assert header.endswith("; filename*=UTF-8''Petici%C3%B3n%20_%C3%B1and%C3%BA_%2050%25.pdf")
