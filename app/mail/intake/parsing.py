"""From the bytes of a mail to what its writer meant; whatever the bytes are, something comes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256

from app.mail.intake import charsets, digests, flowed, winmail
from app.mail.intake.folding import Folded, fold
from app.mail.intake.pages import text_of
from app.sanitize import clean_text, header_text
from app.words import t

BODY_LIMIT = 100_000
MAX_PARTS = 100
MAX_DEPTH = 20
# Letters inside letters that are read; one deeper is a file.
MAX_LETTERS = 3
# Each is opened in a process of its own.
MAX_WINMAILS = 3
MAX_ADDRESSES = 50
_ID = re.compile(r"<[^<>\s]{3,290}>")
_BARE = re.compile(r"\b[^\s<>@,;:\"]{1,64}@[^\s<>@,;:\"]{3,189}")
_FORWARDED = re.compile(r"\s*(?:rv|fw|fwd|reenv|enc)\s*:", re.IGNORECASE)


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
    # Where its writer wants the answer, if not where it came from.
    reply_to: str = ""


class _Lenient(policy.Compat32):
    """Many programs write letters above ASCII into headers as they are (RFC 6532, or just so): they are read."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        if value.isascii():
            return value
        raw = value.encode("utf-8", "surrogateescape")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")


def digest_of(raw: bytes) -> str:
    """Return by what a mail is known again: its Message-ID with its date and subject, or all of it where it has none.

    The date too, since some devices give each of their letters the same Message-ID: none may be taken for another.
    """
    head, found = _message_id(raw)
    if not found:
        return sha256(raw).hexdigest()
    beside = re.findall(rb"^(?:date|subject):[^\r\n]*", head, re.IGNORECASE | re.MULTILINE)
    return sha256(b"\n".join([found, *sorted(beside)[:4]])).hexdigest()


def bare_digest_of(raw: bytes) -> str:
    """Return by what a mail was known before its date and subject counted: mails taken then are still known by it."""
    return sha256(_message_id(raw)[1] or raw).hexdigest()


def _message_id(raw: bytes) -> tuple[bytes, bytes]:
    """Return the head of a mail, and the Message-ID in it; b"" where it has none that anybody can read."""
    head = raw[:200_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    found = re.search(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,290}>)", head, re.IGNORECASE | re.MULTILINE)
    return head, found[1] if found else b""


@dataclass
class _Content:
    """What has been found so far in a mail, and in the letters that came attached to it."""

    cut: bool
    marks: list[str]
    parts: list[Part] = field(default_factory=list)
    seen: int = 0
    winmails: int = 0
    text: Folded = field(default_factory=lambda: Folded("", ""))

    def mark(self, name: str) -> None:
        if name not in self.marks:
            self.marks.append(name)

    def read(self, message: Message, depth: int = 0) -> str:
        """Return the text of a message, with those of the letters attached to it below."""
        plain: list[str] = []
        html: list[str] = []
        below: list[str] = []
        packed: list[str] = []
        closed = False
        for part in _walk(message):
            self.seen += 1
            if self.seen > MAX_PARTS:
                self.mark("parts")
                break
            kind, name = part.get_content_type(), _name(part)
            if kind.startswith("multipart/") and part.is_multipart():
                self.mark("parts")  # deeper than anybody reads
                continue
            if kind == "message/rfc822" and part.is_multipart() and depth < MAX_LETTERS:
                inner = part.get_payload(0)
                if isinstance(inner, Message):
                    below.append(f"{_head_of(inner)}\n\n{self.read(inner, depth + 1)}".strip())
            elif kind == "text/calendar":
                self.mark("calendar")
                below.append(digests.invitation(_text(part)[0]))
            elif kind in digests.SEALS:
                self.mark("signed")
            elif kind in digests.CLOSED or (closed and kind == "application/octet-stream"):
                closed = True
                self.mark("sealed")
            elif kind in {"text/plain", "text/html"} and not name:
                text, broken = _text(part)
                if kind == "text/plain" and flowed.is_flowed(part):
                    text = flowed.joined(text, part)
                (plain if kind == "text/plain" else html).append(text)
                if broken:
                    self.mark("charset")
            elif winmail.is_one(kind, name):
                packed += self._unpacked(part)
            else:
                self.parts.append(Part(name or _nameless(kind, self.seen - 1), b"" if self.cut else _bytes(part)))
        # What Outlook packed is the same letter once more, and read where nothing stands outside.
        body = (
            "\n\n".join(one for one in plain if one.strip())
            or "\n\n".join(self._page(one) for one in html)
            or "".join(packed[:1])
        )
        below += packed[1:]
        if len(body) > BODY_LIMIT:
            self.mark("long")
        if depth:
            return "\n\n".join(one for one in (body.strip()[:BODY_LIMIT], *below) if one)
        subject = header(message, "Subject")[:20]
        folded = fold(clean_text(body[:BODY_LIMIT], multiline=True), forwarded=bool(_FORWARDED.match(subject)))
        note = [t("mail.intake.sealed", "es")] if closed else []
        said = [folded.said, *note, *(clean_text(one[:BODY_LIMIT], multiline=True) for one in below)]
        self.text = Folded("\n\n".join(one for one in said if one)[: 2 * BODY_LIMIT], folded.rest)
        return ""

    def _unpacked(self, part: Message) -> list[str]:
        """Return the letters in a winmail.dat, and add its files; one that can't be opened is a file, and refused."""
        self.winmails += 1
        content = b"" if self.cut else _bytes(part)
        found = None if self.cut or self.winmails > MAX_WINMAILS else winmail.unpack(content)
        if found is None or not found.whole:
            self.mark("winmail")
            self.parts.append(Part(winmail.NAME, content))
        if found is None:
            return []
        self.mark("outlook")
        self.parts += [Part(header_text(name) or _nameless("", self.seen - 1), data) for name, data in found.files]
        letters = [one.text.strip() or self._page(one.html) for one in found.letters]
        heads = [attached(one.sender, "", one.subject) for one in found.letters]
        return letters[:1] + [f"{head}\n\n{text}".strip() for head, text in zip(heads, letters, strict=True)][1:]

    def _page(self, html: str) -> str:
        text, hid = text_of(html[: 4 * BODY_LIMIT])
        if hid:
            self.mark("hidden")
        return text


