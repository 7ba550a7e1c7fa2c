"""The one family of errors that services raise and that one handler turns into an answer."""

from typing import Any


class DomainError(Exception):
    """Something the caller asked for that can't be done, with the words to say so."""

    status = 400
    code = "error"

    def __init__(self, message_key: str = "", fields: dict[str, Any] | None = None, **params: Any) -> None:
        super().__init__(message_key or self.code)
        self.message_key = message_key or self.code
        self.fields = fields or {}
        self.params = params
