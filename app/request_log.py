"""One line a request, made here because a server's access log would keep who filed: no address, no query, no agent."""

from __future__ import annotations

import logging
from time import perf_counter

from flask import Flask, Response, g, request

log = logging.getLogger("ventanilla.requests")

QUIET = ("/health", "/ready", "/assets/", "/loader.js")


def init_request_log(app: Flask) -> None:
    """Log method, address pattern, status and milliseconds; the staff's console also where a request came from.

    The pattern (`/api/<site_key>/pqr/cases`) instead of the path: a path may hold an id. An anonymous petition is
    anonymous here too. Source: Ley 1437 de 2011, art. 16, par.; Ley 1581 de 2012, art. 4 g.
    """

    @app.before_request
    def _start() -> None:
        g.started = perf_counter()

    @app.after_request
    def _line(response: Response) -> Response:
        if log.isEnabledFor(logging.INFO) and not request.path.startswith(QUIET):
            rule = request.url_rule.rule if request.url_rule else "(no such address)"
            spent_ms = 1000 * (perf_counter() - g.get("started", perf_counter()))
            where = f" from {request.remote_addr}" if rule.startswith("/console") else ""
            log.info("%s %s %d %.0f ms%s", request.method, rule, response.status_code, spent_ms, where)
        return response
