"""The document of the public API, and a page to try it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.words import ROOT

bp = Blueprint("api_docs", __name__)


@bp.get("/openapi.json")
def document() -> ResponseReturnValue:
    """The OpenAPI document of this release; made by `ventanilla openapi`, kept true by a test."""
    response = Response((ROOT / "static" / "openapi.json").read_bytes(), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/docs/api")
def page() -> ResponseReturnValue:
    """A page that reads the document aloud and lets one call it."""
    response = Response(render_template("embed/api.html"))
    # Its icons are data addresses; nothing else is looser than elsewhere.
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
