"""Following a case without script."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.cases import notices, reading, service, workflow
from app.cases.effect import note_access, waits_for_notice, withdraw_consent
from app.cases.public import (
    RECOURSES,
    CodeSchema,
    MessageSchema,
    RatingSchema,
    WithdrawSchema,
    brought,
    open_case,
    send_file_of,
)  # fmt: skip
from app.dates import date_words, datetime_words
from app.embed.gate import Caller, once
from app.embed.pages import Typed, form_submission, hidden_fields, page, said, typed_form
from app.errors import DomainError
from app.numbers import whole
from app.schemas import load
from app.words import t

bp = Blueprint("case_pages", __name__)


def _labels() -> dict[str, str]:
    return {name: t(f"cases.page.{name}_label", g.lang) for name in ("radicado", "code", "body")}


def _draw(
    typed: Typed, errors: dict[str, list[str]], case: dict[str, Any] | None = None, done: str = "", acting: str = ""
) -> str:
    due = date.fromisoformat(case["due_on"]) if case and case["due_on"] else None
    stands_still = bool(case and case["can"]["withdraw"])
    received = case and datetime_words(datetime.fromisoformat(case["received_at"]), g.lang)
    return page(
        "cases/track.html", values=typed.fields, errors=said(errors), labels=_labels(), case=case, done=done,
        hidden=hidden_fields(typed if errors else None), acting=acting if errors else "", kept=len(typed.receipts),
        failed=typed.failed_files, received_text=received,
        due_text=date_words(due, g.lang) if due else t("cases.page.no_due", g.lang) if stands_still else "",
    )  # fmt: skip


@bp.get("/track")
def track() -> ResponseReturnValue:
    return _draw(Typed({}), {})


@bp.post("/track")
def act() -> ResponseReturnValue:
    """Open a case with its code, and do there what the button says."""
    caller: Caller = g.caller
    typed = typed_form()
    what = str(typed.fields.pop("act", "track"))
    code = {name: typed.fields.get(name, "") for name in ("radicado", "code")}
    try:
        load(CodeSchema(), code)
        case = open_case(code["radicado"], code["code"])
    except DomainError as error:
        answer = _draw(typed, error.fields or {"code": [error.message_key]})
        return answer, error.status
    if what.startswith("file:"):
        return send_file_of(case, what.removeprefix("file:"))
    done, errors = "", {}
    try:
        done = _do(what, typed, caller.site.id, case.id)
    except DomainError as error:
        if error.status >= 500:
            raise
        errors = error.fields or {"body": [error.message_key]}
    if waits_for_notice(case):
        note_access(caller.site.id, case.id)
    shown = reading.for_person(open_case(code["radicado"], code["code"]), g.lang)
    left = typed if errors else Typed(code, failed_files=typed.failed_files)
    return _draw(left, errors, shown, done, what), 422 if errors else 200


def _do(what: str, typed: Typed, site_id: int, case_id: int) -> str:
    """Do one act of the tracking page, and return what to tell the person."""
    if what == "add":
        data = load(MessageSchema(), {**typed.fields, "files": typed.receipts})
        words = service.Words(data["body"], tuple(data["files"]))
        once(
            form_submission(typed),
            "cases.messages",
            lambda: {"message": workflow.write_from_person(site_id, case_id, words)},
        )
        return t("cases.page.added", g.lang)
    if what == "time":
        until = workflow.ask_for_time(site_id, case_id)
        return t("cases.page.time_given", g.lang, until=date_words(until, g.lang))
    if what in ("appeal", "insist"):
        return _bring(what, typed, site_id, case_id)
    if what == "consent":
        withdraw_consent(site_id, case_id)
        return t("cases.page.consent_withdrawn", g.lang)
    if what == "withdraw":
        reason = load(WithdrawSchema(), typed.fields)["reason"]
        service.withdraw(site_id, case_id, reason)
        return t("cases.page.withdrawn", g.lang)
    if what == "rate":
        score = typed.fields.get("score", "")
        data = load(RatingSchema(), {**typed.fields, "score": whole(score) or 0})
        service.rate(site_id, case_id, data["score"], data["comment"])
        return t("cases.page.rated", g.lang)
    return ""


def _bring(what: str, typed: Typed, site_id: int, case_id: int) -> str:
    """File what the person brings against the answer, and tell them its number."""
    data = load(MessageSchema(), {**typed.fields, "files": typed.receipts})
    sent, words = form_submission(typed), service.Words(data["body"], tuple(data["files"]))
    which = RECOURSES[what]
    filed = once(sent, f"cases.{what}", lambda: brought(site_id, case_id, which, words, sent))
    return t("cases.page.brought", g.lang, radicado=filed["radicado"])


@bp.get("/notices")
def notice_board() -> ResponseReturnValue:
    """The board of notices: answers to whom no address reaches (art. 69)."""
    caller: Caller = g.caller
    return page("cases/workflow/notices.html", notices=notices.on_board(caller.site.id, g.lang))
