"""The forms of the console's forum pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional


class SetupForm(FlaskForm):
    title = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    purpose = TextAreaField(validators=[Length(max=5_000)])
    office = SelectField(choices=[], validate_choice=False)
    moderation = SelectField(choices=[], validate_choice=False)
    identity = SelectField(choices=[], validate_choice=False)
    threads_by_people = BooleanField(default=True)
    opens_at = DateTimeLocalField(validators=[Optional()])
    closes_at = DateTimeLocalField(validators=[Optional()])


class OfficialForm(FlaskForm):
    title = StringField(validators=[Length(max=150)])
    body = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])


class WordsForm(FlaskForm):
    flagged = TextAreaField(validators=[Length(max=10_000)])
    asking = TextAreaField(validators=[Length(max=10_000)])
