"""Who writes in a forum: known by a secret of their browser, and by an address that they confirmed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from app.mail import outbox
from app.participation import asking
from app.sites.models import Site
from app.sites.service import RulesInfo
from app.words import t
from widgets.forum import markup
from widgets.forum.models import Forum, ForumPerson, ForumPost
from widgets.forum.standing import PEOPLE, PUBLISHED, UNCONFIRMED, WAITING, Place, publish

# How long an address and what was written under it wait for the yes of its owner.
UNASKED_FOR = timedelta(days=30)

_THEIRS = (PEOPLE.c.site_id == bindparam("site"), PEOPLE.c.token_hash == bindparam("hash"))
_WHO = select(ForumPerson).where(*_THEIRS)


@dataclass(frozen=True, kw_only=True)
class Introduced:
    """Somebody as they gave themselves; `material` is what a new person's secret is derived from."""

    name: str
    material: bytes
    email: str = ""
    rules_version: int = 0
    lang: str = "es"


def _key(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def person_token(material: bytes) -> str:
    """Return the secret by which a person's browser is known again; derived, so that it need not be stored."""
    return hmac.new(_key("forum-person"), material, sha256).hexdigest()[:40]


def hashed(token: str) -> str:
    return hmac.new(_key("forum-person"), b"hash\0" + token.encode(), sha256).hexdigest()


def find_person(site_id: int, token: str) -> ForumPerson | None:
    """Return who holds this secret on the site, or None."""
    if not token:
        return None
    return db.session.scalar(_WHO, {"site": site_id, "hash": hashed(token)})


def the_person(site_id: int, token: str) -> ForumPerson:
    person = find_person(site_id, token)
    if person is None:
        raise Forbidden("forum.errors.unknown-person")
    return person


class Writer(NamedTuple):
    """Who writes, as far as a contribution asks for it; without `letters` none has asked them to confirm."""

    id: int
    name: str
    confirmed_at: datetime | None = None
    rules_version: int = 0
    letters: int = 0
    email: str = ""


_WRITER = select(*(PEOPLE.c[name] for name in Writer._fields)).where(*_THEIRS)
_AGREE = update(PEOPLE).where(PEOPLE.c.id == bindparam("person")).values(rules_version=bindparam("agreed"))
# The same submission of /people and /posts makes one person, by two processes at once too.
_NEW_PERSON = {
    name: (
        dialect.insert(PEOPLE).on_conflict_do_nothing(index_elements=["site_id", "token_hash"]).returning(PEOPLE.c.id)
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def writer(site_id: int, token: str) -> Writer | None:
    """Return who writes with this secret, or None."""
    named = {"site": site_id, "hash": hashed(token)}
    row = db.session.connection().execute(_WRITER, named).first() if token else None
    return Writer(*row) if row else None


def introduce(forum: Forum | Place, new: Introduced, rules: RulesInfo | None) -> Writer:
    _needs(forum, new.name, new.email)
    token, name = person_token(new.material), markup.calm(new.name)
    row: dict[str, Any] = {
        "site_id": forum.site_id, "token_hash": hashed(token), "name": name, "email": new.email, "lang": new.lang,
        "rules_version": _agreed(rules, 0, new.rules_version),
    }  # fmt: skip
    if new.email:
        row["confirm_hash"] = hashed(_code(row["token_hash"]))
        # An address that strangers used up gets no letter, and what is written waits all the same: the letters that
        # its owner has open it too.
        if not asking.wait_s(ForumPerson, forum.site_id, new.email):
            row |= {"asked_at": now(), "letters": 1}
    store = db.session.connection()
    person_id = store.execute(_NEW_PERSON[store.dialect.name], row).scalar()
    if person_id is None:
        known = writer(forum.site_id, token)
        assert known is not None
        accept_rules(known, rules, new.rules_version)
        return known
    if row.get("letters"):
        _ask_to_confirm(forum, row)
    return Writer(person_id, name, letters=row.get("letters", 0))


def _needs(forum: Forum | Place, name: str, email: str) -> None:
    lacks = [] if name else ["name"]
    if forum.identity == "mail" and not email:
        lacks.append("email")
    if lacks:
        raise Invalid(fields={field: ["errors.required"] for field in lacks})


def complete(forum: Forum | Place, known: Writer, new: Introduced, token: str) -> Writer:
    """Take of somebody known the name or the address that this forum asks for and they never gave.

    Who has only pressed a button gave neither, and who wrote by name alone may have no address.
    """
    name, email = known.name or markup.calm(new.name), known.email or new.email
    _needs(forum, name, email)
    if (name, email) == (known.name, known.email):
        return known
    row: dict[str, Any] = {"name": name, "email": email}
    asks = bool(email and email != known.email)
    if asks:
        row["confirm_hash"] = hashed(_code(hashed(token)))
        asks = not asking.wait_s(ForumPerson, forum.site_id, email)
        if asks:
            row |= {"asked_at": now(), "letters": 1}
    db.session.connection().execute(update(PEOPLE).where(PEOPLE.c.id == known.id).values(row))
    if asks:
        _ask_to_confirm(forum, {**row, "lang": new.lang, "token_hash": hashed(token)})
    return known._replace(name=name, email=email, letters=row.get("letters", known.letters))


def _code(token_hash: str) -> str:
    """Return the code of a person's letter: the same in each of their letters, so that a late one still opens."""
    return hmac.new(_key("forum-person"), b"confirm\0" + token_hash.encode(), sha256).hexdigest()[:40]


def new_person(site_id: int, name: str, material: bytes, lang: str) -> str:
    """Make a person who only votes or flags, and return the secret their browser is to keep."""
    token = person_token(material)
    with write():
        if find_person(site_id, token) is None:
            db.session.add(ForumPerson(site_id=site_id, token_hash=hashed(token), name=name, lang=lang))
    return token


def first_state(forum: Forum | Place, person: Writer | ForumPerson) -> str:
    if forum.identity == "mail" and person.confirmed_at is None:
        return UNCONFIRMED
    return PUBLISHED if forum.moderation == "after" else WAITING


def _agreed(rules: RulesInfo | None, known: int, version: int) -> int:
    """Return the version of the rules that a person has accepted: those in force, once a version (S0-14)."""
    if rules is None or known >= rules.version:
        return known
    if version < rules.version:
        raise Invalid(fields={"rules_version": ["forum.errors.rules"]})
    return rules.version


def accept_rules(person: Writer, rules: RulesInfo | None, version: int) -> None:
    agreed = _agreed(rules, person.rules_version, version)
    if agreed != person.rules_version:
        db.session.connection().execute(_AGREE, {"person": person.id, "agreed": agreed})


def _ask_to_confirm(forum: Forum | Place, person: Mapping[str, Any]) -> None:
    site = db.session.get_one(Site, forum.site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    lang = person["lang"]
    params = {
        "name": person["name"], "forum": forum.title, "entity": site.entity,
        "url": f"{base}/{site.key}/forum/confirm?lang={lang}&code={outbox.SECRET}",
    }  # fmt: skip
    outbox.enqueue(
        site, person["email"], t("forum.mail.confirm_subject", lang, **params),
        t("forum.mail.confirm", lang, **params), source="forum", source_id=forum.id,
        secret=_code(person["token_hash"]),
    )  # fmt: skip


def ask_again(site_id: int, token: str) -> dict[str, Any]:
    """Send the letter of confirmation again to who lost it; RateLimited where the address had enough of them."""
    with write():
        person = the_person(site_id, token)
        held = select(Forum).join(ForumPost, ForumPost.forum_id == Forum.id).where(
            ForumPost.person_id == person.id, ForumPost.state == UNCONFIRMED
        )  # fmt: skip
        forum = db.session.scalar(held.order_by(ForumPost.id.desc()).limit(1))
        if forum is None or not person.email or person.confirmed_at is not None:
            raise Conflict("forum.errors.no-letter")
        if soon := asking.wait_again_s(person):
            raise RateLimited("forum.errors.letter-sent", retry_after_s=soon)
        if wait := asking.wait_s(ForumPerson, site_id, person.email):
            raise RateLimited("forum.errors.too-many-letters", retry_after_s=wait)
        asking.note_letter(person)
        person.confirm_hash = hashed(_code(person.token_hash))
        _ask_to_confirm(forum, {name: getattr(person, name) for name in ("name", "lang", "email", "token_hash")})
        return {"text": t("forum.page.letter_sent", person.lang)}


def _whose(site_id: int, code: str) -> ForumPerson:
    """Return whom a code was sent to; NotFound for one of nobody."""
    named = ForumPerson.site_id == site_id, ForumPerson.confirm_hash == hashed(code)
    person = db.session.scalar(select(ForumPerson).where(*named)) if code else None
    if person is None:
        raise NotFound("forum.errors.confirm-code")
    return person


def _held(person: ForumPerson) -> list[ForumPost]:
    query = select(ForumPost).where(ForumPost.person_id == person.id, ForumPost.state == UNCONFIRMED)
    return list(db.session.scalars(query.order_by(ForumPost.id)))


def waiting(site_id: int, code: str) -> list[asking.Waiting]:
    """Return what the owner of a letter's address can say yes to: who wrote what with it."""
    mine = _whose(site_id, code)
    found = []
    for person in asking.waiting_with(ForumPerson, mine):
        said = " · ".join(markup.excerpt(f"{post.title} {post.body}".strip(), 120) for post in _held(person)[:3])
        found.append(asking.Waiting(person.id, f"{person.name}: {said}" if said else person.name, person is mine))
    return found


def confirm(site_id: int, code: str, ids: list[int] | None = None) -> int:
    """Confirm the address that a code was sent to, let what was written go on, and return how much it was.

    `ids` are the people that its owner ticked of those who gave the same address; without them, the letter's own.
    """
    with write():
        mine = _whose(site_id, code)
        went = 0
        for person in asking.chosen(ForumPerson, mine, ids):
            person.confirmed_at, held = now(), _held(person)
            for post in held:
                forum = db.session.get_one(Forum, post.forum_id)
                post.state = first_state(forum, person)
                if post.state == PUBLISHED:
                    publish(forum, post)
            append_audit(site_id, "person", "forum.confirmed", f"person:{person.id}", posts=len(held))
            went += len(held)
        return went


def forget(_payload: dict[str, Any]) -> None:
    """Forget the addresses that nobody confirmed in a month, and what waited under them unseen; a job.

    Whoever wrote it down may not own it: Ley 1581 de 2012, art. 4, c (nothing is kept without the owner's yes).
    """
    asked = func.coalesce(ForumPerson.asked_at, ForumPerson.created_at) < now() - UNASKED_FOR
    nobody = select(ForumPerson.id).where(ForumPerson.email != "", ForumPerson.confirmed_at.is_(None), asked)
    with write():
        ids = list(db.session.scalars(nobody))
        db.session.execute(delete(ForumPost).where(ForumPost.person_id.in_(ids), ForumPost.state == UNCONFIRMED))
        db.session.execute(update(ForumPerson).where(ForumPerson.id.in_(ids)).values(email="", confirm_hash=""))
