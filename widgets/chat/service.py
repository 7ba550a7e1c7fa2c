"""The verbs of the citizen's side: start, say, mark, confirm, leave, rate, take the transcript home."""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select

from app import events, files
from app.audit import append_audit
from app.clock import now
from app.console.models import User
from app.dates import datetime_words
from app.db import after_commit, db, in_write, write
from app.errors import Invalid, NotFound
from app.mail import outbox
from app.sites.models import Office, Site
from app.sites.service import office_by_code, owner_office
from app.words import t
from widgets.chat import log
from widgets.chat.assigning import assign_waiting
from widgets.chat.errors import Blocked, ChatClosed, ChatEnded, NotYet, OtherWords
from widgets.chat.hours import LEASE, OPEN, opening_of
from widgets.chat.models import ChatBlock, ChatConversation, ChatMessage, ChatRating
from widgets.chat.saying import Apart, Crowd, Words, put, take
from widgets.chat.scripts import script

# A lease is written again only when it is this old: a beat a second must not be a write a second.
_SEEN_EVERY = timedelta(seconds=20)
# How long the four items may be answered after the end (S3-19 says two minutes to answer, not when).
RATING_TIME = timedelta(hours=2)


@dataclass(frozen=True)
class NewConversation:
    """What is asked before the first word; `material` is what the secret is derived from."""

    name: str
    office: str
    email: str
    phone: str
    rules_version: int
    notice_version: int
    lang: str
    origin: str
    material: bytes


