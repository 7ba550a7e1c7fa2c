"""The watch over the networks: when each is looked at, who did, and a reminder where nobody has (S4-22, S4-23)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select

from app.audit import append_audit
from app.cases.terms import terms_of
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.embed.models import SpentNonce
from app.errors import Invalid
from app.sites.models import WidgetSetting
from app.sites.service import choose_widget, widget_choice
from app.words import t
from widgets.social.models import SocialCheck
from widgets.social.register import finding, people
from widgets.social.service import NETWORKS

REMIND = "social.remind"
# Who is a little late needs no letter.
PATIENCE = timedelta(minutes=20)
MORNING = time(8)
MAX_TIMES = 12
_HOUR = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")


@dataclass(frozen=True)
class Watch:
    """One network of the schedule: its hours, when it was last looked at, and since when a look is due."""

    network: str
    hours: tuple[str, ...]
    last: datetime | None
    due_since: datetime | None


def schedule_of(site_id: int) -> dict[str, list[str]]:
    """Return the hours of each network that is watched: {"facebook": ["08:00", "14:00"]}."""
    return dict(widget_choice(site_id, "social").options.get("checks", {}))


def save_schedule(staff: Staff, site_id: int, typed: dict[str, str]) -> None:
    """Set the hours at which each network is looked at, "8:00, 14:00"; an empty line stops its watch."""
    staff.require("social.reports", site_id)
    kept, wrong = {}, {}
    for network in NETWORKS:
        parts = [part.strip() for part in re.split(r"[,;\n]+", typed.get(network, "")) if part.strip()]
        found = [_HOUR.fullmatch(part) for part in parts]
        if not all(found) or len(parts) > MAX_TIMES:
            wrong[f"hours-{network}"] = ["social.checks.bad_hours"]
        elif parts:
            kept[network] = sorted({f"{int(one[1]):02}:{one[2]}" for one in found if one})
    if wrong:
        raise Invalid(fields=wrong)
    options = widget_choice(site_id, "social").options
    choose_widget(site_id, "social", staff.actor, options={**options, "checks": kept})


def record(staff: Staff, site_id: int, network: str, found: int, note: str) -> None:
    """Write down that somebody has looked at a network, and how many new messages were there."""
    staff.require("social.reports", site_id)
    wrong: dict[str, list[str]] = {} if network in NETWORKS else {"network": ["errors.choice"]}
    if not 0 <= found <= 100_000:
        wrong["found"] = ["errors.invalid"]
    if wrong:
        raise Invalid(fields=wrong)
    with write():
        row = SocialCheck(site_id=site_id, network=network, found=found, note=note.strip()[:300], actor=staff.actor)
        db.session.add(row)
        append_audit(site_id, staff.actor, "social.checked", f"site:{site_id}", network=network, found=found)


def log(site_id: int, limit: int = 50) -> list[SocialCheck]:
    query = select(SocialCheck).where(SocialCheck.site_id == site_id)
    return list(db.session.scalars(query.order_by(SocialCheck.checked_at.desc(), SocialCheck.id.desc()).limit(limit)))


def watches(site_id: int) -> list[Watch]:
    """Return every network of the schedule as it stands now; on days off nothing is due."""
    schedule = schedule_of(site_id)
    if not schedule:
        return []
    terms = terms_of(site_id)
    seen = select(SocialCheck.network, func.max(SocialCheck.checked_at)).where(SocialCheck.site_id == site_id)
    last: dict[str, datetime] = {}
    for network, at in db.session.execute(seen.group_by(SocialCheck.network)):
        last[network] = at
    moment, found = now(), []
    working = terms.calendar.is_working(terms.today())
    for network, hours in schedule.items():
        slots = [datetime.combine(terms.today(), time.fromisoformat(hour), terms.zone) for hour in hours]
        passed = [slot for slot in slots if slot <= moment] if working else []
        open_slots = [slot for slot in passed if network not in last or last[network] < slot]
        found.append(Watch(network, tuple(hours), last.get(network), min(open_slots, default=None)))
    return found


def owed(site_id: int, _offices: frozenset[int] | None = None) -> int:
    """Return how many reports wait for hand-over or receipt, and networks for a look: what the navigation counts."""
    late = sum(one.due_since is not None for one in watches(site_id))
    return finding.overdue(site_id) + finding.unreceived(site_id) + late


def remind(_payload: dict[str, Any]) -> None:
    """Write to communications where a look at a network or the hand-over is overdue, once for each; a job."""
    # Every site with a schedule, and every one with reports that wait: a site without the widget has neither.
    sites = set(db.session.scalars(select(WidgetSetting.site_id).where(WidgetSetting.widget == "social")))
    sites |= finding.sites_that_owe()
    for site_id in sorted(sites):
        _remind(site_id)


def _remind(site_id: int) -> None:
    terms, moment = terms_of(site_id), now()
    late = [one for one in watches(site_id) if one.due_since is not None and one.due_since + PATIENCE <= moment]
    marks = {f"{one.network} {max(_passed(one, terms.zone, moment))}": one.network for one in late}
    local = moment.astimezone(terms.zone)
    count = finding.overdue(site_id)
    owes = count > 0 and local.time() >= MORNING and terms.calendar.is_working(local.date())
    db.session.rollback()
    if not marks and not owes:
        return
    with write():
        fresh = [network for mark, network in marks.items() if _once(f"check {site_id} {mark}")]
        if fresh:
            names = ", ".join(t(f"social.page.networks.{network}") for network in fresh)
            who = people.of_role(site_id, people.COMMUNICATIONS)
            people.tell(site_id, who, "check", "reports/checks", networks=names)
        if owes and _once(f"owed {site_id} {local.date()}"):
            who = people.of_role(site_id, people.COMMUNICATIONS)
            people.tell(site_id, who, "owed", "reports", n=count)


def _passed(watch: Watch, zone: Any, moment: datetime) -> list[str]:
    today = moment.astimezone(zone).date()
    slots = [datetime.combine(today, time.fromisoformat(hour), zone) for hour in watch.hours]
    return [slot.isoformat() for slot in slots if slot + PATIENCE <= moment]


def _once(what: str) -> bool:
    """Return whether this is the first time, inside the running write."""
    nonce = sha256(f"social remind {what}".encode()).hexdigest()
    if db.session.get(SpentNonce, nonce) is not None:
        return False
    db.session.add(SpentNonce(nonce=nonce, expires_at=now() + timedelta(days=7)))
    return True
