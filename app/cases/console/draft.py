"""The page on which an answer is prepared: text, questions ticked, review by somebody else, sending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from app.cases import desk, drafts, texts
from app.cases.console.parts import back_to, bp, seen_by, take_uploads, the_case
from app.cases.forms import CaseForm
from app.cases.sending import RECOURSES, recourse_of, recourse_text
from app.cases.service import StaleCase
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import DomainError, Forbidden, Invalid, NotFound
from app.files import waiting
from app.words import t


class DraftForm(CaseForm):
    # The protocol's limit (S4-8).
    subject = StringField(validators=[Optional(), Length(max=120)])
    body = TextAreaField(validators=[Optional(), Length(max=50_000)])
    next_step = TextAreaField(validators=[Optional(), Length(max=2_000)])
    recourse = SelectField(choices=[], validate_choice=False)
    copies = TextAreaField(validators=[Optional(), Length(max=2_000)])
    copies_reviewed = BooleanField()
    answered = SelectMultipleField(coerce=int, choices=[], validate_choice=False)
    remarks = TextAreaField(validators=[Optional(), Length(max=4_000)])
    files = MultipleFileField()
    # Receipts of files already kept, so that a mistake loses none.
    receipts = HiddenField()
    text_id = SelectField(coerce=int, choices=[], validate_choice=False, default=0)


@bp.get("/cases/<int:case_id>/draft")
@staff_only("cases.answer")
def draft(case_id: int) -> ResponseReturnValue:
    case, kept = the_case(case_id, "cases.answer"), drafts.draft_of(case_id)
    start: Any = kept or texts.opening(case, g.staff)
    form = DraftForm(formdata=None, obj=start)
    form.remarks.data = ""  # those of the review before are read above, and not said again
    form.answered.data = [one.id for one in drafts.questions_of(case_id) if one.answered]
    return _draw(case_id, form, fresh=True)


def _draw(case_id: int, form: DraftForm, *, fresh: bool = False, **more: Any) -> str:
    site, case = the_site(), the_case(case_id, "cases.answer")
    sheet, kept = desk.sheet_of(case, g.staff, g.lang), drafts.draft_of(case_id)
    if fresh:
        form.version.data, form.seen.data = sheet.case.version, sheet.seen
    form.text_id.choices = {0: t("console.answer.no_text", g.lang)} | dict(texts.saved_for(site.id, case.kind))
    form.recourse.choices = {key: t(f"workflow.recourse.{key or 'none'}", g.lang) for key in RECOURSES}
    return render_template(
        "cases/workflow/draft.html", site=site, sheet=sheet, form=form, draft=kept,
        questions=drafts.questions_of(case_id), files=waiting(site.id, (form.receipts.data or "").split()),
        is_author=kept is not None and kept.author_id == g.staff.id,
        may_approve=g.staff.can("cases.approve", site.id, case.office_id),
        recourse=recourse_text(case, recourse_of(case, form.recourse.data or "")), **more,
    )  # fmt: skip


@bp.post("/cases/<int:case_id>/draft")
@staff_only("cases.answer")
def draft_act(case_id: int) -> ResponseReturnValue:
    """Put in a saved text, save, submit, approve, return or send: what the button says."""
    case = the_case(case_id, "cases.answer")
    form, what = DraftForm(), request.form.get("act", "save")
    refused = take_uploads(form)
    if what == "use":
        form.body.data = texts.from_saved(case, g.staff, form.text_id.data or 0) or form.body.data
        return _draw(case_id, form)
    if what not in ACTS:
        raise NotFound
    if not form.validate_on_submit() or refused:
        return _draw(case_id, form), 422
    try:
        ACTS[what](case_id, form)
    except StaleCase:
        changes = desk.changes_since(the_case(case_id), form.seen.data or 0)
        return _draw(case_id, form, fresh=True, changes=changes), 409
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        blame(form, error)
        if not error.fields:
            flash(t(error.message_key, g.lang, **error.params), "error")
        return _draw(case_id, form, fresh=True), error.status
    flash(t(f"workflow.draft.done.{what}", g.lang))
    return back_to(case_id)


def _text(form: DraftForm) -> drafts.Text:
    return drafts.Text(
        form.subject.data or "", form.body.data or "", form.next_step.data or "", form.recourse.data or "",
        tuple((form.copies.data or "").split()),
    )  # fmt: skip


def _save(case_id: int, form: DraftForm) -> None:
    site_id = the_site().id
    drafts.save(g.staff, site_id, case_id, _text(form), seen_by(form))
    drafts.tick(g.staff, site_id, case_id, set(form.answered.data or []))


def _submit(case_id: int, form: DraftForm) -> None:
    _save(case_id, form)
    drafts.submit(g.staff, the_site().id, case_id)


def _review(approve: bool) -> Callable[[int, DraftForm], None]:
    def act(case_id: int, form: DraftForm) -> None:
        drafts.review(g.staff, the_site().id, case_id, form.remarks.data or "", approve=approve, seen=seen_by(form))

    return act


def _send(case_id: int, form: DraftForm) -> None:
    kept = drafts.draft_of(case_id)
    if kept is not None and kept.copies and not form.copies_reviewed.data:
        raise Invalid(fields={"copies_reviewed": ["workflow.errors.copies"]})
    drafts.send(
        g.staff, the_site().id, case_id, tuple((form.receipts.data or "").split()), seen_by(form), shown=_text(form),
        answered=set(form.answered.data or []),
    )  # fmt: skip


ACTS: dict[str, Callable[[int, DraftForm], None]] = {
    "save": _save, "submit": _submit, "approve": _review(True), "return": _review(False), "send": _send,
}  # fmt: skip
