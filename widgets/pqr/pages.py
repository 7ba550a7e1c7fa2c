"""The same form without script."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller
from app.embed.pages import Typed, form_submission, hidden_fields, page, said, typed_form, with_body
from app.errors import DomainError
from app.schemas import load
from app.words import t
from widgets.pqr import service
from widgets.pqr.schemas import ABOUT, CHANNELS, IDENTITIES, CaseSchema

bp = Blueprint("pqr_pages", __name__, template_folder="templates")

SWITCHES = ("electronic_consent", "despite_missing", "characterisation_consent")


def _draw(typed: Typed, errors: dict[str, list[str]], can_file_anyway: bool = False) -> str:
    caller: Caller = g.caller
    form = service.form(caller.site, caller.lang)
    pairs = {
        name: [(one["key"], one["title"]) for one in form[name]]
        for name in ("kinds", "document_types", "person_types", "user_classes")
    }
    pairs["offices"] = [(one["code"], one["name"]) for one in form["offices"]]
    pairs["identities"] = [(key, t(f"pqr.page.identities.{key}", g.lang)) for key in IDENTITIES]
    pairs["channels"] = [(key, t(f"pqr.page.channels.{key}", g.lang)) for key in CHANNELS]
    pairs["municipalities"] = [(code, f"{name} ({department})") for code, name, department in service.municipalities()]
    labels = {name: t(f"pqr.page.label.{name}", g.lang) for name in [*CaseSchema().fields, "files"]}
    about = [
        (
            f"about_{name}",
            t(f"pqr.element.about.fields.about_{name}.label", g.lang),
            [(key, t(f"pqr.element.about.choices.{name}.{key}", g.lang)) for key in keys],
        )
        for name, keys in ABOUT.items()
    ]
    told = any(typed.fields.get(name) for name, _, _ in about)
    return page(
        "pqr/form.html", about=about, about_open=told, values=typed.fields, errors=said(errors), labels=labels,
        form=form, pairs=pairs,
        hidden=hidden_fields(typed), kept=len(typed.receipts), failed=typed.failed_files,
        can_file_anyway=can_file_anyway,
    )  # fmt: skip


@bp.get("/pqr")
def form() -> ResponseReturnValue:
    return _draw(Typed({"kind": request.args.get("kind", ""), "electronic_consent": ""}), {})


@bp.post("/pqr")
def send() -> ResponseReturnValue:
    """File what was typed; a mistake draws the form again with everything in it, files kept."""
    typed = typed_form()
    try:
        sent = form_submission(typed)
        switches: dict[str, Any] = {name: bool(typed.fields.get(name)) for name in SWITCHES}
        told = {name: sent.body.pop(f"about_{name}", "") for name in ABOUT}
        characterisation = {name: answer for name, answer in told.items() if answer}
        sent = with_body(sent, **switches, characterisation=characterisation, failed_files=typed.failed_files)
        data = load(CaseSchema(), sent.body)
        answer = service.file(sent, data)
    except DomainError as error:
        if error.status >= 500:
            raise
        errors = error.fields or {"body": [error.message_key]}
        return _draw(typed, errors, bool(error.params.get("can_file_anyway"))), 422
    return page("pqr/filed.html", answer=answer, subject=data["subject"], code=service.code_for(sent))
