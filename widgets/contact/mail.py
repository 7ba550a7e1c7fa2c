"""A mail to the official address: a thread like any other, or the next message of one."""

from __future__ import annotations

from app.audit import append_audit
from app.cases.filing import next_number
from app.cases.radicado import code_hash, format_code
from app.cases.service import Words
from app.cases.workflow import write_from_person
from app.clock import now
from app.dates import datetime_words
from app.db import db
from app.mail.intake.reading import Letter
from app.sites.models import Site
from app.sites.service import owner_office
from widgets.contact.models import ContactMessage, ContactThread
from widgets.contact.service import add, code_of, kept_marks, key_of, tell


def claim(letter: Letter) -> tuple[str, int]:
    """Make a thread of a mail, or the next message of the thread that it replies to, inside the running write.

    A reply from another address than the thread's own opens a thread of its own, marked: whoever holds a forwarded mail
    must neither read nor write in another person's name.
    """
    thread = _answered(letter)
    if thread is None:
        return "contact", _open(letter, other=letter.answers is not None)
    if thread.case_id is not None:
        write_from_person(letter.site_id, thread.case_id, Words(_body(letter), letter.receipts))
        db.session.add(ContactMessage(thread_id=thread.id, author="person", body=_body(letter), folded=letter.rest))
    else:
        add(thread, "person", _body(letter), letter.receipts, folded=letter.rest, at=letter.received_at)
    if letter.refused and letter.acknowledge:
        site = db.session.get_one(Site, letter.site_id)
        tell(site, thread, "files", answers=letter.message_id, missing=letter.not_received(thread.lang))
    append_audit(letter.site_id, "person", "contact.replied", f"contact:{thread.id}", mail=letter.mail_id)
    return "contact", thread.id


def _body(letter: Letter) -> str:
    return "\n\n".join(part for part in (letter.said, *letter.refused) if part)


def _answered(letter: Letter) -> ContactThread | None:
    if letter.answers is None or letter.answers[0] != "contact":
        return None
    thread = db.session.get(ContactThread, letter.answers[1], with_for_update=True)
    mine = thread is not None and thread.site_id == letter.site_id and letter.address != ""
    return thread if mine and thread is not None and thread.email.lower() == letter.address else None


def _open(letter: Letter, *, other: bool) -> int:
    """Open a thread as old as the mail: its date counts when it becomes a petition (Ley 1437 de 2011, art. 15)."""
    site, year = db.session.get_one(Site, letter.site_id), now().year
    office = owner_office(letter.site_id, "contact", "citizen")
    marks = ("mail", *(["other_address"] if other else []), *letter.marks)
    code = code_of(letter.material)
    thread = ContactThread(
        site_id=site.id, office_id=office.id, reference=f"C{year}-{next_number(site.id, 'contact', year):06d}",
        code_hash=code_hash(key_of("contact-code"), code), name=letter.name, email=letter.address,
        subject=letter.subject, lang=site.lang, marks=kept_marks(marks), copies="\n".join(letter.copies),
        created_at=letter.received_at,
    )  # fmt: skip
    db.session.add(thread)
    db.session.flush()
    add(thread, "person", _body(letter), letter.receipts, folded=letter.rest, at=letter.received_at)
    append_audit(
        site.id, "person", "contact.sent", f"contact:{thread.id}", reference=thread.reference, mail=letter.mail_id
    )
    if letter.acknowledge:
        received = datetime_words(letter.received_at, thread.lang)
        tell(
            site, thread, "acknowledgement", secret=format_code(code), answers=letter.message_id,
            missing=letter.not_received(thread.lang), received=received,
        )  # fmt: skip
    return thread.id
