"""The forms of the console's survey pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FileField,
    FloatField,
    Form,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional


class NewSurveyForm(FlaskForm):
    title = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    template = SelectField(choices=[], validate_choice=False)


class SetupForm(FlaskForm):
    title = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    title_en = StringField(validators=[Length(max=200)])
    purpose = TextAreaField(validators=[Length(max=2_000)])
    purpose_en = TextAreaField(validators=[Length(max=2_000)])
    office = SelectField(choices=[], validate_choice=False)
    design = SelectField(choices=[], validate_choice=False)
    universe = StringField(validators=[Length(max=300)])
    population = IntegerField(validators=[Optional(), NumberRange(0, 100_000_000)])
    level = SelectField(choices=[], validate_choice=False)
    pace = SelectField(choices=[], validate_choice=False)
    show_results = BooleanField()
    confidence = SelectField(coerce=int, choices=[], validate_choice=False)
    languages = StringField(validators=[Length(max=300)])
    offer_chat = BooleanField()
    offer_case = BooleanField()
    offer_tags = StringField(validators=[Length(max=400)])
    opens_at = DateTimeLocalField(validators=[Optional()])
    closes_at = DateTimeLocalField(validators=[Optional()])


class SectionForm(FlaskForm):
    title = StringField(validators=[Length(max=200)])
    title_en = StringField(validators=[Length(max=200)])
    help = TextAreaField(validators=[Length(max=1_000)])
    help_en = TextAreaField(validators=[Length(max=1_000)])


class QuestionForm(FlaskForm):
    kind = SelectField(choices=[], validate_choice=False)
    text = StringField(validators=[InputRequired("errors.required"), Length(max=500)])
    text_en = StringField(validators=[Length(max=500)])
    help = StringField(validators=[Length(max=500)])
    help_en = StringField(validators=[Length(max=500)])
    required = SelectField(choices=[], validate_choice=False)
    options = TextAreaField(validators=[Length(max=60_000)])
    options_en = TextAreaField(validators=[Length(max=60_000)])
    rows = TextAreaField(validators=[Length(max=10_000)])
    rows_en = TextAreaField(validators=[Length(max=10_000)])
    labels = SelectField(choices=[], validate_choice=False)
    from_site = BooleanField()
    other = BooleanField()
    shuffle = BooleanField()
    # Neither "nan" nor "inf", which Python reads as numbers and a store as nothing that it could keep.
    low = FloatField(validators=[Optional(), NumberRange(-1e15, 1e15, "survey.errors.number")])
    high = FloatField(validators=[Optional(), NumberRange(-1e15, 1e15, "survey.errors.number")])
    most = IntegerField(validators=[Optional(), NumberRange(1, 300)])


class CodesForm(FlaskForm):
    count = IntegerField(validators=[InputRequired("errors.required"), NumberRange(1, 5_000)])
    batch = StringField(validators=[Length(max=60)])


class MailCodesForm(FlaskForm):
    addresses = TextAreaField(validators=[InputRequired("errors.required"), Length(max=100_000)])


class TargetsForm(FlaskForm):
    file = FileField()
    table = TextAreaField(validators=[Length(max=200_000)])
    goal = IntegerField(validators=[InputRequired("errors.required"), NumberRange(1, 1_000_000)])


class SampleForm(Form):
    """Read from the address: nothing is changed by it."""

    people = IntegerField(validators=[Optional(), NumberRange(1, 100_000_000, "survey.errors.sample-people")])
    margin = FloatField(
        default=5.0,
        validators=[InputRequired("errors.required"), NumberRange(0.1, 50, "survey.errors.sample-margin")],
    )
    confidence = SelectField(coerce=int, default=95, choices=[])
    answers = IntegerField(validators=[Optional(), NumberRange(1, 100_000_000, "survey.errors.sample-people")])
