"""Why a word in a chat can be refused; the texts stand in the leaf's catalogue."""

from __future__ import annotations

from app.errors import Conflict, DomainError


class ChatClosed(Conflict):
    """Outside the announced hours, or with nobody on duty."""

    code = "chat-closed"

    def __init__(self, opening: str = "") -> None:
        super().__init__("chat.errors.closed", opening=opening)


class ChatEnded(Conflict):
    code = "chat-ended"

    def __init__(self) -> None:
        super().__init__("chat.errors.ended")


class OtherWords(DomainError):
    """The same id came again with other content: one of the two would be lost."""

    status = 422
    code = "id-reused"

    def __init__(self) -> None:
        super().__init__("chat.errors.id-reused")


class NotYet(Conflict):
    """The protocol asks for something first."""

    code = "not-yet"


class Silenced(DomainError):
    """An adviser took the word from this person in this room."""

    status = 403
    code = "chat-silenced"

    def __init__(self) -> None:
        super().__init__("chat.errors.silenced")


class Blocked(DomainError):
    status = 403
    code = "chat-blocked"

    def __init__(self, until: str) -> None:
        super().__init__("chat.errors.blocked", until=until)
