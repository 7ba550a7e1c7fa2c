"""marshmallow fields and messages that every leaf shares; one schema serves JSON and the page without script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from app.errors import DomainError, Invalid
from app.numbers import MOST
from app.sanitize import clean_text
from app.words import t


# Keys of the catalogue, so that a message comes out in the language of the one who reads it.
def _speak_in_keys() -> None:
    for kind in {fields.Field, *(one for one in vars(fields).values() if isinstance(one, type))}:
        messages = getattr(kind, "default_error_messages", {})
        messages.update(
            {name: "errors.required" if name in {"required", "null"} else "errors.invalid" for name in messages}
        )


_speak_in_keys()
MESSAGES: dict[str, Any] = {"required": "errors.required", "invalid": "errors.invalid", "null": "errors.required"}


class Strict(Schema):
    """A schema that takes no field it doesn't know."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "errors.unknown-field", "type": "errors.invalid"}


class Text(fields.String):
    """Clean text: one line, or several with `multiline`; `max_length` characters at most."""

    default_error_messages = {"invalid": "errors.invalid", "invalid_utf8": "errors.invalid"}

    def __init__(self, max_length: int, *, multiline: bool = False, **kwargs: Any) -> None:
        self.max_length, self.multiline = max_length, multiline
        super().__init__(error_messages=MESSAGES, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            text = clean_text(value, self.max_length, self.multiline)
        except DomainError as error:
            raise ValidationError(error.message_key + _packed(error.params)) from error
        if self.required and not text:
            raise self.make_error("required")
        return text


class Email(Text):
    """An address that mail can be sent to, in its normal form; "" where it may be left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(320, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text:
            return ""
        try:
            return str(validate_email(text, check_deliverability=False).normalized)
        except EmailNotValidError as error:
            raise ValidationError("errors.email") from error


class Whole(fields.Integer):
    """A whole number from 0 that a row can hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(0, MOST, error="errors.invalid"), **kwargs)


def one_of(*choices: str) -> validate.OneOf:
    return validate.OneOf(choices, error="errors.choice")


def receipts(**kwargs: Any) -> fields.List:
    """The receipts of files that were uploaded before; 40 at most."""
    return fields.List(
        Text(80),
        validate=validate.Length(max=40, error="errors.too-many-files"),
        load_default=list,
        **kwargs,
    )


def _packed(params: Mapping[str, Any]) -> str:
    return "|" + "|".join(f"{name}={value}" for name, value in params.items()) if params else ""


def say(message: str, lang: str) -> str:
    """Return a message of a schema in words: a catalogue key, with its numbers after bars."""
    key, *params = str(message).split("|")
    return t(key, lang, **dict(param.split("=", 1) for param in params if "=" in param))


def load(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the loaded data; Invalid, with the messages of each field, for what can't be taken."""
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise Invalid(fields=_flat(error.messages)) from error
    return loaded


def _flat(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return {"files.0": [key]} for marshmallow's nested messages."""
    if isinstance(messages, list):
        return {prefix or "_schema": [str(message) for message in messages]}
    flat: dict[str, list[str]] = {}
    for name, inner in messages.items():
        flat.update(_flat(inner, f"{prefix}.{name}" if prefix else str(name)))
    return flat
