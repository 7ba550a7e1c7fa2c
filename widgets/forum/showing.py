"""What readers get: forums and threads as they stand, kept as bytes until somebody changes them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from flask import json
from sqlalchemy import bindparam, func, or_, select, true

from app.clock import now
from app.content.models import Publication
from app.dates import datetime_words
from app.db import db, table
from app.errors import NotFound
from app.participation import closing
from app.sites.models import Office
from app.sites.service import site_info
from app.words import t
from widgets.forum import citing, listing, service, standing
from widgets.forum.models import Forum, ForumCitation, ForumPost

PAGE = 20
KEPT_PAGES = 500


class Pages:
    """The newest answers, ready to send; a process keeps KEPT_PAGES of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def get(self, name: str, etag: str, make: Callable[[], dict[str, Any]]) -> bytes:
        """Return the page of a name in the state that its ETag stands for, made anew where it has changed."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None and kept[0] == etag:
                self._kept.move_to_end(name)
                return kept[1]
        body = json.dumps(make()).encode()
        with self._lock:
            self._kept[name] = (etag, body)
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)
        return body


def etag_of(*parts: object) -> str:
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()[:20]


def post_view(post: ForumPost, lang: str, cites: Mapping[int, Any]) -> dict[str, Any]:
    """Return one contribution as anyone may see it; a deleted or withheld one is an empty place with its reason."""
    if post.state != standing.PUBLISHED:
        reason = t(f"forum.reasons.{post.reason}", lang) if post.state == standing.WITHHELD and post.reason else ""
        return {
            "id": post.id, "parent": post.parent_id, "gone": post.state, "at": post.at.isoformat(),
            "gone_text": t(f"forum.page.gone_{post.state}", lang, reason=reason),
        }  # fmt: skip
    return {
        "id": post.id,
        "parent": post.parent_id,
        "author": post.author,
        "official": post.staff_id is not None,
        "position": post.position,
        "html": post.html,
        "at": post.at.isoformat(),
        "at_text": datetime_words(post.at, lang),
        "edited": post.edited_at is not None,
        "votes": post.votes,
        "radicated": post.case_id is not None,
        **({"cites": cites[post.id]} if post.id in cites else {}),
    }


def forum_view(forum: Forum, lang: str) -> dict[str, Any]:
    """Return a forum without its threads."""
    return {
        "key": forum.key,
        "title": forum.title,
        "purpose": forum.purpose_html,
        "office": db.session.get_one(Office, forum.office_id).name,
        "open": standing.is_open(forum),
        "opens_at": forum.opens_at.isoformat() if forum.opens_at else None,
        "closes_at": forum.closes_at.isoformat() if forum.closes_at else None,
        "moderation": forum.moderation,
        "identity": forum.identity,
        "may_begin": forum.threads_by_people,
        "counts": listing.counts(forum.id),
        "record": closing.for_public(standing.exercise(forum), lang),
    }


def threads_of(forum: Forum, page: int, search: str = "") -> tuple[list[ForumPost], bool]:
    """Return one page of public threads, pinned ones first, then the most active; and whether more follow."""
    query = select(ForumPost).where(
        ForumPost.forum_id == forum.id, ForumPost.parent_id.is_(None), ForumPost.state == standing.PUBLISHED
    )
    if search:
        pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        inside = select(ForumPost.thread_id).where(
            ForumPost.forum_id == forum.id,
            ForumPost.state == standing.PUBLISHED,
            ForumPost.body.ilike(pattern, escape="\\") | ForumPost.title.ilike(pattern, escape="\\"),
        )
        query = query.where(ForumPost.id.in_(inside))
    query = query.order_by(ForumPost.pinned.desc(), ForumPost.active_at.desc(), ForumPost.id.desc())
    rows = list(db.session.scalars(query.offset(PAGE * page).limit(PAGE + 1)))
    return rows[:PAGE], len(rows) > PAGE


def thread_line(post: ForumPost, lang: str) -> dict[str, Any]:
    return {
        "id": post.id, "title": post.title, "author": post.author, "official": post.staff_id is not None,
        "replies": post.replies, "votes": post.votes, "pinned": post.pinned, "locked": post.locked,
        "active_at": post.active_at.isoformat(), "active_text": datetime_words(post.active_at, lang),
    }  # fmt: skip


def list_view(forum: Forum, page: int, lang: str, search: str = "") -> dict[str, Any]:
    """Return a forum with one page of its threads."""
    rows, more = threads_of(forum, page, search)
    return {**forum_view(forum, lang), "threads": [thread_line(row, lang) for row in rows], "page": page, "more": more}


def find_thread(site_id: int, thread_id: int) -> tuple[ForumPost, Forum]:
    """Return a public thread and its forum; NotFound for one that waits, was withheld, or is another site's."""
    row = db.session.execute(
        select(ForumPost, Forum)
        .join(Forum, Forum.id == ForumPost.forum_id)
        .where(ForumPost.id == thread_id, ForumPost.parent_id.is_(None), Forum.site_id == site_id)
    ).first()
    if row is None or row[1].state == standing.DRAFT or row[0].state not in (standing.PUBLISHED, standing.DELETED):
        raise NotFound("forum.errors.no-post")
    return row[0], row[1]


