"""A reply by mail to what was written in a case."""

from __future__ import annotations

from app.cases.models import ANNULLED, CaseParty
from app.cases.service import Words, add_message, load_case, record, tell_person
from app.cases.workflow import write_from_person
from app.db import db
from app.mail.intake.reading import Letter


def take_reply(letter: Letter) -> int:
    """Add a mail to the case that it replies to, inside the running write; return the case's number.

    From the petitioner's own address it is what they say, a completion too. From any other it is shown to the office
    alone: who holds a forwarded letter is not yet a party, and must neither complete nor change the petition.
    """
    assert letter.answers is not None
    case = load_case(letter.site_id, letter.answers[1], lock=True)
    party = db.session.get(CaseParty, case.id)
    body = "\n\n".join(part for part in (letter.said, *letter.refused) if part)
    theirs = party is not None and letter.address != "" and party.email.lower() == letter.address
    if theirs and case.state != ANNULLED:
        write_from_person(letter.site_id, case.id, Words(body, letter.receipts))
        if letter.refused and letter.acknowledge:
            tell_person(case, "files", reason=letter.not_received(case.lang))
        return case.id
    note = f"{letter.name} <{letter.address}>\n\n{body}"
    message = add_message(case, "note", "person", note, receipts=letter.receipts)
    record(case, "mail_from_other", "system", public=False, message=message.id)
    return case.id
