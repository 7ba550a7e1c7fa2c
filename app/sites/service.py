"""Read and change a site: who may embed it, its offices, hours, calendar, and what it decided about each widget."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import bindparam, func, select

from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from app.sites.models import CalendarDay, Office, OpeningInterval, RulesOfUse, Site, SiteOrigin, WidgetSetting
from app.sites.stamps import kept, stamp_of

# First words of addresses that are the house's own.
RESERVED_KEYS = frozenset(
    {"api", "assets", "console", "static", "hooks", "health", "ready", "metrics", "docs", "demo", "boot", "sites",
     "admin", "www", "robots.txt", "favicon.ico", "loader.js", "calculator"}
)  # fmt: skip
KEY_PATTERN = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class SiteInfo:
    """What a request needs of its site, read at once so that no read is open when a verb begins to write."""

    id: int
    key: str
    name: str
    entity: str
    lang: str
    timezone: str
    regime: str
    reading: str
    accent: str
    on_accent: str
    always_open: bool
    official_email: str
    website: str
    phone: str
    address: str
    privacy_url: str
    user_classes: tuple[str, ...]
    radicado_pattern: str
    stamp: str
    origins: frozenset[str]

    def today(self) -> date:
        """Return which day it is where the entity is."""
        return now().astimezone(ZoneInfo(self.timezone)).date()


_COLUMNS = [getattr(Site, name) for name in SiteInfo.__dataclass_fields__ if name != "origins"]
_BY_KEY = select(Site.id, Site.stamp).where(Site.key == bindparam("key"))


def _info(site_id: int) -> SiteInfo:
    row = db.session.execute(select(*_COLUMNS).where(Site.id == site_id)).one()._asdict()
    origins = db.session.scalars(select(SiteOrigin.origin).where(SiteOrigin.site_id == site_id))
    return SiteInfo(**{**row, "user_classes": tuple(row["user_classes"])}, origins=frozenset(origins))


def find_site(key: str) -> SiteInfo | None:
    """Return the site of a key, or None."""
    found = db.session.connection().execute(_BY_KEY, {"key": key}).first() if key else None
    return kept(found.id, found.stamp, "site", lambda: _info(found.id)) if found else None


def site_info(site_id: int, stamp: str = "") -> SiteInfo:
    """Return a site by its number; without its stamp that is read first."""
    return kept(site_id, stamp or stamp_of(site_id), "site", lambda: _info(site_id))


def all_sites() -> list[SiteInfo]:
    return [_info(site_id) for site_id in db.session.scalars(select(Site.id).order_by(Site.key))]


def site_row(site_id: int) -> Site:
    site = db.session.get(Site, site_id)
    if site is None:
        raise NotFound("errors.unknown-site")
    return site


def clean_origin(text: str) -> str:
    """Return scheme, host and port exactly as browsers send them; Invalid for anything with a path or a wildcard."""
    try:
        parts = urlsplit(text.strip().rstrip("/").lower())
        port, host = parts.port, parts.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:  # half a bracket, a port that is none, a label of a hundred letters
        raise Invalid(fields={"origins": ["errors.origin"]}) from error
    if parts.scheme not in {"http", "https"} or not host or parts.path or parts.query or "*" in text:
        raise Invalid(fields={"origins": ["errors.origin"]})
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def clean_email(text: str) -> str:
    """Return the address that writes to citizens; Invalid for what is no mail address."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid(fields={"official_email": ["errors.email"]}) from error


