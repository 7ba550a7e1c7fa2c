"""One family of errors that people are told about, and the one handler that turns them into JSON or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any


def without_message(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Return what a log may show of an exception: its class and its lines; its message can hold what a person typed."""
    return RuntimeError, RuntimeError(type(error).__name__), error.__traceback__


class DomainError(Exception):
    """A refusal that a person can understand and act on.

    `message_key` names a text of the catalogues (`<family>.<code>` when left out), `params` fill it, `fields` maps a
    field's name to its messages (catalogue keys too). Neither may hold personal data: both can reach a log.
    """

    status: int = 400
    code: str = "error"
    # Where its words stand in the catalogues; the key itself, for a class whose words stand elsewhere.
    family: str = "errors"
    message_key: str = ""

    def __init__(self, message_key: str = "", fields: Mapping[str, Sequence[str]] | None = None, **params: Any) -> None:
        super().__init__(message_key or self.code)
        self.message_key = message_key or type(self).message_key or f"{self.family}.{self.code}"
        self.fields = {name: list(messages) for name, messages in (fields or {}).items()}
        self.params = params


class Invalid(DomainError):
    """What was sent can't be taken; `fields` says which part and why."""

    status = 422
    code = "validation"


class NotFound(DomainError):
    """No such thing, or not for the one who asks: the two look the same from outside."""

    status = 404
    code = "not-found"


class Forbidden(DomainError):
    """The one who asks may not do this."""

    status = 403
    code = "forbidden"


class Conflict(DomainError):
    """The thing has changed since it was read, or the law forbids this act in its present state."""

    status = 409
    code = "conflict"


class RateLimited(DomainError):
    """Too many tries; `retry_after_s` says when to try again."""

    status = 429
    code = "rate-limited"

    def __init__(self, message_key: str = "", *, retry_after_s: int = 60, **params: Any) -> None:
        super().__init__(message_key, retry_after_s=retry_after_s, **params)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """The system itself failed; nothing was kept and the same may be sent again."""

    status = 503
    code = "unavailable"
