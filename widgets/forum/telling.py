"""What the site's feeds tell of forums: that one is open, and that one has ended."""

from __future__ import annotations

from sqlalchemy import select

from app.content.entries import FeedEntry, uid_of
from app.db import db
from app.sites.models import Site
from app.words import t
from widgets.forum.models import Forum
from widgets.forum.standing import is_open


def feed_entries(site_id: int) -> list[FeedEntry]:
    """Return an entry for each forum that people see, and one more for its end."""
    site = db.session.get_one(Site, site_id)
    query = select(Forum).where(Forum.site_id == site_id, Forum.state.in_(("open", "closed")))
    found = []
    for forum in db.session.scalars(query.order_by(Forum.id.desc()).limit(20)):
        opened_at = max(moment for moment in (forum.opens_at, forum.created_at) if moment)
        told = [("opened", opened_at)] if is_open(forum) or forum.state == "closed" else []
        if forum.state == "closed" and forum.closed_at is not None:
            told.append(("closed", forum.closed_at))
        for moment, at in told:
            found.append(
                FeedEntry(
                    uid=uid_of(site.key, "forum", forum.id, moment), url=f"/{site.key}/forum/{forum.key}",
                    title=t(f"forum.feed.{moment}", site.lang, title=forum.title), html=forum.purpose_html,
                    published_at=at, updated_at=at, lang=site.lang, topic=t("forum.page.title", site.lang),
                )
            )  # fmt: skip
    return found
