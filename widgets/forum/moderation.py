"""What staff do with a forum: open, close, read the queue, decide with reasons, answer, end with a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, func, or_, select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.mail import outbox
from app.participation import closing
from app.participation.closing import Decision
from app.sites.models import Office, Site
from app.sites.service import office_by_code, owner_office, site_info
from app.words import t
from widgets.forum import citing, following, markup
from widgets.forum.models import REASONS, Forum, ForumPerson, ForumPost
from widgets.forum.service import (
    ARCHIVED,
    CLOSED,
    DELETED,
    DRAFT,
    OPEN,
    PUBLISHED,
    WAITING,
    WITHHELD,
    count_replies,
    exercise,
    touch,
)

MODERATE = "forum.moderate"
# How long a contribution may wait before the queue's clock turns red.
READ_WITHIN = timedelta(hours=24)
# How many contributions are put under themes on one page.
AT_ONCE = 200


@dataclass(frozen=True)
class Setup:
    """What the staff declare about a forum."""

    title: str
    purpose: str = ""
    office: str = ""
    moderation: str = "before"
    identity: str = "name"
    threads_by_people: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def forums(site_id: int) -> list[Forum]:
    return list(db.session.scalars(select(Forum).where(Forum.site_id == site_id).order_by(Forum.id.desc())))


def the_forum(staff: Staff, site_id: int, forum_id: int) -> Forum:
    """Return a forum that this person moderates; NotFound for another site's."""
    forum = db.session.get(Forum, forum_id)
    if forum is None or forum.site_id != site_id:
        raise NotFound
    staff.require(MODERATE, site_id, forum.office_id)
    return forum


def _check(setup: Setup) -> None:
    errors: dict[str, list[str]] = {}
    if not setup.title.strip():
        errors["title"] = ["errors.required"]
    if setup.moderation not in ("before", "after"):
        errors["moderation"] = ["errors.choice"]
    if setup.identity not in ("name", "mail"):
        errors["identity"] = ["errors.choice"]
    if setup.opens_at and setup.closes_at and setup.closes_at <= setup.opens_at:
        errors["closes_at"] = ["forum.errors.closes-first"]
    if errors:
        raise Invalid(fields=errors)


def _free_key(site_id: int, title: str) -> str:
    base = closing.slug(title) or "foro"
    taken = set(db.session.scalars(select(Forum.key).where(Forum.site_id == site_id, Forum.key.like(f"{base}%"))))
    return next(key for n in range(1, len(taken) + 2) if (key := base if n == 1 else f"{base}-{n}") not in taken)


def create(staff: Staff, site_id: int, setup: Setup) -> int:
    """Make a forum as a draft that nobody sees, and return its id."""
    staff.require(MODERATE, site_id)
    _check(setup)
    html = markup.render(setup.purpose)
    with write():
        office = office_by_code(site_id, setup.office) or owner_office(site_id, "forum", "communications")
        staff.require(MODERATE, site_id, office.id)
        forum = Forum(site_id=site_id, key=_free_key(site_id, setup.title), office_id=office.id, title=setup.title)
        _fill(forum, setup, html)
        db.session.add(forum)
        db.session.flush()
        append_audit(site_id, staff.actor, "forum.created", f"forum:{forum.id}")
        return forum.id


def _fill(forum: Forum, setup: Setup, html: str) -> None:
    for name in Setup.__dataclass_fields__:
        if name != "office":
            setattr(forum, name, getattr(setup, name))
    forum.purpose_html = html


def save_setup(staff: Staff, site_id: int, forum_id: int, setup: Setup) -> None:
    _check(setup)
    html = markup.render(setup.purpose)
    with write():
        forum = the_forum(staff, site_id, forum_id)
        office = office_by_code(site_id, setup.office)
        if office is not None:
            staff.require(MODERATE, site_id, office.id)
            forum.office_id = office.id
        _fill(forum, setup, html)
        touch(forum)
        append_audit(site_id, staff.actor, "forum.changed", f"forum:{forum.id}", moderation=setup.moderation)


def open_forum(staff: Staff, site_id: int, forum_id: int) -> None:
    with write():
        open_by(the_forum(staff, site_id, forum_id), staff.actor)


