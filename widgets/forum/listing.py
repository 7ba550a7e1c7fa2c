"""What anyone may know of a site's forums before they read in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from app.db import db
from app.participation import closing
from app.sites.service import SiteInfo
from widgets.forum.models import Forum, ForumPost
from widgets.forum.standing import (
    ARCHIVED,
    CLOSED,
    EDIT_FOR,
    OPEN,
    PUBLISHED,
    UNCONFIRMED,
    WAITING,
    WITHHELD,
    exercise,
    is_open,
)


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
