"""What comes to the mailbox and is no letter of a person: our own, answers of machines, lists. Source: RFC 3834."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.mail.intake.digests import is_calendar_answer
from app.mail.intake.models import AUTO, OWN
from app.mail.intake.parsing import Parsed, header
from app.words import t

_LISTS = ("List-Id", "List-Unsubscribe", "List-Post", "Mailing-List")
_AUTOREPLIES = (
    "X-Autoreply", "X-Autorespond", "X-Auto-Response-From", "X-FC-MachineGenerated",
    "X-MS-Exchange-Generated-Message-Source",
)  # fmt: skip
_ABSENT = re.compile(
    r"(?:respuesta|contestaci[oó]n|mensaje|acuse) autom[aá]tic[oa]|auto(?:matic)?[ -]?(?:reply|response)|autorrespuesta"
    r"|^\W*(?:(?:re|rv|rta?):\s*)?(?:(?:estoy |me encuentro )?(?:fuera de (?:la )?oficina|de vacaciones|en vacaciones)"
    r"|out of (?:the )?office|ausen(?:te|cia)\b|auto:|vacaciones\b|no contest(?:e|ar)\b|no responder\b)",
    re.IGNORECASE,
)


def kind_of(mail: Parsed, official: str, *, written_to: Callable[[], bool]) -> str:
    """Return AUTO or OWN for what nobody is to answer; "" for what a person wrote.

    By what the machines say of themselves, and the subject of an absence note only where it answers something, or
    comes from somebody who was `written_to` a while ago. Our own address as the writer is a loop, whatever stands in
    it: the entity does not petition itself.
    """
    if same_box(mail.address, official):
        return OWN
    message = mail.message
    submitted = header(message, "Auto-Submitted").strip().lower()
    if submitted and not submitted.startswith("no"):
        return AUTO
    if any(message.get(name) is not None for name in _AUTOREPLIES):
        return AUTO
    if header(message, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return AUTO
    if any(message.get(name) is not None for name in _LISTS):
        return AUTO
    if message.get_content_type() == "multipart/report":
        # A receipt for reading (RFC 8098), a report of a delay: whoever could be told of them was asked before.
        return AUTO
    if header(message, "Return-Path").strip() == "<>" or mail.address.startswith(("mailer-daemon@", "postmaster@")):
        return AUTO
    if is_calendar_answer(message) and not mail.text.said.partition(t("mail.intake.invitation", "es"))[0].strip():
        return AUTO
    return AUTO if _ABSENT.search(mail.subject) and (mail.references or written_to()) else ""


def same_box(address: str, official: str) -> bool:
    """Return whether an address is the official one, with or without what stands after a plus."""

    def plain(text: str) -> str:
        local, _, domain = text.lower().partition("@")
        return f"{local.partition('+')[0]}@{domain}"

    return bool(address) and plain(address) == plain(official)