def open_by(forum: Forum, actor: str) -> None:
    """Open a forum inside the running write; a closed one opens again, one that was put away does not."""
    if forum.state == ARCHIVED:
        raise Conflict("forum.errors.archived")
    forum.state, forum.closed_at = OPEN, None
    touch(forum)
    append_audit(forum.site_id, actor, "forum.opened", f"forum:{forum.id}")


def close(staff: Staff, site_id: int, forum_id: int) -> None:
    """Take no more contributions; what was said stays to be read."""
    with write():
        forum = the_forum(staff, site_id, forum_id)
        if forum.state != OPEN:
            raise Conflict("forum.errors.not-open")
        close_by(forum, staff.actor)


def close_by(forum: Forum, actor: str) -> None:
    """Close a forum inside the running write."""
    forum.state, forum.closed_at = CLOSED, now()
    touch(forum)
    append_audit(forum.site_id, actor, "forum.closed", f"forum:{forum.id}")


def archive(staff: Staff, site_id: int, forum_id: int) -> None:
    """Put a closed forum away; never before its closing record is public."""
    with write():
        forum = the_forum(staff, site_id, forum_id)
        if forum.state != CLOSED:
            raise Conflict("forum.errors.not-closed")
        if not closing.is_published(exercise(forum)):
            raise Conflict("participation.errors.unpublished")
        forum.state = ARCHIVED
        touch(forum)
        append_audit(site_id, staff.actor, "forum.archived", f"forum:{forum.id}")


# The queue


def waiting(site_id: int, office_ids: frozenset[int] | None) -> int:
    """Return how many contributions wait for a reader, reviews and flags included."""
    return int(db.session.scalar(_queue(site_id, office_ids).with_only_columns(func.count())) or 0)


def _queue(site_id: int, offices: frozenset[int] | None) -> Any:
    to_review = (ForumPost.review_asked_at.is_not(None)) & (ForumPost.review_done_at.is_(None))
    # Told of since somebody last looked: each decision sets the count back, and nobody can flag the same again.
    flagged = (ForumPost.flags > 0) & (ForumPost.state == PUBLISHED)
    unread = (
        (Forum.moderation == "after") & (ForumPost.state == PUBLISHED) & ForumPost.decided_at.is_(None)
        & ForumPost.staff_id.is_(None)
    )  # fmt: skip
    query = (
        select(ForumPost, Forum)
        .join(Forum, Forum.id == ForumPost.forum_id)
        .where(Forum.site_id == site_id, or_(ForumPost.state == WAITING, to_review, flagged, unread))
    )
    return query if offices is None else query.where(Forum.office_id.in_(offices))


def queue(site_id: int, offices: frozenset[int] | None) -> list[tuple[ForumPost, Forum]]:
    """Return what waits for a reader, the oldest first."""
    return [
        (post, forum) for post, forum in db.session.execute(_queue(site_id, offices).order_by(ForumPost.at).limit(100))
    ]


def is_late(post: ForumPost) -> bool:
    """Return whether a contribution has waited longer than READ_WITHIN."""
    since = post.review_asked_at if post.review_asked_at and not post.review_done_at else post.at
    return now() - since > READ_WITHIN


def _its_post(staff: Staff, site_id: int, post_id: int) -> tuple[ForumPost, Forum]:
    post = db.session.get(ForumPost, post_id, with_for_update=True)
    forum = db.session.get(Forum, post.forum_id) if post is not None else None
    if post is None or forum is None or forum.site_id != site_id:
        raise NotFound
    staff.require(MODERATE, site_id, forum.office_id)
    return post, forum


