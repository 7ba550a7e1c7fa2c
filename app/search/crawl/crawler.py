"""One round over a host, an address at a time: what waits stands in the store, so a killed worker goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import func, select, update

from app.clock import now
from app.db import db, write
from app.fetch import FetchError, Policy, Response, fetch
from app.fetch.addresses import dial, resolve
from app.jobs import Jobs
from app.search import feeding
from app.search.crawl import reading, sitemaps
from app.search.crawl.addresses import normal, pattern_of
from app.search.crawl.models import CrawlHost, CrawlPage
from app.search.engine import Document
from app.search.models import SearchDocument
from app.sites.models import Site

log = logging.getLogger("ventanilla.crawl")
CRAWL = "search.crawl"
BEGIN = "search.crawl_begin"
AGENT = "Ventanilla"
BUDGET_S = 5.0
MOST_PAGES = 5000
MOST_OF_A_PATTERN = 200
MOST_DEPTH = 8
LONGEST_DELAY_S = 30.0
MISSES = 2
MAX_BYTES = 10 * 1024 * 1024
DAILY = timedelta(hours=20)
# The log's words for a reason, for a webmaster who reads it beside their own; the console has them in Spanish too.
SAID = {
    "robots": "robots.txt forbids it", "noindex": "the page asks not to be indexed",
    "canonical": "it names another address as its own", "empty": "it has no title or no text",
    "twin": "another page has the same text", "elsewhere": "it leads to another site",
    "type": "it is no page, PDF, DOCX or ODT", "unreadable": "the document is broken or too large to read",
}  # fmt: skip


class OnlyHost:
    """Lets fetch go to one host alone, whatever its redirects say: other names have no address, others no socket."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self.host = parts.hostname or ""
        self._known = {self.host}

    def resolve(self, host: str, port: int) -> list[str]:
        if host != self.host:
            raise OSError("not the host that was proved")
        found = resolve(host, port)
        self._known |= set(found)
        return found

    def dial(self, address: str, port: int, timeout_s: float) -> Any:
        if address not in self._known:
            raise OSError("not the host that was proved")
        return dial(address, port, timeout_s)


def visit(origin: str, url: str, headers: dict[str, str] | None = None) -> Response:
    """Return what an address of a host answers. Raises FetchError for anything that leads away or in."""
    only = OnlyHost(origin)
    settings = current_app.extensions["ventanilla"].settings
    policy = Policy(
        allow=settings.crawl_allow, max_bytes=MAX_BYTES, max_decoded_bytes=2 * MAX_BYTES, total_s=15.0,
        resolver=only.resolve, dialler=only.dial,
    )  # fmt: skip
    told = {"User-Agent": f"{AGENT}/1 (+{settings.base_url})", "Accept-Language": "es, en;q=0.5", **(headers or {})}
    return fetch(url, headers=told, policy=policy)


# A round


def begin(host_id: int) -> bool:
    """Begin a round over a proved host: its robots.txt first, then its sitemaps and all that is known of it."""
    host = db.session.get(CrawlHost, host_id)
    if host is None or host.proved_at is None:
        return False
    origin = host.origin
    db.session.rollback()
    robots, delay_s, listed, note = _robots(origin)
    with write():
        host = db.session.get_one(CrawlHost, host_id)
        host.robots, host.delay_s, host.begun_at, host.done_at = robots, delay_s, now(), None
        host.state, host.note = "running", note
        db.session.execute(update(CrawlPage).where(CrawlPage.host_id == host_id).values(due=True))
        _add(host, [f"{origin}/"], 0)
        _add(host, listed or [f"{origin}/sitemap.xml"], 0, kind="sitemap")
        current_app.extensions["ventanilla"].jobs.enqueue(CRAWL, {"host": host_id})
    return True


def _robots(origin: str) -> tuple[str, float, list[str], str]:
    """Return (rules, delay, sitemaps, note). Unreachable rules forbid all for now. Source: RFC 9309, 2.3.1."""
    from protego import Protego

    own = urlsplit(origin).netloc in current_app.extensions["ventanilla"].settings.crawl_allow
    least_s = 0.0 if own else 1.0
    try:
        answer = visit(origin, f"{origin}/robots.txt")
    except FetchError as error:
        log.warning("robots.txt of %s could not be read (%s): nothing is read until it can", origin, error.code)
        return "User-agent: *\nDisallow: /", least_s, [], "robots-unreachable"
    if answer.status >= 500:
        return "User-agent: *\nDisallow: /", least_s, [], "robots-unreachable"
    text = reading.decode(answer.body[:500_000], "") if answer.status == 200 else ""
    rules = Protego.parse(text)
    delay_s = min(max(float(rules.crawl_delay(AGENT) or 0), least_s), LONGEST_DELAY_S)
    listed = [found for one in list(rules.sitemaps)[:20] if (found := normal(one, origin, origin))]
    return text, delay_s, listed, ""


