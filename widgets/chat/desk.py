"""What an adviser does with one conversation: take, transfer, cards, warning, withdrawal, end, case, task, block."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.audit import append_audit
from app.cases import reserve
from app.cases.filing import Filed, Filing, Party, file_case
from app.clock import now
from app.console.auth import staff_of
from app.console.models import User
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Forbidden, NotFound
from app.mail import outbox
from app.sites.models import Office, Site
from app.sites.service import office_by_code
from app.words import t
from widgets.chat import log
from widgets.chat.assigning import assign_waiting, give
from widgets.chat.errors import ChatEnded, NotYet
from widgets.chat.models import ChatBlock, ChatConsult, ChatConversation, ChatMessage
from widgets.chat.scripts import script
from widgets.chat.service import by_id, finish, transcript_words
from widgets.chat.shifts import my_shift

# S3-9: after two minutes of silence the adviser may close, by hand.
INACTIVE = timedelta(minutes=2)


def readable(staff: Staff, site_id: int, conversation_id: int) -> ChatConversation:
    """Return a conversation of an office that this person answers for, or about which a colleague asked them.

    NotFound for any other: they look the same.
    """
    conversation = db.session.get(ChatConversation, conversation_id)
    if conversation is None or conversation.site_id != site_id or not staff.can("chat.answer", site_id):
        raise NotFound
    if not (staff.can("chat.answer", site_id, conversation.office_id) or consulted(conversation_id, staff.id)):
        raise NotFound
    talks = conversation.state == "open" and conversation.staff_id == staff.id
    if conversation.case_id is not None and not talks and reserve.bars(staff, site_id, "chat", conversation_id):
        # What its case keeps apart was said here. Whoever the person is talking to goes on hearing them.
        raise Forbidden(permission="cases.reserved")
    return conversation


_HOLDER = select(ChatConversation.site_id, ChatConversation.office_id, ChatConversation.staff_id).where(
    ChatConversation.id == bindparam("id")
)


class Holding(NamedTuple):
    """Who answers a conversation, if anybody does, and for which office."""

    site_id: int
    office_id: int
    staff_id: int | None


def holding(staff: Staff, site_id: int, conversation_id: int) -> Holding:
    """Return who answers a conversation that this person may read; NotFound like `readable`."""
    row = db.session.execute(_HOLDER, {"id": conversation_id}).first()
    if row is None or row.site_id != site_id or not staff.can("chat.answer", site_id):
        raise NotFound
    if staff.can("chat.answer", site_id, row.office_id) or consulted(conversation_id, staff.id):
        return Holding(*row)
    raise NotFound


def consulted(conversation_id: int, staff_id: int) -> bool:
    return db.session.get(ChatConsult, (conversation_id, staff_id)) is not None


def consult(staff: Staff, site_id: int, conversation_id: int, colleague: int, text: str) -> int:
    """Ask a colleague in private, of any office: they read the conversation and answer with notes only advisers see."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        other = staff_of(colleague) if db.session.get(User, colleague) else None
        if other is None or not other.can("chat.answer", site_id):
            raise Conflict("chat.errors.colleague")
        if not consulted(conversation_id, colleague):
            db.session.add(ChatConsult(conversation_id=conversation_id, staff_id=colleague))
        append_audit(site_id, staff.actor, "chat.consulted", f"chat:{conversation.id}", colleague=colleague)
        log.queue_changed(site_id)
        return log.add(
            conversation, "note", log.STAFF, staff_id=staff.id, body=text, private=True,
            data={"name": staff.name, "to": other.name},
        )  # fmt: skip


def _locked(staff: Staff, site_id: int, conversation_id: int, *, mine: bool = True) -> ChatConversation:
    readable(staff, site_id, conversation_id)
    conversation = by_id(conversation_id)
    if conversation.state == "ended":
        raise ChatEnded
    if mine and conversation.staff_id != staff.id and not staff.can("chat.supervise", site_id):
        raise Conflict("chat.errors.not-yours")
    return conversation


def take(staff: Staff, site_id: int, conversation_id: int) -> int:
    """Put a waiting conversation on one's own desk; a supervisor takes any."""
    with write():
        conversation = _locked(staff, site_id, conversation_id, mine=False)
        if conversation.staff_id == staff.id:
            return conversation.seq
        if conversation.state == "open" and not staff.can("chat.supervise", site_id):
            raise Conflict("chat.errors.taken")
        give(conversation, staff, my_shift(staff.id, site_id))
        log.queue_changed(site_id)
        return conversation.seq


