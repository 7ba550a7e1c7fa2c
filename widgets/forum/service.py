"""What people do in a forum: write, edit, delete, vote, flag. Each verb is one transaction."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from app.audit import append_audit
from app.clock import now
from app.db import db, put, table, write
from app.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from app.mail import outbox
from app.participation import closing
from app.participation.closing import Exercise
from app.sites.models import Site
from app.sites.service import RulesInfo, SiteInfo, rules_in_force, site_info, widget_choice
from app.words import t
from widgets.forum import citing, markup, reading
from widgets.forum.models import REASONS, Forum, ForumFlag, ForumPerson, ForumPost, ForumVote

DRAFT, OPEN, CLOSED, ARCHIVED = "draft", "open", "closed", "archived"
UNCONFIRMED, WAITING, PUBLISHED, WITHHELD, DELETED = "unconfirmed", "waiting", "published", "withheld", "deleted"
EDIT_FOR = timedelta(minutes=15)
# By person, never by network: a whole neighbourhood can share one address. Strangers do a proof of work at the gate.
POSTS_AN_HOUR, SECONDS_BETWEEN = 20, 10
# Letters of confirmation to one address an hour, while nobody answers them.
MOST_LETTERS = 5
# What a site may add to: words that call a moderator, and words by which people ask.
WORD_LISTS = ("flagged", "asking")
PETITION = "petition"

_POSTS, _PEOPLE, _FORUMS = table(ForumPost), table(ForumPerson), table(Forum)
_THEIRS = (_PEOPLE.c.site_id == bindparam("site"), _PEOPLE.c.token_hash == bindparam("hash"))
_WHO = select(ForumPerson).where(*_THEIRS)
_BY_KEY = select(Forum).where(Forum.site_id == bindparam("site"), Forum.key == bindparam("key"))


class PersonalData(Invalid):
    """The text seems to hold somebody's data and everybody would read it; sent again, it is taken as it is."""

    code = "personal-data"


class MustConfirm(Forbidden):
    """This forum wants a confirmed address, and this person's isn't yet."""

    code = "must-confirm"


@dataclass(frozen=True)
class NewPost:
    """A contribution as a person wrote it; `material` is what a new person's secret is derived from."""

    forum: str
    body: str
    name: str
    material: bytes
    title: str = ""
    parent: int | None = None
    email: str = ""
    person: str = ""
    rules_version: int = 0
    despite_personal: bool = False
    lang: str = "es"
    marks: tuple[str, ...] = ()


