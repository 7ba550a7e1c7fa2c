"""Follow a forum or a thread by mail: asked for, confirmed by its owner, told by the letter, left by a click."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, or_, select

from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.errors import NotFound
from app.mail import bounces, links, outbox
from app.mail.links import CONFIRM, LEAVE, WEEK_S, YEARS_S
from app.sites.models import Site
from app.words import t
from widgets.forum import service
from widgets.forum.markup import excerpt
from widgets.forum.models import Forum, ForumFollower, ForumPost

FAMILY, SOURCE = "forum-follow", "forum_follow"
# A letter at most so often, whatever is said meanwhile: a quarrel of an evening is one letter, not forty.
PAUSE = timedelta(minutes=15)
# Who is asked for again gets no second letter so soon, and one address no more unanswered ones than these.
ASK_AGAIN, MOST_PENDING = timedelta(hours=1), 5
BATCH, MOST_TOLD = 100, 20


def ask(site_id: int, forum: Forum, thread: ForumPost | None, email: str, lang: str) -> dict[str, Any]:
    """Note the wish and send the letter that asks for a yes.

    What is returned is the same whether the address follows already, has been asked before, or is asked too much:
    nobody learns from it who follows what.
    """
    forum_id, thread_id = forum.id, thread.id if thread else None
    with write():
        known = db.session.scalar(
            select(ForumFollower).where(
                ForumFollower.site_id == site_id, func.lower(ForumFollower.email) == email.lower(),
                ForumFollower.forum_id == forum_id,
                ForumFollower.thread_id.is_(None) if thread_id is None else ForumFollower.thread_id == thread_id,
            )
        )  # fmt: skip
        unanswered = select(func.count()).where(
            ForumFollower.site_id == site_id, func.lower(ForumFollower.email) == email.lower(),
            ForumFollower.confirmed_at.is_(None),
        )  # fmt: skip
        if known is None and int(db.session.scalar(unanswered) or 0) < MOST_PENDING:
            known = ForumFollower(
                site_id=site_id, forum_id=forum_id, thread_id=thread_id, email=email, lang=lang,
                version=secrets.randbits(40),
            )  # fmt: skip
            db.session.add(known)
            db.session.flush()
            _ask(known)
        elif known is not None and known.confirmed_at is None and known.asked_at < now() - ASK_AGAIN:
            known.asked_at = now()
            _ask(known)
    return {"text": t("forum.page.follow_asked", lang)}


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def _page(site: Site, row: ForumFollower, purpose: str) -> str:
    token = links.sign(FAMILY, purpose, row.id, row.version)
    return f"{_base()}/{site.key}/forum/follow/{purpose}?lang={row.lang}&t={token}"


def _headers(row: ForumFollower) -> dict[str, str]:
    return links.leave_headers(f"{_base()}/hooks/forum/leave?t={links.sign(FAMILY, LEAVE, row.id, row.version)}")


def _what(row: ForumFollower) -> str:
    """Return what is followed, as its readers see it."""
    forum = db.session.get_one(Forum, row.forum_id)
    thread = db.session.get(ForumPost, row.thread_id) if row.thread_id else None
    return f"{forum.title}: {thread.title}" if thread is not None and thread.title else forum.title


def _ask(row: ForumFollower) -> None:
    site = db.session.get_one(Site, row.site_id)
    params = {"what": _what(row), "entity": site.entity, "url": outbox.SECRET}
    outbox.enqueue(
        site, row.email, t("forum.mail.follow_subject", row.lang, entity=site.entity),
        t("forum.mail.follow", row.lang, **params), source=SOURCE, source_id=row.id, headers=_headers(row),
        secret=_page(site, row, CONFIRM),
    )  # fmt: skip


def look(token: str, purpose: str, site_id: int | None = None) -> tuple[ForumFollower, str]:
    """Return whose link this is, and what they follow; NotFound for a link that opens nothing, or another site's."""
    found = links.read(FAMILY, purpose, token, WEEK_S if purpose == CONFIRM else YEARS_S)
    row = db.session.get(ForumFollower, found[0]) if found else None
    if found is None or row is None or row.version != found[1] or site_id not in (None, row.site_id):
        raise NotFound("forum.errors.follow-link")
    return row, _what(row)


def confirm(site_id: int, token: str) -> str:
    """Begin to tell this address of what is said from now on; the same again changes nothing."""
    with write():
        row, what = look(token, CONFIRM, site_id)
        if row.confirmed_at is None:
            row.confirmed_at = row.told_at = now()
            append_audit(site_id, "person", "forum.followed", f"forum:{row.forum_id}", follower=row.id)
        return what


def leave(token: str, site_id: int | None = None) -> None:
    """Forget the address of a link; a link of nobody is no error, since mail programs press twice."""
    with write():
        try:
            row, _ = look(token, LEAVE, site_id)
        except NotFound:
            return
        append_audit(row.site_id, "person", "forum.left", f"forum:{row.forum_id}", follower=row.id)
        db.session.delete(row)


