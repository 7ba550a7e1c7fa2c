"""Which addresses of a host are worth a visit, and when two spellings are one address."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

LONGEST = 900
MOST_SEGMENTS = 12
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|PHPSESSID|jsessionid|sid", re.I)
_NOT_TEXT = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|mjs|json|map|woff2?|ttf|eot|mp[34]|avi|mov|webm|ogg|wav|zip|rar|7z|gz|exe|"
    r"apk|dmg|iso|xlsx?|pptx?|csv|ics)$",
    re.I,
)


def beside(url: str, base: str) -> str:
    """Return where a link leads that stands at `base`; `base` itself for one that nobody can read."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return base


def normal(url: str, base: str, origin: str) -> str | None:
    """Return the one spelling of a link of this origin, or None for one that is not to be followed."""
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        host = parts.netloc.lower()
    except ValueError:
        return None
    if f"{parts.scheme}://{host}" != origin or _NOT_TEXT.search(parts.path):
        return None
    path = posixpath.normpath(parts.path or "/").replace("//", "/")
    if parts.path.endswith("/") and path != "/":
        path += "/"
    segments = [segment for segment in path.split("/") if segment]
    # /a/b/a/b/a/b is a link that was meant to be relative and is not: it has no end.
    if len(segments) > MOST_SEGMENTS or any(segments.count(one) > 3 for one in set(segments)):
        return None
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)])
    found = urlunsplit((parts.scheme, host, path, query, ""))
    return found if len(found) <= LONGEST else None


def pattern_of(url: str) -> str:
    """Return the address with its numbers and the values of its query made alike."""
    parts = urlsplit(url)
    names = "&".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return (re.sub(r"\d+", "0", parts.path) + (f"?{names}" if names else ""))[:300]
