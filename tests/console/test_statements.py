"""No page of the console asks more of the store because an entity has gathered more (no N+1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from app.console import shell
from app.console.models import Grant
from app.db import db, write
from bench.crowd import crowd
from bench.inbox import PAGES, fill
from tests.conftest import Cast

# These list nothing that people, mails or staff add to.
FIXED = {
    "terms", "self-audit", "settings", "forms", "widgets", "snippet", "chat, scripts", "chat, help", "forum, words",
    "answering one", "report of information", "inbox, one office", "inbox, page far in", "search, a common word",
    "search, a radicado", "counter", "survey, setup", "register, searched", "contact, all", "report to the SUI",
}  # fmt: skip


def test_a_page_asks_of_thirty_rows_what_it_asks_of_three(sign_in: Any, cast: Cast, monkeypatch: Any) -> None:
    with write():
        # The register is open to two offices alone.
        db.session.add(Grant(user_id=cast.people["admin"], site_id=cast.tenjo, role="communications"))
    middle = fill(cast.tenjo, 3)
    first = {name: str(number) for name, number in crowd(cast.tenjo, 3).items()}
    desk, asked = sign_in("admin"), []
    navigation = shell.navigation
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def look() -> dict[str, int]:
        counted = {}
        monkeypatch.setattr(shell, "navigation", navigation)
        for name, path in PAGES.items():
            if name in FIXED:
                continue
            asked.clear()
            answer = desk.get(path.format(**first, **middle, office=first["offices"]))
            assert answer.status_code == 200, (name, answer.status_code)
            counted[name] = len(asked)
            if name == "dashboard":
                # What waits beside each entry of the side is the same on every page: counted up to here, not 50 times.
                monkeypatch.setattr(shell, "navigation", lambda site, staff: [])
        return counted

    few = look()
    fill(cast.tenjo, 30, start=3)
    crowd(cast.tenjo, 30, start=3)
    many = look()

    # One more is asked where something is shown from so many answers on.
    assert {name: (few[name], count) for name, count in many.items() if count > few[name] + 2} == {}
