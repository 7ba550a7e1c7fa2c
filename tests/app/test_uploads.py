"""Only what is taken is stored, whole and without what hides in it; everything else leaves nothing behind."""

import contextlib
import hashlib
import io
import os
import resource
import socket
import struct
import sys
import threading
import types
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFile

from app.errors import DomainError
from app.uploads import (
    ArchiveUnsafe,
    FileDamaged,
    FileEmpty,
    FileTooLarge,
    FileUnknown,
    FolderStorage,
    HasMacros,
    HeicNotTaken,
    ImageTooLarge,
    Infected,
    ScannerDown,
    StorageFull,
    StoredFile,
    TypeMismatch,
    TypeNotTaken,
    Verdict,
    receive,
    scan,
)
from tests.app import uploads_made as made

GOOD = {
    "a.pdf": made.pdf(),
    "a.jpg": made.image("JPEG"),
    "a.jpeg": made.image("JPEG", mode="L"),
    "a.png": made.image("PNG", mode="RGBA"),
    "a.webp": made.image("WEBP"),
    "a.docx": made.office("docx"),
    "a.xlsx": made.office("xlsx"),
    "a.odt": made.odt(),
}


def take(folder: Path, name: str, content: bytes, **kwargs: object) -> StoredFile:
    return receive(io.BytesIO(content), name, folder=folder, **kwargs)  # type: ignore[arg-type]


def kept(folder: Path, stored: StoredFile) -> bytes:
    with FolderStorage(folder).open(stored.key) as file:
        return file.read()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# --- what is taken --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_each_type_of_the_list_is_taken(tmp_path: Path, name: str) -> None:
    stored = take(tmp_path, name, GOOD[name])

    bytes_kept = kept(tmp_path, stored)
    assert (stored.size_bytes, stored.sha256) == (len(bytes_kept), hashlib.sha256(bytes_kept).hexdigest())
    assert (stored.received_bytes, stored.received_sha256) == (len(GOOD[name]), hashlib.sha256(GOOD[name]).hexdigest())
    assert len(files_in(tmp_path)) == 1


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.xlsx", "a.odt"])
def test_a_document_is_kept_byte_for_byte(tmp_path: Path, name: str) -> None:
    stored = take(tmp_path, name, GOOD[name])

    assert kept(tmp_path, stored) == GOOD[name]


def test_a_book_of_an_office_program_is_taken(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(tmp_path / "real.xlsx")
    book.add_worksheet().write(0, 0, "Alcaldía")
    book.close()

    stored = take(tmp_path / "store", "informe.XLSX", (tmp_path / "real.xlsx").read_bytes())

    assert stored.name == "informe.XLSX"
    assert stored.flags == frozenset()


def test_the_place_of_a_file_says_nothing_of_it(tmp_path: Path) -> None:
    stored = take(tmp_path, "../../cédula de Rosa.pdf", made.pdf())

    (path,) = files_in(tmp_path)
    assert stored.name == "cédula de Rosa.pdf"
    assert path == tmp_path / stored.key[:2] / stored.key[2:4] / stored.key
    assert path.stat().st_mode & 0o777 == 0o600


# --- what is not ----------------------------------------------------------------------------------------------------

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script>"
GIF = b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)"


