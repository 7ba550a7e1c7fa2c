"""Who plays in the demo: two sites that cannot see each other, and staff of every role."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from flask_security import hash_password
from sqlalchemy import select

from app import clock
from app.cases.texts import save_text
from app.console.auth import staff_of
from app.console.models import Grant, User
from app.console.roles import Staff
from app.db import db, write
from app.sites.service import (
    change_site,
    create_site,
    find_site,
    office_by_code,
    publish_rules,
    save_office,
    set_hours,
    site_row,
)
from app.words import ROOT

PASSWORD = "piedraverde de prueba"  # noqa: S105 - printed by make run, never in production
MAIN, HOURS = "piedraverde", "acueducto"
LOADED = "demo_loaded"


@dataclass(frozen=True)
class Cast:
    """What a leaf's `demo` gets: the sites, the people, and chance that falls the same way each time.

    site_id         the municipality, open at every hour
    hours_site_id   the water company, open Monday to Friday 8-12 and 14-16 as Tenjo's chat is
    people          user ids by first name
    moment          when the demo is loaded: every date is relative to it
    """

    site_id: int
    hours_site_id: int
    moment: datetime
    people: Mapping[str, int]
    random: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311 - examples, no secret

    def staff(self, name: str) -> Staff:
        return staff_of(self.people[name])

    def texts(self, leaf: str) -> list[list[str]]:
        """Return the example texts that a leaf keeps in its own `demo.json`; none where it has no such file."""
        path = ROOT / "widgets" / leaf / "demo.json"
        rows: list[list[str]] = json.loads(path.read_text("utf-8")) if path.exists() else []
        return rows

    def at(self, moment: datetime) -> AbstractContextManager[None]:
        """Let the verbs inside the block happen at a moment of the past."""
        return clock.at(moment)

    @cached_property
    def sites(self) -> tuple[int, int]:
        return (self.site_id, self.hours_site_id)


def data(name: str) -> Any:
    return json.loads((ROOT / "app" / "demo" / "data" / f"{name}.json").read_text("utf-8"))


def make_cast(moment: datetime) -> Cast:
    """Make both sites and their staff, through the verbs of sites; the people come with a known password."""
    told = data("cast")
    password = hash_password(PASSWORD)
    ids: dict[str, int] = {}
    people: dict[str, int] = {}
    for key in (MAIN, HOURS):
        site = dict(told["sites"][key])
        found = {name: site.pop(name) for name in ("offices", "people", "rules", "hours", "texts")}
        ids[key] = create_site(key=key, origins=[], **site)
        _offices(ids[key], found)
        people |= _people(ids[key], found["people"], password)
        _texts(ids[key], found["texts"], staff_of(people[found["people"][0][0].partition("@")[0]]))
    return Cast(ids[MAIN], ids[HOURS], moment, people)


def _offices(site_id: int, told: dict[str, Any]) -> None:
    for code, name, email in told["offices"]:
        known = office_by_code(site_id, code)
        purpose = known.purpose if known else ""
        save_office(
            site_id, "system", code=code, name=name, email=email, purpose=purpose, office_id=known.id if known else None
        )
    set_hours(site_id, [(day, a * 60, b * 60) for day in range(5) for a, b in told["hours"]], "system")
    for widget, text, text_en in told["rules"]:
        publish_rules(site_id, widget, text, text_en, "system")


def _texts(site_id: int, rows: list[list[str]], author: Staff) -> None:
    for title, kind, body in rows:
        save_text(author, site_id, None, title, kind, body)


def _people(site_id: int, rows: list[list[str]], password: str) -> dict[str, int]:
    made = {}
    with write():
        for email, name, position, role, code in rows:
            office = office_by_code(site_id, code) if code else None
            user = User(
                email=email, name=name, position=position, password=password, fs_uniquifier=secrets.token_hex(32),
                confirmed_at=clock.now(),
            )  # fmt: skip
            user.grants = [Grant(site_id=site_id, office_id=office.id if office else None, role=role)]
            db.session.add(user)
            db.session.flush()
            made[email.partition("@")[0]] = user.id
    return made


def is_loaded() -> bool:
    """Return whether the whole demo stands in the store, not only its beginning."""
    site = find_site(MAIN)
    return site is not None and LOADED in site_row(site.id).options


def mark_loaded(cast: Cast) -> None:
    options = {**site_row(cast.site_id).options, LOADED: cast.moment.isoformat()}
    change_site(cast.site_id, "system", options=options)


def logins() -> list[tuple[str, str, str]]:
    """Return (site, role, e-mail) of the demo's staff, to be printed with PASSWORD."""
    rows = db.session.execute(
        select(Grant.site_id, Grant.role, User.email).join(User).where(User.email.like("%.example")).order_by(User.id)
    ).all()
    keys = {site_row(site_id).id: site_row(site_id).key for site_id in {row[0] for row in rows}}
    return [(keys[site_id], role, email) for site_id, role, email in rows]
