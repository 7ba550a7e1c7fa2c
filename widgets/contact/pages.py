"""The same without script: write a message, follow its thread."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.cases.radicado import format_code
from app.embed.gate import Caller, once
from app.embed.pages import Typed, form_submission, hidden_fields, page, said, typed_form
from app.errors import DomainError
from app.schemas import load
from app.words import t
from widgets.contact import service
from widgets.contact.public import new_message, open_thread, send_file_of
from widgets.contact.schemas import MessageSchema, ReplySchema, ThreadSchema

bp = Blueprint("contact_pages", __name__, template_folder="templates")

FIELDS = ("office", "name", "email", "phone", "subject", "body", "files", "reference", "code")


def _labels() -> dict[str, str]:
    return {name: t(f"contact.page.{name}_label", g.lang) for name in FIELDS}


def _draw(template: str, typed: Typed, errors: dict[str, list[str]], **more: Any) -> str:
    caller: Caller = g.caller
    options = service.boot(caller.site, caller.lang)
    return page(
        template, values=typed.fields, errors=said(errors), labels=_labels(), hidden=hidden_fields(typed),
        kept=len(typed.receipts), failed=typed.failed_files, options=options,
        office_options=[(office["code"], office["name"]) for office in options["offices"]], **more,
    )  # fmt: skip


@bp.get("/contact")
def form() -> ResponseReturnValue:
    return _draw("contact/form.html", Typed({}), {})


@bp.post("/contact")
def send() -> ResponseReturnValue:
    """Send what was typed; a mistake draws the form again with everything in it."""
    typed = typed_form()
    try:
        sent = form_submission(typed)
        new = new_message(load(MessageSchema(), sent.body), sent)
        answer = once(sent, "contact.messages", lambda: service.send(sent.site.id, new))
    except DomainError as error:
        if error.status >= 500:
            raise
        return _draw("contact/form.html", typed, error.fields or {"body": [error.message_key]}), 422
    code = format_code(service.code_of(new.material))
    return page("contact/sent.html", answer=answer, code=code, failed=typed.failed_files)


@bp.get("/contact/thread")
def thread() -> ResponseReturnValue:
    return _draw("contact/thread.html", Typed({}), {}, thread=None)


@bp.post("/contact/thread")
def reply() -> ResponseReturnValue:
    """Open a thread with its code, and write in it when there is text."""
    caller: Caller = g.caller
    typed = typed_form()
    what = str(typed.fields.pop("act", ""))
    code = {name: typed.fields.get(name, "") for name in ("reference", "code")}
    try:
        load(ThreadSchema(), code)
        found = open_thread(code["reference"], code["code"])
        thread_id = found.id
        if what.startswith("file:"):
            return send_file_of(found, what.removeprefix("file:"))
        if typed.fields.get("body") or typed.receipts:
            data = load(ReplySchema(), {**typed.fields, "files": typed.receipts})
            once(
                form_submission(typed),
                "contact.replies",
                lambda: service.reply(caller.site.id, thread_id, data["body"], tuple(data["files"])),
            )
            typed = Typed(code, failed_files=typed.failed_files)
    except DomainError as error:
        if error.status >= 500:
            raise
        answer = _draw("contact/thread.html", typed, error.fields or {"code": [error.message_key]}, thread=None)
        return answer, error.status
    shown = service.for_person(open_thread(code["reference"], code["code"]), g.lang)
    return _draw("contact/thread.html", typed, {}, thread=shown)
