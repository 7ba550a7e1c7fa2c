"""A real SMTP server in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.drills.served import free_port


@dataclass
class PostOffice:
    """Takes letters on a port that stays the same while it is closed and opened."""

    port: int = field(default_factory=free_port)
    letters: list[EmailMessage] = field(default_factory=list)
    # The same as they came, to the byte.
    contents: list[bytes] = field(default_factory=list)
    # What to answer instead of taking a letter, in order; "" takes it.
    answers: list[str] = field(default_factory=list)
    at_data: Callable[[], None] | None = None
    controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else ""
        if answer:
            return answer
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.contents.append(envelope.content)
        if self.at_data is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.at_data)
        return "250 OK"

    def open(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def close(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
