"""What is shown of parts that are no text and no file of a person: invitations, and letters that came attached."""

from __future__ import annotations

import re
from email.message import Message

from app.words import t

# A seal that we can't check says nothing against the letter, and is not refused as a file would be.
SEALS = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
# What stands inside can't be read here: encrypted, or signed in a form that hides the text.
CLOSED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
_ASKED = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "ORGANIZER", "DESCRIPTION")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def invitation(text: str) -> str:
    """Return what an iCalendar text invites to, a line each. Source: RFC 5545, section 3.1 (folded lines), 3.3.11."""
    lines = re.sub(r"\r?\n[ \t]", "", text[:50_000]).splitlines()
    start = next((place for place, line in enumerate(lines) if line.strip().upper() == "BEGIN:VEVENT"), 0)
    found: dict[str, str] = {}
    for line in lines[start:]:
        name, _, value = line.partition(":")
        name = name.partition(";")[0].upper()
        if name in _ASKED and value.strip():
            plain = re.sub(r"\\([,;\\])", r"\1", re.sub(r"\\[nN]", " ", value)).strip()
            found.setdefault(name, _moment(plain) or plain.removeprefix("mailto:")[:500])
    told = [f"{t(f'mail.intake.event.{name.lower()}', 'es')}: {found[name]}" for name in _ASKED if name in found]
    return "\n".join([t("mail.intake.invitation", "es"), *told])


def _moment(value: str) -> str:
    found = _MOMENT.fullmatch(value)
    if found is None:
        return ""
    year, month, day, hour, minute, utc = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}{' UTC' if utc else ''}" if hour else "")


def is_calendar_answer(message: Message) -> bool:
    """Return whether a calendar says in somebody's place that they come or not (RFC 5546, METHOD REPLY)."""
    parts = message.walk() if message.is_multipart() else [message]
    for number, part in enumerate(parts):
        if number > 20:
            break
        if part.get_content_type() == "text/calendar" and str(part.get_param("method", "")).upper() in {
            "REPLY", "COUNTER"
        }:
            return True
    return False
