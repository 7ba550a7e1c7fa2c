"""Who writes in a forum: known by a secret of their browser, and by an address that they confirmed."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.errors import Forbidden, Invalid, NotFound, RateLimited
from app.mail import outbox
from app.sites.models import Site
from app.sites.service import RulesInfo
from app.words import t
from widgets.forum import markup
from widgets.forum.models import Forum, ForumPerson, ForumPost
from widgets.forum.standing import PEOPLE, PUBLISHED, UNCONFIRMED, WAITING, Place, publish

# Letters of confirmation to one address an hour, while nobody answers them.
MOST_LETTERS = 5
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
    """Who writes, as far as a contribution asks for it."""

    id: int
    name: str
    confirmed_at: datetime | None = None
    rules_version: int = 0


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
    if not new.name:
        raise Invalid(fields={"name": ["errors.required"]})
    if forum.identity == "mail" and not new.email:
        raise Invalid(fields={"email": ["errors.required"]})
    token, name = person_token(new.material), markup.calm(new.name)
    code = secrets.token_urlsafe(18) if new.email else ""
    row = {
        "site_id": forum.site_id, "token_hash": hashed(token), "name": name, "email": new.email, "lang": new.lang,
        "confirm_hash": hashed(code) if code else "", "rules_version": _agreed(rules, 0, new.rules_version),
    }  # fmt: skip
    store = db.session.connection()
    person_id = store.execute(_NEW_PERSON[store.dialect.name], row).scalar()
    if person_id is None:
        known = writer(forum.site_id, token)
        assert known is not None
        accept_rules(known, rules, new.rules_version)
        return known
    wait = _wait_for_letters(forum.site_id, new.email) if code else 0
    if wait and forum.identity == "mail":
        # Taken, it would wait for a letter that never comes; who owns the address would never be read.
        raise RateLimited("forum.errors.too-many-letters", retry_after_s=wait)
    if code and not wait:
        _ask_to_confirm(forum, row, code)
    return Writer(person_id, name)


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


def _wait_for_letters(site_id: int, email: str) -> int:
    """Return the seconds until an address may have a letter again, 0 for now: whoever writes may not own it."""
    query = select(func.count(), func.min(ForumPerson.created_at)).where(
        ForumPerson.site_id == site_id, func.lower(ForumPerson.email) == email.lower(), ForumPerson.email != "",
        ForumPerson.confirmed_at.is_(None), ForumPerson.created_at > now() - timedelta(hours=1),
    )  # fmt: skip
    asked, first = db.session.execute(query).one()
    # The one who writes now is among them.
    return int((first + timedelta(hours=1) - now()).total_seconds()) + 1 if asked > MOST_LETTERS else 0


def _ask_to_confirm(forum: Forum | Place, person: Mapping[str, Any], code: str) -> None:
    site = db.session.get_one(Site, forum.site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    lang = person["lang"]
    params = {
        "name": person["name"], "forum": forum.title, "entity": site.entity,
        "url": f"{base}/{site.key}/forum/confirm?lang={lang}&code={outbox.SECRET}",
    }  # fmt: skip
    outbox.enqueue(
        site, person["email"], t("forum.mail.confirm_subject", lang, **params),
        t("forum.mail.confirm", lang, **params), source="forum", source_id=forum.id, secret=code,
    )  # fmt: skip


def confirm(site_id: int, code: str) -> int:
    """Confirm the address that a code was sent to, let its posts go on, and return how many there were."""
    with write():
        person = db.session.scalar(
            select(ForumPerson).where(ForumPerson.site_id == site_id, ForumPerson.confirm_hash == hashed(code))
        )
        if person is None or not code:
            raise NotFound("forum.errors.confirm-code")
        person.confirmed_at = person.confirmed_at or now()
        held = list(
            db.session.scalars(
                select(ForumPost).where(ForumPost.person_id == person.id, ForumPost.state == UNCONFIRMED)
            )
        )
        for post in held:
            forum = db.session.get_one(Forum, post.forum_id)
            post.state = first_state(forum, person)
            if post.state == PUBLISHED:
                publish(forum, post)
        append_audit(site_id, "person", "forum.confirmed", f"person:{person.id}", posts=len(held))
        return len(held)
