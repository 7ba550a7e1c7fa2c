"""Which seven types are taken, told by what is inside, since a name and a Content-Type are only claims."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.uploads.archives import check_office
from app.uploads.errors import HeicNotTaken, TypeMismatch, TypeNotTaken
from app.uploads.pdf import pdf_flags

HEAD_BYTES = 1024


@dataclass(frozen=True)
class FileType:
    """A type taken: its extensions (the first is the usual one), and what looks inside it.

    `look` returns flags for the officer who opens the file, or raises UploadRefused.
    """

    key: str
    media_type: str
    extensions: tuple[str, ...]
    look: Callable[[Path], frozenset[str]] | None = None
    image_format: str = ""


def _office(kind: str) -> Callable[[Path], frozenset[str]]:
    return lambda path: check_office(path, kind)


PDF = FileType("pdf", "application/pdf", ("pdf",), look=pdf_flags)
JPEG = FileType("jpg", "image/jpeg", ("jpg", "jpeg"), image_format="JPEG")
PNG = FileType("png", "image/png", ("png",), image_format="PNG")
WEBP = FileType("webp", "image/webp", ("webp",), image_format="WEBP")
HEIC = FileType("heic", "image/heic", ("heic", "heif"), image_format="HEIF")
_OPENXML = "application/vnd.openxmlformats-officedocument."
DOCX = FileType("docx", _OPENXML + "wordprocessingml.document", ("docx",), look=_office("docx"))
XLSX = FileType("xlsx", _OPENXML + "spreadsheetml.sheet", ("xlsx",), look=_office("xlsx"))
ODT = FileType("odt", "application/vnd.oasis.opendocument.text", ("odt",), look=_office("odt"))

TAKEN = (PDF, JPEG, PNG, WEBP, DOCX, XLSX, ODT)
BY_EXTENSION = {extension: kind for kind in (*TAKEN, HEIC) for extension in kind.extensions}

# ISO/IEC 14496-12: a box "ftyp" and the brand of the still image inside.
_HEIC = re.compile(rb".{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL)
_PDF = re.compile(rb"%PDF-[12]\.[0-9]")


def promised_type(extension: str, heic_taken: bool) -> FileType:
    """Return the type that the extension promises. Raises TypeNotTaken, HeicNotTaken."""
    kind = BY_EXTENSION.get(extension)
    if kind is HEIC and not heic_taken:
        raise HeicNotTaken()
    if kind is None:
        raise TypeNotTaken(taken=", ".join(taken.extensions[0] for taken in TAKEN))
    return kind


def require_signature(head: bytes, kind: FileType, heic_taken: bool) -> None:
    """Raise TypeMismatch unless the first bytes are of this type; HeicNotTaken for a phone's photo named .jpg."""
    if _begins_as(head, kind):
        return
    if _HEIC.match(head) and kind.image_format and not heic_taken:
        raise HeicNotTaken()
    raise TypeMismatch(extension=kind.extensions[0])


def _begins_as(head: bytes, kind: FileType) -> bool:
    if kind is PDF:
        return _begins_as_pdf(head)
    if kind is JPEG:
        return head.startswith(b"\xff\xd8\xff")
    if kind is PNG:
        return head.startswith(b"\x89PNG\r\n\x1a\n")
    if kind is WEBP:
        return head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    if kind is HEIC:
        return _HEIC.match(head) is not None
    if kind is ODT:  # its first member is the type itself, not compressed. Source: ODF 1.3, part 2, 3.3
        return head.startswith(b"PK\x03\x04") and head[30:77] == b"mimetype" + ODT.media_type.encode()
    return head.startswith(b"PK\x03\x04")


def _begins_as_pdf(head: bytes) -> bool:
    """Readers look for the mark in the first 1,024 bytes, and scanners do write a few before it.

    But not a page: what a browser could take for HTML, or another type's first bytes, is no scanner's.
    """
    mark = _PDF.search(head)
    if mark is None:
        return False
    before = head[: mark.start()]
    return b"<" not in before and not before.startswith(
        (b"PK", b"GIF8", b"\xff\xd8", b"\x89PNG", b"RIFF", b"MZ", b"\x7fELF", b"#!")
    )
