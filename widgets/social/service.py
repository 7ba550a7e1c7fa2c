"""The entity's official profiles: a list that a site keeps, checked so that a link leads where it says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from app.errors import Invalid
from app.sites.service import SiteInfo, choose_widget, widget_choice
from app.words import t

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
    """Return the profiles with a name that a screen reader can say: "Facebook: @alcaldiatenjo"."""
    return {
        "profiles": [
            {
                **profile,
                "name": t(f"social.page.networks.{profile['network']}", lang),
                "label": t(
                    "social.page.label", lang, network=t(f"social.page.networks.{profile['network']}", lang),
                    handle=profile["handle"],
                ),
            }
            for profile in profiles(site.id)
        ]
    }  # fmt: skip


def profiles(site_id: int) -> list[dict[str, str]]:
    """Return what the site has listed: {"network", "handle", "url"}."""
    return list(widget_choice(site_id, "social").options.get("profiles", []))


def check_profile(network: str, handle: str, url: str) -> dict[str, str]:
    """Return a profile as it is kept; Invalid for an unknown network or an address that is not of that network."""
    if network not in NETWORKS:
        raise Invalid(fields={"network": ["errors.choice"]})
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").removeprefix("www.")
    hosts = NETWORKS[network]
    if parts.scheme != "https" or not host or parts.username or parts.port:
        raise Invalid(fields={"url": ["social.page.errors.url"]})
    if hosts and not any(host == one or host.endswith(f".{one}") for one in hosts):
        raise Invalid(fields={"url": ["social.page.errors.host"]})
    return {"network": network, "handle": " ".join(handle.split())[:80] or host, "url": url.strip()[:300]}


def save_profiles(site_id: int, rows: list[tuple[str, str, str]], actor: str) -> None:
    """Replace the list; rows without an address are left out, one bad row refuses all and says which."""
    kept = []
    for number, (network, handle, url) in enumerate(rows):
        if not url.strip():
            continue
        try:
            kept.append(check_profile(network, handle, url))
        except Invalid as error:
            raise Invalid(fields={f"{name}-{number}": texts for name, texts in error.fields.items()}) from error
    if len(kept) > MAX_PROFILES:
        raise Invalid(fields={"network-20": ["social.page.errors.many"]})
    options = widget_choice(site_id, "social").options
    choose_widget(site_id, "social", actor, options={**options, "profiles": kept})
