"""The verbs of contact: send, reply, answer, turn into a case. Each is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app, url_for
from sqlalchemy import func, literal, select, tuple_

from app import files
from app.audit import append_audit
from app.cases import reserve
from app.cases.filing import Filed, Filing, Party, file_case, next_number
from app.cases.models import Case
from app.cases.radicado import code_hash, derive_code, format_code, opens, squeeze
from app.cases.service import Words, add_message, load_case
from app.cases.texts import signature
from app.cases.workflow import write_from_person
from app.clock import now
from app.console.models import User
from app.console.roles import Staff
from app.dates import datetime_words
from app.db import UtcDateTime, db, write
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.mail import outbox, trouble
from app.mail.bounces import COMPLAINT
from app.mail.intake.reading import below, thread_headers
from app.mail.models import Mail
from app.sites.models import Office, Site
from app.sites.service import SiteInfo, office_by_code, offices, owner_office
from app.widget import CasePanel
from app.words import t
from widgets.contact.models import ContactMessage, ContactThread

WAITING, ANSWERED, CLOSED, RADICATED = "waiting", "answered", "closed", "radicated"


@dataclass(frozen=True)
class NewMessage:
    """A first message, as a person wrote it; `material` is what the tracking code is derived from."""

    office: str
    name: str
    email: str
    phone: str
    subject: str
    body: str
    receipts: tuple[str, ...]
    notice_version: int
    lang: str
    marks: tuple[str, ...]
    material: bytes


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the element needs before it is touched: the offices one can write to, and the notice."""
    return {
        "offices": [{"code": office.code, "name": office.name} for office in offices(site.id)],
        "limits": files.limits(),
        "notice": {
            "version": 1,
            "text": t("contact.page.notice", lang, entity=site.entity, email=site.official_email),
            "url": site.privacy_url,
        },
    }


def waiting(site_id: int, office_ids: frozenset[int] | None) -> int:
    """Return how many threads wait for these offices (None: for any)."""
    query = select(func.count()).where(ContactThread.site_id == site_id, ContactThread.state == WAITING)
    if office_ids is not None:
        query = query.where(ContactThread.office_id.in_(office_ids))
    return int(db.session.scalar(query) or 0)


