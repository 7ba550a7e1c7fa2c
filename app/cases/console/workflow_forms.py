"""The forms of the workflow's acts, and the verb that each one calls; the service judges what is in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.cases import workflow
from app.cases.forms import CaseForm
from app.cases.service import Seen
from app.console.roles import Staff

REQUIRED = "errors.required"


def line(length: int = 200, *, required: bool = True) -> StringField:
    return StringField(validators=[InputRequired(REQUIRED) if required else Optional(), Length(max=length)])


def area(length: int = 20_000, *, required: bool = True) -> TextAreaField:
    return TextAreaField(validators=[InputRequired(REQUIRED) if required else Optional(), Length(max=length)])


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


class LapseForm(CaseForm):
    act = line(80)
    text = area(50_000)


class ReopenForm(CaseForm):
    reason = area()
    restart = BooleanField()


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
        Act("lapse", "cases.supervise", "archive", LapseForm,
            lambda by, form: workflow.decree_withdrawal(
                *_at(by), form.act.data or "", form.text.data or "", seen=by.seen)),
        Act("reopen", "cases.supervise", "refresh", ReopenForm,
            lambda by, form: workflow.reopen(
                *_at(by), form.reason.data or "", restart=bool(form.restart.data), seen=by.seen)),
    )
}  # fmt: skip
