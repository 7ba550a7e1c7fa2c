"""The forms of the console's contact pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional


class AnswerForm(FlaskForm):
    body = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])
    files = MultipleFileField()
    # Receipts of files already kept, so that a mistake loses none.
    receipts = HiddenField()
    # The last message on the page when it was read.
    seen = IntegerField(validators=[Optional()])


class RevealForm(FlaskForm):
    reason = StringField(validators=[InputRequired("errors.required"), Length(max=200)])


class RadicateForm(FlaskForm):
    kind = SelectField(choices=[], validate_choice=False)