def count(forum_id: int) -> int:
    """Return how many confirmed addresses follow a forum or a thread of it."""
    query = select(func.count()).where(ForumFollower.forum_id == forum_id, ForumFollower.confirmed_at.is_not(None))
    return int(db.session.scalar(query) or 0)


# Telling


def tell_due(_payload: dict[str, Any]) -> None:
    """Write to followers of what became public since their last letter; a job, BATCH letters a transaction."""
    moment = now()
    news = select(ForumPost.id).where(
        ForumPost.forum_id == ForumFollower.forum_id, ForumPost.state == service.PUBLISHED,
        ForumPost.published_at > ForumFollower.told_at, ForumPost.published_at <= moment,
        or_(ForumFollower.thread_id.is_(None), ForumPost.thread_id == ForumFollower.thread_id),
    )  # fmt: skip
    due = select(ForumFollower.id).where(ForumFollower.told_at <= moment - PAUSE, news.exists())
    while waiting := list(db.session.scalars(due.order_by(ForumFollower.id).limit(BATCH))):
        with write():
            rows = select(ForumFollower).where(ForumFollower.id.in_(waiting)).with_for_update()
            for row in db.session.scalars(rows):
                if row.told_at is not None and row.told_at <= moment - PAUSE:
                    _tell(row, moment)


def _news(row: ForumFollower, moment: datetime) -> list[ForumPost]:
    query = select(ForumPost).where(
        ForumPost.forum_id == row.forum_id, ForumPost.state == service.PUBLISHED, ForumPost.published_at > row.told_at,
        ForumPost.published_at <= moment,
    )  # fmt: skip
    if row.thread_id is not None:
        query = query.where(ForumPost.thread_id == row.thread_id)
    return list(db.session.scalars(query.order_by(ForumPost.published_at, ForumPost.id)))


def _tell(row: ForumFollower, moment: datetime) -> None:
    site, news = db.session.get_one(Site, row.site_id), _news(row, moment)
    row.told_at = moment
    if not news:
        return
    forum = db.session.get_one(Forum, row.forum_id)
    titles = service.titles_of(news)
    said = [
        t(
            f"forum.mail.news_{'official' if post.staff_id else 'item'}", row.lang,
            title=titles.get(post.thread_id, ""), author=post.author, text=excerpt(post.body, 400),
            url=f"{_base()}/{site.key}/forum/{forum.key}/{post.thread_id}?lang={row.lang}#p{post.id}",
        )
        for post in news[:MOST_TOLD]
    ]  # fmt: skip
    if len(news) > MOST_TOLD:
        said.append(t("forum.mail.news_more", row.lang, n=len(news) - MOST_TOLD))
    params = {"what": _what(row), "entity": site.entity, "items": "\n\n".join(said), "leave": outbox.SECRET}
    _send(site, row, "news", params, n=len(news))


def _send(site: Site, row: ForumFollower, what: str, params: dict[str, Any], **more: Any) -> None:
    outbox.enqueue(
        site, row.email, t(f"forum.mail.{what}_follow_subject", row.lang, **params, **more),
        t(f"forum.mail.{what}_follow", row.lang, **params, **more), source=SOURCE, source_id=row.id,
        headers=_headers(row), secret=_page(site, row, LEAVE),
    )  # fmt: skip


def tell_record(site: Site, forum: Forum, told: Iterable[str] = ()) -> None:
    """Write that the closing record is public to every follower of the forum or a thread of it, once an address."""
    known = set(told)
    query = select(ForumFollower).where(ForumFollower.forum_id == forum.id, ForumFollower.confirmed_at.is_not(None))
    for row in db.session.scalars(query.order_by(ForumFollower.thread_id.is_not(None), ForumFollower.id)):
        if row.email.casefold() in known:
            continue
        known.add(row.email.casefold())
        url = f"{_base()}/{site.key}/forum/{forum.key}?lang={row.lang}"
        _send(site, row, "record", {"what": forum.title, "entity": site.entity, "url": url, "leave": outbox.SECRET})


# What comes back, and what was never answered


def heed(source: str, source_id: int | None, kind: str, **_facts: Any) -> None:
    """Forget an address that does not exist, or that complained (app.mail.bounces)."""
    if source == SOURCE and source_id is not None and kind != bounces.SOFT:
        with write():
            db.session.execute(delete(ForumFollower).where(ForumFollower.id == source_id))


def purge(_payload: dict[str, Any]) -> None:
    """Forget addresses that nobody confirmed within a week; a job."""
    with write():
        never = (ForumFollower.confirmed_at.is_(None), ForumFollower.asked_at < now() - timedelta(seconds=WEEK_S))
        db.session.execute(delete(ForumFollower).where(*never))
