"""The entity's official profiles: a list that a site keeps, checked so that a link leads where it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.dates import date_words
from app.db import write
from app.errors import Invalid
from app.sites.service import SiteInfo, choose_widget, widget_choice
from app.words import t
from widgets.social import posts

# Hosts on which a profile of each network lives; WhatsApp and Mastodon have many, so theirs is only an https address.
NETWORKS: dict[str, tuple[str, ...]] = {
    "facebook": ("facebook.com", "fb.com"),
    "x": ("x.com", "twitter.com"),
    "instagram": ("instagram.com",),
    "youtube": ("youtube.com", "youtu.be"),
    "whatsapp": ("wa.me", "whatsapp.com"),
    "tiktok": ("tiktok.com",),
    "threads": ("threads.net", "threads.com"),
    "bluesky": ("bsky.app",),
    "mastodon": (),
    "telegram": ("t.me", "telegram.me"),
}
MAX_PROFILES = 20


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return the profiles with a name that a screen reader can say: "Facebook: @alcaldiatenjo"; and their posts."""
    listed = profiles(site.id)
    shown = posts.latest(site.id, {one["feed"]: one["network"] for one in listed if one.get("feed")})
    return {
        "posts": [
            {
                "title": one["title"], "url": one["url"], "name": t(f"social.page.networks.{one['network']}", lang),
                "when": date_words(datetime.fromisoformat(one["at"]), lang),
            }
            for one in shown
        ],
        "profiles": [
            {
                **{name: profile[name] for name in ("network", "handle", "url")},
                "name": t(f"social.page.networks.{profile['network']}", lang),
            }
            for profile in listed
        ]
    }  # fmt: skip


def profiles(site_id: int) -> list[dict[str, str]]:
    """Return what the site has listed: {"network", "handle", "url"}."""
    return list(widget_choice(site_id, "social").options.get("profiles", []))


def check_profile(network: str, handle: str, url: str, feed: str = "") -> dict[str, str]:
    """Return a profile as it is kept; Invalid for an unknown network or an address that is not of that network."""
    if network not in NETWORKS:
        raise Invalid(fields={"network": ["errors.choice"]})
    host = _host(url, NETWORKS[network], "url")
    kept = {"network": network, "handle": " ".join(handle.split())[:80] or host, "url": url.strip()[:300]}
    if feed.strip():
        if len(feed.strip()) > 300:
            raise Invalid(fields={"feed": ["social.console.too_long"]})
        # A network without fixed hosts: the feed stands where the profile does.
        _host(feed, NETWORKS[network] or (host,), "feed")
        kept["feed"] = feed.strip()
    return kept


def _host(url: str, hosts: tuple[str, ...], field: str) -> str:
    """Return the host of an https address that is of one of these; of any where there is none."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:  # half a bracket, a port of letters
        raise Invalid(fields={field: ["social.page.errors.url"]}) from None
    if parts.netloc in current_app.extensions["ventanilla"].settings.crawl_allow:
        return host  # an address of the entity's own network, named by who runs the server
    if parts.scheme != "https" or not host or parts.username or port:
        raise Invalid(fields={field: ["social.page.errors.url"]})
    if hosts and not any(host == one or host.endswith(f".{one}") for one in hosts):
        raise Invalid(fields={field: ["social.page.errors.host"]})
    return host


def save_profiles(site_id: int, rows: Sequence[tuple[str, ...]], actor: str) -> None:
    """Replace the list; rows without an address are left out, a bad row refuses all, and each bad one is named."""
    kept, wrong = [], {}
    for number, (network, handle, url, *feed) in enumerate(rows):
        if not url.strip():
            continue
        try:
            kept.append(check_profile(network, handle, url, *feed))
        except Invalid as error:
            wrong.update({f"{name}-{number}": texts for name, texts in error.fields.items()})
    if wrong:
        raise Invalid(fields=wrong)
    if len(kept) > MAX_PROFILES:
        raise Invalid(fields={"network-20": ["social.page.errors.many"]})
    options = widget_choice(site_id, "social").options
    with write():
        choose_widget(site_id, "social", actor, options={**options, "profiles": kept})
        posts.read_soon(site_id, posts.feeds_of(site_id))