@pytest.mark.parametrize(
    "name", ["a.svg", "a.html", "a.exe", "a.docm", "a.zip", "a.gif", "a", "a.pdf.exe", "a.pdf\x00.exe", "a.doc"]
)
def test_an_extension_that_is_not_on_the_list_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TypeNotTaken):
        take(tmp_path, name, made.pdf())
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", SVG),
        ("a.pdf", HTML),
        ("a.jpg", SVG),
        ("a.png", HTML),
        ("a.jpg", GIF),
        ("a.webp", b"RIFF\x10\0\0\0WAVEfmt "),
        ("a.pdf", made.office()),
        ("a.docx", made.pdf()),
        ("a.docx", made.office("xlsx")),
        ("a.xlsx", made.office("docx")),
        ("a.docx", made.odt()),
        ("a.odt", made.office("docx")),
        ("a.odt", made.odt(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")),
        ("a.png", made.image("JPEG")),
        ("a.jpg", made.image("WEBP")),
        ("a.pdf", made.pdf(before=b"<script>alert(1)</script>")),
        ("a.pdf", made.pdf(before=b"PK\x03\x04" + bytes(40))),
        ("a.pdf", made.pdf(before=bytes(1025))),
        ("a.pdf", b"x"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(TypeMismatch):
        take(tmp_path, name, content)
    assert files_in(tmp_path) == []


def test_a_scanner_that_writes_before_the_pdf_is_understood(tmp_path: Path) -> None:
    assert (
        take(tmp_path, "a.pdf", made.pdf(before=b"\x1b%-12345X@PJL\r\n" + b" " * 480)).media_type == "application/pdf"
    )


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileEmpty):
        take(tmp_path, "a.pdf", b"")
    assert files_in(tmp_path) == []


def test_one_byte_too_many_is_refused(tmp_path: Path) -> None:
    content = made.pdf() + bytes(300_000)

    with pytest.raises(FileTooLarge) as caught:
        take(tmp_path, "a.pdf", content, limit_bytes=len(content) - 1)

    assert caught.value.params["limit_bytes"] == len(content) - 1
    assert files_in(tmp_path) == []
    assert take(tmp_path, "a.pdf", content, limit_bytes=len(content)).size_bytes == len(content)


def test_the_excess_is_read_to_its_end_so_that_the_answer_is_heard(tmp_path: Path) -> None:
    stream = io.BytesIO(made.pdf() + bytes(300_000))

    with pytest.raises(FileTooLarge):
        receive(stream, "a.pdf", folder=tmp_path, limit_bytes=1000)

    assert stream.read() == b""


def test_a_refused_extension_is_read_to_its_end_too(tmp_path: Path) -> None:
    stream = io.BytesIO(bytes(200_000))

    with pytest.raises(TypeNotTaken):
        receive(stream, "a.exe", folder=tmp_path)

    assert stream.read() == b""


def test_three_files_of_four_mebibytes_pass_and_one_of_eleven_does_not(tmp_path: Path) -> None:
    for number in range(3):
        take(tmp_path, f"{number}.pdf", made.pdf() + bytes(4 * 1024 * 1024))
    with pytest.raises(FileTooLarge):
        take(tmp_path, "11.pdf", made.pdf() + bytes(11 * 1024 * 1024))

    assert len(files_in(tmp_path)) == 3


def test_no_error_carries_the_name_of_the_file(tmp_path: Path) -> None:
    for content in (b"", SVG, made.image("JPEG"), made.pdf() + bytes(5000)):
        with pytest.raises(DomainError) as caught:
            take(tmp_path, "cedula-52123456.png", content, limit_bytes=4000)

        assert "52123456" not in f"{caught.value!r} {caught.value} {caught.value.params} {caught.value.fields}"


# --- archives -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        made.office(more={"word/vbaProject.bin": b"x"}),
        made.office(more={"word/VBAPROJECT.BIN": b"x"}),
        made.office(types=b'<Default Extension="x" ContentType="application/vnd.ms-office.vbaProject"/>'),
        made.office(types=b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'),
        made.office(types="<Override ContentType='macroEnabled'/>".encode("utf-16")),
        made.office(more={"word/vbaData.xml": b"x"}),
    ],
)
def test_a_macro_document_named_docx_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(HasMacros):
        take(tmp_path, "a.docx", content)


def test_an_odt_with_a_macro_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HasMacros):
        take(tmp_path, "a.odt", made.odt({"Basic/Standard/Module1.xml": b"x"}))


@pytest.mark.parametrize(
    "more",
    [
        {"word/media/bomb": bytes(30_000_000)},
        {f"word/{number}": b"" for number in range(1001)},
        {"../../etc/cron.d/x": b"x"},
        {"/etc/passwd": b"x"},
        {"word\\..\\x": b"x"},
        {"C:/x": b"x"},
    ],
    ids=["bomb", "1,003 members", "above", "absolute", "backslash", "drive"],
)
def test_an_archive_that_would_do_harm_unpacked_is_refused(tmp_path: Path, more: dict[str, bytes]) -> None:
    with pytest.raises(ArchiveUnsafe):
        take(tmp_path, "a.docx", made.office(more=more))
    assert files_in(tmp_path) == []


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("word/link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    out = io.BytesIO(made.office())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")

    with pytest.raises(ArchiveUnsafe):
        take(tmp_path, "a.docx", out.getvalue())


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO(made.office())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("WORD/document.xml", b"<other/>")

    with pytest.raises(ArchiveUnsafe):
        take(tmp_path, "a.docx", out.getvalue())


def test_a_table_of_contents_that_lies_is_refused(tmp_path: Path) -> None:
    good = made.office()
    end = good.rindex(b"PK\x05\x06")
    for content in (
        good[:end],  # cut short
        good + b"<script>",  # something after it
        good[:end] + good[end:].replace(struct.pack("<2H", 2, 2), struct.pack("<2H", 1, 1)),  # hides a member
        b"PK\x03\x04" + bytes(500) + good,  # something before it
    ):
        with pytest.raises(FileDamaged):
            take(tmp_path, "a.docx", content)


