"""What the register of participation does with forums: lists, opens and closes them by the clock, counts (S0-9)."""

from __future__ import annotations

from app.db import db
from app.errors import NotFound
from app.widget import Exercises, Held
from widgets.forum import holding, listing, standing
from widgets.forum.models import Forum


def _forum(site_id: int, forum_id: int) -> Forum:
    forum = db.session.get(Forum, forum_id, with_for_update=True)
    if forum is None or forum.site_id != site_id:
        raise NotFound
    return forum


def listed(site_id: int) -> list[Held]:
    return [Held(forum.id, forum.title, forum.state) for forum in holding.forums(site_id)]


def open_it(site_id: int, forum_id: int, actor: str) -> None:
    forum = _forum(site_id, forum_id)
    if forum.state != standing.OPEN:
        holding.open_by(forum, actor)


def close_it(site_id: int, forum_id: int, actor: str) -> None:
    forum = _forum(site_id, forum_id)
    if forum.state == standing.OPEN:
        holding.close_by(forum, actor)


def count(_site_id: int, forum_id: int) -> int:
    return int(listing.counts(forum_id)["received"])


EXERCISES = Exercises(listed, open_it, close_it, count)
