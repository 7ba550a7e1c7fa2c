"""What staff do with a forum as a whole: declare it, open it, close it, put it away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from app.participation import closing
from app.sites.service import office_by_code, owner_office
from widgets.forum import markup
from widgets.forum.models import Forum
from widgets.forum.standing import (
    ARCHIVED,
    CLOSED,
    OPEN,
    exercise,
    touch,
)

MODERATE = "forum.moderate"


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
