"""Files that people sent, handed to staff: always to be saved, never to be shown by the browser on our own origin."""

from __future__ import annotations

from flask import Response, current_app

from app.files import FileInfo
from app.uploads import content_disposition


def send_file(found: FileInfo) -> Response:
    """Return the bytes of a file; who asks for it has been looked at before."""
    storage = current_app.extensions["ventanilla"].storage
    response = Response(storage.open(found.key), mimetype=found.media_type, direct_passthrough=True)
    response.headers["Content-Disposition"] = content_disposition(found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
