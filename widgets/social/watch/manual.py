"""Which manual of social networks the entity follows, for whoever looks after them and answers there (S4-31)."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.console.roles import Staff
from app.errors import Invalid
from app.sites.service import choose_widget, widget_choice


def manual_of(site_id: int) -> dict[str, str]:
    """Return {"title", "link"}; empty where the entity has named none."""
    return dict(widget_choice(site_id, "social").options.get("manual", {}))


def save(staff: Staff, site_id: int, title: str, link: str) -> None:
    """Keep title and https address of the manual; both empty take it away."""
    staff.require("social.channels", site_id)
    title, link = " ".join(title.split())[:200], link.strip()
    wrong: dict[str, list[str]] = {}
    parts = urlsplit(link) if link.isascii() and len(link) <= 500 else None
    if link and (parts is None or parts.scheme != "https" or "." not in parts.netloc or "@" in parts.netloc):
        wrong["link"] = ["social.manual.bad_link"]
    if bool(title) != bool(link):
        wrong.setdefault("link" if title else "title", ["errors.required"])
    if wrong:
        raise Invalid(fields=wrong)
    options = {**widget_choice(site_id, "social").options, "manual": {"title": title, "link": link} if link else {}}
    choose_widget(site_id, "social", staff.actor, options=options)