def create_site(
    *, key: str, name: str, entity: str, official_email: str, origins: list[str], actor: str = "system", **more: Any
) -> int:
    """Create a site with its two first offices and office hours, and return its id.

    Raises Invalid for a key that is taken, reserved or unusable in an address, or for an origin that is not exact.
    """
    if not KEY_PATTERN.fullmatch(key) or key in RESERVED_KEYS:
        raise Invalid(fields={"key": ["errors.site-key"]})
    exact = [clean_origin(origin) for origin in origins]
    official_email = clean_email(official_email)
    with write():
        if db.session.scalar(select(Site.id).where(Site.key == key)):
            raise Conflict("errors.site-key-taken", fields={"key": ["errors.site-key-taken"]})
        site = Site(key=key, name=name, entity=entity, official_email=official_email, **more)
        site.origins = [SiteOrigin(origin=origin) for origin in dict.fromkeys(exact)]
        db.session.add(site)
        db.session.flush()
        db.session.add_all(
            [
                Office(site_id=site.id, code="100", name="Servicio al Ciudadano", purpose="citizen"),
                Office(site_id=site.id, code="110", name="Prensa y Comunicaciones", purpose="communications"),
            ]
        )
        _set_hours(
            site.id, [(day, 8 * 60, 12 * 60) for day in range(5)] + [(day, 14 * 60, 17 * 60) for day in range(5)]
        )
        append_audit(site.id, actor, "site.created", f"site:{site.id}", key=key, origins=exact)
        return site.id


def change_site(site_id: int, actor: str, **changes: Any) -> None:
    """Change plain columns of a site; what changed goes to the audit trail."""
    if "official_email" in changes:
        changes["official_email"] = clean_email(changes["official_email"])
    with write():
        site = site_row(site_id)
        changed = {name: value for name, value in changes.items() if getattr(site, name) != value}
        for name, value in changed.items():
            setattr(site, name, value)
        if changed:
            append_audit(site_id, actor, "site.changed", f"site:{site_id}", names=sorted(changed))


def set_origins(site_id: int, origins: list[str], actor: str) -> None:
    exact = list(dict.fromkeys(clean_origin(origin) for origin in origins if origin.strip()))
    with write():
        site = site_row(site_id)
        # Rows that stay are kept: the new ones go in before the old ones go out, and the same origin twice is refused.
        kept = {row.origin: row for row in site.origins}
        site.origins = [kept.get(origin) or SiteOrigin(origin=origin) for origin in exact]
        append_audit(site_id, actor, "site.origins", f"site:{site_id}", origins=exact)


# Offices


@dataclass(frozen=True)
class OfficeInfo:
    id: int
    code: str
    name: str
    email: str
    purpose: str
    active: bool
    asks_review: bool


def offices(site_id: int, *, only_active: bool = True) -> list[OfficeInfo]:
    return [office for office in every_office(site_id) if office.active or not only_active]


def every_office(site_id: int, stamp: str = "") -> tuple[OfficeInfo, ...]:
    return kept(site_id, stamp or stamp_of(site_id), "offices", lambda: _offices(site_id))


def _offices(site_id: int) -> tuple[OfficeInfo, ...]:
    columns = [getattr(Office, name) for name in OfficeInfo.__dataclass_fields__]
    rows = db.session.execute(select(*columns).where(Office.site_id == site_id).order_by(Office.code))
    return tuple(OfficeInfo(*row) for row in rows)


def office_names(site_id: int) -> dict[int, str]:
    """Return the names of a site's offices by number, those that are no longer active too."""
    return {office.id: office.name for office in offices(site_id, only_active=False)}


def office_by_code(site_id: int, code: str) -> OfficeInfo | None:
    return next((office for office in offices(site_id) if office.code == code), None)


def owner_office(site_id: int, widget: str, purpose: str, stamp: str = "") -> OfficeInfo:
    """Return the office that answers a widget: the site's choice, or the one made for that purpose (S0-8)."""
    stamp = stamp or stamp_of(site_id)
    active = [office for office in every_office(site_id, stamp) if office.active]
    chosen = kept(site_id, stamp, "chosen offices", lambda: _chosen_offices(site_id)).get(widget)
    for test in (lambda o: o.id == chosen, lambda o: o.purpose == purpose, lambda o: True):
        for office in active:
            if test(office):
                return office
    raise Conflict("errors.no-office")


def _chosen_offices(site_id: int) -> dict[str, int | None]:
    query = select(WidgetSetting.widget, WidgetSetting.office_id).where(WidgetSetting.site_id == site_id)
    return {widget: office_id for widget, office_id in db.session.execute(query)}  # noqa: C416 - a Row is no pair


