"""What typed text must lose before it is stored, mailed or put into a header, and nothing more."""

import re
import unicodedata

from app.errors import DomainError

# Stream-Safe Text Format: more marks than this on one letter are an attack or a game, and
# unicodedata.normalize sorts them in quadratic time. Source: UAX #15, section 13.
MAX_MARKS = 30

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# A flag of a region (England, Scotland) is the black flag, tag letters, and a cancel tag; tags
# anywhere else are invisible text. The zero width joiner and variation selectors stay: emoji need them.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
_UNWANTED = re.compile(
    f"({_FLAG})|["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and line feed
    "\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible, or meant for machines
    "\ud800-\udfff"  # a lone surrogate can't be written as UTF-8, so the store would fail
    "\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "\U000e0000-\U000e007f"
    "]"
)
_BLANKS = re.compile(r"\s+")


class TextTooLong(DomainError):
    """More letters than the field takes; the text is refused whole, since cutting loses what was said."""

    status = 422
    code = "text-too-long"


class MisleadingText(DomainError):
    """Characters that turn the direction of writing, where what is seen must be what is stored."""

    status = 422
    code = "misleading-text"


def clean_text(value: str, max_length: int | None = None, multiline: bool = False, refuse_bidi: bool = False) -> str:
    """Return the text in NFC, without controls, invisible characters or bidi overrides; emoji stay.

    One line of single blanks unless `multiline`. The length is counted afterwards, in code points.
    Raises TextTooLong, and MisleadingText where `refuse_bidi` asks for refusing rather than dropping.
    """
    if refuse_bidi and _BIDI.search(value):
        raise MisleadingText()
    text = _BIDI.sub("", _LINE_ENDS.sub("\n", value))
    text = unicodedata.normalize("NFC", fewer_marks(_UNWANTED.sub(r"\1", text)))
    text = fewer_marks(text)  # again: one mark may have become two
    text = text.strip() if multiline else _BLANKS.sub(" ", text).strip()
    text = text if is_seen(text) else ""
    if max_length is not None and len(text) > max_length:
        raise TextTooLong(max_length=max_length, length=len(text))
    return text


# Letters by category, or of none yet, and nobody sees them: fillers of Hangul, braille without dots, and what Unicode
# keeps free for more of the invisible.
_SEEN_AS_NOTHING = re.compile("[\u115f\u1160\u2065\u2800\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]")
# Emoji younger than this Python are of no category (Cn), pictures of a font of one's own are private (Co).
_SEEN = "LNPS", ("Mc", "Cn", "Co")


def is_seen(text: str) -> bool:
    """Return whether a reader would see anything of a text: joiners and marks alone are nothing."""
    kinds, more = _SEEN
    found = ((one, unicodedata.category(one)) for one in text)
    return any((kind[0] in kinds or kind in more) and not _SEEN_AS_NOTHING.match(one) for one, kind in found)


def header_text(value: str, max_length: int = 200) -> str:
    """Return one line that is safe in a mail or HTTP header or a log, cut at `max_length`.

    No character of it can end a line, whichever reader splits it: CR, LF, NEL and the Unicode
    separators become blanks. Encoding for the wire (RFC 2047, RFC 8187) stays with the caller.
    """
    return clean_text(value)[:max_length].rstrip()


def fewer_marks(text: str, most: int = MAX_MARKS) -> str:
    """Return the text with at most so many combining marks in a row."""
    if not text or max(text) < "\u0300":  # no combining mark lives below: plain Spanish ends here
        return text
    kept: list[str] = []
    marks = 0
    for letter in text:
        # Those of Thai sort with nothing and stand on a letter all the same.
        is_mark = unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me")
        marks = marks + 1 if is_mark else 0
        if marks <= most:
            kept.append(letter)
    return "".join(kept)
