"""Publications of the site that a contribution cites by their address: named under it, and it is found from them."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app
from sqlalchemy import delete, insert, or_, select

from app.content.models import Publication
from app.db import db, table
from app.sites.service import SiteInfo
from app.widget import Link
from widgets.forum.models import Forum, ForumCitation, ForumPost

MOST = 5
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'*]{4,1000}")
_NEW = insert(table(ForumCitation))


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def cited(site: SiteInfo, text: str) -> tuple[int, ...]:
    """Return the publications whose address, here or on the host's own site, stands in a text; MOST at most."""
    found = [address.rstrip(".,;:!?») ") for address in _ADDRESS.findall(text)][:20]
    here = f"{_base()}/{site.key}/news/"
    slugs = [address.removeprefix(here).partition("?")[0].partition("#")[0] for address in found]
    slugs = [slug for slug, address in zip(slugs, found, strict=True) if address.startswith(here)]
    if not found:
        return ()
    live = select(Publication.id).where(Publication.site_id == site.id, Publication.live)
    either = live.where(or_(Publication.slug.in_(slugs), Publication.link.in_(found)))
    return tuple(db.session.scalars(either.order_by(Publication.id).limit(MOST)))


def put(post_id: int, thread_id: int, publications: tuple[int, ...], *, anew: bool = False) -> None:
    """Note what a post cites, inside the running write; `anew` where it may have cited something before."""
    if anew:
        db.session.execute(delete(ForumCitation).where(ForumCitation.post_id == post_id))
    if publications:
        rows = [{"post_id": post_id, "thread_id": thread_id, "publication_id": one} for one in publications]
        db.session.connection().execute(_NEW, rows)


def of_thread(thread_id: int, site: SiteInfo) -> dict[int, list[dict[str, Any]]]:
    """Return what each post of a thread cites, as people can read it now."""
    query = (
        select(ForumCitation.post_id, Publication.title, Publication.slug)
        .join(Publication, Publication.id == ForumCitation.publication_id)
        .where(ForumCitation.thread_id == thread_id, Publication.live)
        .order_by(Publication.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in db.session.execute(query):
        line = {"title": row.title, "url": f"{_base()}/{site.key}/news/{row.slug}"}
        found.setdefault(row.post_id, []).append(line)
    return found


def conversations(site: SiteInfo, publication_id: int) -> list[Link]:
    """Return the public conversations that cite a publication, the latest first, for its own page."""
    root = ForumPost.__table__.alias("root")
    query = (
        select(root.c.id, root.c.title, Forum.key)
        .join(Forum, Forum.id == root.c.forum_id)
        .where(
            Forum.site_id == site.id, Forum.state != "draft", root.c.state == "published",
            root.c.id.in_(
                select(ForumCitation.thread_id)
                .join(ForumPost, ForumPost.id == ForumCitation.post_id)
                .where(ForumCitation.publication_id == publication_id, ForumPost.state == "published")
            ),
        )
        .order_by(root.c.active_at.desc(), root.c.id.desc())
        .limit(20)
    )  # fmt: skip
    return [Link(row.title, f"/{site.key}/forum/{row.key}/{row.id}") for row in db.session.execute(query)]
