"""What the demo's letters look like: the real messages of a Maildir, newest first."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path

PAGE = 50


@dataclass(frozen=True)
class Letter:
    """One message in the list."""

    key: str
    to: str
    subject: str
    at: datetime


@dataclass(frozen=True)
class Part:
    number: int
    name: str
    media_type: str
    size_bytes: int


class Box:
    """The folder that `VENTANILLA_MAIL=maildir:…` names; empty while nothing has come."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def letters(self, search: str = "") -> list[Letter]:
        """Return the letters that hold `search` in subject or address, the newest first."""
        wanted = search.casefold()
        found = [
            letter for letter in self._all() if wanted in letter.subject.casefold() or wanted in letter.to.casefold()
        ]
        return sorted(found, key=lambda letter: (letter.at, letter.key), reverse=True)

    def _all(self) -> Iterator[Letter]:
        if not self.path.is_dir():
            return
        for key in mailbox.Maildir(str(self.path), create=False).iterkeys():
            yield _letter(str(self.path), key)

    def message(self, key: str) -> EmailMessage | None:
        """Return one message, or None; a key is looked up, never joined to a path."""
        if not self.path.is_dir():
            return None
        try:
            raw = mailbox.Maildir(str(self.path), create=False).get_bytes(key)
        except KeyError:
            return None
        return _parse(raw)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()) if body is not None else ""


def parts_of(message: EmailMessage) -> list[Part]:
    return [
        Part(number, part.get_filename() or f"{number}", part.get_content_type(), len(_bytes(part)))
        for number, part in enumerate(message.iter_attachments())
    ]


def part_bytes(message: EmailMessage, number: int) -> bytes | None:
    for found, part in enumerate(message.iter_attachments()):
        if found == number:
            return _bytes(part)
    return None


def _bytes(part: object) -> bytes:
    raw = part.get_payload(decode=True)  # type: ignore[attr-defined]
    return raw if isinstance(raw, bytes) else b""


def _parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@lru_cache(maxsize=20_000)
def _letter(path: str, key: str) -> Letter:
    message = _parse(mailbox.Maildir(path, create=False).get_bytes(key))
    return Letter(key, str(message["To"] or ""), str(message["Subject"] or ""), sent_at(message))


def sent_at(message: EmailMessage) -> datetime:
    """Return when a message was written; one without a date sorts last."""
    try:
        return parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
    except (TypeError, ValueError):
        return datetime.fromtimestamp(0, UTC)