def save_office(
    site_id: int, actor: str, *, code: str, name: str, email: str = "", purpose: str = "", active: bool = True,
    asks_review: bool = False, office_id: int | None = None,
) -> int:  # fmt: skip
    """Create or change an office; its code is three digits, unique in the site, and stands in the radicado."""
    if not re.fullmatch(r"\d{3}", code):
        raise Invalid(fields={"code": ["errors.office-code"]})
    with write():
        taken = db.session.scalar(select(Office.id).where(Office.site_id == site_id, Office.code == code))
        if taken is not None and taken != office_id:
            raise Conflict("errors.office-code-taken", fields={"code": ["errors.office-code-taken"]})
        office = Office(site_id=site_id) if office_id is None else _office(site_id, office_id)
        office.code, office.name, office.email = code, name, email
        office.purpose, office.active, office.asks_review = purpose, active, asks_review
        db.session.add(office)
        db.session.flush()
        append_audit(site_id, actor, "office.saved", f"office:{office.id}", code=code, active=active)
        return office.id


def _office(site_id: int, office_id: int) -> Office:
    office = db.session.get(Office, office_id)
    if office is None or office.site_id != site_id:
        raise NotFound
    return office


# Hours and calendar


def _set_hours(site_id: int, intervals: list[tuple[int, int, int]], office_id: int | None = None) -> None:
    same = (OpeningInterval.site_id == site_id, OpeningInterval.office_id == office_id)
    for row in db.session.scalars(select(OpeningInterval).where(*same)):
        db.session.delete(row)
    for weekday, opens, closes in sorted(intervals):
        db.session.add(
            OpeningInterval(
                site_id=site_id, office_id=office_id, weekday=weekday, opens_minute=opens, closes_minute=closes
            )
        )


def set_hours(site_id: int, intervals: list[tuple[int, int, int]], actor: str, office_id: int | None = None) -> None:
    """Replace the weekly hours: (weekday 0 to 6, minute of opening, of closing), several a day, none overlapping."""
    for weekday, opens, closes in intervals:
        if not (0 <= weekday <= 6 and 0 <= opens < closes <= MINUTES_A_DAY):
            raise Invalid(fields={"hours": ["errors.hours"]})
    ordered = sorted(intervals)
    if any(a[0] == b[0] and b[1] < a[2] for a, b in zip(ordered, ordered[1:], strict=False)):
        raise Invalid(fields={"hours": ["errors.hours-overlap"]})
    with write():
        _set_hours(site_id, intervals, office_id)
        append_audit(site_id, actor, "hours.changed", f"site:{site_id}", intervals=ordered, office=office_id)


def hours_rows(site_id: int, office_id: int | None = None) -> list[tuple[int, int, int]]:
    """Return the weekly intervals of an office, or of the site where the office has none of its own."""
    rows = db.session.execute(
        select(OpeningInterval.weekday, OpeningInterval.opens_minute, OpeningInterval.closes_minute)
        .where(OpeningInterval.site_id == site_id, OpeningInterval.office_id == office_id)
        .order_by(OpeningInterval.weekday, OpeningInterval.opens_minute)
    ).all()
    if not rows and office_id is not None:
        return hours_rows(site_id)
    return [(weekday, opens, closes) for weekday, opens, closes in rows]


def calendar_rows(site_id: int) -> list[tuple[date, bool, str]]:
    columns = select(CalendarDay.day, CalendarDay.works, CalendarDay.name)
    rows = db.session.execute(columns.where(CalendarDay.site_id == site_id).order_by(CalendarDay.day))
    return [(day, works, name) for day, works, name in rows]


def set_calendar_day(site_id: int, day: date, works: bool, name: str, actor: str) -> None:
    """Declare a closure (vacante) or an extra working day; open cases are counted again soon after."""
    if not name:
        raise Invalid(fields={"name": ["errors.required"]})
    with write():
        row = db.session.scalar(select(CalendarDay).where(CalendarDay.site_id == site_id, CalendarDay.day == day))
        if row is None:
            row = CalendarDay(site_id=site_id, day=day)
            db.session.add(row)
        row.works, row.name = works, name
        _calendar_changed(site_id, actor, day, works=works)


