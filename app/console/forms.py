"""What the console's forms share."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from app.errors import DomainError
from app.sanitize import clean_text


class CleanForm(FlaskForm):
    """A form whose texts lose what nobody sees: of an answer that is all invisible, nothing is left to send."""

    class Meta(FlaskForm.Meta):
        """Adds the filter to each field that holds text."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            kind = unbound_field.field_class
            if issubclass(kind, StringField):
                clean = _many_lines if issubclass(kind, TextAreaField) else _one_line
                options = {**options, "filters": (*unbound_field.kwargs.pop("filters", ()), clean)}
            return unbound_field.bind(form=form, **options)


def _one_line(typed: str | None) -> str | None:
    return clean_text(typed) if typed else typed


def _many_lines(typed: str | None) -> str | None:
    return clean_text(typed, multiline=True) if typed else typed


def blame(form: FlaskForm, error: DomainError) -> None:
    """Put what the service refused beside the fields that it is about; what is about none stands above the form."""
    for name, texts in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *texts]
        else:
            form.form_errors.extend(texts)
