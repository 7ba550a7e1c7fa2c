"""The forms of the console's contact pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional


class AnswerForm(FlaskForm):
    body = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])
    files = MultipleFileField()
    # Receipts of files already kept, so that a mistake loses none.
    receipts = HiddenField()
    # Of those who got the person's mail too, who needs the answer (S4-11).
    copies = SelectMultipleField(choices=[], validate_choice=False)
    # The last message on the page when it was read.
    seen = IntegerField(validators=[Optional()])


class RevealForm(FlaskForm):
    reason = StringField(validators=[InputRequired("errors.required"), Length(max=200)])


class ForwardForm(FlaskForm):
    entity = StringField(validators=[InputRequired("errors.required"), Length(max=120)])
    address = StringField(validators=[InputRequired("errors.required"), Length(max=254)])
    reason = TextAreaField(validators=[InputRequired("errors.required"), Length(max=2_000)])
    seen = IntegerField(validators=[Optional()])


class RadicateForm(FlaskForm):
    kind = SelectField(choices=[], validate_choice=False)