def _add(host: CrawlHost, urls: Iterable[str], depth: int, kind: str = "page") -> None:
    """Put addresses into the round, as far as there is no end of them in sight."""
    wanted = dict.fromkeys(urls)
    known = set(
        db.session.scalars(select(CrawlPage.url).where(CrawlPage.host_id == host.id, CrawlPage.url.in_(list(wanted))))
    )
    total = int(db.session.scalar(select(func.count()).where(CrawlPage.host_id == host.id)) or 0)
    counts: dict[str, int] = {}
    full: set[str] = set()
    for url in wanted:
        if url in known or total >= MOST_PAGES:
            continue
        pattern = pattern_of(url)
        if pattern not in counts:
            query = select(func.count()).where(CrawlPage.host_id == host.id, CrawlPage.pattern == pattern)
            counts[pattern] = int(db.session.scalar(query) or 0)
        if counts[pattern] >= MOST_OF_A_PATTERN:
            # A calendar links to the next month for ever.
            full.add(pattern)
            continue
        counts[pattern] += 1
        total += 1
        db.session.add(CrawlPage(host_id=host.id, url=url, pattern=pattern, depth=depth, kind=kind))
    for pattern in full:
        log.info("%s has %s addresses like %s: no more of them are read", host.origin, MOST_OF_A_PATTERN, pattern)
    if total >= MOST_PAGES:
        log.info("%s has %s addresses: no more of them are read", host.origin, MOST_PAGES)
    db.session.flush()


def crawl(payload: dict[str, Any]) -> None:
    """Read what is due of a host for some seconds, then make room for other jobs; one address a delay."""
    host = db.session.get(CrawlHost, payload["host"])
    if host is None or host.state != "running" or host.proved_at is None:
        return
    host_id, delay_s, until = host.id, host.delay_s, time.monotonic() + BUDGET_S
    while step(host_id):
        if delay_s or time.monotonic() > until:
            with write():
                current_app.extensions["ventanilla"].jobs.enqueue(
                    CRAWL, {"host": host_id}, at=now() + timedelta(seconds=delay_s)
                )
            return
    with write():
        host = db.session.get_one(CrawlHost, host_id)
        host.state, host.done_at = "done", now()


def run(host_id: int) -> int:
    """Read a host to the end in this process, with its pauses, and return how many addresses that were."""
    if not begin(host_id):
        return 0
    host = db.session.get_one(CrawlHost, host_id)
    delay_s, count = host.delay_s, 0
    while step(host_id):
        count += 1
        time.sleep(delay_s)
    with write():
        host = db.session.get_one(CrawlHost, host_id)
        host.state, host.done_at = "done", now()
    return count


def step(host_id: int) -> bool:
    """Read one address that is due; return False when none is left."""
    from protego import Protego

    row = db.session.scalar(
        select(CrawlPage)
        .where(CrawlPage.host_id == host_id, CrawlPage.due)
        .order_by(CrawlPage.depth, CrawlPage.id)
        .limit(1)
    )
    host = db.session.get(CrawlHost, host_id)
    if row is None or host is None:
        return False
    page_id, url, origin, known = row.id, row.url, host.origin, (row.etag, row.modified)
    allowed = Protego.parse(host.robots).can_fetch(url, AGENT)
    db.session.rollback()
    if not allowed:
        _settle(page_id, "skipped", "robots", drop=True)
        return True
    headers = {name: value for name, value in zip(("If-None-Match", "If-Modified-Since"), known, strict=True) if value}
    try:
        answer = visit(origin, url, headers)
    except FetchError as error:
        log.info("%s was not read: %s", url, error.code)
        _missed(page_id, error.code)
        return True
    _take(page_id, origin, answer)
    return True


def _take(page_id: int, origin: str, answer: Response) -> None:
    if answer.status == 304:
        _settle(page_id, "", "")
    elif answer.status in {404, 410}:
        _missed(page_id, "gone")
    elif answer.status != 200:
        _missed(page_id, "status")
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
        _add(host, [found for one in pages if (found := normal(one, origin, origin))], 1)
        if row.depth < 2:
            _add(host, [one for one in more[:50] if one.startswith(f"{origin}/")], row.depth + 1, kind="sitemap")
    _settle(page_id, "listed", "", answer)


