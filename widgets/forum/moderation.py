"""What staff do with contributions: read the queue, decide with reasons, answer in the entity's name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select

from app.audit import append_audit
from app.clock import now
from app.console.models import User
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.mail import links, outbox
from app.sites.models import Office, Site
from app.sites.service import site_info
from app.words import t
from widgets.forum import citing, markup
from widgets.forum.holding import MODERATE, the_forum
from widgets.forum.models import REASONS, Forum, ForumPerson, ForumPost
from widgets.forum.service import REVIEW
from widgets.forum.standing import (
    ARCHIVED,
    DELETED,
    DRAFT,
    PUBLISHED,
    UNCONFIRMED,
    WAITING,
    WITHHELD,
    count_replies,
    touch,
)

# How long a contribution may wait before the queue's clock turns red.
READ_WITHIN = timedelta(hours=24)


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


class Decided(Conflict):
    """Another person was faster: who, when, and what they decided."""

    def __init__(self, post: ForumPost) -> None:
        super().__init__("forum.errors.decided")
        who = db.session.get(User, post.decided_by) if post.decided_by else None
        self.who, self.state, self.reason, self.at = who.name if who else "", post.state, post.reason, post.decided_at


def seen_as(post: ForumPost) -> str:
    """Return what stands for the words that a moderator has before them: its author may change them meanwhile."""
    return post.edited_at.isoformat() if post.edited_at else ""


def decide(staff: Staff, site_id: int, post_id: int, publish: bool, reason: str = "", seen: str | None = None) -> str:
    """Publish or withhold a contribution and return its state; withholding takes a reason of the list.

    The same decision of the same person again changes nothing. On what another has decided, or where they decided
    otherwise, it is Decided, unless its author asked for a review: that one is another person's to make, and the last.
    The author is told with the text and the reason. Words that were changed since they were `seen` are a Conflict.
    """
    if not publish and reason not in REASONS:
        raise Invalid(fields={"reason": ["forum.errors.reason"]})
    target = PUBLISHED if publish else WITHHELD
    with write():
        post, forum = _its_post(staff, site_id, post_id)
        if post.state == UNCONFIRMED:
            raise NotFound  # nothing to decide on before its address says yes
        reviewing = post.review_asked_at is not None and post.review_done_at is None
        if post.state == DELETED:
            raise Conflict("forum.errors.deleted")
        if reviewing and post.decided_by == staff.id:
            raise Forbidden("forum.errors.other-reviewer")
        flagged = post.flags > 0 and post.state == PUBLISHED
        if not (reviewing or flagged) and post.decided_at is not None and post.state != WAITING:
            if (post.state, post.reason, post.decided_by) == (target, "" if publish else reason, staff.id):
                return post.state
            raise Decided(post)
        if seen is not None and seen != seen_as(post):
            raise Conflict("forum.errors.changed")
        before, post.state, post.reason = post.state, target, "" if publish else reason
        post.decided_by, post.decided_at, post.flags = staff.id, now(), 0
        if publish:
            post.published_at = post.published_at or now()
        if reviewing:
            post.review_done_at = now()
        elif not publish:
            # It was public, after a review even: who wrote it may ask for a look at this decision too.
            post.review_asked_at = post.review_done_at = None
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
    secret = ""
    if post.state == WITHHELD:
        # Nobody can look at it any more, its author included: the link leads to where another look is asked for.
        params["url"] = outbox.SECRET
        secret = f"{base}/{site.key}/forum/review?lang={lang}&t={links.sign(REVIEW, REVIEW, post.id, person.id)}"
    outbox.enqueue(
        site, person.email, t(f"forum.mail.{post.state}_subject", lang, forum=forum.title),
        t(f"forum.mail.{post.state}", lang, **params), source="forum", source_id=post.id, secret=secret,
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
