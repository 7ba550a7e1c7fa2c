"""The counter in the console: a petition said aloud or brought on paper, by the same form as everywhere."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases.console.parts import take_uploads
from app.cases.terms import terms_of
from app.cases.workflow import PRIORITIES
from app.clock import now
from app.console.auth import staff_only, the_site
from app.documents import available
from app.embed.gate import Submission
from app.errors import DomainError
from app.files import waiting
from app.schemas import load, say
from app.uploads import content_disposition
from app.words import t
from widgets.pqr import counter, service
from widgets.pqr.forms import OF_THE_PETITION, CounterForm
from widgets.pqr.schemas import CHANNELS, IDENTITIES, CaseSchema

bp = Blueprint("pqr", __name__, template_folder="templates")


def _form() -> CounterForm:
    form, given = CounterForm(), service.form(the_site(), g.lang)
    form.kind.choices = _pairs(given["kinds"])
    form.channel.choices = {name: t(f"pqr.counter.ways.{name}", g.lang) for name in counter.SPOKEN + counter.PAPER}
    form.identity.choices = {name: t(f"pqr.page.identities.{name}", g.lang) for name in IDENTITIES}
    form.answer_channel.choices = {name: t(f"pqr.page.channels.{name}", g.lang) for name in CHANNELS}
    form.priority.choices = {"": t("pqr.counter.no_priority", g.lang)} | {
        name: t(f"workflow.cause.{name}", g.lang) for name in PRIORITIES
    }
    form.copy.choices = {name: t(f"pqr.counter.copies.{name or 'none'}", g.lang) for name in counter.COPIES}
    form.person_type.choices = _pairs(given["person_types"])
    form.document_type.choices = {"": ""} | _pairs(given["document_types"])
    form.user_class.choices = {"": ""} | _pairs(given["user_classes"])
    form.municipality.choices = {"": ""} | {code: f"{name}, {where}" for code, name, where in service.municipalities()}
    form.office.choices = {"": ""} | {one["code"]: one["name"] for one in given["offices"]}
    return form


def _pairs(given: list[dict[str, str]]) -> dict[str, str]:
    return {one["key"]: one["title"] for one in given}


def _draw(form: CounterForm, *, can_file_anyway: bool = False) -> str:
    kept = waiting(the_site().id, (form.receipts.data or "").split())
    return render_template(
        "pqr/counter.html", site=the_site(), form=form, kept=kept, can_file_anyway=can_file_anyway,
        privacy=the_site().privacy_url,
    )  # fmt: skip


@bp.get("/counter")
@staff_only("cases.file")
def take_down() -> ResponseReturnValue:
    form = _form()
    form.received_at.data = now().astimezone(terms_of(the_site().id).zone).replace(tzinfo=None, second=0, microsecond=0)
    form.key.data = secrets.token_hex(16)
    return _draw(form)


@bp.post("/counter")
@staff_only("cases.file")
def file_at_counter() -> ResponseReturnValue:
    """File what was taken down; a mistake draws the form again with everything in it, files kept."""
    form = _form()
    take_uploads(form)
    if not form.validate_on_submit():
        return _draw(form), 422
    sent = _submission(form)
    try:
        data = load(CaseSchema(), sent.body)
        answer = counter.file(g.staff, sent, data, _taken(form))
    except DomainError as error:
        if error.status >= 500:
            raise
        _blame(form, error)
        return _draw(form, can_file_anyway=isinstance(error, service.MissingParts)), 422
    return render_template(
        "pqr/counter_filed.html", site=the_site(), answer=answer, code=service.code_for(sent), key=sent.key,
        printable=available(),
    )  # fmt: skip


def _submission(form: CounterForm) -> Submission:
    body: dict[str, Any] = {name: form[name].data or "" for name in OF_THE_PETITION}
    body |= {
        "electronic_consent": bool(form.electronic_consent.data), "files": (form.receipts.data or "").split(),
        "despite_missing": request.form.get("act") == "anyway", "notice_version": service.NOTICE_VERSION,
    }  # fmt: skip
    key = form.key.data or ""
    if not 16 <= len(key) <= 80 or not key.isascii():
        key = secrets.token_hex(16)
    return Submission(the_site(), the_site().lang, key, body, without_script=True)


def _taken(form: CounterForm) -> counter.Taken:
    moment = form.received_at.data
    assert isinstance(moment, datetime)  # validated
    channel = form.channel.data if form.channel.data in counter.SPOKEN + counter.PAPER else counter.SPOKEN[0]
    copy = form.copy.data if form.copy.data in counter.COPIES else ""
    priority = form.priority.data if form.priority.data in PRIORITIES else ""
    spoken = channel in counter.SPOKEN
    return counter.Taken(
        channel, moment, form.language.data or "" if spoken else "", 0 if spoken else form.sheets.data or 0,
        copy if spoken else "", (form.answered.data or "").strip() if spoken else "", priority,
    )  # fmt: skip


def _blame(form: CounterForm, error: DomainError) -> None:
    """Put each message at its field; what belongs to none stands above the form."""
    fields = {"scan": "files"}
    for name, texts in error.fields.items():
        name = fields.get(name.split(".")[0], name.split(".")[0])
        if name in form._fields:
            form[name].errors = [*form[name].errors, *(say(text, g.lang) for text in texts)]
    if not error.fields:
        form.answered.errors = [say(error.message_key, g.lang)]


@bp.post("/counter/slip")
@staff_only("cases.file")
def slip() -> ResponseReturnValue:
    """The paper with number and code, made from the key of the page that has just filed; the code is stored nowhere."""
    sent = Submission(the_site(), the_site().lang, request.form.get("key", ""), {})
    response = Response(
        counter.slip(the_site(), sent, request.form.get("radicado", "")), mimetype="application/pdf"
    )
    response.headers["Content-Disposition"] = content_disposition(f"{t('pqr.documents.slip', g.lang)}.pdf")
    response.headers["Cache-Control"] = "no-store"
    return response