def test_an_embedded_object_is_flagged(tmp_path: Path) -> None:
    stored = take(tmp_path, "a.docx", made.office(more={"word/embeddings/oleObject1.bin": b"x"}))

    assert stored.flags == {"embedded-objects"}


# --- pictures -------------------------------------------------------------------------------------------------------


def test_a_photo_loses_its_place_and_keeps_its_uprightness(tmp_path: Path) -> None:
    stored = take(tmp_path, "foto.jpg", made.photo_of_a_phone())

    bytes_kept = kept(tmp_path, stored)
    with Image.open(io.BytesIO(bytes_kept)) as picture:
        assert picture.size == (20, 40)
        assert picture.convert("RGB").getpixel((10, 5))[0] > 200  # type: ignore[index]
        assert picture.convert("RGB").getpixel((10, 5))[1] < 60  # type: ignore[index]
        assert not picture.getexif() and set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not [secret for secret in (b"Rosa", b"my house", b"profile", b"Exif") if secret in bytes_kept]


def test_what_trails_a_picture_is_left_behind(tmp_path: Path) -> None:
    stored = take(tmp_path, "a.png", made.image("PNG") + HTML)

    assert b"script" not in kept(tmp_path, stored)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_drawn_anew(tmp_path: Path, mode: str) -> None:
    assert take(tmp_path, "a.png", made.image("PNG", mode=mode)).media_type == "image/png"


def test_a_transparent_colour_stays_transparent(tmp_path: Path) -> None:
    stored = take(tmp_path, "firma.png", made.image("PNG", mode="P", transparency=0))

    with Image.open(io.BytesIO(kept(tmp_path, stored))) as picture:
        assert picture.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_a_printers_jpeg_is_taken(tmp_path: Path) -> None:
    assert take(tmp_path, "a.jpg", made.image("JPEG", mode="CMYK")).media_type == "image/jpeg"


@pytest.mark.parametrize("side", [60_000, 12_000, 7_107])
def test_a_picture_of_too_many_pixels_is_refused_without_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    def decoded(self: ImageFile.ImageFile) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)

    with pytest.raises(ImageTooLarge):
        take(tmp_path, "a.png", made.huge_png(side))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_a_picture_that_stops_half_way_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileDamaged):
        take(tmp_path, name, GOOD[name][: len(GOOD[name]) // 2])
    assert files_in(tmp_path) == []


def test_an_animation_is_cut_to_its_first_picture_and_says_so(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, format="WEBP", save_all=True, append_images=frames[1:])

    assert take(tmp_path, "a.webp", out.getvalue()).flags == {"first-frame-only"}


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "a.heif", "a.jpg"])
def test_a_photo_in_heic_is_named_as_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("app.uploads.heic_taken", lambda: False)

    with pytest.raises(HeicNotTaken):
        take(tmp_path, name, HEIC)


class _Heic(ImageFile.ImageFile):
    """Stands in for the library's reader: every HEIC is a picture of 4 x 2."""

    format = "HEIF"

    def _open(self) -> None:
        self._size, self._mode, self.tile = (4, 2), "RGB", []

    def load(self) -> Any:
        self._im = Image.core.new("RGB", (4, 2))
        return super().load()


def test_a_photo_in_heic_becomes_a_jpeg_where_the_library_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = types.ModuleType("pillow_heif")
    library.register_heif_opener = lambda: Image.register_open("HEIF", _Heic)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", library)
    monkeypatch.setattr("app.uploads.heic_taken", lambda: True)

    stored = take(tmp_path, "IMG_0001.HEIC", HEIC)

    assert (stored.name, stored.media_type) == ("IMG_0001.jpg", "image/jpeg")
    assert kept(tmp_path, stored)[:3] == b"\xff\xd8\xff"


# --- PDF ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "flag"),
    [
        (made.pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "pdf-javascript"),
        (made.pdf(b"/AA << /O << /JS(app.alert(1)) >> >>"), "pdf-javascript"),
        (made.pdf(b"/S /J#61vaScript"), "pdf-javascript"),
        (made.pdf_with_object_stream(b"/S /JavaScript"), "pdf-javascript"),
        (made.pdf(b"/OpenAction 3 0 R"), "pdf-open-action"),
        (made.pdf(b"/S /Launch /F (cmd.exe)"), "pdf-launch"),
        (made.pdf(b"/Names << /EmbeddedFiles 4 0 R >>"), "pdf-embedded-file"),
        (made.pdf(b"/Type/EmbeddedFile"), "pdf-embedded-file"),
        (made.pdf(b"/Encrypt 5 0 R"), "pdf-encrypted"),
    ],
)
def test_a_pdf_that_acts_by_itself_is_flagged(tmp_path: Path, content: bytes, flag: str) -> None:
    assert flag in take(tmp_path, "a.pdf", content).flags


