"""What networks and programs call: signed with the secret of a site's channel, outside the gate."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.clock import now
from app.db import db
from app.errors import DomainError, Forbidden, Invalid, NotFound
from app.systems import signing
from widgets.social.hearing import channels, heard, meta, signed
from widgets.social.models import SocialChannel

bp = Blueprint("social_hooks", __name__)
# Meta gathers up to a thousand changes in one delivery, and gives one up that is refused for a day and a half.
MAX_BYTES = 4 * 1024 * 1024


class BadSignature(Forbidden):
    code = "bad-signature"
    message_key = "social.hooks.bad_signature"


class HeaderMissing(DomainError):
    """A delivery of a program without what its signature is checked by."""

    code = "header-missing"
    message_key = "social.hooks.header_missing"


class TooOld(DomainError):
    """Signed too long ago, or by a clock that is wrong: ours is told, so that theirs can be set."""

    status = 409
    code = "too-old"
    message_key = "social.hooks.too_old"


def _channel(key: str) -> SocialChannel:
    row = channels.find(key)
    if row is None:
        raise NotFound
    return row


@bp.get("/<key>")
def shake_hands(key: str) -> ResponseReturnValue:
    """Give Meta its challenge back, where it knows the token that was copied to it."""
    row = _channel(key)
    given, challenge = request.args.get("hub.verify_token", ""), request.args.get("hub.challenge", "")
    token = channels.shown(row).verify_token
    known = bool(token) and hmac.compare_digest(token.encode(), given.encode("utf-8", "replace"))
    if request.args.get("hub.mode") != "subscribe" or not known:
        raise BadSignature
    return Response(challenge[:200], mimetype="text/plain")


@bp.post("/<key>")
def hear(key: str) -> ResponseReturnValue:
    """Take in a delivery: refused whole where its signature is bad, and answered alike however often it comes."""
    row = _channel(key)
    request.max_content_length = MAX_BYTES
    body = request.get_data()
    channel_id, provider, secret = row.id, row.provider, channels.secret_of(row)
    if not secret:
        return _refuse(channel_id)
    if provider == channels.META:
        return _meta(channel_id, secret, body)
    return _signed(channel_id, secret, body)


def _meta(channel_id: int, secret: str, body: bytes) -> ResponseReturnValue:
    if not meta.is_signed(secret, body, request.headers.get("X-Hub-Signature-256", "")):
        return _refuse(channel_id)
    found = list(meta.events(_read(body)))
    db.session.rollback()
    return {"taken": heard.take(channel_id, found)}


def _signed(channel_id: int, secret: str, body: bytes) -> ResponseReturnValue:
    headers = {name: request.headers.get(name, "").strip() for name in signing.HEADERS}
    for name, given in headers.items():
        if not given or (name == signing.MOMENT and not given.isdecimal()):
            _note(channel_id)
            raise HeaderMissing(name=name)
    if not signing.is_signed(secret, headers, body):
        return _refuse(channel_id)
    if not signing.is_fresh(headers):
        raise TooOld(now=int(now().timestamp()))
    number, at = headers["webhook-id"], headers["webhook-timestamp"]
    nonce = sha256(f"social {channel_id} {number} {at}".encode()).hexdigest()
    found = list(signed.events(_read(body)))
    db.session.rollback()
    return {"taken": heard.take(channel_id, found, nonce, 2 * signing.TOLERANCE)}


def _refuse(channel_id: int) -> ResponseReturnValue:
    _note(channel_id)
    raise BadSignature


def _note(channel_id: int) -> None:
    db.session.rollback()
    channels.note_refusal(channel_id)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid(fields={"body": ["social.hooks.no_json"]}) from None
