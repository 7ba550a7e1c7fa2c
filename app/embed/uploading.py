"""One file as raw bytes, whoever brings it: the doors differ, what is done with it does not."""

from __future__ import annotations

from urllib.parse import unquote

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app import files
from app.uploads import LIMIT_BYTES, FileTooLarge


def take_upload(site_id: int) -> ResponseReturnValue:
    """Take the file of this request, and return the receipt by which a submission claims it."""
    if (request.content_length or 0) > LIMIT_BYTES:
        # Said before the body is read; a stream without a length is counted while it is read.
        raise FileTooLarge(limit_mib=LIMIT_BYTES // 1024**2)
    name = unquote(request.headers.get("X-File-Name", ""), errors="replace")
    receipt, stored = files.take(site_id, request.stream, name)
    return jsonify(
        receipt=receipt, name=stored.name, size_bytes=stored.received_bytes, sha256=stored.received_sha256
    ), 201