def test_an_ordinary_pdf_has_no_flag(tmp_path: Path) -> None:
    content = made.pdf(b"/JSON /Launcher") + b"9 0 obj <<>>\nstream\n/JS (\nendstream endobj\n"

    assert take(tmp_path, "a.pdf", content).flags == frozenset()


def test_a_pdf_of_openings_only_is_read_in_one_pass(tmp_path: Path) -> None:
    content = made.pdf() + b"stream\n/ObjStm" * 400_000

    assert take(tmp_path, "a.pdf", content).flags == frozenset()


# --- storage --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def disk_with_room_for(size_bytes: int) -> Iterator[None]:
    """The kernel refuses to write a file past this size, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room_bytes", [0, 70_000])
def test_a_full_disk_is_the_systems_fault_and_leaves_nothing(tmp_path: Path, room_bytes: int) -> None:
    with disk_with_room_for(room_bytes), pytest.raises(StorageFull) as caught:
        take(tmp_path, "a.pdf", made.pdf() + bytes(200_000))

    assert caught.value.status == 503
    assert files_in(tmp_path) == []
    assert take(tmp_path, "a.pdf", made.pdf()).size_bytes == len(made.pdf())


def test_a_full_disk_is_not_taken_for_a_damaged_picture(tmp_path: Path) -> None:
    photo = made.image("PNG", size=(300, 300))

    with disk_with_room_for(len(photo) - 1), pytest.raises(StorageFull):
        take(tmp_path, "a.png", photo)


def test_a_client_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    class Cut(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        receive(Cut(made.pdf() + bytes(100_000)), "a.pdf", folder=tmp_path)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "0" * 31, "G" * 32, "0" * 32, "0" * 32 + "\n"])
def test_only_a_known_key_opens_a_file(tmp_path: Path, key: str) -> None:
    with pytest.raises(FileUnknown):
        FolderStorage(tmp_path).open(key)


def test_a_file_can_be_deleted_twice(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    stored = take(tmp_path, "a.pdf", made.pdf())

    storage.delete(stored.key)
    storage.delete(stored.key)

    assert files_in(tmp_path) == []


def test_what_a_killed_process_left_is_swept_after_a_day(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.incoming.mkdir()
    for name in ("old.part", "new.part"):
        (storage.incoming / name).write_bytes(b"x")
    os.utime(storage.incoming / "old.part", (0, 0))

    assert storage.sweep(timedelta(days=1)) == 1
    assert [path.name for path in files_in(tmp_path)] == ["new.part"]


# --- scanner --------------------------------------------------------------------------------------------------------


class Clamd:
    """Speaks INSTREAM as clamd does, and finds one word."""

    def __init__(self, answer: bytes | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard = b""
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        with sock, sock.makefile("rb") as wire:
            assert wire.read(10) == b"zINSTREAM\0"
            while length := struct.unpack("!L", wire.read(4))[0]:
                self.heard += wire.read(length)
            found = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in self.heard else b"stream: OK\0"
            sock.sendall(found if self._answer is None else self._answer)

    def close(self) -> None:
        self._thread.join(10)
        self._listener.close()


@pytest.mark.parametrize(
    ("content", "verdict"),
    [(bytes(200_000), Verdict(True)), (b"EICAR", Verdict(False, "Eicar-Test-Signature")), (b"", Verdict(True))],
)
def test_clamd_hears_the_whole_file_and_is_believed(tmp_path: Path, content: bytes, verdict: Verdict) -> None:
    (tmp_path / "f").write_bytes(content)
    clamd = Clamd()

    said = scan(tmp_path / "f", "127.0.0.1", clamd.port)

    clamd.close()
    assert said == verdict
    assert clamd.heard == content


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OKAY\0", b"\xff"])
def test_an_answer_that_is_no_verdict_is_not_taken_for_one(tmp_path: Path, answer: bytes) -> None:
    (tmp_path / "f").write_bytes(b"x")
    clamd = Clamd(answer)

    with pytest.raises(ScannerDown):
        scan(tmp_path / "f", "127.0.0.1", clamd.port)
    clamd.close()


def test_an_infected_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(Infected):
        take(tmp_path, "a.pdf", made.pdf(), scanner=lambda path: Verdict(False, "Eicar"))
    assert files_in(tmp_path) == []


def test_a_file_waits_in_quarantine_while_the_scanner_is_down(tmp_path: Path) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()

    stored = take(tmp_path, "a.pdf", made.pdf(), scanner=lambda path: scan(path, "127.0.0.1", port))

    assert stored.scan == "pending"
    assert kept(tmp_path, stored) == made.pdf()