def key_of(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def code_of(material: bytes) -> str:
    return derive_code(key_of("contact-code"), material)


def send(site_id: int, new: NewMessage) -> dict[str, Any]:
    """Open a thread with its first message and acknowledge it by mail; the code is left out of what is returned."""
    with write():
        site = db.session.get_one(Site, site_id)
        office = office_by_code(site_id, new.office) or owner_office(site_id, "contact", "citizen")
        year = now().year
        thread = ContactThread(
            site_id=site_id, office_id=office.id, reference=f"C{year}-{next_number(site_id, 'contact', year):06d}",
            code_hash=code_hash(key_of("contact-code"), code_of(new.material)), name=new.name, email=new.email,
            phone=new.phone, subject=new.subject, lang=new.lang, notice_version=new.notice_version,
            marks=",".join(new.marks),
        )  # fmt: skip
        db.session.add(thread)
        db.session.flush()
        add(thread, "person", new.body, new.receipts)
        append_audit(site_id, "person", "contact.sent", f"contact:{thread.id}", reference=thread.reference)
        received = datetime_words(thread.created_at, new.lang)
        tell(site, thread, "acknowledgement", secret=format_code(code_of(new.material)), received=received)
        return {
            "reference": thread.reference,
            "received_at": thread.created_at.isoformat(),
            "text": t("contact.page.sent", new.lang, reference=thread.reference, office=office.name, received=received),
        }


def add(
    thread: ContactThread, author: str, body: str, receipts: tuple[str, ...], staff_id: int | None = None, *,
    folded: str = "", at: datetime | None = None,
) -> None:  # fmt: skip
    """Add what somebody wrote, with its files, inside the running write."""
    message = ContactMessage(
        thread_id=thread.id, author=author, staff_id=staff_id, body=body, folded=folded, at=at or now()
    )
    db.session.add(message)
    thread.state = WAITING if author == "person" else ANSWERED
    thread.changed_at = now()
    db.session.flush()
    files.claim(thread.site_id, receipts, "contact_message", message.id)


def tell(
    site: Site, thread: ContactThread, what: str, secret: str = "", answers: str = "", missing: str = "", **params: Any
) -> None:  # fmt: skip
    """Queue a mail to who wrote; `missing` says which of their files did not come through."""
    if not thread.email:
        return
    base: str = current_app.extensions["ventanilla"].settings.base_url
    params |= {"reference": thread.reference, "name": thread.name, "entity": site.entity, "code": outbox.SECRET}
    params["missing"] = f"\n{missing}\n" if missing else ""
    params["url"] = f"{base}/{site.key}/contact/thread?lang={thread.lang}"
    outbox.enqueue(
        site, thread.email, t(f"contact.mail.{what}_subject", thread.lang, **params),
        t(f"contact.mail.{what}", thread.lang, **params), source="contact", source_id=thread.id, secret=secret,
        headers=below(answers) or thread_headers("contact", thread.id), by_hand=what == "answer",
    )  # fmt: skip


RETURNED, LETTERS = "bounced", ("contact", "contact_copy")


def heed(*, source: str, source_id: int | None, kind: str = "", **_facts: Any) -> None:
    """Let a thread wait again, marked, where a letter of it did not arrive: the entity's as well as the person's."""
    if source not in LETTERS or source_id is None or kind == COMPLAINT:
        return
    with write():
        thread = db.session.get(ContactThread, source_id, with_for_update=True)
        if thread is None or RETURNED in thread.marks.split(","):
            return
        thread.marks = kept_marks((RETURNED, *(one for one in thread.marks.split(",") if one)))
        thread.state = WAITING if thread.state == ANSWERED else thread.state
        append_audit(thread.site_id, "system", "contact.returned", f"contact:{thread.id}")


def kept_marks(marks: tuple[str, ...]) -> str:
    """Return as many marks, whole, as the column holds."""
    kept = ",".join(marks)
    return kept if len(kept) <= 60 else kept[:61].rpartition(",")[0]


def _attended(thread: ContactThread) -> None:
    """Take the mark off again: whoever answers or sends on has seen it."""
    thread.marks = ",".join(one for one in thread.marks.split(",") if one != RETURNED)


def returned(thread: ContactThread) -> list[Mail]:
    """Return the letters that did not arrive, as long as nobody has attended to it."""
    marked = RETURNED in thread.marks.split(",")
    return trouble.returned(thread.site_id, LETTERS, thread.id) if marked else []


def find_thread(site_id: int, reference: str, code: str) -> ContactThread | None:
    """Return the thread that this reference and code open together, or None."""
    plain = squeeze(reference)
    thread = db.session.scalar(
        select(ContactThread).where(
            ContactThread.site_id == site_id, ContactThread.reference == f"{plain[:5]}-{plain[5:]}"
        )
    )
    return thread if opens(key_of("contact-code"), code, thread.code_hash if thread is not None else None) else None


def reply(site_id: int, thread_id: int, body: str, receipts: tuple[str, ...]) -> dict[str, Any]:
    """Add what the person writes later; the thread waits for the entity again, or the case that it has become."""
    with write():
        thread = _thread(site_id, thread_id)
        if thread.case_id is None:
            add(thread, "person", body, receipts)
        else:
            # A petition by now: what is added goes where it is worked on, and stands here to be read.
            write_from_person(site_id, thread.case_id, Words(body, receipts))
            db.session.add(ContactMessage(thread_id=thread.id, author="person", body=body))
        append_audit(site_id, "person", "contact.replied", f"contact:{thread.id}")
        return {"reference": thread.reference, "state": thread.state}


def _thread(site_id: int, thread_id: int) -> ContactThread:
    thread = db.session.get(ContactThread, thread_id, with_for_update=True)
    if thread is None or thread.site_id != site_id:
        raise NotFound
    return thread


def _staff_thread(staff: Staff, site_id: int, thread_id: int, permission: str) -> ContactThread:
    thread = _thread(site_id, thread_id)
    if not staff.can("contact.read", site_id, thread.office_id):
        raise NotFound
    if thread.case_id is not None and reserve.bars(staff, site_id, "contact", thread.id):
        # What its case keeps apart stands here too.
        raise Forbidden(permission="cases.reserved")
    staff.require(permission, site_id, thread.office_id)
    return thread


class StaleThread(Conflict):
    """Somebody has written in the thread since it was read; what was typed is its author's to send again."""

    code = "thread-stale"
    message_key = "contact.console.stale"


def last_message(thread_id: int) -> int:
    """Return the number of the last message of a thread: how far somebody has read it."""
    query = select(func.max(ContactMessage.id)).where(ContactMessage.thread_id == thread_id)
    return int(db.session.scalar(query) or 0)


def answer(
    staff: Staff, site_id: int, thread_id: int, body: str, receipts: tuple[str, ...] = (), seen: int | None = None,
    copies: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Answer a person; the text goes by mail too, since a message is no petition and needs no proof of notice.

    Raises StaleThread where the thread holds more than `seen`, the last message that was read.
    """
    with write():
        thread = _staff_thread(staff, site_id, thread_id, "contact.answer")
        if seen is not None and last_message(thread_id) > seen:
            raise StaleThread
        if thread.case_id is not None:
            raise Conflict("contact.page.already_radicated")
        if not set(copies) <= set(thread.copies.split()):
            raise Invalid(fields={"copies": ["errors.choice"]})
        add(thread, "staff", body, receipts, staff.id)
        _attended(thread)
        append_audit(site_id, staff.actor, "contact.answered", f"contact:{thread.id}", copies=len(copies))
        site, signed = db.session.get_one(Site, site_id), signature(staff, site_id, thread.lang)
        tell(site, thread, "answer", body=body, signature=signed)
        for address in copies:
            outbox.enqueue(
                site, address, t("contact.mail.answer_subject", thread.lang, reference=thread.reference),
                f"{body}\n\n{signed}", source="contact_copy", source_id=thread.id, by_hand=True,
            )  # fmt: skip


def forward(
    staff: Staff, site_id: int, thread_id: int, entity: str, address: str, reason: str, seen: int | None = None
) -> None:
    """Send a message to the entity that is competent, with its files, and tell the person, in one act (S4-7).

    Source: Ley 1437 de 2011, art. 21. Raises Invalid naming the field, Conflict where it has become a case, StaleThread
    where it holds more than `seen`: a button pressed twice sends it once.
    """
    missing = {
        name: ["errors.required"] for name, value in (("entity", entity), ("reason", reason)) if not value.strip()
    }
    try:
        to = validate_email(address.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        missing["address"] = ["errors.email"]
    if missing:
        raise Invalid(fields=missing)
    with write():
        thread = _staff_thread(staff, site_id, thread_id, "contact.answer")
        if seen is not None and last_message(thread_id) > seen:
            raise StaleThread
        if thread.case_id is not None:
            raise Conflict("contact.page.already_radicated")
        site, messages = db.session.get_one(Site, site_id), messages_of(thread.id)
        said = [message for message in messages if message.author == "person"]
        attached = files.files_of("contact_message", [message.id for message in said])
        facts = {"entity": entity.strip(), "own": site.entity, "reason": reason.strip(), "reference": thread.reference}
        signed = signature(staff, site_id, thread.lang)
        body = t("contact.mail.forwarded_entity", thread.lang, name=thread.name, email=thread.email or "–", **facts)
        asked = "\n\n".join(f"{datetime_words(one.at, thread.lang)}\n{one.body}" for one in said)
        outbox.enqueue(
            site, to, t("contact.mail.forwarded_entity_subject", thread.lang, **facts),
            "\n\n".join((body, asked, signed)), source="contact_copy", source_id=thread.id, by_hand=True,
            attachments=[
                {"key": file.key, "name": file.name, "media_type": file.media_type}
                for some in attached.values() for file in some if file.scan in ("none", "clean")
            ],
        )  # fmt: skip
        told = t("contact.mail.forwarded", thread.lang, address=to, **facts)
        add(thread, "staff", told, (), staff.id)
        _attended(thread)
        append_audit(site_id, staff.actor, "contact.forwarded", f"contact:{thread.id}", entity=entity.strip()[:80])
        tell(site, thread, "answer", body=told, signature=signed)


def reveal(staff: Staff, site_id: int, thread_id: int, reason: str) -> ContactThread:
    """Return the thread of a person whose data are shown whole this once; who looked and why stays in the trail."""
    with write():
        thread = _staff_thread(staff, site_id, thread_id, "people.reveal")
        append_audit(site_id, staff.actor, "contact.revealed", f"contact:{thread_id}", why=reason[:200])
        return thread


def radicate(staff: Staff, site_id: int, thread_id: int, kind: str) -> Filed:
    """Turn a message into a case, received when the message was: the law makes it a petition already (art. 13).

    Raises Conflict where it has become one before. Source: Ley 1437 de 2011, arts. 13 and 15.
    """
    with write():
        thread = _staff_thread(staff, site_id, thread_id, "contact.answer")
        if thread.case_id is not None:
            raise Conflict("contact.page.already_radicated")
        said = [message for message in messages_of(thread.id) if message.author == "person"]
        first, later = said[0], said[1:]
        filed = file_case(
            site_id,
            Filing(
                kind=kind, subject=thread.subject, body=first.body, channel="contact",
                code_material=f"contact/{thread.id}/{thread.code_hash}".encode(),
                party=Party(name=thread.name, email=thread.email, phone=thread.phone),
                electronic_consent=bool(thread.email), office_code=db.session.get_one(Office, thread.office_id).code,
                received_at=first.at, lang=thread.lang, source="contact", source_id=thread.id, actor=staff.actor,
                moved_files=("contact_message", tuple(message.id for message in said)),
                notice_version=thread.notice_version,
            ),
        )  # fmt: skip
        case = load_case(site_id, filed.case_id)
        for message in later:
            add_message(case, "message", "person", message.body).created_at = message.at
        thread.case_id, thread.state, thread.changed_at = filed.case_id, RADICATED, now()
        append_audit(site_id, staff.actor, "contact.radicated", f"contact:{thread.id}", case=filed.case_id)
        return filed


def messages_of(thread_id: int) -> list[ContactMessage]:
    query = select(ContactMessage).where(ContactMessage.thread_id == thread_id).order_by(ContactMessage.id)
    return list(db.session.scalars(query))


def for_person(thread: ContactThread, lang: str) -> dict[str, Any]:
    """Return a thread as its person sees it: no name of staff, no other thread."""
    messages = messages_of(thread.id)
    attached = _attached(thread, messages)
    radicado = db.session.get_one(Case, thread.case_id).radicado if thread.case_id is not None else ""
    return {
        "reference": thread.reference,
        "radicado": radicado,
        "next": t("contact.page.radicated_next", lang, radicado=radicado) if radicado else "",
        "subject": thread.subject,
        "office": db.session.get_one(Office, thread.office_id).name,
        "state": thread.state,
        "state_text": t(f"contact.page.state_{thread.state}", lang),
        "messages": [
            {
                "author": message.author,
                "body": message.body,
                "at": message.at.isoformat(),
                "at_text": datetime_words(message.at, lang),
                "files": [{**file.public(), "token": str(file.id)} for file in attached.get(message.id, [])],
            }
            for message in messages
        ],
    }


def _attached(thread: ContactThread, messages: list[ContactMessage]) -> dict[int, list[files.FileInfo]]:
    """Return the files of each message; those that a case has taken over stand with the first."""
    found = files.files_of("contact_message", [message.id for message in messages])
    if thread.case_id is not None and messages:
        found[messages[0].id] = [
            *files.files_of("case", [thread.case_id]).get(thread.case_id, []), *found.get(messages[0].id, []),
        ]  # fmt: skip
    return found


@dataclass(frozen=True)
class Said:
    """One message as staff see it: with who of them wrote it."""

    author: str
    name: str
    body: str
    at: datetime
    files: tuple[files.FileInfo, ...]
    # What a mail quoted and its signature.
    folded: str = ""


def for_staff(thread: ContactThread) -> list[Said]:
    """Return the messages of a thread, the oldest first."""
    messages = messages_of(thread.id)
    attached = _attached(thread, messages)
    ids = {message.staff_id for message in messages if message.staff_id}
    rows = db.session.execute(select(User.id, User.name, User.email).where(User.id.in_(ids)))
    names = {row.id: row.name or row.email for row in rows}
    return [
        Said(m.author, names.get(m.staff_id or 0, ""), m.body, m.at, tuple(attached.get(m.id, ())), m.folded)
        for m in messages
    ]


def last_asked(thread: ContactThread) -> str:
    """Return the words of the person that an answer would follow."""
    return next((message.body for message in reversed(messages_of(thread.id)) if message.author == "person"), "")


def office_of(thread: ContactThread) -> str:
    return db.session.get_one(Office, thread.office_id).name


PAGE = 50


def inbox(
    site_id: int, office_ids: frozenset[int] | None, state: str = WAITING, after: int | None = None
) -> tuple[list[ContactThread], int | None]:
    """Return a page of the threads of a state that these offices answer (None: all), and where the next begins.

    What waits comes the oldest first, the rest the newest first; `after` is the last thread of the page before.
    """
    query = select(ContactThread).where(ContactThread.site_id == site_id, ContactThread.state == state)
    if office_ids is not None:
        query = query.where(ContactThread.office_id.in_(office_ids))
    place = tuple_(ContactThread.changed_at, ContactThread.id)
    last = db.session.get(ContactThread, after) if after is not None else None
    if last is not None and last.site_id == site_id:
        there = tuple_(literal(last.changed_at, UtcDateTime), literal(last.id))
        query = query.where(place > there if state == WAITING else place < there)
    order = (ContactThread.changed_at, ContactThread.id)
    query = query.order_by(*(order if state == WAITING else (column.desc() for column in order)))
    found = list(db.session.scalars(query.limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _file(thread: ContactThread, file_id: int) -> files.FileInfo | None:
    found = files.find_file(file_id, "contact_message", [message.id for message in messages_of(thread.id)])
    return found or (files.find_file(file_id, "case", [thread.case_id]) if thread.case_id is not None else None)


def file_for_person(site_id: int, thread_id: int, file_id: int) -> files.FileInfo:
    """Return a file of the thread that its person has opened; NotFound for any other."""
    found = _file(_thread(site_id, thread_id), file_id)
    if found is None:
        raise NotFound
    return found


def case_panel(site: SiteInfo, thread_id: int, staff: Staff, lang: str) -> CasePanel | None:
    """Return what the page of a case says of the message that it was."""
    thread = db.session.get(ContactThread, thread_id)
    if thread is None or thread.site_id != site.id:
        return None
    lines = (
        t("contact.console.panel", lang, reference=thread.reference),
        t("contact.console.panel_messages", lang, n=len(messages_of(thread.id))),
    )
    href = url_for("console.site.contact.thread", site_key=site.key, thread_id=thread.id)
    may = staff.can("contact.read", site.id, thread.office_id)
    return CasePanel(t("contact.console.panel_title", lang), lines, href if may else "", t("contact.console.see", lang))


def staff_thread(staff: Staff, site_id: int, thread_id: int) -> ContactThread:
    """Return a thread that this person may read; NotFound otherwise."""
    return _staff_thread(staff, site_id, thread_id, "contact.read")


def file_of(staff: Staff, site_id: int, thread_id: int, file_id: int) -> files.FileInfo:
    """Return a file of a thread that this person may read; NotFound for any other."""
    thread = _staff_thread(staff, site_id, thread_id, "contact.read")
    found = _file(thread, file_id)
    if found is None:
        raise NotFound
    return found