def decide(staff: Staff, site_id: int, post_id: int, publish: bool, reason: str = "") -> str:
    """Publish or withhold a contribution and return its state; withholding takes a reason of the list.

    The same decision again changes nothing. Another one on what was decided is a Conflict, unless its author asked for
    a review: that one is another person's to make, and the last. The author is told with the text and the reason.
    """
    if not publish and reason not in REASONS:
        raise Invalid(fields={"reason": ["forum.errors.reason"]})
    target = PUBLISHED if publish else WITHHELD
    with write():
        post, forum = _its_post(staff, site_id, post_id)
        reviewing = post.review_asked_at is not None and post.review_done_at is None
        if post.state == DELETED:
            raise Conflict("forum.errors.deleted")
        if reviewing and post.decided_by == staff.id:
            raise Forbidden("forum.errors.other-reviewer")
        flagged = post.flags > 0 and post.state == PUBLISHED
        if not (reviewing or flagged) and post.decided_at is not None:
            if (post.state, post.reason) == (target, "" if publish else reason):
                return post.state
            raise Conflict("forum.errors.decided")
        before, post.state, post.reason = post.state, target, "" if publish else reason
        post.decided_by, post.decided_at, post.flags = staff.id, now(), 0
        if publish:
            post.published_at = post.published_at or now()
        if reviewing:
            post.review_done_at = now()
        count_replies(post)
        touch(forum, post)
        append_audit(
            site_id, staff.actor, "forum.decided", f"forum:{forum.id}",
            post=post.id, state=post.state, reason=post.reason, review=reviewing,
        )  # fmt: skip
        if reviewing or before != post.state:
            # What is public and stays so is no news to its author.
            _tell(forum, post)
        return post.state