def _key(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def secret_of(material: bytes) -> str:
    """Return the secret of a conversation: who sent the key of the submission can make it again, nobody else."""
    return hmac.new(_key("chat-secret"), material, sha256).hexdigest()[:40]


def hash_secret(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def origin_hash(origin: str) -> str:
    return hmac.new(_key("chat-origin"), origin.encode(), sha256).hexdigest()


def start(site_id: int, new: NewConversation) -> dict[str, Any]:
    """Open a conversation with the greeting of the hour, and give it to an adviser where one is free.

    Raises ChatClosed outside the hours or with nobody on duty, and Blocked.
    """
    with write():
        opening = opening_of(site_id, new.lang)
        if opening.state != OPEN:
            raise ChatClosed(opening.next_words)
        refuse_blocked(site_id, origin_hash(new.origin), new.lang)
        office = office_by_code(site_id, new.office) or owner_office(site_id, "chat", "citizen")
        conversation = ChatConversation(
            site_id=site_id, key=secrets.token_urlsafe(12), secret_hash=hash_secret(secret_of(new.material)),
            office_id=office.id, name=new.name, email=new.email, phone=new.phone, lang=new.lang,
            rules_version=new.rules_version, notice_version=new.notice_version, origin_hash=origin_hash(new.origin),
            seq=0,
        )  # fmt: skip
        db.session.add(conversation)
        db.session.flush()
        log.add(conversation, "greeting", body=greeting(site_id, new.name, new.lang))
        append_audit(
            site_id, "person", "chat.started", f"chat:{conversation.id}",
            rules=new.rules_version, notice=new.notice_version,
        )  # fmt: skip
        assign_waiting(site_id)
        log.queue_changed(site_id)
        return {"key": conversation.key}


def refuse_blocked(site_id: int, origin: str, lang: str) -> None:
    until = db.session.scalar(
        select(func.max(ChatBlock.until)).where(
            ChatBlock.site_id == site_id, ChatBlock.origin_hash == origin, ChatBlock.until > now()
        )
    )
    if until is not None:
        raise Blocked(datetime_words(until, lang))


def greeting(site_id: int, name: str, lang: str) -> str:
    """Return the greeting of the protocol by the hour of the site, in the site's own words where it has some (S3-5)."""
    site = db.session.get_one(Site, site_id)
    hour = now().astimezone(ZoneInfo(site.timezone)).hour
    part = "morning" if hour < 12 else "afternoon" if hour < 19 else "night"
    return script(site_id, "greeting", lang, hour=t(f"chat.scripts.{part}", lang), name=name)


def find(site_id: int, key: str, secret: str) -> ChatConversation | None:
    """Return the conversation that this key and its secret open together, or None."""
    query = select(ChatConversation).where(ChatConversation.site_id == site_id, ChatConversation.key == key)
    conversation = db.session.scalar(query)
    expected = conversation.secret_hash if conversation is not None else "0" * 64
    return conversation if hmac.compare_digest(hash_secret(secret), expected) else None


def by_id(conversation_id: int) -> ChatConversation:
    conversation = db.session.get(ChatConversation, conversation_id, with_for_update=True)
    if conversation is None:
        raise NotFound
    return conversation


def read(conversation_id: int) -> ChatConversation:
    conversation = db.session.get(ChatConversation, conversation_id)
    if conversation is None:
        raise NotFound
    return conversation


def say(
    conversation_id: int, author: str, client_id: str, body: str, receipts: tuple[str, ...] = (),
    staff_id: int | None = None, name: str = "", private: bool = False, held_for: int | None = None,
) -> int:  # fmt: skip
    """Add a message once, however often it is sent, and return its number.

    `held_for` is the office for which the adviser held the conversation when they were last looked up: looked at in
    the write itself. Raises ChatEnded (also where it is no longer theirs), OtherWords for a used id with another text,
    and Invalid for nothing said.
    """
    if not body and not receipts:
        raise Invalid(fields={"body": ["errors.required"]})
    words = Words(conversation_id, author, client_id, body, staff_id, name, private, held_for)
    if receipts or in_write():
        return _say_alone(words, receipts)
    crowd: Crowd = current_app.extensions.setdefault("chat-crowd", Crowd(_say_alone))
    return crowd.say(words)


def _say_alone(words: Words, receipts: tuple[str, ...] = ()) -> int:
    with write():
        moment = now()
        # First, since it locks the row: a second sender of the same id waits here, and then finds it.
        with suppress(Apart):
            take(words, moment)
            if not receipts:
                put(words, moment)
                return words.seq
        before = log.said_before(words.conversation_id, words.client_id)
        if before is not None:
            answer = _same(before, words.author, words.body)
            # Said already: the number just taken goes back.
            db.session.rollback()
            return answer
        if not words.seq:
            raise ChatEnded
        data: dict[str, Any] = {"name": words.name} if words.name else {}
        message_id = log.put(
            words.conversation_id, words.seq, client_id=words.client_id, author=words.author, staff_id=words.staff_id,
            kind="text", body=words.body, data=data, private=words.private, at=moment,
        )  # fmt: skip
        _attach(message_id, receipts, data)
        return words.seq


def _same(before: ChatMessage, author: str, body: str) -> int:
    if before.author != author or (before.body != body and before.withdrawn_at is None):
        raise OtherWords
    return before.seq


def _attach(message_id: int, receipts: tuple[str, ...], data: dict[str, Any]) -> None:
    message = db.session.get_one(ChatMessage, message_id)
    site_id = db.session.get_one(ChatConversation, message.conversation_id).site_id
    taken = files.claim(site_id, receipts, "chat_message", message_id)
    message.data = {**data, "files": log.described(taken)}


def mark(conversation_id: int, side: str, delivered: int, read: int) -> None:
    """Note how far a side has received and read; never back, never beyond what there is."""
    with write():
        conversation = by_id(conversation_id)
        got = min(max(delivered, read), conversation.seq)
        seen = min(read, conversation.seq)
        was = getattr(conversation, f"{side}_delivered"), getattr(conversation, f"{side}_read")
        news = max(was[0], got), max(was[1], seen)
        if news == was:
            return
        setattr(conversation, f"{side}_delivered", news[0])
        setattr(conversation, f"{side}_read", news[1])
        facts = {"conversation_id": conversation_id, "who": side, "delivered": news[0], "read": news[1]}
        after_commit(lambda: events.send("chat.light", **facts))


def seen(conversation_id: int, *, gone: bool = False) -> None:
    """Renew the lease of the person's browser; a closed one is told to the desk at once."""
    conversation = db.session.get(ChatConversation, conversation_id)
    if conversation is None or (not gone and now() - conversation.seen_at < _SEEN_EVERY):
        return
    if conversation.state == "ended":
        return
    site_id, was_away = conversation.site_id, now() - conversation.seen_at > LEASE
    with write():
        by_id(conversation_id).seen_at = now() - (timedelta(minutes=2) if gone else timedelta(0))
        # Only news is news: a thousand leases renewed must not make every desk read itself anew.
        if gone != was_away:
            log.queue_changed(site_id)


def confirm(conversation_id: int, client_id: str, ref: int, yes: bool) -> int:
    """Answer a card: is this what you asked (S3-12), or is the answer satisfactory (S3-17)."""
    with write():
        conversation = by_id(conversation_id)
        before = log.said_before(conversation_id, client_id)
        if before is not None:
            return before.seq
        if conversation.state == "ended":
            raise ChatEnded
        card = db.session.scalar(
            select(ChatMessage).where(ChatMessage.conversation_id == conversation_id, ChatMessage.seq == ref)
        )
        if card is None or card.kind not in {"restate", "ask"}:
            raise NotFound
        conversation.person_at = conversation.seen_at = now()
        if card.kind == "ask":
            conversation.satisfied = "yes" if yes else "no"
        kind = "satisfied" if card.kind == "ask" else "confirmed"
        log.queue_changed(conversation.site_id)
        return log.add(conversation, kind, log.PERSON, client_id=client_id, data={"ref": ref, "yes": yes})


def leave(conversation_id: int, client_id: str) -> int:
    """End a conversation from the person's side; a question left open becomes a task."""
    with write():
        conversation = by_id(conversation_id)
        before = log.said_before(conversation_id, client_id)
        if before is not None:
            return before.seq
        if conversation.state == "ended":
            return conversation.seq
        return finish(conversation, "left", log.PERSON, client_id=client_id)


def finish(conversation: ChatConversation, reason: str, author: str = log.SYSTEM, **columns: Any) -> int:
    """End a conversation in the running write; with a question open somebody has it to answer yet (S3-15)."""
    open_question = conversation.person_seq > conversation.staff_seq and conversation.case_id is None
    if open_question and reason not in {"offence", "done"}:
        conversation.task = "open"
    columns["data"] = {"reason": reason, "task": conversation.task == "open", "mail": bool(conversation.email)}
    seq = log.add(conversation, "ended", author, **columns)
    conversation.state, conversation.end_reason, conversation.ended_at = "ended", reason, now()
    append_audit(conversation.site_id, author, "chat.ended", f"chat:{conversation.id}", reason=reason)
    assign_waiting(conversation.site_id)
    log.queue_changed(conversation.site_id)
    return seq


def rate(conversation_id: int, scores: dict[str, int], comment: str) -> None:
    """Keep the four items, once; a second time changes them while there is time. Raises NotYet before the end."""
    with write():
        conversation = by_id(conversation_id)
        if conversation.state != "ended" or conversation.ended_at is None:
            raise NotYet("chat.errors.rate-after")
        if now() - conversation.ended_at > RATING_TIME:
            raise NotYet("chat.errors.rate-too-late")
        rating = db.session.get(ChatRating, conversation_id) or ChatRating(conversation_id=conversation_id)
        for item, score in scores.items():
            setattr(rating, item, score)
        rating.comment, rating.at = comment, now()
        db.session.add(rating)


def transcript_words(conversation: ChatConversation) -> str:
    """Return the conversation as text, for the person."""
    lang = conversation.lang
    site = db.session.get_one(Site, conversation.site_id)
    names = {
        log.PERSON: conversation.name,
        log.STAFF: t("chat.page.by_staff", lang),
        log.SYSTEM: site.entity,
    }
    zone = ZoneInfo(site.timezone)

    def moment(at: datetime) -> str:
        return datetime_words(at, lang, zone)

    return log.transcript(conversation, names, moment)


def mail_transcript(conversation_id: int, email: str) -> None:
    """Send the person what was said."""
    conversation = db.session.get_one(ChatConversation, conversation_id)
    text, lang = transcript_words(conversation), conversation.lang
    with write():
        conversation = by_id(conversation_id)
        site = db.session.get_one(Site, conversation.site_id)
        outbox.enqueue(
            site, email, t("chat.mail.transcript_subject", lang, entity=site.entity),
            t("chat.mail.transcript", lang, name=conversation.name, transcript=text, entity=site.entity),
            source="chat", source_id=conversation_id,
        )  # fmt: skip
        append_audit(conversation.site_id, "person", "chat.transcript", f"chat:{conversation_id}")


def status(conversation: ChatConversation) -> dict[str, Any]:
    """Return what has no number and is told at each join: place in the queue, marks, who answers."""
    place = 0
    if conversation.state == "waiting":
        ahead = select(func.count()).where(
            ChatConversation.site_id == conversation.site_id,
            ChatConversation.state == "waiting",
            ChatConversation.id < conversation.id,
        )
        place = int(db.session.scalar(ahead) or 0) + 1
    return {
        "kind": "status",
        "state": conversation.state,
        "place": place,
        "delivered": conversation.staff_delivered,
        "read": conversation.staff_read,
        "office": db.session.get_one(Office, conversation.office_id).name,
        "adviser": _adviser_name(conversation),
    }


def _adviser_name(conversation: ChatConversation) -> str:
    if conversation.staff_id is None:
        return ""
    return db.session.scalar(select(User.name).where(User.id == conversation.staff_id)) or ""


def person_file(conversation_id: int, file_id: int) -> files.FileInfo | None:
    """Return a file of the conversation that the person may read: of a message neither private nor withdrawn."""
    query = select(ChatMessage.id).where(
        ChatMessage.conversation_id == conversation_id,
        ChatMessage.private.is_(False),
        ChatMessage.withdrawn_at.is_(None),
    )
    return files.find_file(file_id, "chat_message", db.session.scalars(query))
