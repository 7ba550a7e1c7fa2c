"""What the outside sees of an error, and the headers that every answer carries."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from app.db import db
from app.errors import DomainError, RateLimited, Unavailable, without_message
from app.schemas import say
from app.words import t

log = logging.getLogger("ventanilla.errors")

# What every answer says unless it says something else itself.
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
CONTENT_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)


def wants_json() -> bool:
    return request.path.startswith(("/api/", "/hooks/")) or request.is_json


def _lang() -> str:
    return str(g.get("lang", "es"))


def _form_page() -> str:
    """Return the page of the console from which a form was sent that could not be served; "" for any other."""
    if request.method != "POST" or not request.path.startswith("/console/"):
        return ""
    from app.console.auth import page_of_form

    return page_of_form()


def _answer(error: DomainError) -> ResponseReturnValue:
    lang = _lang()
    message = t(error.message_key, lang, **error.params)
    status, headers = error.status, {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "30"
    if not wants_json():
        page = render_template("error.html", message=message, status=status, lang=lang, back=_form_page())
        return page, status, headers
    body: dict[str, Any] = {"code": error.code, "message": message}
    if error.fields:
        body["fields"] = {name: [say(text, lang) for text in texts] for name, texts in error.fields.items()}
    if "challenge" in error.params:
        body["challenge"] = error.params["challenge"]
    body |= {
        name: value for name, value in error.params.items() if name in {"can_file_anyway", "missing", "retry_after_s"}
    }
    return jsonify(error=body), status, headers


def init_handlers(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> ResponseReturnValue:
        db.session.rollback()
        return _answer(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        known = {404: "not-found", 405: "not-allowed", 413: "too-large", 403: "forbidden"}
        made = DomainError(f"errors.{known.get(error.code, 'error')}")
        made.status, made.code = error.code, known.get(error.code, "error")
        return _answer(made)

    @app.errorhandler(OperationalError)
    def _store(error: OperationalError) -> ResponseReturnValue:
        # A full disk, a lost server: nothing was acknowledged and nothing half-written stays.
        db.session.rollback()
        log.error("the store failed: %s", type(error.orig).__name__)
        return _answer(Unavailable())

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def _does_not_fit(error: Exception) -> ResponseReturnValue:
        # A number that no column holds, in an address or a form of the console: who sends one is trying something.
        db.session.rollback()
        log.warning("%s in %s", type(error).__name__, request.endpoint)
        made = DomainError("errors.invalid")
        made.status, made.code = 422, "invalid"
        return _answer(made)

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        log.error("unexpected %s in %s", type(error).__name__, request.endpoint, exc_info=without_message(error))
        if app.testing and app.config.get("RAISE_BUGS", True):
            raise error
        made = DomainError("errors.system")
        made.status, made.code = 500, "system"
        return _answer(made)

    @app.after_request
    def _headers(response: Response) -> Response:
        policy = CONTENT_POLICY.format(ancestors=g.get("frame_ancestors", "'none'"))
        wanted = [*ALWAYS, ("Content-Security-Policy", policy)]
        if request.is_secure:
            wanted.append(("Strict-Transport-Security", "max-age=31536000"))
        # Looked through once: `setdefault` would do it twice for each of them.
        said = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - without it come pairs
        for name, value in wanted:
            if name.lower() not in said:
                response.headers.add(name, value)
        return response
