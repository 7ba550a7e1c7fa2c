"""What becomes of one address that was read: a document of the index, further addresses, or a reason why not."""

from __future__ import annotations

import logging
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import select

from app.clock import now
from app.db import db, write
from app.fetch import Response
from app.sanitize import clean_text
from app.search import feeding
from app.search.crawl import frontier, reading, sitemaps
from app.search.crawl.addresses import beside, normal
from app.search.crawl.models import CrawlHost, CrawlPage
from app.search.crawl.robots import own_sitemaps
from app.search.crawl.visiting import said
from app.search.engine import Document
from app.search.models import SearchDocument
from app.sites.models import Site

log = logging.getLogger("ventanilla.crawl")
MISSES = 2


def take(page_id: int, origin: str, answer: Response) -> None:
    if answer.status == 304:
        settle(page_id, "", "")
    elif answer.status in {404, 410}:
        missed(page_id, "gone")
    elif answer.status != 200:
        missed(page_id, "status")
    elif (row := db.session.get(CrawlPage, page_id)) is not None and row.kind == "sitemap":
        db.session.rollback()
        _take_sitemap(page_id, origin, answer)
    else:
        db.session.rollback()
        _take_page(page_id, origin, answer)


def _take_sitemap(page_id: int, origin: str, answer: Response) -> None:
    pages, more = sitemaps.addresses(answer.body)
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        host = db.session.get_one(CrawlHost, row.host_id)
        frontier.add(host, [found for one in pages if (found := normal(one, origin, origin))], 1, listed=True)
        if row.depth < 2:
            frontier.add(host, own_sitemaps(origin, more[:50]), row.depth + 1, kind="sitemap", listed=True)
        if row.url in more:
            log.info("%s names itself as a further sitemap: it is read once", row.url)
        if not pages and not more:
            log.info("%s names no address: it is no sitemap, or its gzip is broken", row.url)
    settle(page_id, "listed", "", answer)


def _take_page(page_id: int, origin: str, answer: Response) -> None:
    final = normal(answer.url, origin, origin)
    if final is None:
        settle(page_id, "skipped", "elsewhere", drop=True)
        return
    kind, page = _read(answer)
    if page is None:
        settle(page_id, "skipped", "unreadable" if kind else "type", drop=True)
        return
    base = beside(page.base, answer.url)
    canonical = normal(page.canonical, base, origin) if page.canonical else None
    links = [found for one in page.links if (found := normal(one, base, origin))] if page.follow else []
    # A letter that the store cannot hold, out of a broken PDF, would end the round with this page.
    title, text = clean_text(page.title), clean_text(page.text, multiline=True)
    digest = sha256(text.encode()).hexdigest()
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        host = db.session.get_one(CrawlHost, row.host_id)
        other = canonical or final
        frontier.add(host, [*links, *([other] if other != row.url else [])], row.depth + 1)
        twin = select(CrawlPage.id).where(
            CrawlPage.host_id == host.id, CrawlPage.digest == digest, CrawlPage.id != page_id,
            CrawlPage.state == "indexed",
        )  # fmt: skip
        why = (
            "noindex" if not page.index
            else "canonical" if other != row.url
            else "empty" if not text or not title
            else "twin" if db.session.scalar(twin.limit(1)) is not None
            else ""
        )  # fmt: skip
        if not why:
            site = db.session.get_one(Site, host.site_id)
            feeding.put(
                site.id,
                Document(
                    id=f"page:{row.id}", site=site.key, kind=kind, title=title, body=text, url=row.url,
                    lang=page.lang,
                ),
            )  # fmt: skip
            row.digest = digest
    settle(page_id, "skipped" if why else "indexed", why, answer, drop=bool(why))


def _read(answer: Response) -> tuple[str, reading.Page | None]:
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in {"text/html", "application/xhtml+xml"}:
        page = reading.read_html(
            answer.body, answer.headers.get("content-type", ""), answer.headers.get("x-robots-tag", ""), answer.url
        )
        return "page", page
    name = urlsplit(answer.url).path.rpartition("/")[2]
    found: reading.Page | None = None
    if media == "application/pdf" or answer.body.startswith(b"%PDF-"):
        found = reading.read_pdf(answer.body)
    elif name.lower().endswith((".docx", ".odt")) and answer.body.startswith(b"PK"):
        found = reading.read_office(answer.body, name.lower().rpartition(".")[2])
    else:
        return "", None
    if found is None:
        return "document", None
    title = found.title or name.rpartition(".")[0].replace("-", " ").replace("_", " ") or name
    return "document", reading.Page(title, found.text)


def settle(page_id: int, state: str, why: str, answer: Response | None = None, *, drop: bool = False) -> None:
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        row.due, row.read_at, row.misses = False, now(), 0
        if state:
            row.state, row.why = state, why
        if state == "skipped":
            log.info("%s was left out: %s", row.url, said(why))
        if answer is not None:
            row.etag, row.modified = answer.headers.get("etag", "")[:300], answer.headers.get("last-modified", "")[:60]
        if drop:
            row.digest = row.etag = row.modified = ""
            _drop(row)


def missed(page_id: int, why: str) -> None:
    """Note that an address gave nothing; the second time in a row what was known of it goes."""
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        row.due, row.read_at, row.misses, row.why = False, now(), row.misses + 1, why[:30]
        # Each site is asked for a sitemap; that it has none is no news.
        if row.kind == "page" or row.state != "waiting":
            log.info("%s was not read: %s", row.url, said(why))
        if row.misses >= MISSES or row.state == "waiting":
            row.state = "gone" if why == "gone" else "failed"
            row.etag = row.modified = row.digest = ""
            _drop(row)


def _drop(row: CrawlPage) -> None:
    document_id = f"page:{row.id}"
    if db.session.get(SearchDocument, document_id) is not None:
        feeding.drop(document_id)
