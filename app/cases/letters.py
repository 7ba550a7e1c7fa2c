"""The answer as a letter: an accessible PDF under a radicado de salida, which anybody can verify."""

from __future__ import annotations

from typing import Any

from app import files
from app.cases import sending
from app.cases.models import Case, CaseMessage, CaseParty
from app.cases.terms import terms_of
from app.cases.texts import signature
from app.console.roles import Staff
from app.dates import date_words
from app.db import db
from app.documents import Issued, issue
from app.documents.registry import LETTER
from app.sites.models import Office, Site
from app.sites.service import site_info
from app.words import t

# On what a letter's file hangs: not on the message, whose files its copies share, since a letter names its reader.
SOURCE = "case_letter"
LABELS = ("number", "next", "recourse", "files", "copies")


def write_letter(staff: Staff, case: Case, message: CaseMessage, body: str, copies: tuple[str, ...] = ()) -> Issued:
    """Issue the letter of an answer inside the running write; the message gets its number, the file comes after.

    `body` is what the officer wrote, without the paragraph on recourses, which the letter sets apart (art. 67).
    """
    site, terms, lang = db.session.get_one(Site, case.site_id), terms_of(case.site_id), case.lang
    signed = signature(staff, case.site_id, lang)
    today = date_words(terms.today(), lang)
    data: dict[str, Any] = {
        "place_and_date": f"{site.city}, {today}" if site.city else today,
        "to": _addressee(case),
        "facts": [
            (t("cases.letter.subject", lang), message.subject),
            (t("cases.letter.radicado", lang), case.radicado),
            (t("cases.letter.received", lang), date_words(case.received_at, lang, terms.zone)),
        ],
        "body": body.removesuffix(signed).rstrip(),
        "next_step": message.next_step,
        "recourse": sending.recourse_text(case, message.recourse),
        "files": [file.name for file in _files(message)],
        "signature": signed.splitlines(),
        "copies": list(copies),
        **{f"{name}_label": t(f"cases.letter.{name}", lang) for name in LABELS},
    }  # fmt: skip
    issued = issue(
        LETTER, site_info(case.site_id), LETTER.title(lang), lang, data, source=SOURCE, source_id=message.id,
        on=terms.today(), office=db.session.get_one(Office, case.office_id).code,
    )  # fmt: skip
    message.radicado = issued.number
    return issued


def _files(message: CaseMessage) -> list[files.FileInfo]:
    number = message.copy_of_id or message.id
    return files.files_of("case_message", [number]).get(number, [])


def _addressee(case: Case) -> list[str]:
    """Return to whom the letter goes; a reserved or anonymous person is never named on it (Ley 1437, arts. 16, 69)."""
    party = db.session.get(CaseParty, case.id) if case.identity == "identified" else None
    lines = [party.name, party.address if case.answer_channel == "postal" else party.email] if party else []
    return [t("cases.letter.dear", case.lang), *(line for line in lines if line)]


def letters_of(messages: list[CaseMessage]) -> dict[int, list[files.FileInfo]]:
    """Return the files of messages by their number: what was attached, and the letter once it is made."""
    shared = files.files_of("case_message", [message.copy_of_id or message.id for message in messages])
    own = files.files_of(SOURCE, [message.id for message in messages])
    return {m.id: [*own.get(m.id, ()), *shared.get(m.copy_of_id or m.id, ())] for m in messages}


def find_file(file_id: int, messages: list[CaseMessage]) -> files.FileInfo | None:
    """Return a file of one of these messages, or the letter of one; None for any other."""
    shared = files.find_file(file_id, "case_message", [message.copy_of_id or message.id for message in messages])
    return shared or files.find_file(file_id, SOURCE, [message.id for message in messages])


__all__ = ["SOURCE", "find_file", "letters_of", "write_letter"]
