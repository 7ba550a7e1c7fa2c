"""What the host's own website may call: "this page was published", signed with its key."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.embed.gate import the_gate
from app.errors import RateLimited
from app.search.crawl import hosts

bp = Blueprint("search", __name__)
PINGS_A_MINUTE = 60
MOST_BYTES = 4_000


@bp.post("/published/<int:host_id>")
def published(host_id: int) -> ResponseReturnValue:
    """Read a page at once: the body is its address, signed with the host's key as Standard Webhooks says."""
    if the_gate().calls.hit(f"ping {host_id}", 60) > PINGS_A_MINUTE:
        raise RateLimited(retry_after_s=60)
    request.max_content_length = MOST_BYTES
    taken = hosts.ping(host_id, request.get_data(), dict(request.headers.items(lower=True)))
    return jsonify(taken=taken), 202 if taken else 422