def _take_page(page_id: int, origin: str, answer: Response) -> None:
    final = normal(answer.url, origin, origin)
    if final is None:
        _settle(page_id, "skipped", "elsewhere", drop=True)
        return
    kind, page = _read(answer)
    if page is None:
        _settle(page_id, "skipped", "unreadable" if kind else "type", drop=True)
        return
    canonical = normal(page.canonical, answer.url, origin) if page.canonical else None
    links = [found for one in page.links if (found := normal(one, answer.url, origin))] if page.follow else []
    digest = sha256(page.text.encode()).hexdigest()
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        host = db.session.get_one(CrawlHost, row.host_id)
        other = canonical or final
        if row.depth < MOST_DEPTH:
            _add(host, [*links, *([other] if other != row.url else [])], row.depth + 1)
        twin = select(CrawlPage.id).where(
            CrawlPage.host_id == host.id, CrawlPage.digest == digest, CrawlPage.id != page_id,
            CrawlPage.state == "indexed",
        )  # fmt: skip
        why = (
            "noindex" if not page.index
            else "canonical" if other != row.url
            else "empty" if not page.text or not page.title
            else "twin" if db.session.scalar(twin.limit(1)) is not None
            else ""
        )  # fmt: skip
        if not why:
            site = db.session.get_one(Site, host.site_id)
            feeding.put(
                site.id,
                Document(
                    id=f"page:{row.id}", site=site.key, kind=kind, title=page.title, body=page.text, url=row.url,
                    lang=page.lang,
                ),
            )  # fmt: skip
            row.digest = digest
    _settle(page_id, "skipped" if why else "indexed", why, answer, drop=bool(why))


def _read(answer: Response) -> tuple[str, reading.Page | None]:
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in {"text/html", "application/xhtml+xml"}:
        page = reading.read_html(
            answer.body, answer.headers.get("content-type", ""), answer.headers.get("x-robots-tag", "")
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


def _settle(page_id: int, state: str, why: str, answer: Response | None = None, *, drop: bool = False) -> None:
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        row.due, row.read_at, row.misses = False, now(), 0
        if state:
            row.state, row.why = state, why
        if state == "skipped":
            log.info("%s was left out: %s", row.url, SAID.get(why, why))
        if answer is not None:
            row.etag, row.modified = answer.headers.get("etag", "")[:300], answer.headers.get("last-modified", "")[:60]
        if drop:
            row.digest = row.etag = row.modified = ""
            _drop(row)


def _missed(page_id: int, why: str) -> None:
    """Note that an address gave nothing; the second time in a row what was known of it goes."""
    with write():
        row = db.session.get_one(CrawlPage, page_id)
        row.due, row.read_at, row.misses, row.why = False, now(), row.misses + 1, why[:30]
        if row.misses >= MISSES or row.state == "waiting":
            row.state = "gone" if why == "gone" else "failed"
            row.etag = row.modified = row.digest = ""
            _drop(row)


def _drop(row: CrawlPage) -> None:
    document_id = f"page:{row.id}"
    if db.session.get(SearchDocument, document_id) is not None:
        feeding.drop(document_id)


def begin_due(_payload: dict[str, Any]) -> None:
    """Begin the rounds of hosts that were read a day ago; a job of every hour."""
    query = select(CrawlHost.id).where(
        CrawlHost.proved_at.is_not(None), CrawlHost.state == "done", CrawlHost.done_at < now() - DAILY
    )
    for host_id in list(db.session.scalars(query)):
        begin(host_id)


def begin_one(payload: dict[str, Any]) -> None:
    begin(payload["host"])


def read_now(host_id: int, url: str) -> bool:
    """Read one address at once, since its host says that it was published; False for one that is not the host's."""
    host = db.session.get(CrawlHost, host_id)
    found = normal(url, host.origin, host.origin) if host and host.proved_at else None
    if host is None or found is None:
        return False
    with write():
        host = db.session.get_one(CrawlHost, host_id)
        _add(host, [found], 0)
        db.session.execute(
            update(CrawlPage).where(CrawlPage.host_id == host_id, CrawlPage.url == found).values(due=True, depth=0)
        )
        host.state = "running"
        current_app.extensions["ventanilla"].jobs.enqueue(CRAWL, {"host": host_id})
    return True


def register(jobs: Jobs) -> None:
    jobs.register(CRAWL, crawl)
    jobs.register("search.crawl_due", begin_due, every_s=3600)
    jobs.register(BEGIN, begin_one)
