"""Which hosts a site may have read: those proved to be its own, by a line on a page, a small file, or the DNS."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import func, select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.fetch import AddressRefused, FetchError, is_public, parse
from app.search import feeding
from app.search.crawl import crawler, reading, visiting
from app.search.crawl.models import CrawlHost, CrawlPage
from app.sites.service import clean_origin
from app.systems import signing

log = logging.getLogger("ventanilla.crawl")
FILE = "/.well-known/ventanilla.txt"
TXT = "ventanilla-site"
# Each site is asked for a sitemap; that it has none is nothing that somebody must mend.
_TOLD = (CrawlPage.kind == "page") | CrawlPage.state.in_(("skipped", "failed"))
META = re.compile(r"""<meta[^>]+name=["']ventanilla-site["'][^>]*>""", re.I)


def add(staff: Staff, site_id: int, origin: str) -> int:
    """Write down a host that is to be read; nothing is fetched before it is proved."""
    staff.require("search.manage", site_id)
    exact = clean_origin(origin)
    allow = current_app.extensions["ventanilla"].settings.crawl_allow
    target = parse(f"{exact}/", allow)
    if target.literal and target.allow_key not in allow and not is_public(target.host):
        raise AddressRefused("fetch.not-public", host=target.host)
    with write():
        same = select(CrawlHost.id).where(CrawlHost.site_id == site_id, CrawlHost.origin == exact)
        if (known := db.session.scalar(same)) is not None:
            return known
        host = CrawlHost(site_id=site_id, origin=exact, token=secrets.token_hex(12))
        db.session.add(host)
        db.session.flush()
        append_audit(site_id, staff.actor, "crawl.added", f"crawl_host:{host.id}", origin=exact)
        return host.id


def prove(staff: Staff, site_id: int, host_id: int) -> str:
    """Look for the host's mark, and return where it is: "meta", "file" or "dns". Raises Invalid where it is not."""
    host = _host(staff, site_id, host_id)
    origin, token = host.origin, host.token
    db.session.rollback()
    found = _found(origin, token)
    if not found:
        raise Invalid("crawl.not_proved", fields={"origin": ["crawl.not_proved"]})
    with write():
        host = db.session.get_one(CrawlHost, host_id)
        host.proved_at = now()
        append_audit(site_id, staff.actor, "crawl.proved", f"crawl_host:{host_id}", by=found)
    return found


def _found(origin: str, token: str) -> str:
    led_to = ""
    for path, how in (("/", "meta"), (FILE, "file")):
        try:
            answer = visiting.visit(origin, origin + path)
        except visiting.Elsewhere as error:
            led_to = str(error.params["host"])
            continue
        except FetchError as error:
            log.info("%s was not looked at for the mark of the site: %s", origin + path, visiting.said(error.code))
            continue
        if answer.status != 200 or not answer.url.startswith(f"{origin}/"):
            continue
        text = reading.decode(answer.body[:200_000], answer.headers.get("content-type", ""))
        if how == "file" and text.strip() == token:
            return how
        if how == "meta" and any(f'"{token}"' in tag or f"'{token}'" in tag for tag in META.findall(text)):
            return how
    if f"{TXT}={token}" in txt_records(txt_name(origin)):
        return "dns"
    if led_to:
        # Most often from example.gov.co to www.example.gov.co: the mark stands there, and so will the pages.
        raise Invalid("crawl.leads_elsewhere", fields={"origin": ["crawl.leads_elsewhere"]}, host=led_to)
    return ""


def txt_name(origin: str) -> str:
    """Return where in the DNS a host's mark stands: who may write there is the domain's owner."""
    return f"_ventanilla.{urlsplit(origin).hostname}"


def txt_records(name: str) -> list[str]:
    """Return the TXT records of a name; none where it has none, or where nothing that asks for them is installed."""
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return []
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=5.0, search=False)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace").strip() for record in answer]


def start(staff: Staff, site_id: int, host_id: int) -> None:
    """Begin a round over a proved host."""
    host = _host(staff, site_id, host_id)
    if find_spec("selectolax") is None or find_spec("protego") is None:
        raise Conflict("crawl.not_installed")
    if host.proved_at is None:
        raise Conflict("crawl.not_proved")
    with write():
        db.session.get_one(CrawlHost, host_id).state = "waiting"
        current_app.extensions["ventanilla"].jobs.enqueue(crawler.BEGIN, {"host": host_id})
        append_audit(site_id, staff.actor, "crawl.started", f"crawl_host:{host_id}")


def remove(staff: Staff, site_id: int, host_id: int) -> None:
    """Read a host no more, and take its pages out of the search."""
    _host(staff, site_id, host_id)
    db.session.rollback()
    with write():
        host = db.session.get_one(CrawlHost, host_id)
        pages = db.session.scalars(select(CrawlPage.id).where(CrawlPage.host_id == host_id, CrawlPage.digest != ""))
        feeding.drop_all([f"page:{page_id}" for page_id in pages])
        append_audit(site_id, staff.actor, "crawl.removed", f"crawl_host:{host_id}", origin=host.origin)
        db.session.delete(host)


def _host(staff: Staff, site_id: int, host_id: int) -> CrawlHost:
    staff.require("search.manage", site_id)
    host = db.session.get(CrawlHost, host_id)
    if host is None or host.site_id != site_id:
        raise NotFound
    return host


def hosts(site_id: int) -> list[tuple[CrawlHost, dict[str, int]]]:
    """Return the hosts of a site, each with how many addresses are in which state; "due" and "known" of all beside."""
    rows = list(db.session.scalars(select(CrawlHost).where(CrawlHost.site_id == site_id).order_by(CrawlHost.id)))
    found = {host.id: {"due": 0, "known": 0} for host in rows}
    parts = CrawlPage.host_id, CrawlPage.state, CrawlPage.due
    query = select(*parts, func.count()).join(CrawlHost).where(CrawlHost.site_id == site_id, _TOLD)
    for host_id, state, due, count in db.session.execute(query.group_by(*parts)):
        of_host = found[host_id]
        of_host[state] = of_host.get(state, 0) + count
        of_host["known"] += count
        of_host["due"] += count if due else 0
    return [(host, found[host.id]) for host in rows]


def skipped(site_id: int, limit: int = 200) -> list[CrawlPage]:
    """Return the addresses that are not in the index, with the reason of each."""
    query = (
        select(CrawlPage)
        .join(CrawlHost)
        .where(CrawlHost.site_id == site_id, CrawlPage.state.in_(("skipped", "failed", "gone")), _TOLD)
        .order_by(CrawlPage.why, CrawlPage.url)
        .limit(limit)
    )
    return list(db.session.scalars(query))


# The signed ping


def ping_key(host: CrawlHost) -> str:
    """Return the secret with which a host signs "published": derived, so the store holds none."""
    key: bytes = current_app.extensions["ventanilla"].settings.key("crawl-ping")
    return signing.as_secret(hmac.digest(key, f"{host.id}/{host.token}".encode(), "sha256"))


def ping(host_id: int, body: bytes, headers: Mapping[str, str]) -> bool:
    """Read an address at once for a host that signs it; Forbidden for a signature that is old or not its own.

    The same call twice reads the page twice and changes nothing by that, so its number is not kept.
    """
    host = db.session.get(CrawlHost, host_id)
    key = ping_key(host) if host is not None else signing.make_secret()
    signed = signing.is_signed(key, headers, body) and signing.is_fresh(headers)
    if host is None or not signed:
        raise Forbidden
    db.session.rollback()
    return crawler.read_now(host_id, body[:2000].decode("utf-8", "replace").strip())
