"""Tells a hub that feeds have changed, so that those who read them through it have the news at once.

Source: WebSub (https://www.w3.org/TR/websub/); how a publisher tells its hub is custom since PubSubHubbub 0.4.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

from flask import current_app

from app.content import service as content
from app.db import db, write
from app.fetch import Policy, fetch
from app.sites.service import site_info

log = logging.getLogger("ventanilla.websub")
PING = "subscribe.websub"


class HubRefused(Exception):
    """The hub could not take it now; it is told again later."""


def hub() -> str:
    """Return the address of the hub, or "" where none is set."""
    found: str = current_app.extensions["ventanilla"].settings.websub_hub
    return found


def tell_later(publication_id: int) -> None:
    """Have the hub told of a publication that has just become public."""
    row = content.live_one(publication_id) if hub() else None
    if row is not None:
        payload = {"site": row.site_id, "topic": row.topic_id}
        with write():
            current_app.extensions["ventanilla"].jobs.enqueue(PING, payload)


def tell(payload: dict[str, Any]) -> None:
    """Tell the hub which feeds have changed; a job. Raises HubRefused, so that it is tried again."""
    from widgets.subscribe.service import EVERYTHING, feeds

    site, where = site_info(payload["site"]), hub()
    if not where:
        return
    topic = next((one.key for one in content.topics(site.id) if one.id == payload["topic"]), "")
    changed = [feed[form] for feed in feeds(site, site.lang) if feed["key"] in {EVERYTHING, topic}
               for form in ("rss", "atom", "json")]  # fmt: skip
    db.session.rollback()
    body = urlencode([("hub.mode", "publish"), *[("hub.url", address) for address in changed]]).encode()
    policy = Policy(allow=current_app.extensions["ventanilla"].settings.crawl_allow)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = fetch(where, method="POST", headers=headers, body=body, policy=policy)
    if answer.status >= 500:
        raise HubRefused
    if answer.status >= 400:
        log.warning("the hub %s refuses our feeds with %s: look at VENTANILLA_WEBSUB_HUB", where, answer.status)
