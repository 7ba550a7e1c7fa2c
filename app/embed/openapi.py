"""The public API as an OpenAPI 3.1 document, made from the schemas and routes that serve it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from marshmallow import Schema, fields

from app.schemas import Strict


@dataclass(frozen=True)
class Described:
    """What the document says of one route beyond its address and docstring."""

    body: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    # A submission carries a form token and an idempotency key.
    submission: bool = False
    media_type: str = "application/json"
    # Opened by the key of another system, in place of a page's origin and token.
    with_key: bool = False


def describe(
    body: type[Schema] | None = None, answer: type[Schema] | None = None, status: int = 200, **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say what a route takes and gives; the view itself is returned as it is."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.described = Described(body, answer, status, **more)  # type: ignore[attr-defined]
        return view

    return mark


class ErrorBody(Strict):
    code = fields.String(required=True, metadata={"description": "For programs: validation, token-expired, …"})
    message = fields.String(required=True, metadata={"description": "For people, in the language that was asked for"})
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), data_key="fields",
        metadata={"description": "Messages by name of field"},
    )  # fmt: skip


class Error(Strict):
    error = fields.Nested(ErrorBody, required=True)


HEADERS = {
    "token": ("X-Ventanilla-Token", "Form token of POST /token; bound to site and origin, good for one submission"),
    "system": ("Authorization", "Bearer and the key that an administrator made for this system"),
    "key": ("Idempotency-Key", "16 to 80 characters of your own; the same key gives the same answer, once"),
}


def document(app: Flask, version: str) -> dict[str, Any]:
    """Return the whole document. Needs apispec, which is no part of the core: it is made at release."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    spec = APISpec(
        title="Ventanilla", version=version, openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))],
        info={
            "description": "What the widgets call, open to other clients of a site's own pages. Requests other than "
            "GET need the `Origin` of one of the site's pages; below /systems a key stands for it. "
            "Every error has the form of `Error`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
    )  # fmt: skip
    spec.components.schema("Error", schema=Error)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: str(rule.rule)):
        if not rule.rule.startswith("/api/<site_key>"):
            continue
        view = app.view_functions[rule.endpoint]
        described: Described | None = getattr(view, "described", None)
        if described is None:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        spec.path(path, operations={method.lower(): _operation(rule, view, described) for method in methods})
    return spec.to_dict()


def _name(schema: Any) -> str:
    made = schema if isinstance(schema, type) else type(schema)
    leaf = made.__module__.split(".")[1].title() if made.__module__.startswith("widgets.") else ""
    return leaf + made.__name__.removesuffix("Schema")


def _headers(described: Described) -> list[str]:
    """Return which headers a route asks for."""
    wanted = ["system"] if described.with_key else []
    if not described.with_key and (described.submission or described.media_type != "application/json"):
        wanted.append("token")
    return [*wanted, *(["key"] if described.submission else [])]


def _operation(rule: Any, view: Callable[..., Any], described: Described) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in sorted(rule.arguments)
    ]
    for name in _headers(described):
        header, text = HEADERS[name]
        parameters.append(
            {"in": "header", "name": header, "required": True, "description": text, "schema": {"type": "string"}}
        )
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api.").replace(".", "_"),
        "summary": (view.__doc__ or "").strip().splitlines()[0] if view.__doc__ else rule.endpoint,
        "tags": [rule.rule.split("/")[3] if rule.rule.count("/") > 3 else "site"],
        "parameters": parameters,
        "responses": {
            str(described.status): {
                "description": "Done",
                "content": {"application/json": {"schema": described.answer or {"type": "object"}}},
            },
            "default": {"description": "Refused", "content": {"application/json": {"schema": Error}}},
        },
    }
    if described.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": described.body}}}
    elif described.media_type != "application/json":
        operation["requestBody"] = {"required": True, "content": {described.media_type: {"schema": {}}}}
    return operation
