"""Write a memo under the next number, and read those that concern one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from app.audit import append_audit
from app.cases.radicado import INTERNA
from app.cases.terms import terms_of
from app.console.models import User
from app.console.roles import Staff
from app.dates import date_words
from app.db import db, write
from app.documents import issue
from app.documents.registry import MEMO
from app.errors import Invalid
from app.memos.models import Memo
from app.sites.models import Office
from app.sites.service import site_info
from app.words import t

SHOWN = 100


def send(staff: Staff, site_id: int, office_id: int, subject: str, body: str) -> str:
    """Write a memo to an office, and return its number: of a series of its own, type 3, given once (S2-9)."""
    staff.require("cases.note", site_id)
    given = {"subject": subject.strip(), "body": body.strip()}
    wrong = {name: ["errors.required"] for name, text in given.items() if not text}
    office = db.session.get(Office, office_id)
    if office is None or office.site_id != site_id or not office.active:
        wrong["office_id"] = ["errors.choice"]
    if wrong:
        raise Invalid(fields=wrong)
    assert office is not None
    site, today = site_info(site_id), terms_of(site_id).today()
    facts = [
        (t("memos.to", site.lang), office.name),
        (t("memos.from", site.lang), ", ".join(part for part in (staff.name, staff.position) if part)),
        (t("memos.on", site.lang), date_words(today, site.lang)),
        (t("memos.subject", site.lang), given["subject"]),
    ]
    code = office.code
    with write():
        row = Memo(site_id=site_id, number="", author_id=staff.id, office_id=office_id, document_id=None,
                   subject=given["subject"][:200], body=given["body"])  # fmt: skip
        db.session.add(row)
        db.session.flush()
        data = {"facts": facts, "body": given["body"], "number_label": t("memos.number", site.lang)}
        made = issue(
            MEMO, site, MEMO.title(site.lang), site.lang, data, source="memo", source_id=row.id, on=today,
            office=code, series="memo", kind=INTERNA,
        )  # fmt: skip
        row.number, row.document_id = made.number, made.id
        append_audit(site_id, staff.actor, "memos.written", f"memo:{row.id}", number=made.number, office=office_id)
        return made.number


def memos_of(staff: Staff, site_id: int) -> list[Any]:
    """Return (memo, office, author) of what this person wrote or what their offices got, the newest first."""
    query = (
        select(Memo, Office.name, User.name)
        .join(Office, Office.id == Memo.office_id)
        .join(User, User.id == Memo.author_id)
        .where(Memo.site_id == site_id)
    )
    offices = staff.offices("cases.note", site_id)
    if offices is not None:
        query = query.where(or_(Memo.author_id == staff.id, Memo.office_id.in_(offices)))
    return list(db.session.execute(query.order_by(Memo.id.desc()).limit(SHOWN)))


def find(staff: Staff, site_id: int, memo_id: int) -> Memo | None:
    """Return a memo that concerns this person; None for any other."""
    row = db.session.get(Memo, memo_id)
    if row is None or row.site_id != site_id:
        return None
    offices = staff.offices("cases.note", site_id)
    return row if offices is None or row.author_id == staff.id or row.office_id in offices else None
