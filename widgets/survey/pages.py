"""The same without script: read the surveys, answer one, see its results."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller
from app.embed.pages import Typed, form_submission, hidden_fields, page, said, typed_form
from app.errors import DomainError, Invalid
from app.numbers import whole
from app.participation.follow_pages import add_pages, followed
from app.schemas import load
from app.words import t
from widgets.survey import answering, results, service, showing
from widgets.survey.branching import shown
from widgets.survey.definition import for_person, questions_of, text_of
from widgets.survey.following import FOLLOWING
from widgets.survey.models import Survey
from widgets.survey.public import follow as public_follow
from widgets.survey.public import public_results, take
from widgets.survey.schemas import FollowSchema
from widgets.survey.typed import answers_from, asked

bp = Blueprint("survey_pages", __name__, template_folder="templates")


def asked_in() -> str:
    """Return the further language in which the person reads the questions; the form is sent to the same address."""
    return request.args.get("in", "")[:3]


def drawn_sections(survey: Survey, answers: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the sections with the questions that these answers bring into view."""
    definition = service.definition_of(survey)
    visible = {question["key"] for question in shown(definition, answers)}
    words = showing.public_view(survey, lang, asked_in())["lang"]
    sections = for_person(definition, words, lang)
    for section in sections:
        section["questions"] = [question for question in section["questions"] if question["key"] in visible]
        for question in section["questions"]:
            question["names"] = results.option_texts(_in(definition, question["key"]), words)
    return [section for section in sections if section["questions"]]


def _in(definition: dict[str, Any], key: str) -> dict[str, Any]:
    return next(q for section in definition["sections"] for q in section["questions"] if q["key"] == key)


def _draw(survey: Survey, typed: Typed, answers: dict[str, Any], errors: dict[str, list[str]], more: bool) -> str:
    caller: Caller = g.caller
    sections = drawn_sections(survey, answers, caller.lang)
    drawn = [question["key"] for section in sections for question in section["questions"]]
    labels = {q["key"]: q["text"] for section in sections for q in section["questions"]}
    labels |= {name: t(f"survey.page.{name}", caller.lang) for name in ("code", "document")}
    labels["survey"] = text_of(survey.title, caller.lang)
    return page(
        "survey/form.html", survey=showing.public_view(survey, caller.lang, asked_in()), sections=sections,
        values=typed.fields, errors=said(errors), labels=labels, hidden=hidden_fields(typed), drawn=" ".join(drawn),
        more=more, takes_files=True, files_kept=len(typed.receipts), files_failed=typed.failed_files,
        address=_address(survey.key), query=urlencode({"code": code}) if (code := typed.fields.get("code")) else "",
    )  # fmt: skip


@bp.get("/survey")
def surveys() -> ResponseReturnValue:
    caller: Caller = g.caller
    return page("survey/list.html", surveys=showing.listed(caller.site, caller.lang))


@bp.get("/survey/<key>")
def form(key: str) -> ResponseReturnValue:
    survey = service.by_key(g.caller.site.id, key)
    # The square of a slip and the link of a mail lead here with their code: nobody should have to copy it.
    code = request.args.get("code", "")[:20] if survey.level == "codes" and service.is_open(survey) else ""
    return _draw(survey, Typed({"code": code} if code else {}), {}, {}, more=False)


@bp.post("/survey/<key>")
def send(key: str) -> ResponseReturnValue:
    """Take the answers; questions that they bring into view and the page had not drawn are asked first."""
    caller: Caller = g.caller
    typed = typed_form()
    survey = service.by_key(caller.site.id, key)
    definition = service.definition_of(survey)
    answers = answers_from(typed.fields, definition)
    answers |= {question["key"]: typed.receipts for question in questions_of(definition)
                if question["kind"] == "file" and typed.receipts}  # fmt: skip
    visible = {question["key"] for question in shown(definition, answers)}
    if visible - asked(typed.fields):
        return _draw(survey, typed, answers, {}, more=True)
    try:
        sent = form_submission(typed)
        new = answering.NewAnswer(
            survey=key, version=whole(typed.fields.get("version", "")) or 0, values=answers, device=sent.key,
            code=typed.fields.get("code", "")[:64], document=typed.fields.get("document", "")[:40], lang=caller.lang,
            marks=sent.marks, skip_soft=True,
        )  # fmt: skip
        taken = take(sent, new)
    except DomainError as error:
        if error.status >= 500:
            raise
        survey = service.by_key(caller.site.id, key)
        errors = error.fields if isinstance(error, Invalid) else {}
        return _draw(survey, typed, answers, errors or {"survey": [error.message_key]}, more=False), error.status
    return page(
        "survey/sent.html", answer=taken, address=_address(key), values={}, errors={}, hidden=hidden_fields()
    )  # fmt: skip


@bp.get("/survey/<key>/follow")
def follow_form(key: str) -> ResponseReturnValue:
    """A page of its own: asking from within the survey would lose what was answered and not yet sent."""
    return _draw_follow(key, Typed({}), {})


def _draw_follow(key: str, typed: Typed, errors: dict[str, list[str]]) -> str:
    lang = g.caller.lang
    return page(
        "survey/follow.html", survey=showing.public_view(service.by_key(g.caller.site.id, key), lang),
        values=typed.fields, errors=said(errors), labels={"follow_email": t("survey.page.follow_email_label", lang)},
        hidden=hidden_fields(typed), address=_address(key),
    )  # fmt: skip


@bp.post("/survey/<key>/follow")
def follow(key: str) -> ResponseReturnValue:
    """Ask to follow the survey: its opening, its end, its results, what was decided."""
    typed = typed_form()
    data = {"survey": key, "email": typed.fields.get("follow_email", "")}
    try:
        answer = public_follow(form_submission(typed), load(FollowSchema(), data))
    except DomainError as error:
        if error.status >= 500 or error.status == 404:
            raise
        wrong = {"follow_email": error.fields.get("email") or [error.message_key]}
        return _draw_follow(key, typed, wrong), error.status
    return followed("survey", answer["text"], back=_address(key))


add_pages(bp, FOLLOWING)


def _address(key: str) -> str:
    return url_for("pages.survey_pages.form", site_key=g.caller.site.key, key=key)


@bp.get("/survey/<key>/results")
def survey_results(key: str) -> ResponseReturnValue:
    return page("survey/results.html", results=public_results(key))
