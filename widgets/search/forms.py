"""The forms of the console's search pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class ChoiceForm(FlaskForm):
    text = StringField(validators=[InputRequired("errors.required"), Length(max=60)])
    document = StringField(validators=[InputRequired("errors.required"), Length(max=80)])
    place = StringField(default="first")


class HostForm(FlaskForm):
    origin = StringField(validators=[InputRequired("errors.required"), Length(max=300)])


class SynonymForm(FlaskForm):
    word = StringField(validators=[InputRequired("errors.required"), Length(max=60)])
    other = StringField(validators=[InputRequired("errors.required"), Length(max=60)])


class RemoveForm(FlaskForm):
    """A button that takes a decision back: only its CSRF token counts."""