def _key(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def person_token(material: bytes) -> str:
    """Return the secret by which a person's browser is known again; derived, so that it need not be stored."""
    return hmac.new(_key("forum-person"), material, sha256).hexdigest()[:40]


def _hashed(token: str) -> str:
    return hmac.new(_key("forum-person"), b"hash\0" + token.encode(), sha256).hexdigest()


def find_person(site_id: int, token: str) -> ForumPerson | None:
    """Return who holds this secret on the site, or None."""
    if not token:
        return None
    return db.session.scalar(_WHO, {"site": site_id, "hash": _hashed(token)})


def _person(site_id: int, token: str) -> ForumPerson:
    person = find_person(site_id, token)
    if person is None:
        raise Forbidden("forum.errors.unknown-person")
    return person


def exercise(forum: Forum) -> Exercise:
    return Exercise(forum.site_id, "forum", forum.id)


def is_open(forum: Any, moment: datetime | None = None) -> bool:
    moment = moment or now()
    begun = forum.opens_at is None or forum.opens_at <= moment
    return forum.state == OPEN and begun and (forum.closes_at is None or moment < forum.closes_at)


def forum_by_key(site_id: int, key: str) -> Forum:
    """Return a forum that anyone may read; NotFound for a draft or another site's."""
    forum = db.session.scalar(_BY_KEY, {"site": site_id, "key": key})
    if forum is None or forum.state == DRAFT:
        raise NotFound("forum.errors.unknown")
    return forum


def _post(site_id: int, post_id: int) -> tuple[ForumPost, Forum]:
    """Return a post with its forum, locked until the write ends; NotFound for another site's."""
    row = db.session.execute(
        select(ForumPost, Forum)
        .join(Forum, Forum.id == ForumPost.forum_id)
        .where(ForumPost.id == post_id, Forum.site_id == site_id, Forum.state != DRAFT)
        .with_for_update(of=ForumPost)
    ).first()
    if row is None:
        raise NotFound("forum.errors.no-post")
    return row[0], row[1]


def _root(post: ForumPost) -> ForumPost:
    """Return a post's thread, locked until the write ends: two processes may answer in it at once."""
    return db.session.get_one(ForumPost, post.thread_id or post.id, with_for_update=True)


def touch(forum: Any, post: ForumPost | None = None) -> None:
    """Let readers' copies of the forum, and of the post's thread, be out of date.

    Counted by the store: two processes that both read 7 would both write 8, and a copy of the first 8 would stay.
    The thread before its forum, as everywhere: in another order two writers would wait for each other.
    """
    if post is not None:
        root = _root(post)
        db.session.execute(update(_POSTS).where(_POSTS.c.id == root.id).values(revision=_POSTS.c.revision + 1))
    db.session.execute(update(_FORUMS).where(_FORUMS.c.id == forum.id).values(revision=_FORUMS.c.revision + 1))


def count_replies(post: ForumPost) -> None:
    """Count the thread's public replies again, and when it was last active."""
    root = _root(post)
    seen = (ForumPost.thread_id == root.id, ForumPost.parent_id.is_not(None), ForumPost.state == PUBLISHED)
    root.replies = int(db.session.scalar(select(func.count()).where(*seen)) or 0)
    root.active_at = db.session.scalar(select(func.max(ForumPost.at)).where(*seen)) or root.at


def titles_of(posts: Iterable[ForumPost]) -> dict[int | None, str]:
    """Return the title of each post's thread, by the thread's number."""
    threads = select(ForumPost.id, ForumPost.title).where(ForumPost.id.in_({post.thread_id for post in posts}))
    return {row.id: row.title for row in db.session.execute(threads)}


# Writing


@dataclass(frozen=True)
class Prepared:
    """What can be worked out of a text before the store is locked: every other writer would wait for it."""

    html: str
    marks: tuple[str, ...]
    cites: citing.Cites = citing.NOTHING


def _rendered(body: str) -> str:
    html = markup.render(body)
    if markup.says_nothing(html):
        raise Invalid(fields={"body": ["errors.required"]})
    return html


def prepare(site: SiteInfo, new: NewPost) -> Prepared:
    """Render and read a contribution; PersonalData for one that seems to hold somebody's, until it is sent despite it.

    What it is called by, it is: the marks are for people, and none of them refuses anything.
    """
    html, whole = _rendered(new.body), f"{new.title}\n{new.body}"
    marks = dict.fromkeys(new.marks)
    if reading.holds_personal(whole):
        if not new.despite_personal:
            raise PersonalData("forum.errors.personal-data", fields={"body": ["forum.errors.personal-data"]})
        marks["personal"] = None
    words = _words(site)
    if reading.flagged_words(whole, words["flagged"]):
        marks["words"] = None
    if reading.asks(whole, words["asking"]):
        marks[PETITION] = None
    return Prepared(html, tuple(marks), citing.cited(site, new.body))


class Writer(NamedTuple):
    """Who writes, as far as a contribution asks for it."""

    id: int
    name: str
    confirmed_at: datetime | None = None
    rules_version: int = 0


_SITES = table(Site)
# The forum and what its site stands under, in one look.
_PLACE = (
    select(
        *(_FORUMS.c[name] for name in ("id", "site_id", "title", "state", "opens_at", "closes_at", "moderation")),
        *(_FORUMS.c[name] for name in ("identity", "threads_by_people")),
        _SITES.c.stamp,
    )
    .join(_SITES, _SITES.c.id == _FORUMS.c.site_id)
    .where(_FORUMS.c.site_id == bindparam("site"), _FORUMS.c.key == bindparam("key"))
)
_WRITER = select(*(_PEOPLE.c[name] for name in Writer._fields)).where(*_THEIRS)
_AGREE = update(_PEOPLE).where(_PEOPLE.c.id == bindparam("person")).values(rules_version=bindparam("agreed"))
_NEW_POST = insert(_POSTS)
# The same submission of /people and /posts makes one person, by two processes at once too.
_NEW_PERSON = {
    name: (
        dialect.insert(_PEOPLE)
        .on_conflict_do_nothing(index_elements=["site_id", "token_hash"])
        .returning(_PEOPLE.c.id)
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_BEGIN = update(_POSTS).where(_POSTS.c.id == bindparam("root")).values(thread_id=bindparam("root"))


def write_post(site_id: int, new: NewPost, ready: Prepared) -> dict[str, Any]:
    """Take a contribution; published or waiting as the forum says. The person's secret is left out of what is returned.

    Raises RateLimited for one person who writes too often; Conflict where the forum, the thread or the parent takes
    nothing. Statements that are made once and rows that are no objects: half of the time of a contribution was theirs.
    """
    with write():
        store = db.session.connection()
        forum: Any = store.execute(_PLACE, {"site": site_id, "key": new.forum}).first()
        if forum is None or forum.state == DRAFT:
            raise NotFound("forum.errors.unknown")
        if not is_open(forum):
            raise Conflict("forum.errors.closed")
        parent = _parent_of(forum, new.parent)
        if parent is None and not new.title:
            raise Invalid(fields={"title": ["errors.required"]})
        if parent is None and not forum.threads_by_people:
            raise Conflict("forum.errors.no-threads")
        person = _writer(site_id, new.person)
        rules = rules_in_force(site_id, "forum", forum.stamp)
        if person is None:
            person = _new_person(forum, new, rules)
        else:
            _slow_down(person.id)
            _accept_rules(person, rules, new.rules_version)
        at, state = now(), _first_state(forum, person)
        row = {
            "forum_id": forum.id, "person_id": person.id, "author": person.name, "body": new.body, "html": ready.html,
            "title": new.title if parent is None else "", "state": state, "marks": ",".join(ready.marks)[:100],
            "parent_id": parent.id if parent else None, "thread_id": parent.thread_id if parent else None,
            "at": at, "active_at": at,
        }  # fmt: skip
        post_id = put(_NEW_POST, row)
        if parent is None:
            store.execute(_BEGIN, {"root": post_id})
        thread_id = parent.thread_id if parent else None
        citing.put(post_id, thread_id or post_id, ready.cites)
        if state == PUBLISHED:
            _published(forum, db.session.get_one(ForumPost, post_id))
        append_audit(site_id, "person", "forum.written", f"forum:{forum.id}", post=post_id, state=state)
        return {
            "post": post_id, "thread": thread_id or post_id, "state": state,
            "received_at": at.isoformat(), "petition": PETITION in ready.marks,
            "text": t(f"forum.page.sent_{state}", new.lang), "new_person": not new.person,
        }  # fmt: skip


def _published(forum: Any, post: ForumPost) -> None:
    post.published_at = post.published_at or now()
    if post.parent_id is not None:
        count_replies(post)
    touch(forum, post)


def _words(site: SiteInfo) -> dict[str, tuple[str, ...]]:
    """Return the words that a site added to the lists (widgets.forum.words_console)."""
    options = widget_choice(site.id, "forum", site.stamp).options
    return {name: tuple(options.get(f"{name}_words") or ()) for name in WORD_LISTS}


def _parent_of(forum: Any, parent_id: int | None) -> ForumPost | None:
    """Return what is being answered; a reply to a reply of a reply stands beside it, two levels deep."""
    if parent_id is None:
        return None
    parent = db.session.get(ForumPost, parent_id)
    if parent is None or parent.forum_id != forum.id:
        raise NotFound("forum.errors.no-post")
    if parent.state != PUBLISHED:
        raise Conflict("forum.errors.not-public")
    root = db.session.get_one(ForumPost, parent.thread_id)
    if root.locked or root.state != PUBLISHED:
        raise Conflict("forum.errors.locked")
    if parent.parent_id is not None and parent.parent_id != parent.thread_id:
        return db.session.get_one(ForumPost, parent.parent_id)
    return parent


def _writer(site_id: int, token: str) -> Writer | None:
    """Return who writes with this secret, or None."""
    named = {"site": site_id, "hash": _hashed(token)}
    row = db.session.connection().execute(_WRITER, named).first() if token else None
    return Writer(*row) if row else None


def _new_person(forum: Any, new: NewPost, rules: RulesInfo | None) -> Writer:
    if not new.name:
        raise Invalid(fields={"name": ["errors.required"]})
    if forum.identity == "mail" and not new.email:
        raise Invalid(fields={"email": ["errors.required"]})
    token, name = person_token(new.material), markup.calm(new.name)
    code = secrets.token_urlsafe(18) if new.email else ""
    row = {
        "site_id": forum.site_id, "token_hash": _hashed(token), "name": name, "email": new.email, "lang": new.lang,
        "confirm_hash": _hashed(code) if code else "", "rules_version": _agreed(rules, 0, new.rules_version),
    }  # fmt: skip
    store = db.session.connection()
    person_id = store.execute(_NEW_PERSON[store.dialect.name], row).scalar()
    if person_id is None:
        known = _writer(forum.site_id, token)
        assert known is not None
        _accept_rules(known, rules, new.rules_version)
        return known
    if code and not _asked_enough(forum.site_id, new.email):
        _ask_to_confirm(forum, row, code)
    return Writer(person_id, name)


def _first_state(forum: Any, person: Writer | ForumPerson) -> str:
    if forum.identity == "mail" and person.confirmed_at is None:
        return UNCONFIRMED
    return PUBLISHED if forum.moderation == "after" else WAITING


def _slow_down(person_id: int) -> None:
    """Refuse one person who writes faster than people do; nobody else hears of it."""
    recent = list(
        db.session.scalars(
            select(ForumPost.at)
            .where(ForumPost.person_id == person_id, ForumPost.at > now() - timedelta(hours=1))
            .order_by(ForumPost.at.desc())
        )
    )
    if len(recent) >= POSTS_AN_HOUR:
        raise RateLimited("forum.errors.too-many", retry_after_s=int((recent[-1] + timedelta(hours=1) - now()).seconds))
    if recent and (now() - recent[0]).total_seconds() < SECONDS_BETWEEN:
        raise RateLimited("forum.errors.too-fast", retry_after_s=SECONDS_BETWEEN)


def _agreed(rules: RulesInfo | None, known: int, version: int) -> int:
    """Return the version of the rules that a person has accepted: those in force, once a version (S0-14)."""
    if rules is None or known >= rules.version:
        return known
    if version < rules.version:
        raise Invalid(fields={"rules_version": ["forum.errors.rules"]})
    return rules.version


def _accept_rules(person: Writer, rules: RulesInfo | None, version: int) -> None:
    agreed = _agreed(rules, person.rules_version, version)
    if agreed != person.rules_version:
        db.session.connection().execute(_AGREE, {"person": person.id, "agreed": agreed})


# Confirming an address


def _asked_enough(site_id: int, email: str) -> bool:
    """Return whether an address had its letters, which nobody answered: whoever writes may not own it."""
    query = select(func.count()).where(
        ForumPerson.site_id == site_id, func.lower(ForumPerson.email) == email.lower(), ForumPerson.email != "",
        ForumPerson.confirmed_at.is_(None), ForumPerson.created_at > now() - timedelta(hours=1),
    )  # fmt: skip
    # The one who writes now is among them.
    return int(db.session.scalar(query) or 0) > MOST_LETTERS


def _ask_to_confirm(forum: Any, person: Mapping[str, Any], code: str) -> None:
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
            select(ForumPerson).where(ForumPerson.site_id == site_id, ForumPerson.confirm_hash == _hashed(code))
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
            post.state = _first_state(forum, person)
            if post.state == PUBLISHED:
                _published(forum, post)
        append_audit(site_id, "person", "forum.confirmed", f"person:{person.id}", posts=len(held))
        return len(held)


# One's own posts


def own_posts(site_id: int, token: str) -> list[ForumPost]:
    """Return what the holder of this secret wrote, the newest first."""
    person = find_person(site_id, token)
    if person is None:
        return []
    query = select(ForumPost).where(ForumPost.person_id == person.id).order_by(ForumPost.id.desc()).limit(100)
    return list(db.session.scalars(query))


def own_post(site_id: int, token: str, post_id: int) -> tuple[ForumPost, Forum]:
    person = _person(site_id, token)
    post, forum = _post(site_id, post_id)
    if post.person_id != person.id:
        raise NotFound("forum.errors.no-post")
    return post, forum


def edit(site_id: int, token: str, post_id: int, body: str, despite_personal: bool = False) -> dict[str, Any]:
    """Change one's own text within EDIT_FOR; a public one of a forum that reads first waits to be read again."""
    html, cites = _rendered(body), citing.cited(site_info(site_id), body)
    personal = reading.holds_personal(body)
    if personal and not despite_personal:
        raise PersonalData("forum.errors.personal-data", fields={"body": ["forum.errors.personal-data"]})
    with write():
        post, forum = own_post(site_id, token, post_id)
        if post.state in (DELETED, WITHHELD) or not is_open(forum) or now() - post.at > EDIT_FOR:
            raise Conflict("forum.errors.no-edit")
        was_public = post.state == PUBLISHED
        post.body, post.html, post.edited_at = body, html, now()
        citing.put(post.id, post.thread_id or post.id, cites, anew=True)
        if was_public and forum.moderation == "before":
            post.state = WAITING
            count_replies(post)
        if was_public:
            touch(forum, post)
        append_audit(site_id, "person", "forum.edited", f"forum:{forum.id}", post=post.id)
        return {"post": post.id, "state": post.state, "text": t(f"forum.page.sent_{post.state}")}


def delete(site_id: int, token: str, post_id: int) -> dict[str, Any]:
    """Take one's own words away; the place in the thread stays, so that the answers to it keep their sense."""
    with write():
        post, forum = own_post(site_id, token, post_id)
        if post.state != DELETED:
            post.state, post.body, post.html, post.title = DELETED, "", "", ""
            post.author = ""
            citing.put(post.id, post.thread_id or post.id, citing.NOTHING, anew=True)
            count_replies(post)
            touch(forum, post)
            append_audit(site_id, "person", "forum.deleted", f"forum:{forum.id}", post=post.id)
        return {"post": post.id, "state": DELETED}


def ask_review(site_id: int, token: str, post_id: int) -> dict[str, Any]:
    """Ask for another person's look at one's withheld contribution, once."""
    with write():
        post, forum = own_post(site_id, token, post_id)
        if post.state != WITHHELD:
            raise Conflict("forum.errors.no-review")
        if post.review_asked_at is None:
            post.review_asked_at = now()
            append_audit(site_id, "person", "forum.review-asked", f"forum:{forum.id}", post=post.id)
        return {"post": post.id, "asked_at": post.review_asked_at.isoformat()}


# Marks of others


def vote(site_id: int, token: str, post_id: int, on: bool) -> dict[str, Any]:
    """Support a public contribution, or take it back; a person counts once however often they press."""
    with write():
        person = _person(site_id, token)
        post, forum = _post(site_id, post_id)
        if post.state != PUBLISHED or not is_open(forum):
            raise Conflict("forum.errors.closed")
        if post.person_id == person.id:
            raise Conflict("forum.errors.own-vote")
        known = db.session.get(ForumVote, (post.id, person.id))
        if on and known is None:
            try:
                with db.session.begin_nested():
                    db.session.add(ForumVote(post_id=post.id, person_id=person.id))
            except IntegrityError:
                return {"post": post.id, "votes": post.votes, "on": True}
        elif not on and known is not None:
            db.session.delete(known)
        db.session.flush()
        query = select(func.count()).where(ForumVote.post_id == post.id)
        votes = int(db.session.scalar(query) or 0)
        if votes != post.votes:
            db.session.execute(update(ForumPost).where(ForumPost.id == post.id).values(votes=votes))
            touch(forum, post)
        return {"post": post.id, "votes": votes, "on": on}


def flag(site_id: int, token: str, post_id: int, reason: str) -> dict[str, Any]:
    """Tell the staff that a contribution breaks the rules; it stays where it is until a person decides."""
    if reason not in REASONS:
        raise Invalid(fields={"reason": ["errors.choice"]})
    with write():
        person = _person(site_id, token)
        post, forum = _post(site_id, post_id)
        if post.state != PUBLISHED:
            raise Conflict("forum.errors.not-public")
        if db.session.get(ForumFlag, (post.id, person.id)) is None:
            db.session.add(ForumFlag(post_id=post.id, person_id=person.id, reason=reason))
            post.flags += 1
            append_audit(site_id, "person", "forum.flagged", f"forum:{forum.id}", post=post.id, reason=reason)
        return {"post": post.id, "flagged": True}


def new_person(site_id: int, name: str, material: bytes, lang: str) -> str:
    """Make a person who only votes or flags, and return the secret their browser is to keep."""
    token = person_token(material)
    with write():
        if find_person(site_id, token) is None:
            db.session.add(ForumPerson(site_id=site_id, token_hash=_hashed(token), name=name, lang=lang))
    return token


def listed(site: SiteInfo, lang: str) -> list[dict[str, Any]]:
    """Return the forums that anyone may read, those open first."""
    query = select(Forum).where(Forum.site_id == site.id, Forum.state.in_((OPEN, CLOSED, ARCHIVED)))
    rows = sorted(db.session.scalars(query.order_by(Forum.id.desc()).limit(50)), key=lambda row: not is_open(row))
    return [
        {
            "key": forum.key,
            "title": forum.title,
            "open": is_open(forum),
            "closes_at": forum.closes_at.isoformat() if forum.closes_at else None,
            "record": closing.is_published(exercise(forum)) if forum.state != OPEN else False,
        }
        for forum in rows
    ]


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    return {"forums": listed(site, lang)[:10], "edit_minutes": int(EDIT_FOR.total_seconds() // 60)}


def counts(forum_id: int) -> Mapping[str, Any]:
    """Return what anyone may know of the moderation: received, published, withheld by reason."""
    return counts_of([forum_id])[forum_id]


def counts_of(forum_ids: Iterable[int]) -> Mapping[int, Mapping[str, Any]]:
    """Return the same of each forum, asked in one statement."""
    found: dict[int, dict[str, Any]] = {}
    for one in forum_ids:
        found[one] = {"received": 0, PUBLISHED: 0, WAITING: 0, WITHHELD: {}}
    kept = ForumPost.forum_id.in_(found), ForumPost.staff_id.is_(None), ForumPost.state != UNCONFIRMED
    parts = ForumPost.forum_id, ForumPost.state, ForumPost.reason
    query = select(*parts, func.count()).where(*kept).group_by(*parts)
    for forum_id, state, reason, count in db.session.execute(query):
        of_forum = found[forum_id]
        of_forum["received"] += count
        if state == WITHHELD:
            of_forum[state][reason] = count
        elif state in (PUBLISHED, WAITING):
            of_forum[state] += count
    return found
