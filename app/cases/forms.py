"""The forms of the case page; the service judges what is in them, these only draw and carry."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.console.forms import CleanForm


class CaseForm(CleanForm):
    """What every act on a case carries: the state in which the officer saw it."""

    version = IntegerField(validators=[Optional()])
    seen = IntegerField(validators=[Optional()])


class AssignForm(CaseForm):
    office_id = SelectField(coerce=int, choices=[], validate_choice=False)
    assignee_id = SelectField(coerce=int, choices=[], validate_choice=False)


class NoteForm(CleanForm):
    body = TextAreaField(validators=[DataRequired("errors.required"), Length(max=20_000)])


class MessageForm(CaseForm):
    body = TextAreaField(validators=[DataRequired("errors.required"), Length(max=20_000)])
    files = MultipleFileField()


class TagsForm(CaseForm):
    tags = StringField(validators=[Length(max=400)])


class ReasonForm(CleanForm):
    reason = StringField(validators=[DataRequired("errors.required"), Length(max=200)])


class ReserveForm(CleanForm):
    what = SelectField(choices=[], validate_choice=False)
    cause = SelectField(choices=[], validate_choice=False)
    reason = StringField(validators=[DataRequired("errors.required"), Length(max=200)])


class AnswerForm(CaseForm):
    text_id = SelectField(coerce=int, choices=[], validate_choice=False, default=0)
    # The protocol's limit (S4-8).
    subject = StringField(validators=[DataRequired("errors.required"), Length(max=120)])
    body = TextAreaField(validators=[DataRequired("errors.required"), Length(max=50_000)])
    next_step = TextAreaField(validators=[DataRequired("errors.required"), Length(max=2_000)])
    # Who else gets the letter, one address a line, and that each of them was thought about (S4-10, S4-11).
    copies = TextAreaField(validators=[Optional(), Length(max=2_000)])
    copies_reviewed = BooleanField()
    files = MultipleFileField()
    # Receipts of files already kept, so that a mistake or the preview loses none.
    receipts = HiddenField()


class TextForm(CleanForm):
    title = StringField(validators=[DataRequired("errors.required"), Length(max=120)])
    kind = SelectField(choices=[])
    body = TextAreaField(validators=[DataRequired("errors.required"), Length(max=20_000)])
