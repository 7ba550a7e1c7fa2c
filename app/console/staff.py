"""Invite, change and disable the people who answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import select, update

from app.audit import append_audit, personal
from app.clock import now
from app.console.models import Grant, User
from app.console.roles import ROLES
from app.console.sessions import TableSessions
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from app.mail import outbox
from app.sites.models import Site
from app.sites.service import find_site, office_by_code, offices, site_info
from app.words import t


def invite(
    site_id: int, email: str, role: str, actor: str, *, office_id: int | None = None, name: str = "",
    until: date | None = None, position: str = "", phone: str = "",
) -> int:  # fmt: skip
    """Give a person a role on a site, and mail them a link to choose a password if they have none of their own.

    A role that they hold already gets the new last day. Raises Invalid for a role that does not exist. `until` is the
    last day on which the role holds (S3-24).
    """
    if role not in ROLES:
        raise Invalid(fields={"role": ["errors.choice"]})
    # Nobody knows this password: the link of the mail replaces it. Hashed outside the write, since it takes 18 ms.
    unknown = hash_password(secrets.token_urlsafe(32))
    address = _address(email)
    with write():
        user = db.session.scalar(select(User).where(User.email == address))
        # Who was taken away everywhere comes back as a new person does, with a password of their own choosing.
        is_new = user is None or not user.active
        if user is None:
            user = User(
                email=address, name=name, position=position, phone=phone, password=unknown,
                fs_uniquifier=secrets.token_hex(32),
            )  # fmt: skip
            db.session.add(user)
            db.session.flush()
        elif not user.active:
            user.active, user.password, user.confirmed_at = True, unknown, None
        same = (Grant.user_id == user.id, Grant.site_id == site_id, Grant.role == role)
        held = db.session.scalar(
            select(Grant).where(*same, Grant.office_id.is_(None) if office_id is None else Grant.office_id == office_id)
        )
        if held is None:
            db.session.add(Grant(user_id=user.id, site_id=site_id, office_id=office_id, role=role, until=until))
        else:
            held.until = until
        append_audit(
            site_id, actor, "staff.invited", f"staff:{user.id}", role=role, office=office_id, address=personal(address)
        )
        _tell(user, site_id, role, is_new=is_new or user.confirmed_at is None)
        return user.id


def _address(text: str) -> str:
    """Return a mail address as accounts keep it; Invalid for what is none."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid(fields={"email": ["errors.email"]}) from error


