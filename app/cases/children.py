"""A case that comes out of another: same person, same code, a number of its own from the series, tied to its parent."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from app.cases.filing import Filed, Filing, Party, file_case
from app.cases.models import TRANSFERRED, Case, CaseClock, CaseMessage, CaseParty
from app.cases.service import add_message, record
from app.cases.workflow_models import APPEAL, INSISTENCE, PART, CaseLink, CaseQuestion
from app.clock import now
from app.console.roles import Staff
from app.db import db
from app.search.analysis import fold
from app.words import t

# Ties between cases of one person, which whoever holds the code may see; others would tell of other people's cases.
OF_ONE_PERSON = (APPEAL, INSISTENCE, PART)


def file_child(
    case: Case, tie: str, kind: str, body: str, material: bytes, *, channel: str = "web", actor: str = "person",
    received_at: datetime | None = None, receipts: tuple[str, ...] = (), marks: tuple[str, ...] = (), **data: Any,
) -> tuple[Case, Filed]:  # fmt: skip
    """File a case that hangs on this one, inside the running write; it opens with the code of its parent."""
    party = db.session.get(CaseParty, case.id)
    filed = file_case(
        case.site_id,
        Filing(
            kind, case.subject, body, channel, material, party=_same_person(party), identity=case.identity,
            answer_channel=case.answer_channel, electronic_consent=case.electronic_consent, received_at=received_at,
            receipts=receipts, notice_version=case.notice_version, lang=case.lang, source="case", source_id=case.id,
            marks=marks, actor=actor,
        ),
    )  # fmt: skip
    child = db.session.get_one(Case, filed.case_id)
    child.office_id, child.code_hash, child.missing = case.office_id, case.code_hash, []
    kept = db.session.get(CaseParty, child.id)
    if kept is not None and party is not None:
        kept.email = party.email
    db.session.add(CaseLink(case_id=child.id, main_id=case.id, kind=tie, data=data))
    return child, filed


def _same_person(party: CaseParty | None) -> Party | None:
    """Return who asks, without the address: the child's own mail says the code that really opens it."""
    if party is None:
        return None
    names = asdict(Party()).keys()
    return Party(**{**{name: getattr(party, name) for name in names}, "email": ""})


def transferred_part(staff: Staff, case: Case, letter: CaseMessage, questions: str, facts: dict[str, Any]) -> Case:
    """File what another entity takes over of a petition, as a child that has ended here as soon as it was filed.

    It was received when the petition was, and no clock of it runs with us: the other's begins when the letter arrives
    (Ley 1437 de 2011, art. 21). Reports count the petition once, by its parent.
    """
    material = f"part:{case.id}:{letter.id}".encode()
    child, _ = file_child(
        case, PART, case.kind, questions, material, channel=case.channel, actor=staff.actor,
        received_at=case.received_at, letter=letter.radicado, entity=letter.subject,
    )  # fmt: skip
    child.state, child.closed_at = TRANSFERRED, now()
    db.session.execute(update(CaseClock).where(CaseClock.case_id == child.id).values(met_at=now()))
    told = add_message(child, "transfer", "staff", letter.body, staff_id=staff.id, subject=letter.subject)
    told.radicado, told.copy_of_id = letter.radicado, letter.id
    _hand_over(case, child, questions)
    record(child, "transferred", staff.actor, main=case.radicado, **facts)
    return child


def _hand_over(case: Case, child: Case, questions: str) -> None:
    """Let the questions of the checklist that went away be the child's: our answer need not answer them (art. 42)."""
    went = _asked(questions)
    mine = select(CaseQuestion).where(CaseQuestion.case_id == case.id, CaseQuestion.answered.is_(False))
    for question in db.session.scalars(mine):
        # All of it must stand there: "¿Cuándo?" did not go with "¿Cuándo cierran el pozo?".
        if (asked := _asked(question.text)) and asked <= went:
            question.case_id = child.id


def _asked(text: str) -> set[str]:
    """Return the questions of a text, a line or a question mark each, without what was written around them."""
    found = (" ".join(fold(one).split()).strip(" .,;:()-•*0123456789") for one in re.split(r"[\n¿?]", text))
    return {one for one in found if one}


def counted_once() -> ColumnElement[bool]:
    """Leave out what another entity took over of a petition: its parent counts for both (art. 21)."""
    # Not correlated: the few such ties are read once, and not asked for again at each case.
    return Case.id.not_in(select(CaseLink.case_id).where(CaseLink.kind == PART))


def linked(case: Case, lang: str) -> list[dict[str, str]]:
    """Return the other cases of this person's matter, parent and children, in words: each opens with the same code."""
    mine = select(CaseLink).where((CaseLink.case_id == case.id) | (CaseLink.main_id == case.id))
    links = db.session.scalars(mine.where(CaseLink.kind.in_(OF_ONE_PERSON)).order_by(CaseLink.id).limit(50)).all()
    others = {one.id: (one.main_id if one.case_id == case.id else one.case_id) for one in links}
    found: list[dict[str, str]] = []
    if not links:
        return found
    cases = {one.id: one for one in db.session.scalars(select(Case).where(Case.id.in_(others.values())))}
    for link in links:
        other, way = cases[others[link.id]], "to" if link.case_id == case.id else "from"
        named = {name: link.data.get(name, "") for name in ("letter", "entity")}
        says = t(f"cases.linked.{link.kind}_{way}", lang, **named)
        found.append({"radicado": other.radicado, "text": says, "state_text": t(f"cases.state.{other.state}", lang)})
    return found
