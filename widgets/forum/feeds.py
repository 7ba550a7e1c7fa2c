"""Feeds of a forum and of each thread: what became public, the newest first, made only when somebody lacks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from app.content.entries import uid_of
from app.db import db
from app.sites.service import SiteInfo
from app.words import t
from widgets.forum import standing
from widgets.forum.markup import excerpt
from widgets.forum.models import Forum, ForumPost
from widgets.forum.showing import etag_of

TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}
MOST = 50


@dataclass(frozen=True)
class Feed:
    """By what a reader knows whether it has the feed already, and how it is made for who has not."""

    etag: str
    make: Callable[[], bytes]


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def of_forum(site: SiteInfo, forum: Forum, form: str) -> Feed:
    address = f"{_base()}/{site.key}/forum/{forum.key}"
    etag = etag_of("f", forum.id, forum.revision, form, site.name, site.lang)
    return Feed(etag, lambda: _build(site, forum, None, form, forum.title, address))


def of_thread(site: SiteInfo, forum: Forum, root: ForumPost, form: str) -> Feed:
    address = f"{_base()}/{site.key}/forum/{forum.key}/{root.id}"
    etag = etag_of("t", root.id, root.revision, form, site.name, site.lang, forum.title)
    return Feed(etag, lambda: _build(site, forum, root, form, f"{forum.title}: {root.title}", address))


def _build(site: SiteInfo, forum: Forum, root: ForumPost | None, form: str, title: str, address: str) -> bytes:
    query = select(ForumPost).where(ForumPost.forum_id == forum.id, ForumPost.state == standing.PUBLISHED)
    if root is not None:
        query = query.where(ForumPost.thread_id == root.id)
    posts = list(db.session.scalars(query.order_by(ForumPost.published_at.desc(), ForumPost.id.desc()).limit(MOST)))
    titles = standing.titles_of(posts)
    from feedgen.feed import FeedGenerator  # with lxml 4 MB, in a process that may never make a feed

    feed = FeedGenerator()
    feed.id(address)
    feed.title(f"{site.name}: {title}")
    feed.description(t("forum.feed.about", site.lang, title=title, entity=site.entity))
    feed.language(site.lang)
    feed.author({"name": site.entity})
    feed.link(href=f"{address}/feed.{form}", rel="self")
    # The channel's own link is the last one that is given.
    feed.link(href=address, rel="alternate")
    feed.updated(max((post.edited_at or post.published_at or post.at for post in posts), default=forum.created_at))
    for post in posts:
        entry = feed.add_entry(order="append")
        entry.id(uid_of(site.key, "forum-post", post.id, "published"))
        entry.title(_title(post, titles.get(post.thread_id, ""), site.lang))
        entry.link(href=f"{_base()}/{site.key}/forum/{forum.key}/{post.thread_id}#p{post.id}")
        entry.author({"name": ", ".join(filter(None, (post.author, post.position)))})
        entry.published(post.published_at or post.at)
        entry.updated(post.edited_at or post.published_at or post.at)
        entry.content(post.html, type="html")
    return bytes(feed.rss_str() if form == "rss" else feed.atom_str())


def _title(post: ForumPost, thread: str, lang: str) -> str:
    if post.title:
        return post.title
    return t("forum.feed.reply", lang, author=post.author, title=thread or excerpt(post.body, 60))
