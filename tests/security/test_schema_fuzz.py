"""Whatever the API's own document allows, and what it forbids, is answered: no request brings the system down (R18)."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.db import db
from app.embed.gate import Gate
from app.embed.openapi import document
from tests.conftest import ORIGIN, Cast

schemathesis = pytest.importorskip("schemathesis", reason="no schemathesis: pip install .[dev]")

# What no client chooses: the gate's own headers are made good, so that what lies behind it is reached.
OWN = {"idempotency-key", "x-ventanilla-token", "x-ventanilla-proof", "origin", "content-length", "host"}


def at_tenjo(described: dict[str, Any]) -> dict[str, Any]:
    """Return the document as that of one site, so that the requests get past its key."""
    paths = {}
    for path, operations in described["paths"].items():
        for operation in operations.values():
            operation["parameters"] = [one for one in operation.get("parameters", []) if one["name"] != "site_key"]
        paths[path.replace("{site_key}", "tenjo")] = operations
    return {**described, "paths": paths}


def test_no_request_that_the_document_describes_brings_the_system_down(
    app: Flask, cast: Cast, request: pytest.FixtureRequest
) -> None:
    app.config["RAISE_BUGS"] = False
    full = request.config.getoption("--full")
    client, answered = app.test_client(), {}
    schema = schemathesis.openapi.from_dict(at_tenjo(document(app, "0")))
    gate = app.extensions["ventanilla"]

    def send(case: Any, wild: Any) -> None:
        gate.gate = Gate(gate.settings)
        token = client.post("/api/tenjo/token", json={}, headers={"Origin": ORIGIN}).json["token"]  # type: ignore[index]
        given_by_case = {name: str(value) for name, value in (case.headers or {}).items() if name.lower() not in OWN}
        headers = {**given_by_case, "Origin": ORIGIN, "X-Ventanilla-Token": token}
        headers["Idempotency-Key"] = secrets.token_hex(16)
        body = {**case.body, min(case.body): wild} if isinstance(case.body, dict) and case.body and wild else case.body
        sent = body if isinstance(body, bytes) else json.dumps(body if isinstance(body, dict | list) else {})
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        query = {name: str(value) for name, value in (case.query or {}).items()}
        answer = client.open(
            case.formatted_path, method=case.method, data=None if case.method == "GET" else sent, headers=headers,
            query_string=query, content_type=kind,
        )  # fmt: skip
        assert answer.status_code < 500, (case.method, case.formatted_path, body, answer.text)
        answered.setdefault(case.operation.label, set()).add(answer.status_code)
        db.session.rollback()

    for found in schema.get_all_operations():
        operation = found.ok()
        run = given(
            case=operation.as_strategy(), wild=st.sampled_from([None, None, "\x00", "²", 10**30, [], {}, "\ud800"])
        )
        kept = settings(
            max_examples=250 if full else 4, deadline=None, database=None, derandomize=not full,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        kept(run(send))()

    assert len(answered) > 30
