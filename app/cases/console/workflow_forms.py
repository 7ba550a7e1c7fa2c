"""The forms of the workflow's acts, and the verb that each one calls; the service judges what is in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.cases import competence, decrees, delivery, drafts, joining, recourse, referring, silence, workflow
from app.cases.forms import CaseForm
from app.cases.service import Seen
from app.console.roles import Staff

REQUIRED = "errors.required"


def line(length: int = 200, *, required: bool = True) -> StringField:
    return StringField(validators=[DataRequired(REQUIRED) if required else Optional(), Length(max=length)])


def area(length: int = 20_000, *, required: bool = True) -> TextAreaField:
    return TextAreaField(validators=[DataRequired(REQUIRED) if required else Optional(), Length(max=length)])


@dataclass(frozen=True)
class Doing:
    """Who does an act to which case, as they saw it, with the files that came with the form."""

    staff: Staff
    site_id: int
    case_id: int
    seen: Seen | None
    receipts: tuple[str, ...]


class RequireForm(CaseForm):
    items = area(4_000)
    reason = area()


class WhyForm(CaseForm):
    reason = area()


class PlainForm(CaseForm):
    """An act that asks for nothing but its confirmation."""


class ExtendForm(CaseForm):
    more = IntegerField(validators=[InputRequired(REQUIRED), NumberRange(min=1, max=90, message="errors.invalid")])
    reason = area()


class TransferForm(CaseForm):
    entity = line()
    address = line(required=False)
    letter = line(40)
    reason = area()
    questions = area(4_000, required=False)
    files = MultipleFileField()
    # Of a letter already kept, so that a mistake in another field doesn't lose it.
    receipts = HiddenField()


class ReclassifyForm(CaseForm):
    kind = SelectField(choices=[], validate_choice=False)
    reason = area()


class PrioritiseForm(CaseForm):
    cause = SelectField(choices=[], validate_choice=False)


class ReopenForm(CaseForm):
    reason = area()
    restart = BooleanField()


class NamedForm(CaseForm):
    """An act with its number and its text."""

    act = line(80)
    text = area(50_000)


class DisputeForm(CaseForm):
    entity = line()
    reason = area()


class MergeForm(CaseForm):
    radicado = line(40)
    reason = area()


class GatherForm(CaseForm):
    radicados = area(20_000)
    newspaper = line()


class DecideForm(CaseForm):
    decision = SelectField(choices=[], validate_choice=False)
    text = area(50_000)


class DeliverForm(CaseForm):
    way = SelectField(choices=[], validate_choice=False)
    proof = line(500)


class ComplyForm(CaseForm):
    which = SelectField(choices=[], validate_choice=False)
    text = area()


class RemitForm(CaseForm):
    to = line()
    letter = line(40)
    text = area()
    files = MultipleFileField()
    receipts = HiddenField()


class QuestionsForm(CaseForm):
    questions = area(20_000, required=False)


@dataclass(frozen=True)
class Act:
    """One act of the workflow: the permission and the form it takes, and what it does."""

    name: str
    permission: str
    icon: str
    form: type[CaseForm]
    run: Callable[[Doing, Any], object]


def _at(by: Doing) -> tuple[Staff, int, int]:
    return by.staff, by.site_id, by.case_id


def _transfer(by: Doing, form: TransferForm) -> None:
    to = workflow.Transfer(
        form.entity.data or "", form.address.data or "", form.letter.data or "", form.reason.data or "",
        by.receipts, form.questions.data or "",
    )  # fmt: skip
    workflow.transfer(*_at(by), to, seen=by.seen)


ACTS = {
    act.name: act
    for act in (
        Act("require", "cases.answer", "list-check", RequireForm,
            lambda by, form: workflow.require(
                *_at(by), (form.items.data or "").splitlines(), form.reason.data or "", seen=by.seen)),
        Act("send_back", "cases.answer", "arrow-back-up", WhyForm,
            lambda by, form: workflow.send_back(*_at(by), form.reason.data or "", seen=by.seen)),
        Act("take", "cases.answer", "circle-check", PlainForm,
            lambda by, form: workflow.take_late(*_at(by), seen=by.seen)),
        Act("extend", "cases.supervise", "hourglass", ExtendForm,
            lambda by, form: workflow.extend(*_at(by), form.more.data or 0, form.reason.data or "", seen=by.seen)),
        Act("transfer", "cases.answer", "share", TransferForm, _transfer),
        Act("reclassify", "cases.classify", "tag", ReclassifyForm,
            lambda by, form: workflow.reclassify(*_at(by), form.kind.data or "", form.reason.data or "", seen=by.seen)),
        Act("prioritise", "cases.answer", "flag", PrioritiseForm,
            lambda by, form: workflow.prioritise(*_at(by), form.cause.data or "", seen=by.seen)),
        Act("lapse", "cases.supervise", "archive", NamedForm,
            lambda by, form: decrees.decree_withdrawal(
                *_at(by), form.act.data or "", form.text.data or "", seen=by.seen)),
        Act("reopen", "cases.supervise", "refresh", ReopenForm,
            lambda by, form: workflow.reopen(
                *_at(by), form.reason.data or "", restart=bool(form.restart.data), seen=by.seen)),
        Act("questions", "cases.answer", "list-check", QuestionsForm,
            lambda by, form: drafts.set_questions(*_at(by), (form.questions.data or "").splitlines(), seen=by.seen)),
        Act("merge", "cases.answer", "messages", MergeForm,
            lambda by, form: joining.merge(
                *_at(by), form.radicado.data or "", form.reason.data or "", seen=by.seen)),
        Act("refer", "cases.answer", "message", MergeForm,
            lambda by, form: referring.refer(
                *_at(by), form.radicado.data or "", form.reason.data or "", seen=by.seen)),
        Act("gather", "cases.supervise", "users", GatherForm,
            lambda by, form: joining.gather(
                *_at(by), (form.radicados.data or "").split(), form.newspaper.data or "", seen=by.seen)),
        Act("no_competent", "cases.answer", "circle-x", WhyForm,
            lambda by, form: competence.no_competent(*_at(by), form.reason.data or "", seen=by.seen)),
        Act("dispute", "cases.supervise", "alert-triangle", DisputeForm,
            lambda by, form: competence.dispute(
                *_at(by), form.entity.data or "", form.reason.data or "", seen=by.seen)),
        Act("decide_dispute", "cases.supervise", "circle-check", NamedForm,
            lambda by, form: competence.decide_dispute(
                *_at(by), form.act.data or "", form.text.data or "", seen=by.seen)),
        Act("continue", "cases.supervise", "arrow-right", NamedForm,
            lambda by, form: competence.continue_anyway(
                *_at(by), form.act.data or "", form.text.data or "", seen=by.seen)),
        Act("propose_rejection", "cases.answer", "ban", WhyForm,
            lambda by, form: competence.propose_rejection(*_at(by), form.reason.data or "", seen=by.seen)),
        Act("decide_rejection", "cases.approve", "shield-check", DecideForm,
            lambda by, form: competence.decide_rejection(
                *_at(by), form.text.data or "", confirm=form.decision.data == "confirm", seen=by.seen)),
        Act("deliver", "cases.answer", "mail", DeliverForm,
            lambda by, form: delivery.deliver(*_at(by), form.way.data or "", form.proof.data or "", seen=by.seen)),
        Act("comply", "cases.answer", "circle-check", ComplyForm,
            lambda by, form: silence.comply(*_at(by), form.which.data or "", form.text.data or "", seen=by.seen)),
        Act("remit", "cases.supervise", "share", RemitForm,
            lambda by, form: recourse.remit(
                *_at(by), recourse.Remission(
                    form.to.data or "", form.letter.data or "", form.text.data or "", by.receipts), seen=by.seen)),
        Act("put_on_board", "cases.answer", "world", PlainForm,
            lambda by, form: delivery.put_on_board(*_at(by), seen=by.seen)),
    )
}  # fmt: skip
