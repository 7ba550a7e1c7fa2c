"""What a contribution cites by its address: publications, found from both sides, and documents anybody verifies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Select, delete, insert, literal, or_, select, union_all

from app.content.models import Publication
from app.db import db, table
from app.documents.issuing import plain_code
from app.documents.models import Document
from app.sites.service import SiteInfo
from app.widget import Link
from widgets.forum.models import Forum, ForumCitation, ForumDocumentCitation, ForumPost

MOST = 5
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'*]{4,1000}")
_PAGES, _PAPERS = table(ForumCitation), table(ForumDocumentCitation)


@dataclass(frozen=True)
class Cites:
    """The numbers of what a text cites."""

    publications: tuple[int, ...] = ()
    documents: tuple[int, ...] = ()


NOTHING = Cites()


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def verifying(site: SiteInfo, code: str) -> str:
    """Return the address at which anybody verifies a document."""
    return f"{_base()}/{site.key}/verify/{code}"


def _under(start: str, addresses: list[str]) -> list[str]:
    """Return what follows a beginning in the addresses that have it."""
    found = (one.removeprefix(start).partition("?")[0].partition("#")[0] for one in addresses if one.startswith(start))
    return list(found)


def cited(site: SiteInfo, text: str) -> Cites:
    """Return what a text cites, MOST of each kind at most.

    A publication by its address here or on the host's own site; a document by the page that verifies it, which says
    what kind of document it is and never about whom.
    """
    found = [address.rstrip(".,;:!?») ") for address in _ADDRESS.findall(text)][:20]
    if not found:
        return NOTHING
    slugs = _under(f"{_base()}/{site.key}/news/", found)
    live = select(Publication.id).where(Publication.site_id == site.id, Publication.live)
    either = live.where(or_(Publication.slug.in_(slugs), Publication.link.in_(found)))
    codes = [plain_code(one) for one in _under(verifying(site, ""), found)]
    papers = select(Document.id).where(Document.site_id == site.id, Document.code.in_(codes)).order_by(Document.id)
    return Cites(
        tuple(db.session.scalars(either.order_by(Publication.id).limit(MOST))),
        tuple(db.session.scalars(papers.limit(MOST))) if codes else (),
    )


def put(post_id: int, thread_id: int, cites: Cites, *, anew: bool = False) -> None:
    """Note what a post cites, inside the running write; `anew` where it may have cited something before."""
    for where, name, numbers in (
        (_PAGES, "publication_id", cites.publications), (_PAPERS, "document_id", cites.documents)
    ):  # fmt: skip
        if anew:
            db.session.execute(delete(where).where(where.c.post_id == post_id))
        if numbers:
            rows = [{"post_id": post_id, "thread_id": thread_id, name: one} for one in numbers]
            db.session.connection().execute(insert(where), rows)


def of_thread(thread_id: int, site: SiteInfo) -> dict[int, list[dict[str, Any]]]:
    """Return what each post of a thread cites, as people can read it now."""
    pages: Select[Any] = (
        select(_PAGES.c.post_id, Publication.title, Publication.slug.label("path"), literal("").label("number"))
        .join(Publication, Publication.id == _PAGES.c.publication_id)
        .where(_PAGES.c.thread_id == thread_id, Publication.live)
    )
    papers: Select[Any] = (
        select(_PAPERS.c.post_id, Document.title, Document.code.label("path"), Document.number)
        .join(Document, Document.id == _PAPERS.c.document_id)
        .where(_PAPERS.c.thread_id == thread_id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in db.session.execute(union_all(pages, papers)):
        url = verifying(site, row.path) if row.number else f"{_base()}/{site.key}/news/{row.path}"
        line = {"title": f"{row.title} {row.number}".strip(), "url": url}
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
