"""How a forum and what stands in it are found, and what lets readers' copies be out of date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from app.clock import now
from app.db import db, table
from app.errors import NotFound
from app.participation.closing import Exercise
from widgets.forum.models import Forum, ForumPerson, ForumPost

DRAFT, OPEN, CLOSED, ARCHIVED = "draft", "open", "closed", "archived"
UNCONFIRMED, WAITING, PUBLISHED, WITHHELD, DELETED = "unconfirmed", "waiting", "published", "withheld", "deleted"
EDIT_FOR = timedelta(minutes=15)
POSTS, PEOPLE, FORUMS = table(ForumPost), table(ForumPerson), table(Forum)
_BY_KEY = select(Forum).where(Forum.site_id == bindparam("site"), Forum.key == bindparam("key"))


class Place(NamedTuple):
    """A forum as far as a contribution asks for it, with the stamp of its site."""

    id: int
    site_id: int
    title: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    moderation: str
    identity: str
    threads_by_people: bool
    stamp: str


def exercise(forum: Forum) -> Exercise:
    return Exercise(forum.site_id, "forum", forum.id)


def is_open(forum: Forum | Place, moment: datetime | None = None) -> bool:
    moment = moment or now()
    begun = forum.opens_at is None or forum.opens_at <= moment
    return forum.state == OPEN and begun and (forum.closes_at is None or moment < forum.closes_at)


def forum_by_key(site_id: int, key: str) -> Forum:
    """Return a forum that anyone may read; NotFound for a draft or another site's."""
    forum = db.session.scalar(_BY_KEY, {"site": site_id, "key": key})
    if forum is None or forum.state == DRAFT:
        raise NotFound("forum.errors.unknown")
    return forum


def the_post(site_id: int, post_id: int) -> tuple[ForumPost, Forum]:
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


def touch(forum: Forum | Place, post: ForumPost | None = None) -> None:
    """Let readers' copies of the forum, and of the post's thread, be out of date.

    Counted by the store: two processes that both read 7 would both write 8, and a copy of the first 8 would stay.
    The thread before its forum, as everywhere: in another order two writers would wait for each other.
    """
    if post is not None:
        root = _root(post)
        db.session.execute(update(POSTS).where(POSTS.c.id == root.id).values(revision=POSTS.c.revision + 1))
    db.session.execute(update(FORUMS).where(FORUMS.c.id == forum.id).values(revision=FORUMS.c.revision + 1))


def count_replies(post: ForumPost) -> None:
    """Count the thread's public replies again, and when it was last active."""
    root = _root(post)
    seen = (ForumPost.thread_id == root.id, ForumPost.parent_id.is_not(None), ForumPost.state == PUBLISHED)
    root.replies = int(db.session.scalar(select(func.count()).where(*seen)) or 0)
    root.active_at = db.session.scalar(select(func.max(ForumPost.at)).where(*seen)) or root.at


def publish(forum: Forum | Place, post: ForumPost) -> None:
    post.published_at = post.published_at or now()
    if post.parent_id is not None:
        count_replies(post)
    touch(forum, post)


def titles_of(posts: Iterable[ForumPost]) -> dict[int | None, str]:
    """Return the title of each post's thread, by the thread's number."""
    threads = select(ForumPost.id, ForumPost.title).where(ForumPost.id.in_({post.thread_id for post in posts}))
    return {row.id: row.title for row in db.session.execute(threads)}
