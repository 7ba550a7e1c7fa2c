"""From the bytes of a mail to what its writer meant; whatever the bytes are, something comes of them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from hashlib import sha256
from html import unescape

import nh3

from app.mail.intake.folding import Folded, fold
from app.sanitize import clean_text, header_text

BODY_LIMIT = 100_000
MAX_PARTS = 100
MAX_DEPTH = 20
MAX_ADDRESSES = 50
_ID = re.compile(r"<[^<>\s]{3,290}>")


@dataclass(frozen=True)
class Part:
    """A file that came with a mail."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Parsed:
    """What stands in a mail; `marks` say what was odd about it."""

    message: Message = field(repr=False)
    name: str
    address: str
    to: tuple[str, ...]
    subject: str
    message_id: str
    references: tuple[str, ...]
    text: Folded
    parts: tuple[Part, ...]
    marks: tuple[str, ...] = ()


def digest_of(raw: bytes) -> str:
    """Return by what a mail is known again: its Message-ID, or all of it where it has none that anybody can read."""
    head = raw[:200_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    found = re.search(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,290}>)", head, re.IGNORECASE | re.MULTILINE)
    return sha256(found[1] if found else raw).hexdigest()


def parse(raw: bytes, *, cut: bool = False) -> Parsed:
    """Return what stands in a mail; of a `cut` one, what its beginning tells: its files are named and not kept.

    Raises whatever the parser does for nonsense that it can't walk: the caller keeps the raw form and shows it.
    """
    message = message_from_bytes(raw, policy=policy.compat32)
    marks: list[str] = ["cut"] if cut else []
    plain: list[str] = []
    html: list[str] = []
    parts: list[Part] = []
    for number, part in enumerate(_walk(message)):
        if number >= MAX_PARTS:
            marks.append("parts")
            break
        kind, name = part.get_content_type(), _name(part)
        if name or part.get_content_maintype() != "text" or kind not in {"text/plain", "text/html"}:
            parts.append(Part(name or _nameless(kind, number), b"" if cut else _bytes(part)))
            continue
        text, broken = _text(part)
        (plain if kind == "text/plain" else html).append(text)
        if broken and "charset" not in marks:
            marks.append("charset")
    if any(part.name.lower() == "winmail.dat" for part in parts):
        marks.append("winmail")
    body = "\n\n".join(one for one in plain if one.strip()) or "\n\n".join(_from_html(one) for one in html)
    name, address = parseaddr(header(message, "From"))
    others = getaddresses([header(message, "To"), header(message, "Cc")])[:MAX_ADDRESSES]
    ids = _ID.findall(header(message, "Message-ID"))
    return Parsed(
        message, header_text(name[:200]), _address(address),
        tuple(dict.fromkeys(found for _, one in others if (found := _address(one)))),
        header_text(header(message, "Subject")[:1000])[:200], ids[0] if ids else "",
        tuple(dict.fromkeys(_ID.findall(f"{header(message, 'References')} {header(message, 'In-Reply-To')}")[-50:])),
        fold(clean_text(body[:BODY_LIMIT], multiline=True)), tuple(parts), tuple(marks),
    )  # fmt: skip


def _walk(message: Message, depth: int = 0) -> Iterator[Message]:
    """Return the leaves of a mail. What was forwarded as a message is a file of this one, and not looked into."""
    if depth > MAX_DEPTH:
        return
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        children = message.get_payload()
        for child in children if isinstance(children, list) else []:
            if isinstance(child, Message):
                yield from _walk(child, depth + 1)
    else:
        yield message


def header(message: Message, name: str) -> str:
    """Return a header as text; what can't be decoded is shown as well as it can be."""
    value = message.get(name)
    if value is None:
        return ""
    try:
        pieces = decode_header(str(value)[:20_000])
    except (HeaderParseError, ValueError):
        return str(value)
    text = "".join(_decode(piece, charset)[0] if isinstance(piece, bytes) else piece for piece, charset in pieces)
    return re.sub(r"\s*\n\s*", " ", text)


def _decode(content: bytes, charset: str | None) -> tuple[str, bool]:
    """Return bytes as text, and whether what they said of themselves was wrong."""
    wanted = (charset or "").lower()
    for name in (wanted, "utf-8"):
        try:
            codecs.lookup(name or "utf-8")
            return content.decode(name or "utf-8"), bool(wanted) and name != wanted
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace"), True


def _bytes(part: Message) -> bytes:
    if part.is_multipart():  # a forwarded message
        inner = part.get_payload()
        return (
            b"\n".join(one.as_bytes() for one in inner if isinstance(one, Message)) if isinstance(inner, list) else b""
        )
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError):
        found = str(part.get_payload()).encode("utf-8", "replace")
    return found if isinstance(found, bytes) else b""


def _text(part: Message) -> tuple[str, bool]:
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError):
        charset = "unknown"
    return _decode(_bytes(part), charset)


def _name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError):
        name = "archivo"
    if "=?" in name:
        try:
            pieces = decode_header(name)
            name = "".join(_decode(one, charset)[0] if isinstance(one, bytes) else one for one, charset in pieces)
        except (HeaderParseError, ValueError):
            pass
    return header_text(name[:300])


_SUFFIX = {"message/rfc822": "eml", "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def _nameless(kind: str, number: int) -> str:
    return f"parte-{number + 1}.{_SUFFIX.get(kind, kind.partition('/')[2][:10] or 'bin')}"


def _from_html(html: str) -> str:
    """Return the text of a page: its paragraphs and lines, without what only steers its look."""
    spaced = re.sub(r"(?i)<br ?/?>|</(?:p|div|tr|h\d|li|blockquote)>", "\n", html[: 4 * BODY_LIMIT])
    return re.sub(r"\n{3,}", "\n\n", unescape(nh3.clean(spaced, tags=set())))


def _address(typed: str) -> str:
    found = header_text(typed[:254]).strip().lower()
    return found if re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+", found) else ""
