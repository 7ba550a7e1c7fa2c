"""The pages without script: the same verbs behind a server-drawn form, for the link in each tag and for an iframe."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from werkzeug.datastructures import FileStorage

from app import files
from app.embed import tokens
from app.embed.gate import (
    Caller,
    OriginRefused,
    Submission,
    filing_counter,
    own_origin,
    the_gate,
)  # fmt: skip
from app.embed.limits import network_of
from app.errors import DomainError, Invalid, NotFound
from app.participation import register
from app.schemas import say
from app.sites.service import find_site
from app.words import pick_language, t

# What a form carries for the gate; leaves never see these.
HIDDEN = ("token", "key", "receipts", "failed", "website", "lang")


@dataclass
class Typed:
    """A form as it was sent: the fields, and the files that were kept or could not be taken."""

    fields: dict[str, Any]
    receipts: list[str] = field(default_factory=list)
    failed_files: list[dict[str, str]] = field(default_factory=list)


def make_pages() -> Blueprint:
    """Return the parent blueprint of the pages of all sites; made anew for each app."""
    pages = Blueprint("pages", __name__, url_prefix="/<site_key>")

    @pages.url_value_preprocessor
    def _take_site(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.site_key = values.pop("site_key", "") if values else ""

    @pages.before_request
    def _admit() -> None:
        site = find_site(g.site_key)
        if site is None:
            raise NotFound("errors.unknown-site")
        if request.method == "POST":
            # Before the form is looked at: reading it would take its files in.
            _same_origin()
        lang = pick_language(request.args.get("lang") or request.form.get("lang"), site.lang)
        g.lang = lang
        g.caller = Caller(site, own_origin(), lang, network_of(request.remote_addr or ""))
        g.frame_ancestors = " ".join(["'self'", *sorted(site.origins)])

    @pages.get("/look.css")
    def look() -> Response:
        caller: Caller = g.caller
        answer = Response(_look(caller.site.accent, caller.site.on_accent), content_type="text/css; charset=utf-8")
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    pages.after_request(_keep_private)
    return pages


def _look(accent: str, on_accent: str) -> str:
    """Return the site's own accent; in the dark it is lightened as inside the widgets, with dark text on it."""
    return (
        f":root {{ --accent: {accent}; --on-accent: {on_accent}; }}\n"
        "@supports (color: light-dark(#fff, #000)) { :root {"
        f" --accent: light-dark({accent}, color-mix(in oklab, {accent} 35%, #fff));"
        f" --on-accent: light-dark({on_accent}, #10151b); }} }}\n"
    )


def _same_origin() -> None:
    """Refuse a form that another site's page sends: no cookie rides on it, but nobody is to file in another's name."""
    origin = request.headers.get("Origin", "")
    fetch_site = request.headers.get("Sec-Fetch-Site", "same-origin")
    # Inside a sandboxed iframe the origin is "null"; the signed token in the form still has to be ours.
    if fetch_site not in {"same-origin", "none"} and origin != "null":
        raise OriginRefused
    if origin not in {"", "null", own_origin()}:
        raise OriginRefused


def hidden_fields(typed: Typed | None = None) -> dict[str, str]:
    """Return the fields that every form carries: token, idempotency key, and the receipts of files already kept."""
    caller: Caller = g.caller
    settings = the_gate().settings
    key = request.form.get("key", "") if typed is not None else ""
    return {
        "token": tokens.issue(settings, caller.site.key, caller.origin),
        "key": key or secrets.token_hex(16),
        "receipts": " ".join(typed.receipts) if typed else "",
        "failed": json.dumps(typed.failed_files) if typed else "",
        "lang": caller.lang,
    }


def _keep_private(response: Response) -> Response:
    """Forms hold a token and a key of their own, answers a person's data: no cache may give either to another.

    A form is not "no-store": browsers would forget what was typed when somebody comes back to it from an error.
    """
    response.headers.setdefault("Cache-Control", "private, no-cache" if request.method == "GET" else "no-store")
    return response


def typed_form(file_field: str = "files") -> Typed:
    """Return what was typed, with each file kept at once, so that a mistake in a field loses no file."""
    fields = {name: value for name, value in request.form.items() if name not in HIDDEN}
    typed = Typed(fields, request.form.get("receipts", "").split(), _failed_before(request.form.get("failed", "")))
    for upload in request.files.getlist(file_field):
        if upload.filename:
            _take(upload, typed)
    return typed


def _failed_before(sent: str) -> list[dict[str, str]]:
    """Return the files that an earlier round of the same form could not take: its filing must still name them."""
    try:
        rows = json.loads(sent or "[]")
        found = [{"name": str(one["name"])[:120], "reason": str(one["reason"])[:200]} for one in rows]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return found[: files.MAX_FILES]


def _take(upload: FileStorage, typed: Typed) -> None:
    caller: Caller = g.caller
    try:
        if len(typed.receipts) >= files.MAX_FILES:
            raise Invalid("errors.too-many-files")
        the_gate().let_upload_in(caller)
        receipt, _ = files.take(caller.site.id, upload.stream, upload.filename or "")
    except DomainError as error:
        if error.status >= 500:
            raise
        # A file that can't be taken never blocks the case: it is named in it (art. 15, par. 2).
        reason = t(error.message_key, caller.lang, **error.params)
        failed = {"name": (upload.filename or "")[:120], "reason": reason[:200]}
        if len(typed.failed_files) < files.MAX_FILES and failed not in typed.failed_files:
            typed.failed_files.append(failed)
        return
    typed.receipts.append(receipt)


def form_submission(typed: Typed) -> Submission:
    """Return the submission of a form; raises TokenExpired when the page was open too long.

    Without script there is no proof of work: what comes of a flood is marked, and staff see the mark.
    """
    caller: Caller = g.caller
    gate = the_gate()
    token = tokens.read(gate.settings, request.form.get("token", ""), caller.site.key, caller.origin)
    marks = ["honeypot"] if request.form.get("website") else []
    if gate.often(caller):
        marks.append("flood")
    key = request.form.get("key", "")
    if not 16 <= len(key) <= 80 or not key.isascii():
        key = secrets.token_hex(16)
    body = {**typed.fields, "files": typed.receipts}
    nonces = ((token.nonce, token.expires_at),)
    counter = filing_counter(caller)
    return Submission(caller.site, caller.lang, key, body, nonces, tuple(marks), counter, without_script=True)


def with_body(sent: Submission, **more: Any) -> Submission:
    return replace(sent, body={**sent.body, **more})


def said(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the messages of each field in the language of the page."""
    return {name: [say(text, g.lang) for text in texts] for name, texts in errors.items()}


def page(template: str, **context: Any) -> str:
    caller: Caller = g.caller
    context.setdefault("banner", register.banner(caller.site.id, caller.lang))
    return render_template(template, site=caller.site, lang=caller.lang, **context)
