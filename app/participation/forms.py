"""The forms in which staff plan exercises, document them, and write the closing record with which one ends."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_wtf import FlaskForm
from wtforms import DateField, DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.numbers import whole
from app.participation import closing
from app.participation.closing import Decision, Exercise
from app.sites.service import offices
from app.words import t


class ThemeForm(FlaskForm):
    title = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    said = TextAreaField(validators=[Length(max=10_000)])
    state = SelectField(choices=[], validate_choice=False)
    answer = TextAreaField(validators=[Length(max=10_000)])
    reason = TextAreaField(validators=[Length(max=10_000)])
    office_id = SelectField(choices=[], validate_choice=False)
    done = TextAreaField(validators=[Length(max=10_000)])
    done_url = StringField(validators=[Length(max=500)])
    done_on = DateField(validators=[Optional()])

    def decision(self) -> Decision:
        """Return what was typed, as the closing record takes it."""
        office = self.office_id.data or ""
        return Decision(
            title=(self.title.data or "").strip(), said=self.said.data or "", state=self.state.data or "",
            answer=self.answer.data or "", reason=self.reason.data or "",
            office_id=whole(office), done=self.done.data or "",
            done_url=(self.done_url.data or "").strip(), done_on=self.done_on.data,
        )  # fmt: skip


class RecordForm(FlaskForm):
    summary = TextAreaField(validators=[Length(max=10_000)])


def theme_form(exercise: Exercise, theme_id: int | None) -> ThemeForm:
    """Return the form of a theme as it stands, or an empty one; NotFound for another exercise's theme."""
    known: dict[str, Any] = {}
    if theme_id is not None:
        row = closing.theme_of(exercise, theme_id)
        known = {name: getattr(row, name) for name in Decision.__dataclass_fields__}
        known["office_id"] = str(row.office_id or "")
    form = ThemeForm(**known)
    form.state.choices = {state: t(f"participation.states.{state}", g.lang) for state in closing.STATES}
    known = {str(office.id): office.name for office in offices(exercise.site_id)}
    form.office_id.choices = {"": t("page.choose", g.lang)} | known
    return form


class UseForm(FlaskForm):
    title = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    tool = SelectField(choices=[], validate_choice=False)
    # "forum:7": which of the tool's; empty for the tool as a whole.
    source = SelectField(choices=[], validate_choice=False)
    moment = SelectField(choices=[], validate_choice=False)
    office = SelectField(choices=[], validate_choice=False)
    starts_at = DateTimeLocalField(validators=[InputRequired("errors.required")])
    ends_at = DateTimeLocalField(validators=[InputRequired("errors.required")])
    purpose = TextAreaField(validators=[Length(max=5_000)])
    audience = StringField(validators=[Length(max=300)])
    banner = StringField(validators=[Length(max=300)])
    banner_en = StringField(validators=[Length(max=300)])
    indicators = TextAreaField(validators=[Length(max=3_000)])


class OutcomeForm(FlaskForm):
    done = TextAreaField(validators=[InputRequired("errors.required"), Length(max=10_000)])
    people = IntegerField(
        validators=[InputRequired("errors.required"), NumberRange(0, 10_000_000, "participation.errors.people")]
    )
    results = TextAreaField(validators=[InputRequired("errors.required"), Length(max=10_000)])
    lessons = TextAreaField(validators=[InputRequired("errors.required"), Length(max=10_000)])