def transfer(
    staff: Staff, site_id: int, conversation_id: int, note: str, office: str = "", colleague: int | None = None
) -> int:
    """Hand a conversation to a colleague, or to an office's queue, with a note that only advisers see."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        if office:
            found = office_by_code(site_id, office)
            if found is None:
                raise NotFound
            conversation.office_id = found.id
        name = db.session.get_one(Office, conversation.office_id).name
        if note:
            log.add(
                conversation, "note", log.STAFF, staff_id=staff.id, body=note, private=True, data={"name": staff.name}
            )
        log.add(conversation, "transferred", staff_id=staff.id, data={"office": name})
        append_audit(site_id, staff.actor, "chat.transferred", f"chat:{conversation.id}", office=office, to=colleague)
        if colleague is not None:
            other = staff_of(colleague) if db.session.get(User, colleague) else None
            if other is None or not other.can("chat.answer", site_id, conversation.office_id):
                raise Conflict("chat.errors.colleague")
            give(conversation, other, my_shift(colleague, site_id))
        else:
            conversation.state, conversation.staff_id = "waiting", None
            db.session.flush()
            assign_waiting(site_id)
        log.queue_changed(site_id)
        return conversation.seq


def restate(staff: Staff, site_id: int, conversation_id: int, text: str) -> int:
    """Put the question in one's own words on a card that the person confirms (S3-12)."""
    return _say_special(staff, site_id, conversation_id, "restate", text)


def ask_satisfied(staff: Staff, site_id: int, conversation_id: int) -> int:
    """Ask whether the answer satisfies (S3-17); only its answer opens the end (S3-18)."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        conversation.satisfied = "asked"
        text = script(site_id, "satisfactory", conversation.lang)
        return _say_special(staff, site_id, conversation_id, "ask", text)


def warn(staff: Staff, site_id: int, conversation_id: int) -> int:
    """Ask kindly for good treatment by the script; logged, since an end and a block can follow (S3-16)."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        conversation.warned_at = now()
        append_audit(site_id, staff.actor, "chat.warned", f"chat:{conversation.id}")
        text = script(site_id, "offensive", conversation.lang)
        return _say_special(staff, site_id, conversation_id, "warning", text)


def _say_special(staff: Staff, site_id: int, conversation_id: int, kind: str, text: str) -> int:
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        moment = now()
        conversation.staff_at = moment
        conversation.first_answer_at = conversation.first_answer_at or moment
        conversation.staff_seq = conversation.seq + 1
        return log.add(
            conversation, kind, log.STAFF, staff_id=staff.id, body=text, data={"name": staff.name}, at=moment
        )


def withdraw(staff: Staff, site_id: int, conversation_id: int, ref: int, reason: str) -> int:
    """Take a message out of sight that goes against the rules of the chat or the law (S3-22); the reason is logged."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        query = select(ChatMessage).where(ChatMessage.conversation_id == conversation_id, ChatMessage.seq == ref)
        message = db.session.scalar(query)
        if message is None or message.kind not in {"text", "note"}:
            raise NotFound
        if message.withdrawn_at is None:
            message.withdrawn_at = now()
            append_audit(
                site_id, staff.actor, "chat.withdrawn", f"chat:{conversation.id}", message=message.id, reason=reason
            )
        return log.add(conversation, "withdrawn", staff_id=staff.id, private=message.private, data={"ref": ref})


def silent_since(conversation: ChatConversation) -> datetime:
    """Return since when the person says nothing while nothing is owed to them."""
    return max(moment for moment in (conversation.person_at, conversation.staff_at) if moment is not None)


def may_end(conversation: ChatConversation, moment: datetime) -> dict[str, str]:
    """Return each reason to end with "" where it holds now, else the key of what the protocol asks first."""
    owes = conversation.person_seq > conversation.staff_seq
    quiet = not owes and conversation.staff_at is not None and moment - silent_since(conversation) >= INACTIVE
    # A word after the "yes" may be another question: it is answered before the end.
    done = "chat.errors.answer-first" if owes else ""
    return {
        "done": done if conversation.satisfied == "yes" else "chat.errors.ask-first",
        "inactive": "" if quiet else "chat.errors.two-minutes",
        "offence": "" if conversation.warned_at is not None else "chat.errors.warn-first",
        "radicated": "" if conversation.case_id is not None else "chat.errors.radicate-first",
    }


def end(staff: Staff, site_id: int, conversation_id: int, reason: str) -> int:
    """End a conversation as the protocol allows; with thanks and the invitation to rate (S3-19). Raises NotYet."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        missing = may_end(conversation, now())[reason]
        if missing:
            raise NotYet(missing)
        if reason == "done":
            log.add(
                conversation, "text", log.STAFF, staff_id=staff.id, data={"name": staff.name},
                body=script(site_id, "thanks", conversation.lang, name=conversation.name),
            )  # fmt: skip
        return finish(conversation, reason)


