"""The people of the two offices, and the letters that tell them of the register: codes and links, nobody's data."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app
from sqlalchemy import select

from app.console import staff
from app.console.models import User
from app.console.roles import ROLES
from app.db import db
from app.mail import outbox
from app.sites.models import Site
from app.words import t
from widgets.social.models import SocialChannel

COMMUNICATIONS, CITIZEN = "communications", "service_officer"


def of_role(site_id: int, role: str) -> list[User]:
    """Return who holds a role of a site today and may open the register."""
    return staff.of_role(site_id, role) if "social.reports" in ROLES[role] else []


def receivers(site_id: int, handed_by: str) -> set[str] | None:
    """Return who may say that what was handed over has come: not who handed it over, as long as there is another.

    Citizen service, to whom it goes; without anybody else there, the other office; None where nobody else is.
    """
    for role in (CITIZEN, COMMUNICATIONS):
        others = {f"staff:{one.id}" for one in of_role(site_id, role)} - {handed_by}
        if others:
            return others
    return None


def names_of(site_id: int) -> Callable[[str], str]:
    """Return how an actor is named to people: an officer by name, whoever an old sheet names as it names them."""
    people = {f"staff:{number}": name for number, name in db.session.execute(select(User.id, User.name))}
    ways = select(SocialChannel.id, SocialChannel.name).where(SocialChannel.site_id == site_id)
    people |= {f"channel:{number}": name for number, name in db.session.execute(ways)}
    return lambda actor: people.get(actor, actor)


def tell(site_id: int, people: list[User], what: str, path: str, **facts: str | int) -> None:
    """Queue a letter to each, inside the running write."""
    site = db.session.get_one(Site, site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    for user in people:
        words = {**facts, "name": user.name, "url": f"{base}/console/{site.key}/social/{path}", "entity": site.entity}
        outbox.enqueue(
            site, user.email, t(f"social.mail.{what}_subject", user.lang, **words),
            t(f"social.mail.{what}", user.lang, **words), source="social",
        )  # fmt: skip
