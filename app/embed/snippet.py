"""What a webmaster pastes, and a look at the page where it was pasted: what is missing, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

from app.sites.service import SiteInfo


@dataclass(frozen=True)
class Snippet:
    """The same widgets in each form that a CMS may take, and what a strict page must allow."""

    tag: str
    div: str
    iframe: str
    pinned: str
    csp: list[str]


def snippet(
    base_url: str,
    site: SiteInfo,
    widgets: list[tuple[str, str]],
    *,
    theme: str = "",
    opened: bool = False,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
    pin: tuple[str, str] = ("loader.js", ""),
) -> Snippet:
    """Return the snippet for widgets given as (name, text of the fallback link).

    `elsewhere` says beside the link of a widget where a person goes when our server is away, and the link with it;
    `pin` is that of Assets.pinned_loader.
    """
    look = [*([f'theme="{theme}"'] if theme in {"light", "dark"} else []), *(["open"] if opened else [])]
    on_tag, on_div = ("".join(f" {before}{one}" for one in look) for before in ("", "data-"))
    script = f'<script async src="{base_url}/loader.js" data-site="{site.key}"></script>'
    links = [
        (name, f'<a href="{base_url}/{site.key}/{name}">{text}</a>' + _small(elsewhere.get(name, "")))
        for name, text in widgets
    ]
    tags = [f"<ventanilla-{name}{on_tag}>{link}</ventanilla-{name}>" for name, link in links]
    divs = [f'<div data-ventanilla="{name}"{on_div}>{link}</div>' for name, link in links]
    frames = [
        f'<iframe src="{base_url}/{site.key}/{name}" title="{text}" width="100%" height="720" loading="lazy"></iframe>'
        for name, text in widgets
    ]
    host = f"{urlsplit(base_url).scheme}://{urlsplit(base_url).netloc}"
    return Snippet(
        tag="\n".join([script, *tags]),
        div="\n".join([script, *divs]),
        iframe="\n".join(frames),
        pinned=(
            f'<script async src="{base_url}/{pin[0]}" integrity="{pin[1]}" crossorigin="anonymous" '
            f'data-site="{site.key}"></script>'
        ),
        csp=[f"script-src {host}", f"connect-src {host} {host.replace('http', 'ws', 1)}", f"frame-src {host}"],
    )


def _small(text: str) -> str:
    return f" <small>{escape(text, quote=False)}</small>" if text else ""


@dataclass
class Finding:
    """One thing seen on a page: its key in the catalogue, whether it is well, and what fills the text."""

    key: str
    good: bool
    params: dict[str, str] = field(default_factory=dict)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[dict[str, str]] = []
        self.widgets: list[str] = []
        self.policies: list[str] = []
        self.frames: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "script" and found.get("src"):
            self.scripts.append(found)
        if tag == "iframe" and found.get("src"):
            self.frames.append(found["src"])
        if tag.startswith("ventanilla-"):
            self.widgets.append(tag.removeprefix("ventanilla-"))
        if found.get("data-ventanilla"):
            self.widgets.append(found["data-ventanilla"])
        if tag == "meta" and found.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(found.get("content", ""))


def inspect_page(
    html: str, url: str, policies: list[str], base_url: str, site: SiteInfo, known: frozenset[str],
    pin: tuple[str, str] = ("", ""),
) -> list[Finding]:  # fmt: skip
    """Return what stands on a page and what is missing for the widgets to work there."""
    page = _Page()
    page.feed(html)
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    ours = [script for script in page.scripts if _is_loader(urljoin(url, script["src"]), base_url)]
    frames = [frame for frame in page.frames if urljoin(url, frame).startswith(f"{base_url}/{site.key}/")]
    if frames and not ours and not page.widgets:
        # A page of frames needs neither script nor tag.
        found = [Finding("frames", True, {"n": str(len(frames))}), _origin_finding(origin, site)]
        return found + [one for policy in [*policies, *page.policies] for one in _blocked(policy, base_url, FRAMED)]
    findings = [Finding("script", bool(ours))]
    if ours:
        is_ours = any(script.get("data-site") == site.key for script in ours)
        findings.append(Finding("site", is_ours, {"site": site.key}))
        if len(ours) > 1:
            findings.append(Finding("twice", False))
        fixed = [script["integrity"] for script in ours if script.get("integrity")]
        if fixed:
            findings.append(Finding("integrity", all(pin[1] in one.split() for one in fixed)))
    names = list(dict.fromkeys(page.widgets))
    findings.append(Finding("widgets", bool(names), {"names": ", ".join(names)}))
    findings += [Finding("unknown", False, {"name": name}) for name in names if name not in known]
    findings.append(_origin_finding(origin, site))
    for policy in [*policies, *page.policies]:
        findings += _blocked(policy, base_url, SCRIPTED)
    return findings


SCRIPTED, FRAMED = ("script-src", "connect-src"), ("frame-src",)
_LOADER = re.compile(r"/(?:assets/\w+/)?loader\.js")


def _is_loader(src: str, base_url: str) -> bool:
    return src.startswith(base_url) and _LOADER.fullmatch(src[len(base_url) :].split("?")[0]) is not None


def _origin_finding(origin: str, site: SiteInfo) -> Finding:
    return Finding("origin", origin in site.origins, {"origin": origin})


def _blocked(policy: str, base_url: str, names: tuple[str, ...]) -> list[Finding]:
    """Return what a Content-Security-Policy forbids us; source: CSP Level 3, fallback of fetch directives."""
    directives = {words[0].lower(): words[1:] for part in re.split(r"[;,]", policy) if (words := part.strip().split())}
    host = urlsplit(base_url).netloc
    found = []
    for name in names:
        sources = directives.get(name, directives.get("default-src"))
        if sources is not None and not any(
            source == "*" or host in source or source == f"{base_url}" for source in sources
        ):
            found.append(Finding("policy", False, {"directive": name, "host": base_url}))
    return found