def remove_calendar_day(site_id: int, day: date, actor: str) -> None:
    """Take back a closure or an extra working day."""
    with write():
        row = db.session.scalar(select(CalendarDay).where(CalendarDay.site_id == site_id, CalendarDay.day == day))
        if row is None:
            raise NotFound
        db.session.delete(row)
        _calendar_changed(site_id, actor, day, works=None)


def _calendar_changed(site_id: int, actor: str, day: date, works: bool | None) -> None:
    append_audit(site_id, actor, "calendar.changed", f"site:{site_id}", day=day, works=works)
    # By its name: this package stands below the cases.
    current_app.extensions["ventanilla"].jobs.enqueue("cases.recompute", {"site_id": site_id})


# What a site decided about a widget


@dataclass(frozen=True)
class WidgetChoice:
    enabled: bool
    office_id: int | None
    help: dict[str, str]
    options: dict[str, Any]


def widget_choice(site_id: int, widget: str, stamp: str = "") -> WidgetChoice:
    found = kept(site_id, stamp or stamp_of(site_id), "widgets", lambda: _choices(site_id)).get(widget)
    return deepcopy(found) if found else WidgetChoice(True, None, {}, {})


def widget_choices(site_id: int) -> dict[str, WidgetChoice]:
    return deepcopy(kept(site_id, stamp_of(site_id), "widgets", lambda: _choices(site_id)))


def _choices(site_id: int) -> dict[str, WidgetChoice]:
    names = [WidgetSetting.widget, *(getattr(WidgetSetting, name) for name in WidgetChoice.__dataclass_fields__)]
    rows = db.session.execute(select(*names).where(WidgetSetting.site_id == site_id))
    return {widget: WidgetChoice(*chosen) for widget, *chosen in rows}


def choose_widget(site_id: int, widget: str, actor: str, **changes: Any) -> None:
    """Change what a site decided about a widget: enabled, office_id, help (by language) or options."""
    with write():
        row = db.session.scalar(
            select(WidgetSetting).where(WidgetSetting.site_id == site_id, WidgetSetting.widget == widget)
        )
        if row is None:
            row = WidgetSetting(site_id=site_id, widget=widget)
            db.session.add(row)
        if changes.get("office_id") is not None:
            _office(site_id, changes["office_id"])
        for name, value in changes.items():
            setattr(row, name, value)
        append_audit(site_id, actor, "widget.changed", f"widget:{widget}", names=sorted(changes))


@dataclass(frozen=True)
class RulesInfo:
    version: int
    text: str
    text_en: str


def rules_in_force(site_id: int, widget: str, stamp: str = "") -> RulesInfo | None:
    """Return the newest rules of use of a widget (S0-14), or None where the site has published none."""
    return rules_of_all(site_id, stamp).get(widget)


def rules_of_all(site_id: int, stamp: str = "") -> dict[str, RulesInfo]:
    """Return the newest rules of use of every widget that has any."""
    return dict(kept(site_id, stamp or stamp_of(site_id), "rules", lambda: _newest_rules(site_id)))


def _newest_rules(site_id: int) -> dict[str, RulesInfo]:
    columns = select(RulesOfUse.widget, RulesOfUse.version, RulesOfUse.text, RulesOfUse.text_en)
    rows = db.session.execute(columns.where(RulesOfUse.site_id == site_id).order_by(RulesOfUse.version))
    return {row.widget: RulesInfo(row.version, row.text, row.text_en) for row in rows}


def publish_rules(site_id: int, widget: str, text: str, text_en: str, actor: str) -> int:
    """Publish the next version of a widget's rules of use, and return its number; earlier ones stay readable."""
    with write():
        last = db.session.scalar(
            select(func.max(RulesOfUse.version)).where(RulesOfUse.site_id == site_id, RulesOfUse.widget == widget)
        )
        version = (last or 0) + 1
        db.session.add(
            RulesOfUse(site_id=site_id, widget=widget, version=version, text=text, text_en=text_en, published_at=now())
        )
        append_audit(site_id, actor, "rules.published", f"widget:{widget}", version=version)
        return version
