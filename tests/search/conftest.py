"""A small index of one site, whose texts stand in a dict as SQL's would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.search.engine import Add, Document, Results
from app.search.whoosh_engine import WhooshEngine

SITE = "tenjo"


@dataclass
class Town:
    """An engine with documents in it."""

    root: Path
    texts: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = self.another_process()

    def another_process(self) -> WhooshEngine:
        return WhooshEngine(self.root, self.load, **self.options)

    def load(self, ids: Any) -> dict[str, str]:
        return {id: self.texts[id] for id in ids if id in self.texts}

    def document(self, id: str, title: str, body: str = "", **fields: Any) -> Document:
        self.texts[id] = body
        usual = {"site": SITE, "kind": "page", "url": f"/{id}"}
        return Document(id=id, title=title, body=body, **usual | fields)

    def publish(self, id: str, title: str, body: str = "", **fields: Any) -> None:
        self.engine.apply([Add(self.document(id, title, body, **fields))])

    def ask(self, text: str, **options: Any) -> Results:
        return self.engine.query(SITE, text, **options)

    def ids(self, text: str, **options: Any) -> list[str]:
        return [hit.id for hit in self.ask(text, **options).hits]


@pytest.fixture
def make_town(tmp_path: Path) -> Callable[..., Town]:
    return lambda **options: Town(tmp_path / "index", options=options)


@pytest.fixture
def town(make_town: Callable[..., Town]) -> Town:
    return make_town()
