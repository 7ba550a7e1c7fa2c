"""What the console's forms share."""

from __future__ import annotations

from flask_wtf import FlaskForm

from app.errors import DomainError


def blame(form: FlaskForm, error: DomainError) -> None:
    """Put what the service refused beside the fields that it is about; what is about none stands above the form."""
    for name, texts in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *texts]
        else:
            form.form_errors.extend(texts)
