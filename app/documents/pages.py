"""Anybody verifies a document by its code or its file, without signing in and without learning about whom it is."""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.dates import datetime_words
from app.documents.issuing import verify
from app.embed.gate import Caller
from app.embed.pages import page

bp = Blueprint("documents", __name__)


@bp.get("/verify")
def ask() -> ResponseReturnValue:
    if request.args.get("code"):
        return redirect(url_for("pages.documents.shown", site_key=g.caller.site.key, code=request.args["code"][:40]))
    return page("documents/verify.html", code="", found=None, same=None)


@bp.get("/verify/<code>")
def shown(code: str) -> ResponseReturnValue:
    return _draw(code, None)


@bp.post("/verify/<code>")
def compare(code: str) -> ResponseReturnValue:
    """Say whether a file is, byte for byte, the one that was issued; it is hashed and not kept."""
    upload = request.files.get("file")
    digest = ""
    if upload is not None and upload.filename:
        hashed = sha256()
        while chunk := upload.stream.read(1 << 16):
            hashed.update(chunk)
        digest = hashed.hexdigest()
    return _draw(code, digest)


def _draw(code: str, digest: str | None) -> ResponseReturnValue:
    caller: Caller = g.caller
    found = verify(caller.site.id, code)
    when = found and datetime_words(found.issued_at, g.lang)
    fallen = found.fallen if found else None
    since = datetime_words(fallen.since, g.lang) if fallen and fallen.since else ""
    same = None if not digest or found is None or not found.file_hash else digest == found.file_hash
    drawn = page("documents/verify.html", code=code, found=found, when=when, same=same, digest=digest, since=since)
    return drawn, 200 if found else 404