def block(staff: Staff, site_id: int, conversation_id: int, reason: str, days: int) -> int:
    """End after a warning, and let nobody in from there until a day, with the reason (S3-16)."""
    with write():
        conversation = _locked(staff, site_id, conversation_id)
        if conversation.warned_at is None:
            raise NotYet("chat.errors.warn-first")
        until = now() + timedelta(days=days)
        db.session.add(
            ChatBlock(
                site_id=site_id, origin_hash=conversation.origin_hash, reason=reason, staff_id=staff.id, until=until
            )
        )
        append_audit(site_id, staff.actor, "chat.blocked", f"chat:{conversation.id}", until=until, reason=reason)
        return finish(conversation, "offence")


def to_case(staff: Staff, site_id: int, conversation_id: int, kind: str) -> Filed:
    """File what goes beyond a first orientation, with the transcript, received when the person asked (S3-10).

    The law makes the question a petition from that moment: Ley 1437 de 2011, arts. 13 and 15.
    """
    readable(staff, site_id, conversation_id)
    with write():
        conversation = by_id(conversation_id)
        if conversation.case_id is not None:
            raise Conflict("chat.errors.already-radicated")
        query = select(ChatMessage).where(
            ChatMessage.conversation_id == conversation_id, ChatMessage.author == log.PERSON, ChatMessage.kind == "text"
        )
        first = db.session.scalar(query.order_by(ChatMessage.seq).limit(1))
        if first is None:
            raise NotYet("chat.errors.nothing-asked")
        subject = first.body.split("\n")[0] or t("chat.page.title", conversation.lang)
        filed = file_case(
            site_id,
            Filing(
                kind=kind, subject=subject[:120], body=transcript_words(conversation), channel="chat",
                code_material=case_material(conversation),
                party=Party(name=conversation.name, email=conversation.email, phone=conversation.phone),
                electronic_consent=bool(conversation.email),
                office_code=db.session.get_one(Office, conversation.office_id).code, received_at=first.at,
                lang=conversation.lang, source="chat", source_id=conversation.id, actor=staff.actor,
                notice_version=conversation.notice_version,
            ),
        )  # fmt: skip
        conversation.case_id = filed.case_id
        if conversation.task == "open":
            conversation.task = "done"
        conversation.staff_seq, conversation.staff_at = conversation.seq + 1, now()
        log.add(
            conversation, "radicado", log.STAFF, staff_id=staff.id,
            data={"name": staff.name, "radicado": filed.radicado},
            body=script(site_id, "overflow", conversation.lang, radicado=filed.radicado),
        )  # fmt: skip
        append_audit(site_id, staff.actor, "chat.radicated", f"chat:{conversation.id}", case=filed.case_id)
        log.queue_changed(site_id)
        return filed


def case_material(conversation: ChatConversation) -> bytes:
    """Return what the case's tracking code is derived from, so that the chat can show it and nobody stores it."""
    return f"chat/{conversation.id}/{conversation.secret_hash}".encode()


def answer_task(staff: Staff, site_id: int, conversation_id: int, text: str) -> None:
    """Send the answer of a conversation that was cut to the address given (S3-15)."""
    readable(staff, site_id, conversation_id)
    with write():
        conversation = by_id(conversation_id)
        if conversation.task != "open":
            raise Conflict("chat.errors.no-task")
        if not conversation.email:
            raise Conflict("chat.errors.no-address")
        site = db.session.get_one(Site, site_id)
        signature = "\n".join(part for part in (staff.name, staff.position) if part)
        outbox.enqueue(
            site, conversation.email, t("chat.mail.answer_subject", conversation.lang, entity=site.entity),
            t(
                "chat.mail.answer", conversation.lang, name=conversation.name, body=text, signature=signature,
                entity=site.entity,
            ),
            source="chat", source_id=conversation.id,
        )  # fmt: skip
        conversation.task = "done"
        append_audit(site_id, staff.actor, "chat.task_answered", f"chat:{conversation.id}")
        log.queue_changed(site_id)


def close_task(staff: Staff, site_id: int, conversation_id: int, text: str) -> None:
    """Close a task that no address was left for, saying what was done."""
    readable(staff, site_id, conversation_id)
    with write():
        conversation = by_id(conversation_id)
        if conversation.task != "open":
            raise Conflict("chat.errors.no-task")
        conversation.task = "done"
        append_audit(site_id, staff.actor, "chat.task_closed", f"chat:{conversation.id}", why=text)
        log.queue_changed(site_id)


def message_ids(staff: Staff, site_id: int, conversation_id: int) -> list[int]:
    readable(staff, site_id, conversation_id)
    query = select(ChatMessage.id).where(ChatMessage.conversation_id == conversation_id)
    return list(db.session.scalars(query))
