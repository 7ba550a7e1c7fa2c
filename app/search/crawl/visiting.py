"""Goes to the one host that was proved, and says in a webmaster's words why something was not read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.fetch import FetchError, Policy, Response, fetch
from app.fetch.addresses import dial, resolve

AGENT = "Ventanilla"
MAX_BYTES = 10 * 1024 * 1024
# The log's words for a reason, for a webmaster who reads it beside their own; the console has them in Spanish too.
SAID = {
    "robots": "robots.txt forbids it", "noindex": "the page asks not to be indexed",
    "canonical": "it names another address as its own", "empty": "it has no title or no text",
    "twin": "another page has the same text", "elsewhere": "it leads to another site",
    "type": "it is no page, PDF, DOCX or ODT", "unreadable": "the document is broken or too large to read",
    "gone": "the site says that it is gone (404 or 410)", "status": "the site answered with an error",
    "error": "it could not be taken in, which is our fault", "fetch-failed": "the site did not answer as HTTP asks",
    "fetch-too-large": "it is larger than 10 MB, or 20 MB unpacked", "fetch-too-slow": "it took more than 15 seconds",
    "fetch-too-many-redirects": "its redirects have no end", "fetch-redirect-refused": "it redirects to another site",
    "address-refused": "it leads to an address that is not of the open internet",
    "address-unknown": "its name has no address",
}  # fmt: skip


def said(why: str) -> str:
    return SAID.get(why, why)


class Elsewhere(FetchError):
    """The host that was proved leads to another one."""

    status = 422
    code = "elsewhere"
    family = "crawl.why"


class OnlyHost:
    """Lets fetch go to one host alone, whatever its redirects say: other names have no address, others no socket."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self.host = parts.hostname or ""
        self.led_to = ""
        self._known = {self.host}

    def resolve(self, host: str, port: int) -> list[str]:
        if host != self.host:
            self.led_to = host
            raise OSError("not the host that was proved")
        found = resolve(host, port)
        self._known |= set(found)
        return found

    def dial(self, address: str, port: int, timeout_s: float) -> Any:
        if address not in self._known:
            self.led_to = address
            raise OSError("not the host that was proved")
        return dial(address, port, timeout_s)


def visit(origin: str, url: str, headers: dict[str, str] | None = None) -> Response:
    """Return what an address of a host answers. Raises FetchError for what leads in, Elsewhere for what leads away."""
    only = OnlyHost(origin)
    settings = current_app.extensions["ventanilla"].settings
    policy = Policy(
        allow=settings.crawl_allow, max_bytes=MAX_BYTES, max_decoded_bytes=2 * MAX_BYTES, total_s=15.0,
        resolver=only.resolve, dialler=only.dial,
    )  # fmt: skip
    told = {"User-Agent": f"{AGENT}/1 (+{settings.base_url})", "Accept-Language": "es, en;q=0.5", **(headers or {})}
    try:
        return fetch(url, headers=told, policy=policy)
    except FetchError as error:
        if only.led_to:
            raise Elsewhere(host=only.led_to) from error
        raise
