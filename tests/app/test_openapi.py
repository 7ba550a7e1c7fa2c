"""The document for integrators says what the routes do, and stays true."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from app.embed.openapi import document
from app.words import ROOT
from tests.conftest import Cast, HostPage, filing

pytest.importorskip("apispec")


def test_the_served_document_is_the_one_that_the_schemas_make(app: Flask) -> None:
    served = app.test_client().get("/openapi.json").json

    assert served == json.loads(json.dumps(document(app, "1"))), "run: ventanilla openapi > static/openapi.json"


def test_every_public_route_is_described(app: Flask) -> None:
    undescribed = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/<site_key>") and not hasattr(app.view_functions[rule.endpoint], "described")
    ]

    assert undescribed == []


def test_an_answer_has_the_fields_that_are_promised(host: HostPage, cast: Cast) -> None:
    schema = json.loads((ROOT / "static" / "openapi.json").read_text())["components"]["schemas"]["FiledAnswer"]

    answer = host.send("/pqr/cases", filing()).json

    assert answer is not None
    assert set(answer) == set(schema["properties"])


def test_the_page_to_try_it_loads_nothing_from_elsewhere(app: Flask) -> None:
    answer = app.test_client().get("/docs/api")

    assert answer.status_code == 200
    assert "http" not in answer.text
