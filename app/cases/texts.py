"""The words of an answer: its opening formula, the office's saved texts, and the signature block."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from app.audit import append_audit
from app.cases import reserve
from app.cases.models import Case, CaseParty
from app.cases.terms import terms_of
from app.coach import Advice, Attachment, Context, advise
from app.console.models import SavedText, User
from app.console.roles import Staff
from app.dates import date_words
from app.db import db, write
from app.errors import NotFound
from app.files import waiting
from app.sites.models import Office, Site
from app.words import t

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Draft:
    """An answer before anybody has touched it."""

    subject: str
    body: str
    next_step: str


def facts_of(case: Case, staff: Staff) -> dict[str, str]:
    """Return what stands for each {variable} of a saved text.

    The name of an anonymous or reserved person never comes out of a template: whoever needs it asks for it.
    """
    site = db.session.get_one(Site, case.site_id)
    party = db.session.get(CaseParty, case.id) if case.identity == "identified" else None
    lang = case.lang
    return {
        "nombre": (party.name if party else "") or t("cases.mail.citizen", lang),
        "radicado": case.radicado,
        "asunto": case.subject,
        "fecha": date_words(case.received_at, lang, terms_of(case.site_id).zone),
        "tipo": t(f"kinds.{case.kind}.title", lang),
        "entidad": site.entity,
        "dependencia": db.session.get_one(Office, case.office_id).name,
        "funcionario": staff.name,
    }


VARIABLES = ("nombre", "radicado", "asunto", "fecha", "tipo", "entidad", "dependencia", "funcionario")


def fill(text: str, facts: dict[str, str]) -> str:
    """Return a text with its variables filled; one that is not known stays as it was typed, to be seen."""
    return _VARIABLE.sub(lambda found: facts.get(found[1], found[0]), text)


def opening(case: Case, staff: Staff) -> Draft:
    """Return the formula with which every answer begins (S4-12) and the usual next step."""
    facts = facts_of(case, staff)
    return Draft(
        fill(t("console.answer.subject_formula", case.lang), facts),
        fill(t("console.answer.opening", case.lang), facts) + "\n\n",
        t("console.answer.next_step_formula", case.lang),
    )


def from_saved(case: Case, staff: Staff, text_id: int) -> str | None:
    """Return the body of a saved text after the opening formula, or None for a text of nobody here."""
    saved = db.session.get(SavedText, text_id)
    if saved is None or saved.site_id != case.site_id:
        return None
    facts = facts_of(case, staff)
    return fill(t("console.answer.opening", case.lang), facts) + "\n\n" + fill(saved.body, facts)


def saved_for(site_id: int, kind: str) -> list[tuple[int, str]]:
    """Return the saved texts that fit a kind of petition, as (id, title): its own, then those of every kind."""
    query = select(SavedText.id, SavedText.title).where(SavedText.site_id == site_id, SavedText.kind.in_((kind, "")))
    return [(a, b) for a, b in db.session.execute(query.order_by(SavedText.kind.desc(), SavedText.title))]


def signature(staff: Staff, site_id: int, lang: str) -> str:
    """Return the block under every answer: who, post, telephone, mail, entity and its website (S4-19)."""
    user, site = db.session.get_one(User, staff.id), db.session.get_one(Site, site_id)
    phone = user.phone or site.phone
    lines = [
        staff.name, staff.position, t("console.answer.phone", lang, phone=phone) if phone else "",
        site.official_email, site.entity, site.website,
    ]  # fmt: skip
    return "\n".join(line for line in lines if line)


def advice_on(case: Case, staff: Staff, body: str, receipts: list[str]) -> list[Advice]:
    """Return what the protocol coach says of an answer's body, in the order of its places."""
    # It repeats what was asked: not to whoever may not open the folder in which that lies.
    apart = reserve.folder_of(case.id).petition and not staff.can("cases.reserved", case.site_id, case.office_id)
    return letter_advice(staff, case.site_id, case.lang, body, receipts, asked="" if apart else case.body)


def letter_advice(staff: Staff, site_id: int, lang: str, body: str, receipts: list[str], *, asked: str) -> list[Advice]:
    """Return what the coach says of a letter from this member of staff to the person who wrote `asked`."""
    site = db.session.get_one(Site, site_id)
    given = Context(
        official=frozenset(filter(None, (site.official_email, site.phone, site.address))),
        entity=site.entity,
        signature=signature(staff, site_id, lang),
        signed=frozenset({"position"} if staff.position else ()),
        asked=asked,
        attachments=tuple(Attachment(file.name, file.size_bytes) for file in waiting(site_id, receipts)),
    )
    return advise(body, lang=lang, context=given)


# Saved texts: verbs


def all_of(site_id: int) -> list[SavedText]:
    query = select(SavedText).where(SavedText.site_id == site_id).order_by(SavedText.title)
    return list(db.session.scalars(query))


def find_text(site_id: int, text_id: int) -> SavedText:
    """Return a saved text of this site; NotFound for any other."""
    row = db.session.get(SavedText, text_id)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def save_text(staff: Staff, site_id: int, text_id: int | None, title: str, kind: str, body: str) -> None:
    """Keep a text, new or in place of what it was."""
    with write():
        row = SavedText(site_id=site_id) if text_id is None else find_text(site_id, text_id)
        row.title, row.kind, row.body = title.strip(), kind, body.strip()
        db.session.add(row)
        db.session.flush()
        append_audit(site_id, staff.actor, "text.saved", f"text:{row.id}")


def delete_text(staff: Staff, site_id: int, text_id: int) -> None:
    with write():
        db.session.delete(find_text(site_id, text_id))
        append_audit(site_id, staff.actor, "text.deleted", f"text:{text_id}")
