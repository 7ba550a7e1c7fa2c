"""The forms of a site's settings; the services decide what is right."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, FileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional


class SiteForm(FlaskForm):
    name = StringField(validators=[InputRequired("errors.required"), Length(max=120)])
    entity = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    official_email = StringField(validators=[InputRequired("errors.required"), Length(max=254)])
    website = StringField(validators=[Length(max=300)])
    phone = StringField(validators=[Length(max=60)])
    address = StringField(validators=[Length(max=200)])
    city = StringField(validators=[Length(max=120)])
    privacy_url = StringField(validators=[Length(max=300)])
    reading = SelectField(choices=["B", "A"])
    user_classes = TextAreaField()


class BrandForm(FlaskForm):
    accent = StringField(validators=[InputRequired("errors.required")])


class PlacesForm(FlaskForm):
    file = FileField()
    table = TextAreaField(validators=[Length(max=200_000)])


class OriginsForm(FlaskForm):
    origins = TextAreaField()


class OfficeForm(FlaskForm):
    code = StringField(validators=[InputRequired("errors.required")])
    name = StringField(validators=[InputRequired("errors.required"), Length(max=120)])
    email = StringField(validators=[Length(max=254)])
    purpose = SelectField(choices=["", "citizen", "communications"])
    active = BooleanField()
    asks_review = BooleanField()


class CalendarForm(FlaskForm):
    day = DateField(validators=[InputRequired("errors.required")])
    works = SelectField(choices=["0", "1"])
    name = StringField(validators=[InputRequired("errors.required"), Length(max=120)])


class HoursForm(FlaskForm):
    always_open = BooleanField()


class RulesForm(FlaskForm):
    text = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])
    text_en = TextAreaField(validators=[Optional(), Length(max=20_000)])


class WidgetForm(FlaskForm):
    enabled = BooleanField()
    office_id = SelectField(choices=[], validate_choice=False)
    help_es = TextAreaField(validators=[Length(max=1000)])
    help_en = TextAreaField(validators=[Length(max=1000)])