def _tell(forum: Forum, post: ForumPost) -> None:
    """Write to the author what was decided, with their text: withholding in silence is no moderation."""
    person = db.session.get(ForumPerson, post.person_id) if post.person_id else None
    if person is None or not person.email or (person.confirmed_at is None and forum.identity == "mail"):
        return
    site = db.session.get_one(Site, forum.site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    lang = person.lang
    reason = t(f"forum.reasons.{post.reason}", lang) if post.reason else ""
    params = {
        "name": person.name, "forum": forum.title, "entity": site.entity, "body": post.body, "reason": reason,
        "url": f"{base}/{site.key}/forum/{forum.key}/{post.thread_id}?lang={lang}",
    }  # fmt: skip
    outbox.enqueue(
        site, person.email, t(f"forum.mail.{post.state}_subject", lang, forum=forum.title),
        t(f"forum.mail.{post.state}", lang, **params), source="forum", source_id=post.id,
    )  # fmt: skip


def mark(staff: Staff, site_id: int, thread_id: int, **marks: bool) -> None:
    """Pin a thread to the top, or lock it, or undo either."""
    with write():
        post, forum = _its_post(staff, site_id, thread_id)
        if post.parent_id is not None:
            raise NotFound
        for name in ("pinned", "locked"):
            if name in marks:
                setattr(post, name, marks[name])
        touch(forum, post)
        append_audit(site_id, staff.actor, "forum.marked", f"forum:{forum.id}", post=post.id, **marks)


def official(
    staff: Staff, site_id: int, forum_id: int, body: str, parent_id: int | None = None, title: str = ""
) -> int:
    """Answer, or open a thread, in the entity's name: marked with post and office, and public at once."""
    html, cites = markup.render(body), citing.cited(site_info(site_id), body)
    with write():
        forum = the_forum(staff, site_id, forum_id)
        if forum.state in (DRAFT, ARCHIVED):
            raise Conflict("forum.errors.closed")
        parent = db.session.get(ForumPost, parent_id) if parent_id else None
        if parent_id and (parent is None or parent.forum_id != forum.id):
            raise NotFound
        if parent is not None and parent.state != PUBLISHED:
            raise Conflict("forum.errors.not-public")
        if parent is None and not title.strip():
            raise Invalid(fields={"title": ["errors.required"]})
        if parent is not None and parent.parent_id not in (None, parent.thread_id):
            parent = db.session.get_one(ForumPost, parent.parent_id)
        office = db.session.get_one(Office, forum.office_id).name
        post = ForumPost(
            forum_id=forum.id, staff_id=staff.id, author=staff.name,
            position=", ".join(filter(None, (staff.position, office))), body=body, html=html, state=PUBLISHED,
            published_at=now(), title="" if parent else title.strip(),
            parent_id=parent.id if parent else None, thread_id=parent.thread_id if parent else None,
        )  # fmt: skip
        db.session.add(post)
        db.session.flush()
        post.thread_id = post.thread_id or post.id
        citing.put(post.id, post.thread_id, cites)
        count_replies(post)
        touch(forum, post)
        append_audit(site_id, staff.actor, "forum.answered", f"forum:{forum.id}", post=post.id)
        return post.id


# The closing record


def _of_people(forum: Forum) -> tuple[ColumnElement[bool], ...]:
    return ForumPost.forum_id == forum.id, ForumPost.state == PUBLISHED, ForumPost.staff_id.is_(None)


def contributions(forum: Forum) -> list[ForumPost]:
    """Return the public contributions of people, the oldest first: what the record has to answer."""
    return list(db.session.scalars(select(ForumPost).where(*_of_people(forum)).order_by(ForumPost.id)))


def to_group(forum: Forum, page: int) -> list[ForumPost]:
    """Return a page of them, those without a theme first."""
    query = select(ForumPost.id).where(*_of_people(forum)).order_by(ForumPost.theme_id.is_not(None), ForumPost.id)
    # Numbers first: the store would sort whole contributions.
    ids = db.session.scalars(query.offset(page * AT_ONCE).limit(AT_ONCE)).all()
    found = {post.id: post for post in db.session.scalars(select(ForumPost).where(ForumPost.id.in_(ids)))}
    return [found[number] for number in ids if number in found]


def said_under(forum: Forum, theme_id: int) -> list[str]:
    """Return the first texts under a theme."""
    query = select(ForumPost.body).where(*_of_people(forum), ForumPost.theme_id == theme_id).order_by(ForumPost.id)
    return list(db.session.scalars(query.limit(AT_ONCE)))


def counts_by_theme(forum: Forum) -> dict[int | None, int]:
    """Return how many contributions stand under each theme, and under none."""
    query = select(ForumPost.theme_id, func.count()).where(*_of_people(forum)).group_by(ForumPost.theme_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def put_under(staff: Staff, site_id: int, forum_id: int, themes: dict[int, int | None]) -> None:
    """Put contributions under themes: post id to theme id, None for none."""
    with write():
        forum = the_forum(staff, site_id, forum_id)
        known = {theme.id for theme in closing.themes(exercise(forum))}
        meant = select(ForumPost).where(*_of_people(forum), ForumPost.id.in_(themes))
        posts = {post.id: post for post in db.session.scalars(meant)}
        for post_id, theme_id in themes.items():
            if post_id not in posts or (theme_id is not None and theme_id not in known):
                raise NotFound
            posts[post_id].theme_id = theme_id
        append_audit(site_id, staff.actor, "forum.grouped", f"forum:{forum.id}", posts=len(themes))


def save_theme(staff: Staff, site_id: int, forum_id: int, new: Decision, theme_id: int | None = None) -> int:
    with write():
        forum = the_forum(staff, site_id, forum_id)
        touch(forum)
        return closing.save_theme(exercise(forum), staff.actor, new, theme_id)


def publish_record(staff: Staff, site_id: int, forum_id: int, summary: str) -> None:
    """Publish the closing record above the threads, and tell those who took part and gave an address."""
    with write():
        forum = the_forum(staff, site_id, forum_id)
        first = not closing.is_published(exercise(forum))
        ungrouped = counts_by_theme(forum).get(None, 0)
        if ungrouped:
            raise Conflict("forum.errors.ungrouped", n=ungrouped)
        closing.publish_record(exercise(forum), staff.actor, summary)
        touch(forum)
        if first:
            _tell_all(forum)


def _tell_all(forum: Forum) -> None:
    """Write to who took part and to who follows, once each: the thread's followers too, for it ends all of them."""
    site = db.session.get_one(Site, forum.site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    wrote = select(ForumPost.person_id).where(ForumPost.forum_id == forum.id, ForumPost.state == PUBLISHED)
    people = select(ForumPerson).where(ForumPerson.id.in_(wrote), ForumPerson.confirmed_at.is_not(None))
    told = set()
    for person in db.session.scalars(people.where(ForumPerson.email != "")):
        told.add(person.email.casefold())
        params = {
            "name": person.name, "forum": forum.title, "entity": site.entity,
            "url": f"{base}/{site.key}/forum/{forum.key}?lang={person.lang}",
        }  # fmt: skip
        outbox.enqueue(
            site, person.email, t("forum.mail.record_subject", person.lang, **params),
            t("forum.mail.record", person.lang, **params), source="forum", source_id=forum.id,
        )  # fmt: skip
    following.tell_record(site, forum, told)
