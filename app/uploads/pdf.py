"""What a PDF would do by itself when opened: flagged for the officer rather than refused."""

import re
import zlib
from pathlib import Path

from app.uploads.errors import FileDamaged

MAX_INFLATED_BYTES = 32 * 1024 * 1024
MAX_OBJECT_STREAMS = 2000

# Names may be written with any letter as #xx. Source: ISO 32000-1, 7.3.5.
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = re.compile(rb"/(JavaScript|OpenAction|Launch|EmbeddedFiles?|Encrypt)(?![A-Za-z0-9])")
# Three bytes occur by chance inside compressed pictures, so this one is looked for outside streams only.
_SHORT_NAME = re.compile(rb"/(JS)(?=[\s(<\[/])")
_FLAGS = {
    b"JavaScript": "pdf-javascript",
    b"JS": "pdf-javascript",
    b"OpenAction": "pdf-open-action",
    b"Launch": "pdf-launch",
    b"EmbeddedFile": "pdf-embedded-file",
    b"EmbeddedFiles": "pdf-embedded-file",
    b"Encrypt": "pdf-encrypted",
}


def pdf_flags(path: Path) -> frozenset[str]:
    """Return the flags of a PDF, objects in compressed streams included. Raises FileDamaged where it holds none.

    An aid, not a wall: an encrypted or wilfully broken file can hide from it, so downloads stay sandboxed.
    """
    data = path.read_bytes()
    if b" obj" not in data:
        raise FileDamaged()
    found = {name for text in (data, *_object_streams(data)) for name in _names(text)}
    return frozenset(_FLAGS[name] for name in found)


def _names(text: bytes) -> list[bytes]:
    plain = _ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 16)]), text)
    return [found[1] for found in _NAME.finditer(plain)] + _SHORT_NAME.findall(_outside_streams(plain))


# Both walk with find(): an expression that looks for a pair takes quadratic time on a file of openings only.


def _outside_streams(text: bytes) -> bytes:
    """Return what stands between the streams."""
    pieces: list[bytes] = []
    at = start = 0
    while (start := text.find(b"stream", start)) >= 0:
        start += 6
        if text[start : start + 1] not in (b"\r", b"\n"):
            continue
        end = text.find(b"endstream", start)
        if end < 0:
            break
        pieces.append(text[at:start])
        at = start = end + 9
    return b" ".join([*pieces, text[at:]])


def _object_streams(data: bytes) -> list[bytes]:
    """Return the objects that PDF 1.5 and later keep compressed, within a bound on all of them together."""
    streams: list[bytes] = []
    room = MAX_INFLATED_BYTES
    at = 0
    for _ in range(MAX_OBJECT_STREAMS):
        at = data.find(b"/ObjStm", at) + 7
        start = data.find(b"stream", at, at + 2000) + 6
        if at < 7 or room <= 0:
            break
        if start < 6:
            continue
        end = data.find(b"endstream", start)
        if end < 0:
            break
        packed, at = data[start:end].lstrip(b"\r\n"), end
        try:
            streams.append(zlib.decompressobj().decompress(packed, room))
        except zlib.error:
            continue  # another filter, or encrypted, which has a flag of its own
        room -= len(streams[-1])
    return streams
