"""Follow a forum or a thread by mail: what there is to tell, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from app.clock import now
from app.db import db, write
from app.participation.following import BATCH, Following, base
from app.sites.models import Site
from app.words import t
from widgets.forum import standing
from widgets.forum.markup import excerpt
from widgets.forum.models import Forum, ForumFollower, ForumPost

# A letter at most so often, whatever is said meanwhile: a quarrel of an evening is one letter, not forty.
PAUSE = timedelta(minutes=15)
MOST_TOLD = 20


def _what(row: ForumFollower) -> str:
    """Return what is followed, as its readers see it."""
    forum = db.session.get_one(Forum, row.forum_id)
    thread = db.session.get(ForumPost, row.thread_id) if row.thread_id else None
    return f"{forum.title}: {thread.title}" if thread is not None and thread.title else forum.title


FOLLOWING = Following("forum", ForumFollower, _what, lambda row: f"forum:{row.forum_id}")


def ask(site_id: int, forum: Forum, thread: ForumPost | None, email: str, lang: str) -> dict[str, Any]:
    """Note the wish to follow a forum, or one thread of it, and ask its address for a yes."""
    return FOLLOWING.ask(site_id, email, lang, forum_id=forum.id, thread_id=thread.id if thread else None)


# Telling


def tell_due(_payload: dict[str, Any]) -> None:
    """Write to followers of what became public since their last letter; a job, BATCH letters a transaction."""
    moment = now()
    news = select(ForumPost.id).where(
        ForumPost.forum_id == ForumFollower.forum_id, ForumPost.state == standing.PUBLISHED,
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
        ForumPost.forum_id == row.forum_id, ForumPost.state == standing.PUBLISHED, ForumPost.published_at > row.told_at,
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
    titles = standing.titles_of(news)
    said = [
        t(
            f"forum.mail.news_{'official' if post.staff_id else 'item'}", row.lang,
            title=titles.get(post.thread_id, ""), author=post.author, text=excerpt(post.body, 400),
            url=f"{base()}/{site.key}/forum/{forum.key}/{post.thread_id}?lang={row.lang}#p{post.id}",
        )
        for post in news[:MOST_TOLD]
    ]  # fmt: skip
    if len(news) > MOST_TOLD:
        said.append(t("forum.mail.news_more", row.lang, n=len(news) - MOST_TOLD))
    FOLLOWING.send(site, row, "news", items="\n\n".join(said), n=len(news))


def tell_record(site: Site, forum: Forum, told: Iterable[str] = ()) -> None:
    """Write that the closing record is public to every follower of the forum or a thread of it, once an address."""
    known = set(told)
    query = select(ForumFollower).where(ForumFollower.forum_id == forum.id, ForumFollower.confirmed_at.is_not(None))
    for row in db.session.scalars(query.order_by(ForumFollower.thread_id.is_not(None), ForumFollower.id)):
        if row.email.casefold() in known:
            continue
        known.add(row.email.casefold())
        url = f"{base()}/{site.key}/forum/{forum.key}?lang={row.lang}"
        FOLLOWING.send(site, row, "record", what=forum.title, url=url)