def _tell(user: User, site_id: int, role: str, *, is_new: bool) -> None:
    """Queue the mail of an invitation: with the link to a first password for who is new, with the way in otherwise."""
    site = db.session.get_one(Site, site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    what = "invited" if is_new else "granted"
    outbox.enqueue(
        site, user.email, t(f"console.mail.{what}_subject", user.lang, site=site.name),
        t(
            f"console.mail.{what}", user.lang, name=user.name or user.email, site=site.name, entity=site.entity,
            role=t(f"console.roles.{role}", user.lang), url=outbox.SECRET if is_new else f"{base}/console/",
        ),
        source="staff", source_id=user.id,
        secret=f"{base}/console/reset/{generate_reset_password_token(user)}" if is_new else "",
    )  # fmt: skip


def invite_again(site_id: int, user_id: int, actor: str) -> None:
    """Mail a new link to a person who has not come in yet; Conflict for one who has."""
    with write():
        user = db.session.get(User, user_id)
        grant = next((one for one in user.grants if one.site_id == site_id), None) if user else None
        if user is None or grant is None:
            raise NotFound
        if user.confirmed_at is not None:
            raise Conflict("people.already_in")
        append_audit(site_id, actor, "staff.invited", f"staff:{user.id}", role=grant.role, again=True)
        _tell(user, site_id, grant.role, is_new=True)


def note_entry(user_id: int) -> None:
    """Keep when a person first came in with a password of their own."""
    with write(keep_pending=True):
        first = update(User).where(User.id == user_id, User.confirmed_at.is_(None))
        db.session.execute(first.values(confirmed_at=now()))


def invite_by_key(site_key: str, email: str, role: str, office_code: str, name: str, until: date | None = None) -> int:
    """The same from the command line, with the names that people use."""
    site = find_site(site_key)
    if site is None:
        raise NotFound("errors.unknown-site")
    office = office_by_code(site.id, office_code) if office_code else None
    if office_code and office is None:
        raise Invalid(fields={"office": ["errors.choice"]})
    return invite(site.id, email, role, "system", office_id=office.id if office else None, name=name, until=until)


def disable(site_id: int, user_id: int, actor: str) -> None:
    """Take away every right of a person on this site; with none left anywhere, the account and its sessions end."""
    with write():
        user = db.session.get(User, user_id)
        grants = [grant for grant in user.grants if grant.site_id == site_id] if user else []
        if user is None or not grants:
            raise NotFound
        for grant in grants:
            user.grants.remove(grant)
        if not user.grants:
            user.active = False
            TableSessions.end_all(user.id)
        append_audit(site_id, actor, "staff.disabled", f"staff:{user.id}")


@dataclass(frozen=True)
class Account:
    """What a person sees of their own account."""

    email: str
    name: str
    position: str
    phone: str
    has_two_factor: bool
    recovery_codes_left: int


def account_of(user_id: int) -> Account:
    user = db.session.get_one(User, user_id)
    return Account(
        user.email, user.name, user.position, user.phone, bool(user.tf_primary_method),
        len(user.mf_recovery_codes or []),
    )  # fmt: skip


def change_language(user_id: int, lang: str) -> None:
    with write():
        db.session.get_one(User, user_id).lang = lang


def change_account(user_id: int, name: str, position: str, phone: str) -> None:
    """Change what a person's signature says of them (S4-19)."""
    with write():
        user = db.session.get_one(User, user_id)
        user.name, user.position, user.phone = name.strip()[:120], position.strip()[:120], phone.strip()[:60]
        for site_id in {grant.site_id for grant in user.grants}:
            append_audit(site_id, f"staff:{user_id}", "staff.changed", f"staff:{user_id}")


@dataclass(frozen=True)
class Person:
    """One row of the page of people: who, what they may do, and until when."""

    id: int
    name: str
    email: str
    position: str
    active: bool
    rights: list[tuple[str, str]]
    until: date | None
    has_entered: bool = True

    def state(self, today: date) -> str:
        """Return "ended" after the last day, "invited" before the first entry, else "in"."""
        if self.until is not None and self.until < today:
            return "ended"
        return "in" if self.has_entered else "invited"


def people(site_id: int) -> list[Person]:
    """Return everyone with a grant on a site, by name; two reads whatever their number."""
    names = {office.id: office.name for office in offices(site_id, only_active=False)}
    rows = db.session.execute(
        select(User, Grant).join(Grant, Grant.user_id == User.id).where(Grant.site_id == site_id).order_by(User.name)
    ).all()
    found: dict[int, Person] = {}
    for user, grant in rows:
        person = found.setdefault(
            user.id,
            Person(
                user.id, user.name, user.email, user.position, user.active, [], grant.until,
                user.confirmed_at is not None,
            ),
        )  # fmt: skip
        person.rights.append((grant.role, names.get(grant.office_id or 0, "")))
    return list(found.values())


def of_role(site_id: int, role: str) -> list[User]:
    """Return who holds a role of a site today, by name: whom a letter about its work is for."""
    today = site_info(site_id).today()
    query = (
        select(User)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.site_id == site_id, Grant.role == role, User.active)
        .where(Grant.until.is_(None) | (Grant.until >= today))
        .order_by(User.name)
    )
    return list(db.session.scalars(query).unique())


def set_until(site_id: int, user_id: int, until: date | None, actor: str) -> None:
    """Set the last day of all grants of a person on a site."""
    with write():
        grants = list(db.session.scalars(select(Grant).where(Grant.site_id == site_id, Grant.user_id == user_id)))
        if not grants:
            raise NotFound
        for grant in grants:
            grant.until = until
        append_audit(site_id, actor, "staff.until", f"staff:{user_id}", until=until)
