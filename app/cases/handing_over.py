"""What the competent entity gets of a petition that is transferred to it: a mail with all of it (S4-7)."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from app import files
from app.cases import reserve
from app.cases.models import Case, CaseMessage, CaseParty
from app.dates import datetime_words
from app.db import db
from app.errors import Invalid
from app.mail import outbox
from app.sites.models import Site
from app.words import t


def mail_address(typed: str) -> str:
    """Return the mail address of an entity; "" for a postal one. Raises Invalid for a mail address that is none."""
    if "@" not in typed:
        return ""
    try:
        return str(validate_email(typed.strip(), check_deliverability=False).normalized)
    except EmailNotValidError as error:
        raise Invalid(fields={"address": ["errors.email"]}) from error


def send(case: Case, message: CaseMessage, to: str) -> None:
    """Queue, inside the running write, the petition with its files and the letter for the competent entity.

    It goes with what identifies the person, who must be answered there; an anonymous or reserved one goes without.
    Source: Ley 1437 de 2011, art. 21.
    """
    site, party = db.session.get_one(Site, case.site_id), db.session.get(CaseParty, case.id)
    named = party if party is not None and case.identity == "identified" else None
    who = [named.name, named.document_number, named.email, named.phone, named.address] if named else []
    facts = {
        "radicado": case.radicado, "letter": message.radicado, "own": site.entity, "reason": message.body,
        "received": datetime_words(case.received_at, case.lang), "subject": case.subject, "body": _text_of(case),
        "who": ", ".join(one for one in who if one) or t(f"cases.handed_over.{case.identity}", case.lang),
    }  # fmt: skip
    outbox.enqueue(
        site, to, t("cases.handed_over.subject", case.lang, **facts), t("cases.handed_over.text", case.lang, **facts),
        source="case_copy", source_id=case.id, by_hand=True,
        attachments=[*attached_to(message), *_as_mailed(_of_petition(case))],
    )  # fmt: skip


def _text_of(case: Case) -> str:
    """Return what the petition says; where that is reserved, that it comes by hand."""
    return t("cases.handed_over.apart", case.lang) if reserve.folder_of(case.id).petition else case.body


def attached_to(message: CaseMessage) -> list[dict[str, str]]:
    """Return the files of a message as a mail takes them."""
    return _as_mailed(files.files_of("case_message", [message.id]).get(message.id, []))


def _as_mailed(found: list[files.FileInfo]) -> list[dict[str, str]]:
    """Return what may leave by mail: nothing that still waits to be looked at for viruses."""
    return [
        {"key": file.key, "name": file.name, "media_type": file.media_type}
        for file in found if file.scan in ("none", "clean")
    ]  # fmt: skip


def _of_petition(case: Case) -> list[files.FileInfo]:
    # What is reserved goes by hand, to whom the law lets have it (Ley 1437 de 2011, arts. 27 and 36).
    return reserve.folder_of(case.id).open_files(files.files_of("case", [case.id]).get(case.id, []))
