"""Whatever bytes come under whatever name, they are refused by a domain error or stored as what they are."""

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import DomainError
from app.uploads import FolderStorage, StoredFile, receive
from tests.app import uploads_made as made

GOOD = {
    "a.pdf": made.pdf(b"/OpenAction 1 0 R"),
    "b.pdf": made.pdf_with_object_stream(b"/S /JavaScript"),
    "a.jpg": made.photo_of_a_phone(),
    "a.png": made.image("PNG", mode="P"),
    "a.webp": made.image("WEBP", mode="RGBA"),
    "a.docx": made.office("docx"),
    "a.xlsx": made.office("xlsx"),
    "a.odt": made.odt(),
}
MARK = b"<script>alert(1)</script>"
SIGNATURES = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF",
}
PIECES = st.sampled_from(
    [MARK, b"", b"\0", b"\xff" * 4, b"PK\x03\x04", b"PK\x05\x06", b"%PDF-1.4", b"stream\n", b"endstream", b"/ObjStm"]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), PIECES | st.binary(max_size=6)), max_size=6)
NAMES = st.sampled_from([*GOOD, "a.svg", "a.docm", "a", "a.pdf.html", "a.jpeg"])


def edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Return the content with some places overwritten, cut or filled."""
    for place, removed, piece in edits:
        at = int(place * len(content))
        content = content[:at] + piece + content[at + removed :]
    return content


def check(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            stored = receive(io.BytesIO(content), name, folder=Path(folder), limit_bytes=100_000)
        except DomainError:
            assert [path for path in Path(folder).rglob("*") if path.is_file()] == []
            return
        with FolderStorage(Path(folder)).open(stored.key) as file:
            assert_it_is_what_it_says(stored, file.read())


def assert_it_is_what_it_says(stored: StoredFile, kept: bytes) -> None:
    if stored.media_type in SIGNATURES:
        assert kept.startswith(SIGNATURES[stored.media_type])
        assert MARK not in kept
    elif stored.media_type == "application/pdf":
        assert b"<" not in kept[: kept.index(b"%PDF-")]
    else:
        assert kept.startswith(b"PK\x03\x04")
        assert b"vbaProject.bin" not in kept


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # broken EXIF is no reason to refuse a photo
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(name=NAMES, base=st.sampled_from(sorted(GOOD)), edits=EDITS)
def test_no_damaged_or_disguised_file_passes_for_another(
    name: str, base: str, edits: list[tuple[float, int, bytes]]
) -> None:
    check(name, edited(GOOD[base], edits))


@settings(deadline=None)
@given(name=NAMES, content=st.binary(max_size=2000))
def test_no_bytes_break_the_door(name: str, content: bytes) -> None:
    check(name, content)


@settings(deadline=None)
@given(
    name=st.text(alphabet=st.characters(codec=None), max_size=150), extension=st.sampled_from(["pdf", "PDF", "exe", ""])
)
def test_no_name_breaks_the_door(name: str, extension: str) -> None:
    check(f"{name}.{extension}", made.pdf())
