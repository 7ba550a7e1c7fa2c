"""How a forum ends: contributions under themes, and the closing record that answers them."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import ColumnElement, func, select

from app.audit import append_audit
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, NotFound
from app.mail import outbox
from app.participation import closing
from app.participation.closing import Decision
from app.sites.models import Site
from app.words import t
from widgets.forum import following
from widgets.forum.holding import the_forum
from widgets.forum.models import Forum, ForumPerson, ForumPost
from widgets.forum.standing import (
    PUBLISHED,
    exercise,
    touch,
)

# How many contributions are put under themes on one page.
AT_ONCE = 200


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
