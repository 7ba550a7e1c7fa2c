"""Files of every kind, good and bad, made small and by hand so that a test can say what is wrong with them."""

import io
import struct
import zipfile
import zlib

from PIL import Image

CONTENT_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">%s</Types>'
)
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
ODT_TYPE = b"application/vnd.oasis.opendocument.text"


def pdf(inside: bytes = b"", before: bytes = b"") -> bytes:
    return (
        before + b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + inside + b" >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
    )


def pdf_with_object_stream(inside: bytes) -> bytes:
    packed = zlib.compress(b"1 0 << /Type /Catalog " + inside + b" >>")
    head = b"2 0 obj << /Type /ObjStm /Filter /FlateDecode /Length %d >>\nstream\r\n" % len(packed)
    return b"%PDF-1.5\n" + head + packed + b"\nendstream endobj\n%%EOF\n"


def office(kind: str = "docx", more: dict[str, bytes] | None = None, types: bytes = b"") -> bytes:
    """Return a docx or xlsx with these members besides the two that make it one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES % types)
        archive.writestr(MAIN[kind], b"<w:document/>")
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def odt(more: dict[str, bytes] | None = None, mimetype: bytes = ODT_TYPE) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        archive.writestr("content.xml", b"<office:document-content/>")
        archive.writestr("META-INF/manifest.xml", b"<manifest:manifest/>")
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def image(kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **save: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, format=kind, **save)  # type: ignore[arg-type]
    return out.getvalue()


def photo_of_a_phone() -> bytes:
    """Return a JPEG lying on its side, red at its left, with place, maker and a comment inside."""
    picture = Image.new("RGB", (40, 20), "white")
    picture.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    exif[0x010F] = "Phone of Rosa"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    picture.save(out, format="JPEG", exif=exif, comment=b"my house", icc_profile=b"profile", quality=95)
    return out.getvalue()


def huge_png(side: int = 60_000) -> bytes:
    """Return a PNG of a few bytes whose header says side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!L", len(body)) + kind + body + struct.pack("!L", zlib.crc32(kind + body))

    header = struct.pack("!LLBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )
