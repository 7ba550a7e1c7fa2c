"""Bytes as the letters that were meant, whatever they say of themselves."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

# More than is ever shown; who sends more than that as text is answered by what is kept raw.
LONGEST_BYTES = 2_000_000
# Codecs of Python's own that no mail is written in; one of them takes two minutes for three megabytes.
_NO_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# Who says Latin-1 writes the quotes and the euro of Windows all the same. Source: WHATWG, Encoding, "Names and labels".
_MEANT = {"iso8859-1": "cp1252"}
_MIXED = "ventanilla-cp1252"


def _one_by_one(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_MIXED, _one_by_one)


def decode(content: bytes, charset: str | None) -> tuple[str, bool]:
    """Return bytes as text, and whether what they said of themselves was wrong."""
    content, wanted = content[:LONGEST_BYTES], (charset or "").strip().lower()
    for name in (wanted, "utf-8"):
        try:
            known = codecs.lookup(name or "utf-8").name
            if known not in _NO_CHARSETS:
                return content.decode(_MEANT.get(known, known)), bool(wanted) and name != wanted
        except (LookupError, UnicodeError, ValueError):
            continue
    # Both kinds of letters in one text: what is no UTF-8 is of Windows.
    return content.decode("utf-8", _MIXED), True


def words(value: str) -> str:
    """Return the text of a header, its encoded words (RFC 2047) read; what can't be decoded stays as it is."""
    value = value[:20_000]
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    text = "".join(decode(piece, charset)[0] if isinstance(piece, bytes) else piece for piece, charset in pieces)
    return re.sub(r"\s*\n\s*", " ", text)