def _head_of(message: Message) -> str:
    """Return who wrote a letter that came attached, and when, as people read it."""
    return attached(*(header(message, name) for name in ("From", "Date", "Subject")))


def attached(sender: str, date: str, subject: str) -> str:
    said = {"from": sender, "date": date, "subject": subject}
    told = t("mail.intake.attached", "es", **{key: header_text(value[:300]) for key, value in said.items()})
    return "\n".join(line for line in told.split("\n") if not line.endswith(": "))


def parse(raw: bytes, *, cut: bool = False) -> Parsed:
    """Return what stands in a mail; of a `cut` one, what its beginning tells: its files are named and not kept.

    Raises whatever the parser does for nonsense that it can't walk: the caller keeps the raw form and shows it.
    """
    message = message_from_bytes(raw, policy=_Lenient())
    content = _Content(cut, ["cut"] if cut else [])
    content.read(message)
    name, address = next(iter(people(message, "From")), ("", ""))
    answer_to = next((one for _, one in people(message, "Reply-To")), "")
    ids = _ID.findall(header(message, "Message-ID"))
    return Parsed(
        message, name, address, tuple(dict.fromkeys(one for _, one in people(message, "To", "Cc") if one)),
        header_text(header(message, "Subject")[:1000])[:200], ids[0] if ids else "",
        tuple(dict.fromkeys(_ID.findall(f"{message.get('References', '')} {message.get('In-Reply-To', '')}")[-50:])),
        content.text, tuple(content.parts), tuple(content.marks), answer_to,
    )  # fmt: skip


def _walk(message: Message, depth: int = 0) -> Iterator[Message]:
    """Return the leaves of a mail; a letter that came attached is one of them, and so is what lies too deep."""
    if depth <= MAX_DEPTH and message.is_multipart() and message.get_content_maintype() == "multipart":
        children = message.get_payload()
        for child in children if isinstance(children, list) else []:
            if isinstance(child, Message):
                yield from _walk(child, depth + 1)
    else:
        yield message


def header(message: Message, name: str) -> str:
    """Return a header as text; what can't be decoded is shown as well as it can be."""
    value = message.get(name)
    return "" if value is None else charsets.words(str(value))


def people(message: Message, *names: str) -> list[tuple[str, str]]:
    """Return names and addresses of headers: taken apart as they came, and decoded afterwards.

    "Peña, Luz" encoded has its comma inside; whoever decodes first makes two people of her, and none has an address.
    """
    found: list[tuple[str, str]] = []
    for name in names:
        # Some encode all of it, the address too, and some forget the angle brackets.
        raw, whole = str(message.get(name) or "")[:100_000], header(message, name)
        found += _apart(raw) or _apart(whole) or _bare(whole)
    return [(header_text(charsets.words(shown)[:200]), _address(address)) for shown, address in found[:MAX_ADDRESSES]]


def _bare(value: str) -> list[tuple[str, str]]:
    """Return the addresses that stand in a line without angle brackets, each with the words before it."""
    found, end = [], 0
    for one in _BARE.finditer(value):
        found.append((value[end : one.start()].strip(" <>,;:\""), one[0]))
        end = one.end()
    return found


def _apart(value: str) -> list[tuple[str, str]]:
    return [(shown, one) for shown, one in getaddresses([value]) if _address(one) and "=?" not in one]


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
    return charsets.decode(_bytes(part), charset)


def _name(part: Message) -> str:
    for where, name in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            given = part.get_param(name, "", where)
        except (LookupError, ValueError, TypeError):
            return "archivo"
        if isinstance(given, tuple):  # RFC 2231: charset, language, text
            given = charsets.decode(given[2][:2000].encode("raw-unicode-escape"), given[0])[0]
        if given:
            return header_text(charsets.words(str(given).strip('"')[:2000])[:300])
    return ""


_SUFFIX = {"message/rfc822": "eml", "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def _nameless(kind: str, number: int) -> str:
    return f"parte-{number + 1}.{_SUFFIX.get(kind, kind.partition('/')[2][:10] or 'bin')}"


def _address(typed: str) -> str:
    found = header_text(typed[:254]).strip().lower()
    return found if re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+", found) else ""
