"""The forms of the console's content pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

LANGS = {"es": "Español", "en": "English"}


class FaqForm(FlaskForm):
    question = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    answer = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])
    office = SelectField(choices=[], validate_choice=False)
    lang = SelectField(choices=[], validate_choice=False)
    position = IntegerField(validators=[Optional()], default=0)
    published = BooleanField(default=True)
    review_on = DateField(validators=[Optional()])


class PublicationForm(FlaskForm):
    kind = SelectField(choices=[], validate_choice=False)
    topic_id = SelectField(choices=[], coerce=int, validate_choice=False)
    title = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    summary = TextAreaField(validators=[Length(max=500)])
    body = TextAreaField(validators=[InputRequired("errors.required"), Length(max=100_000)])
    lang = SelectField(choices=[], validate_choice=False)
    # Local time of the site, as the person reads their own clock.
    publish_at = DateTimeLocalField(validators=[Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    expires_at = DateTimeLocalField(validators=[Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    review_on = DateField(validators=[Optional()])
    audio_url = StringField(validators=[Length(max=1000)])


class SourceForm(FlaskForm):
    url = StringField(validators=[InputRequired("errors.required"), Length(max=900)])
    section = StringField(validators=[Length(max=200)])
    source_topic = SelectField(choices=[], coerce=int, validate_choice=False)


class StateForm(FlaskForm):
    state = StringField(validators=[InputRequired("errors.required")])


class ImageForm(FlaskForm):
    image = FileField(validators=[FileRequired("errors.required")])
    alt = StringField(validators=[InputRequired("content.console.alt_missing"), Length(max=300)])


class TopicForm(FlaskForm):
    title = StringField(validators=[InputRequired("errors.required"), Length(max=80)])
    title_en = StringField(validators=[Length(max=80)])
