"""A kept file as an answer that no browser runs, for either side."""

from __future__ import annotations

from flask import Response, current_app

from app.files import FileInfo
from app.uploads import content_disposition


def attachment(found: FileInfo) -> Response:
    storage = current_app.extensions["ventanilla"].storage
    response = Response(storage.open(found.key), mimetype=found.media_type, direct_passthrough=True)
    response.headers["Content-Disposition"] = content_disposition(found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
