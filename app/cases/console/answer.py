"""Answer a case: write with what is at hand, read the whole once, send."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import answering, desk, sending, texts
from app.cases.acts import acts_for
from app.cases.console.parts import back_to, bp, seen_by, take_uploads, the_case
from app.cases.forms import AnswerForm
from app.cases.service import StaleCase
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import DomainError, Forbidden, Invalid, NotFound
from app.files import waiting
from app.words import t


@bp.get("/cases/<int:case_id>/answer")
@staff_only("cases.answer")
def answer(case_id: int) -> ResponseReturnValue:
    case = the_case(case_id, "cases.answer")
    act = acts_for(case, g.staff, terms_of(case.site_id).today())["answer"]
    if not act.allowed:
        # Who comes by an old address is told why there is nothing to write.
        flash(t(act.why, g.lang, **act.params), "error")
        return back_to(case_id)
    if sending.asks_review(case.office_id):
        flash(t("cases.law.review_required", g.lang))
        return redirect(url_for(".draft", site_key=the_site().key, case_id=case_id))
    draft = texts.opening(case, g.staff)
    form = AnswerForm(subject=draft.subject, body=draft.body, next_step=draft.next_step)
    return _draw(case_id, form, fresh=True)


def _draw(case_id: int, form: AnswerForm, *, fresh: bool = False, template: str = "answer", **more: Any) -> str:
    site, case = the_site(), the_case(case_id, "cases.answer")
    sheet = desk.sheet_of(case, g.staff, g.lang)
    if fresh:
        form.version.data, form.seen.data = sheet.case.version, sheet.seen
    form.text_id.choices = {0: t("console.answer.no_text", g.lang)} | dict(texts.saved_for(site.id, case.kind))
    kept = waiting(site.id, (form.receipts.data or "").split())
    return render_template(
        f"cases/console/{template}.html", site=site, sheet=sheet, form=form, kept=kept,
        signature=texts.signature(g.staff, site.id, case.lang),
        remarks=texts.advice_on(case, g.staff, form.body.data or "", (form.receipts.data or "").split()), **more,
    )  # fmt: skip


@bp.post("/cases/<int:case_id>/answer")
@staff_only("cases.answer")
def answer_act(case_id: int) -> ResponseReturnValue:
    """Put in a saved text, preview, go back to the text, or send: what the button says."""
    case, form, act = the_case(case_id, "cases.answer"), AnswerForm(), request.form.get("act", "preview")
    refused = take_uploads(form)
    if act == "use":
        form.body.data = texts.from_saved(case, g.staff, form.text_id.data or 0) or form.body.data
        return _draw(case_id, form)
    if not form.validate_on_submit():
        return _draw(case_id, form), 422
    if act == "edit" or refused:
        return _draw(case_id, form)
    try:
        copies = sending.addresses((form.copies.data or "").split())
        if copies and act == "send" and not form.copies_reviewed.data:
            raise Invalid(fields={"copies_reviewed": ["workflow.errors.copies"]})
    except Invalid as error:
        blame(form, error)
        return _draw(case_id, form, template="preview" if "copies_reviewed" in error.fields else "answer"), 422
    if act != "send":
        return _draw(case_id, form, template="preview")
    return _send(case_id, form, copies)


@bp.post("/cases/<int:case_id>/coach")
@staff_only("cases.answer")
def coach(case_id: int) -> ResponseReturnValue:
    """The protocol's advice on a draft, as a fragment of the page; it forbids nothing."""
    case, form = the_case(case_id, "cases.answer"), AnswerForm()
    remarks = texts.advice_on(case, g.staff, form.body.data or "", (form.receipts.data or "").split())
    return render_template("cases/console/coach.html", remarks=remarks)


def _send(case_id: int, form: AnswerForm, copies: tuple[str, ...]) -> ResponseReturnValue:
    site, case = the_site(), the_case(case_id, "cases.answer")
    body = f"{(form.body.data or '').strip()}\n\n{texts.signature(g.staff, site.id, case.lang)}"
    given = answering.Answer(
        (form.subject.data or "").strip(), body, (form.next_step.data or "").strip(),
        tuple((form.receipts.data or "").split()), copies=copies,
    )  # fmt: skip
    try:
        answering.answer(g.staff, site.id, case_id, given, seen=seen_by(form))
    except StaleCase:
        # What was typed stays; the form carries the new state, so that sending again is a decision.
        changes = desk.changes_since(the_case(case_id), form.seen.data or 0)
        return _draw(case_id, form, fresh=True, changes=changes), 409
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        # Answered or withdrawn meanwhile, or a rule of the law: said above the text, which stays.
        blame(form, error)
        flash(t(error.message_key, g.lang, **error.params), "error")
        return _draw(case_id, form, fresh=True), error.status
    flash(t("console.case.answered", g.lang))
    return back_to(case_id)
