"""Declare an outage, tell who it touched, and say how long they may insist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.audit import append_audit
from app.cases.models import OPEN, Case, CaseClock
from app.cases.service import record, tell_person
from app.cases.terms import terms_of
from app.clock import now
from app.console.roles import Staff
from app.dates import date_words, datetime_words
from app.db import db, write
from app.documents import issue
from app.documents.registry import OUTAGE
from app.errors import Invalid
from app.outages.models import FailedAttempt, Outage
from app.sites.service import site_info
from app.words import t

# Clocks that run against the person: the only ones that an outage moves.
OF_THE_PERSON = ("completion", "clarification", "appeal")
LONGEST = timedelta(days=31)
SHOWN = 200


@dataclass(frozen=True)
class Declaration:
    """From when to when the medium failed, in the site's own time, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str


def declare(staff: Staff, site_id: int, given: Declaration) -> int:
    """Write down an outage with its dated certificate, and give whoever it touched three days more; return its number.

    The three working days run from the day after it ended. What a person had to do on a day of the outage is moved, and
    they are told in the same transaction. Source: Ley 1437 de 2011, art. 62, num. 2.
    """
    staff.require("site.manage", site_id)
    terms = terms_of(site_id)
    starts_at, ends_at = given.starts_at.replace(tzinfo=terms.zone), given.ends_at.replace(tzinfo=terms.zone)
    errors = {}
    if not given.reason.strip():
        errors["reason"] = ["errors.required"]
    if ends_at <= starts_at or ends_at - starts_at > LONGEST:
        errors["ends_at"] = ["outages.errors.order"]
    elif ends_at > now():
        errors["ends_at"] = ["outages.errors.future"]
    if errors:
        raise Invalid(fields=errors)
    with write():
        rule = terms.rule("falla_del_medio", ends_at.date())
        until_on = terms.calendar.add_working_days(ends_at.date(), rule.days)
        row = Outage(
            site_id=site_id, starts_at=starts_at, ends_at=ends_at, starts_on=starts_at.date(), ends_on=ends_at.date(),
            until_on=until_on, reason=given.reason.strip()[:300], declared_by=staff.actor,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        row.document_id = _certify(row, rule.citation)
        moved = _give_days(row)
        append_audit(
            site_id, staff.actor, "outage.declared", f"outage:{row.id}", starts=starts_at, ends=ends_at,
            until=until_on, moved=moved,
        )  # fmt: skip
        return row.id


def _certify(row: Outage, citation: str) -> int:
    site, zone = site_info(row.site_id), terms_of(row.site_id).zone
    lang = site.lang
    data = {
        "body": t("outages.certificate.body", lang, entity=site.entity, citation=citation),
        "facts": [
            (t("outages.starts", lang), datetime_words(row.starts_at, lang, zone)),
            (t("outages.ends", lang), datetime_words(row.ends_at, lang, zone)),
            (t("outages.reason", lang), row.reason),
            (t("outages.until", lang), date_words(row.until_on, lang)),
        ],
    }
    title = OUTAGE.title(lang)
    return issue(
        OUTAGE, site, title, lang, data, source="outage", source_id=row.id, on=terms_of(row.site_id).today()
    ).id  # fmt: skip


def _give_days(row: Outage) -> int:
    """Move what a person had to do on a day of the outage, and tell them; return of how many cases."""
    query = (
        select(CaseClock, Case)
        .join(Case, Case.id == CaseClock.case_id)
        .where(
            Case.site_id == row.site_id, CaseClock.name.in_(OF_THE_PERSON), CaseClock.met_at.is_(None),
            CaseClock.due_on >= row.starts_on, CaseClock.due_on <= row.ends_on,
        )
        .with_for_update()
    )  # fmt: skip
    moved = 0
    for clock, case in db.session.execute(query).all():
        if clock.name != "appeal" and case.state not in OPEN:
            continue
        old, clock.due_on = clock.due_on, row.until_on
        record(case, "outage_moved", "system", clock=clock.name, old=old, new=row.until_on)
        tell_person(case, "outage", until=row.until_on, letter=row.document_id)
        moved += 1
    return moved


def last_day(site_id: int, day: date) -> date:
    """Return until when a person may act whose last day was this: later where the medium failed on it."""
    query = select(Outage.until_on).where(Outage.site_id == site_id, Outage.starts_on <= day, Outage.ends_on >= day)
    return max([day, *db.session.scalars(query)])


def outages_of(site_id: int) -> list[Outage]:
    query = select(Outage).where(Outage.site_id == site_id).order_by(Outage.starts_at.desc(), Outage.id.desc())
    return list(db.session.scalars(query.limit(SHOWN)))


def attempts_of(site_id: int) -> list[FailedAttempt]:
    """Return what failed before it arrived, the newest first: from it an administrator sees what to declare."""
    query = select(FailedAttempt).where(FailedAttempt.site_id == site_id).order_by(FailedAttempt.first_at.desc())
    return list(db.session.scalars(query.limit(SHOWN)))


def find(site_id: int, outage_id: int) -> Outage | None:
    return db.session.scalar(select(Outage).where(Outage.site_id == site_id, Outage.id == outage_id))
