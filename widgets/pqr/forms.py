"""The counter's form: the fields of the public one, and how the petition reached the desk."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

REQUIRED = "errors.required"


def line(length: int) -> StringField:
    return StringField(validators=[Length(max=length, message="errors.invalid")])


def choice() -> SelectField:
    # What is chosen is judged by the schema, as at every other door.
    return SelectField(choices=[], validate_choice=False)


class CounterForm(FlaskForm):
    channel = choice()
    received_at = DateTimeLocalField(validators=[InputRequired(REQUIRED)])
    sheets = IntegerField(validators=[Optional(), NumberRange(min=0, max=10_000, message="errors.invalid")])
    language = line(80)
    kind = choice()
    identity = choice()
    subject = StringField(validators=[InputRequired(REQUIRED), Length(max=200)])
    body = TextAreaField(validators=[Length(max=50_000)])
    files = MultipleFileField()
    person_type = choice()
    user_class = choice()
    name = line(200)
    document_type = choice()
    document_number = line(40)
    represented_name = line(200)
    represented_document = line(60)
    answer_channel = choice()
    electronic_consent = BooleanField()
    email = line(320)
    phone = line(40)
    address = line(200)
    neighbourhood = line(120)
    municipality = choice()
    office = choice()
    priority = choice()
    answered = TextAreaField(validators=[Length(max=20_000)])
    copy = choice()
    # Of this page, so that a second press files nothing twice; and of files that were kept before a mistake.
    key = HiddenField()
    receipts = HiddenField()


# What the petition itself says, by the schema of the public form.
OF_THE_PETITION = (
    "kind", "identity", "subject", "body", "person_type", "user_class", "name", "document_type", "document_number",
    "represented_name", "represented_document", "answer_channel", "electronic_consent", "email", "phone", "address",
    "neighbourhood", "municipality", "office",
)  # fmt: skip
