"""Files that people sent, handed out: always to be saved, never to be shown by the browser on our own origin."""

from __future__ import annotations

from flask import Response, current_app

from app.errors import DomainError
from app.files import FileInfo
from app.uploads import Infected
from app.uploads.names import download_headers


class InQuarantine(DomainError):
    """The virus scanner could not be asked yet; the file is safe and is handed out once it has been."""

    status = 409
    code = "in-quarantine"


def attachment(found: FileInfo) -> Response:
    """Return the bytes of a file; who asks for it has been looked at before. Source: RFC 6266, ASVS 5.4."""
    if found.scan == "pending":
        raise InQuarantine
    if found.scan == "infected":
        raise Infected
    storage = current_app.extensions["ventanilla"].storage
    response = Response(storage.open(found.key), mimetype=found.media_type, direct_passthrough=True)
    response.headers.update(download_headers(found.name, found.media_type))
    return response
