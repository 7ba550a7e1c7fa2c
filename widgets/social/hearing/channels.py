"""The ways by which networks tell of messages by themselves: made, stopped and given new secrets by a site."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import select

from app import vault
from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid, NotFound
from app.systems import signing
from widgets.social.models import SocialChannel

PROVIDERS = META, SIGNED = "meta", "signed"
SEALED_FOR = "social-channel"
MAX_CHANNELS = 20
# A stranger who calls with a bad signature is noted, and makes us write no more often than this.
NOTED = timedelta(minutes=1)


@dataclass(frozen=True)
class Shown:
    """What a person copies to the other side. `secret` is only known when it has just been made."""

    id: int
    url: str
    verify_token: str = ""
    secret: str = ""


def of_site(site_id: int) -> list[SocialChannel]:
    query = select(SocialChannel).where(SocialChannel.site_id == site_id).order_by(SocialChannel.id)
    return list(db.session.scalars(query))


def find(key: str) -> SocialChannel | None:
    """Return the channel of an address that was called, where it listens."""
    row = db.session.scalar(select(SocialChannel).where(SocialChannel.key == key[:40]))
    return row if row is not None and row.active else None


def shown(row: SocialChannel) -> Shown:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return Shown(row.id, f"{base}/hooks/social/{row.key}", opened(row.verify_token))


def secret_of(row: SocialChannel) -> str:
    """Return what deliveries are signed with; "" where it can't be opened, and then nothing may pass for signed."""
    return opened(row.secret)


def opened(sealed: str) -> str:
    try:
        return vault.unseal(SEALED_FOR, sealed) if sealed else ""
    except InvalidToken:
        return ""  # a store that was restored under another key: the site gives a new secret


def _secret(provider: str, typed: str) -> str:
    """Return the secret to keep: Meta's is that of its app, the other we make unless one was given."""
    typed = typed.strip()
    if provider not in PROVIDERS:
        raise Invalid(fields={"provider": ["errors.choice"]})
    if provider == META:
        if not 16 <= len(typed) <= 128:
            raise Invalid(fields={"secret": ["social.hooks.bad_meta_secret"]})
        return typed
    return signing.make_secret()


def add(staff: Staff, site_id: int, provider: str, name: str, secret: str) -> Shown:
    """Make a channel, and return what the other side needs; its secret is told this once."""
    staff.require("social.channels", site_id)
    kept = _secret(provider, secret)
    if not name.strip():
        raise Invalid(fields={"name": ["errors.required"]})
    sealed, token = vault.seal(SEALED_FOR, kept), secrets.token_urlsafe(24)
    sealed_token = vault.seal(SEALED_FOR, token) if provider == META else ""
    with write():
        if len(of_site(site_id)) >= MAX_CHANNELS:
            raise Invalid(fields={"name": ["social.hooks.too_many"]})
        row = SocialChannel(
            site_id=site_id, key=secrets.token_urlsafe(18), provider=provider, name=name.strip()[:80], secret=sealed,
            verify_token=sealed_token,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        append_audit(site_id, staff.actor, "social.channel_added", f"social_channel:{row.id}", provider=provider)
    return _with(shown(row), kept if provider == SIGNED else "")


def _with(found: Shown, secret: str) -> Shown:
    return Shown(found.id, found.url, found.verify_token, secret)


def _mine(site_id: int, channel_id: int) -> SocialChannel:
    row = db.session.get(SocialChannel, channel_id, with_for_update=True)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def renew(staff: Staff, site_id: int, channel_id: int, secret: str) -> Shown:
    """Give a channel another secret: what is signed with the old one is refused from now on."""
    staff.require("social.channels", site_id)
    with write():
        row = _mine(site_id, channel_id)
        kept = _secret(row.provider, secret)
        row.secret = vault.seal(SEALED_FOR, kept)
        append_audit(site_id, staff.actor, "social.channel_renewed", f"social_channel:{row.id}")
    return _with(shown(row), kept if row.provider == SIGNED else "")


def keep_token(staff: Staff, site_id: int, channel_id: int, token: str) -> None:
    """Keep the token by which attachments are fetched from Meta; an empty one leaves them at the network."""
    staff.require("social.channels", site_id)
    token = token.strip()
    if token and not (20 <= len(token) <= 500 and token.isascii() and token.isprintable() and " " not in token):
        raise Invalid(fields={f"token-{channel_id}": ["social.hooks.bad_token"]})
    sealed = vault.seal(SEALED_FOR, token) if token else ""
    with write():
        row = _mine(site_id, channel_id)
        if row.provider != META:
            raise Invalid(fields={f"token-{channel_id}": ["errors.choice"]})
        row.access_token = sealed
        append_audit(site_id, staff.actor, "social.channel_token", f"social_channel:{row.id}", kept=bool(token))


def turn(staff: Staff, site_id: int, channel_id: int, active: bool) -> None:
    """Stop a channel, or let it go on; what it has told stays in the register."""
    staff.require("social.channels", site_id)
    with write():
        row = _mine(site_id, channel_id)
        row.active = active
        append_audit(site_id, staff.actor, "social.channel_turned", f"social_channel:{row.id}", active=active)


def note_refusal(channel_id: int) -> None:
    """Remember that somebody called with a bad signature: the first thing to look at when nothing arrives."""
    row = db.session.get(SocialChannel, channel_id)
    if row is None or (row.refused_at is not None and row.refused_at > now() - NOTED):
        return
    db.session.rollback()
    with write():
        found = db.session.get(SocialChannel, channel_id, with_for_update=True)
        if found is not None:
            found.refused_at = now()
