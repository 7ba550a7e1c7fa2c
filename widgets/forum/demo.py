"""An example forum for the demo, made through the service's own verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.content.service import live
from app.db import db
from app.documents.models import Document
from app.participation.closing import Decision
from app.sites.service import site_info
from widgets.forum import citing, following, holding, moderation, recording, service, standing


def fill(cast: Any) -> None:
    """Hold one forum from opening to its published record, and leave another open with something in the queue.

    One contribution is withheld there: its author's letter, in the demo's mailbox, leads to where one can object.
    """
    staff, told = cast.staff("comu"), cast.texts("forum")
    if not told:
        return
    begun = cast.moment - timedelta(days=20)
    with cast.at(begun):
        forum_id = holding.create(staff, cast.site_id, holding.Setup(title=told[0][0], purpose=told[0][1]))
        holding.open_forum(staff, cast.site_id, forum_id)
    posts = []
    for number, (name, title, body) in enumerate(told[1:5]):
        with cast.at(begun + timedelta(days=number + 1)):
            posts.append(_write(cast, "parque-principal", number, name, title, body))
            moderation.decide(staff, cast.site_id, posts[-1], publish=True)
    with cast.at(begun + timedelta(days=10)):
        moderation.official(staff, cast.site_id, forum_id, told[5][2], posts[0])
        holding.close(staff, cast.site_id, forum_id)
    with cast.at(begun + timedelta(days=15)):
        theme = recording.save_theme(
            staff, cast.site_id, forum_id, Decision(told[6][0], told[6][1], "taken", told[6][2])
        )
        recording.put_under(staff, cast.site_id, forum_id, dict.fromkeys(posts, theme))
        recording.publish_record(staff, cast.site_id, forum_id, "")
    second = holding.create(staff, cast.site_id, holding.Setup(title=told[7][0], purpose=told[7][1]))
    holding.open_forum(staff, cast.site_id, second)
    for number, (name, title, body) in enumerate(told[8:-2]):
        _write(cast, "presupuesto-participativo", 10 + number, name, title, f"{body}{_news(cast)}")
    name, title, body = told[-2]
    withheld = _write(cast, "presupuesto-participativo", 10 + len(told), name, title, body, "jairo@example.org")
    moderation.decide(staff, cast.site_id, withheld, publish=False, reason="insult")
    _, title, body = told[-1]
    moderation.official(staff, cast.site_id, second, f"{body}{_paper(cast)}", None, title)
    _follow(cast, "presupuesto-participativo")


def _write(cast: Any, forum: str, number: int, name: str, title: str, body: str, email: str = "") -> int:
    new = service.NewPost(
        forum=forum, title=title, body=body, name=name, email=email,
        material=f"demo/forum/{number}".encode(), rules_version=99,
    )  # fmt: skip
    ready = service.prepare(site_info(cast.site_id), new)
    return int(service.write_post(cast.site_id, new, ready)["post"])


def _news(cast: Any) -> str:
    """Return the address of the newest publication, to be cited; "" where there is none."""
    base, site = current_app.extensions["ventanilla"].settings.base_url, site_info(cast.site_id)
    return "".join(f" {base}/{site.key}/news/{row.slug}" for row in live(cast.site_id, limit=1))


def _paper(cast: Any) -> str:
    """Return the address that verifies the newest document, to be cited; "" where there is none."""
    query = select(Document.code).where(Document.site_id == cast.site_id).order_by(Document.id.desc()).limit(1)
    return "".join(f" {citing.verifying(site_info(cast.site_id), code)}" for code in db.session.scalars(query))


def _follow(cast: Any, forum_key: str) -> None:
    """Ask for a follower, whose letter lies in the demo's mailbox."""
    forum = standing.forum_by_key(cast.site_id, forum_key)
    following.ask(cast.site_id, forum, None, "vecina@example.org", "es")
