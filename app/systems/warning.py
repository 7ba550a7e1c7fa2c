"""The letter to a site's administrators that an address is told nothing more, or not what waited for a week."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app

from app.console.staff import of_role
from app.db import db
from app.mail import outbox
from app.sites.models import Site
from app.systems.models import SystemHook
from app.words import t


def write_to_administrators(hook: SystemHook, what: str) -> None:
    """Queue one letter to each, inside the running write; of the address only its host, for the rest may be a key."""
    site = db.session.get_one(Site, hook.site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    for user in of_role(site.id, "administrator"):
        words = {
            "name": user.name, "host": urlsplit(hook.url).hostname or "", "entity": site.entity,
            "url": f"{base}/console/{site.key}/systems/hooks/{hook.id}",
        }  # fmt: skip
        subject = t(f"systems.mail.{what}_subject", user.lang)
        outbox.enqueue(site, user.email, subject, t(f"systems.mail.{what}", user.lang, **words), source="systems")