_POSTS, _FORUMS, _CITED, _PAGES = (table(model) for model in (ForumPost, Forum, ForumCitation, Publication))
# What the thread cites can be withdrawn or renamed without a word to the forum.
_CITES = (
    select(func.count(_PAGES.c.id), func.max(_PAGES.c.changed_at))
    .join(_CITED, _CITED.c.publication_id == _PAGES.c.id)
    .where(_CITED.c.thread_id == bindparam("thread"), _PAGES.c.live)
    .subquery("cites")
)
_HEAD = (
    select(_POSTS.c.revision, _FORUMS.c.title, _FORUMS.c.state, _FORUMS.c.opens_at, _FORUMS.c.closes_at, _CITES)
    .select_from(_POSTS)
    .join(_FORUMS, _FORUMS.c.id == _POSTS.c.forum_id)
    .join(_CITES, true())
    .where(
        _POSTS.c.id == bindparam("thread"), _POSTS.c.parent_id.is_(None), _FORUMS.c.site_id == bindparam("site"),
        # Not `in_`, whose list SQLAlchemy writes into the statement anew each time.
        _FORUMS.c.state != standing.DRAFT,
        or_(_POSTS.c.state == standing.PUBLISHED, _POSTS.c.state == standing.DELETED),
    )
)  # fmt: skip


def thread_etag(site_id: int, thread_id: int, lang: str) -> str:
    """Return what stands for a public thread as it is now; NotFound for one that waits, or is another site's.

    The whole cost in the store of a reader who has the thread, or whose process has: one row, no objects.
    """
    head: Any = db.session.connection().execute(_HEAD, {"thread": thread_id, "site": site_id}).first()
    if head is None:
        raise NotFound("forum.errors.no-post")
    return etag_of(thread_id, head.revision, lang, standing.is_open(head), head.title, *head[5:])


def thread_view(root: ForumPost, forum: Forum, lang: str) -> dict[str, Any]:
    """Return a thread with its replies: the oldest first, each under what it answers."""
    query = (
        select(ForumPost)
        .where(
            ForumPost.thread_id == root.id,
            ForumPost.parent_id.is_not(None),
            ForumPost.state.in_((standing.PUBLISHED, standing.WITHHELD, standing.DELETED)),
        )
        .order_by(ForumPost.id)
    )
    rows, cites = list(db.session.scalars(query)), citing.of_thread(root.id, site_info(forum.site_id))
    under: dict[int | None, list[dict[str, Any]]] = {}
    for row in rows:
        under.setdefault(row.parent_id, []).append(post_view(row, lang, cites))
    replies = under.get(root.id, [])
    for reply in replies:
        reply["replies"] = under.get(reply["id"], [])
    return {
        "forum": {"key": forum.key, "title": forum.title, "open": standing.is_open(forum), "identity": forum.identity},
        "title": root.title,
        "locked": root.locked,
        "pinned": root.pinned,
        "post": post_view(root, lang, cites),
        "replies": replies,
        "count": sum(row.state == standing.PUBLISHED for row in rows),
    }


def mine(site_id: int, token: str, lang: str) -> list[dict[str, Any]]:
    """Return one's own contributions with what can still be done with each."""
    found = []
    for post in service.own_posts(site_id, token):
        if post.state == standing.DELETED:
            continue
        forum = db.session.get_one(Forum, post.forum_id)
        young = now() - post.at <= standing.EDIT_FOR and standing.is_open(forum)
        found.append(
            {
                "id": post.id, "thread": post.thread_id, "forum": forum.key, "title": post.title, "body": post.body,
                "state": post.state, "state_text": t(f"forum.page.state_{post.state}", lang),
                "reason": t(f"forum.reasons.{post.reason}", lang) if post.reason else "",
                "edit": young and post.state != standing.WITHHELD,
                "review": post.state == standing.WITHHELD and post.review_asked_at is None,
                "letter": post.state == standing.UNCONFIRMED,
                "petition": "petition" in post.marks.split(",") and post.case_id is None,
                "radicated": post.case_id is not None,
            }
        )  # fmt: skip
    return found
