"""The door of other systems, /api/<site>/systems: a key in the header instead of a page's origin and token."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from app.console.auth import View
from app.embed import answers
from app.embed.gate import (
    CALLS_PER_MINUTE,
    MAX_JSON_BYTES,
    BadJson,
    KeyReused,
    NoKey,
    Submission,
    TooLarge,
    WrongType,
    json_body,
    the_gate,
)
from app.embed.limits import network_of
from app.embed.openapi import describe
from app.embed.uploading import take_upload
from app.errors import DomainError, Forbidden, NotFound, RateLimited
from app.sites.service import SiteInfo, find_site
from app.systems import keys
from app.systems.keys import System
from app.words import pick_language

WRONG_KEYS = 20
# Refusals whose common words speak to a person before a page, told here to whoever writes a program.
_FOR_PROGRAMS: tuple[type[DomainError], ...] = (BadJson, KeyReused, NoKey)


class KeyRefused(DomainError):
    """No key, or one that opens nothing here: unknown, revoked, or another site's."""

    status = 401
    code = "key-refused"
    family = "systems.errors"


def _enter() -> None:
    site = find_site(g.get("site_key", ""))
    if site is None:
        raise NotFound("errors.unknown-site")
    g.lang = pick_language(request.headers.get("Accept-Language"), site.lang)
    network = network_of(request.remote_addr or "")
    if the_gate().failures.count(f"system key {network}", 600) >= WRONG_KEYS:
        raise RateLimited(retry_after_s=60)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    system = keys.known(site.id, key.strip()) if scheme.lower() == "bearer" and key.strip() else None
    if system is None:
        the_gate().failures.hit(f"system key {network}", 600)
        raise KeyRefused
    the_gate().let_in(f"system {system.id}", 60, CALLS_PER_MINUTE)
    g.site_called, g.system = site, system
    if request.method == "POST" and not request.path.endswith("/uploads"):
        if request.mimetype != "application/json":
            raise WrongType
        if (request.content_length or 0) > MAX_JSON_BYTES:
            raise TooLarge
        request.max_content_length = MAX_JSON_BYTES + 1


def with_key(scope: str) -> Any:
    """Guard a route of this door: the key must have this scope."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if scope not in the_system().scopes:
                raise Forbidden("systems.errors.scope", scope=scope)
            try:
                return view(*args, **kwargs)
            except _FOR_PROGRAMS as error:
                raise type(error)(f"systems.errors.{error.code}") from error

        return guarded

    return decorate


def the_system() -> System:
    system: System = g.system
    return system


def submission() -> Submission:
    """Return what a system sends, to be done once for its Idempotency-Key; two systems may choose the same one."""
    site: SiteInfo = g.site_called
    key = request.headers.get("Idempotency-Key", "")
    if not 16 <= len(key) <= 80 or not key.isascii():
        raise NoKey
    return Submission(site, g.lang, f"system/{the_system().id}/{key}", json_body())


def make_door() -> Blueprint:
    """Return the parent blueprint of what systems may call; made anew for each app."""
    door = Blueprint("systems_api", __name__, url_prefix="/api/<site_key>/systems")
    door.before_request(_enter)

    @door.url_value_preprocessor
    def _take_site(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.site_key = values.pop("site_key", "") if values else ""

    @door.after_request
    def _private(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @door.post("/uploads")
    @describe(answer=answers.UploadAnswer, status=201, media_type="application/octet-stream", with_key=True)
    @with_key("cases.file")
    def uploads() -> ResponseReturnValue:
        """Take one file of another system as raw bytes, and return the receipt by which a filing claims it."""
        return take_upload(g.site_called.id)

    return door
