"""The two addresses from which a browser gets code: `/loader.js`, and `/assets/<digest>/…` for all else."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.embed.assets import Assets, Served


def assets_blueprint(assets: Assets) -> Blueprint:
    """Return the blueprint that serves these assets; to be registered without a prefix."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/loader.js")
    def loader() -> Response:
        return _wrap(assets.loader(request.headers.get("Accept-Encoding", "")))

    @blueprint.get("/assets/<digest>/<path:path>")
    def asset(digest: str, path: str) -> Response:
        return _wrap(assets.respond(digest, path, request.headers.get("Accept-Encoding", "")))

    return blueprint


def _wrap(served: Served) -> Response:
    response = Response(served.body, served.status, content_type=served.mimetype)
    response.headers.update(dict(served.headers))
    return response
