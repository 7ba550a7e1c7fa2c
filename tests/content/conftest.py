"""A desk that writes, and an index that follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.console.roles import Staff
from app.content import service
from app.content.service import FaqText, PublicationText
from tests.conftest import Cast


@dataclass
class Press:
    """The communications office of Tenjo, and the jobs that follow what it does."""

    app: Flask
    staff: Staff
    site: int

    def write(self, title: str, body: str = "Texto.", publication_id: int | None = None, **fields: Any) -> int:
        topic = fields.pop("topic_id", None) or service.ensure_topics(self.site)[0].id
        return service.save_publication(
            self.staff, self.site, PublicationText(title, body, topic, **fields), publication_id
        )

    def publish(self, title: str, body: str = "Texto.", **fields: Any) -> int:
        made = self.write(title, body, **fields)
        service.set_state(self.staff, self.site, made, "published")
        self.work()
        return made

    def ask(self, question: str, answer: str = "Respuesta.", **fields: Any) -> int:
        made = service.save_faq(self.staff, self.site, FaqText(question, answer, **fields))
        self.work()
        return made

    def work(self) -> None:
        """Run what is due."""
        while self.app.extensions["ventanilla"].jobs.run_due():
            pass

    def found(self, text: str) -> list[str]:
        return [hit.id for hit in self.app.extensions["ventanilla_index"].engine.query("tenjo", text).hits]


@pytest.fixture
def press(app: Flask, cast: Cast) -> Press:
    return Press(app, cast.staff("comu"), cast.tenjo)


@pytest.fixture
def make_press(app: Flask, cast: Cast) -> Callable[[str], Press]:
    return lambda name: Press(app, cast.staff(name), cast.tenjo)
