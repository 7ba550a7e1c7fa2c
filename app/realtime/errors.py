"""What can be wrong with a message or a visitor, as codes; the words stand in the catalogues."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class BadMessage(Exception):
    """A frame that is no message of ours. `code` goes back to its sender in an error frame."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Refusal:
    """Why nobody gets in: an HTTP status before the upgrade, a close code after it."""

    status: int
    code: str
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
