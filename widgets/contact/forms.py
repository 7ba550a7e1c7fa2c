"""The forms of the console's contact pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length


class AnswerForm(FlaskForm):
    body = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])


class RadicateForm(FlaskForm):
    kind = SelectField(choices=[], validate_choice=False)
