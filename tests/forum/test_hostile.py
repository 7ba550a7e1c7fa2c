"""What somebody hostile writes: in a name, a title, a file's cell; with somebody else's numbers and secrets."""

from __future__ import annotations

import csv
from typing import Any

import feedparser

from app.participation.closing import Decision
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, write
from widgets.forum import recording

NASTY = "\"><img src=x onerror=alert(1)>"


def test_a_name_and_a_title_are_text_wherever_they_stand(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    root = write(host, name=NASTY, title=NASTY, body="]]><script>alert(1)</script>").json["post"]
    pages = [f"/tenjo/forum/parque/{root}", "/tenjo/forum/parque", "/tenjo/forum/parque/feed.rss"]

    texts = [host.client.get(path).text for path in pages]
    feed = feedparser.parse(texts[2], sanitize_html=False)

    assert [text for text in texts if "<img" in text or "<script>alert" in text] == []
    assert not feed.bozo
    assert "&lt;script&gt;" in feed.entries[0].summary


def test_a_formula_is_text_in_the_matrix(host: HostPage, cast: Cast, opened: Opener, sign_in: Any) -> None:
    forum_id, staff = opened(moderation="after"), cast.staff("comu")
    root = write(host, name="=1+1", title="@SUM(A1)", body="+cmd").json["post"]
    theme = recording.save_theme(staff, cast.tenjo, forum_id, Decision("-2", "=3", "taken", "=4"))
    recording.put_under(staff, cast.tenjo, forum_id, {root: theme})

    text = sign_in("comu").get(f"/forum/{forum_id}/closing/matrix.csv").data.decode("utf-8-sig")

    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_another_ones_contribution_answers_no_other_secret(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    mine = write(host).json
    other = write(host, name="Otro", title="Otra").json

    answers = [
        host.send(f"/forum/{what}", {"person": secret, "post": mine["post"], **more}).status_code
        for secret in (other["person"], "a" * 40)
        for what, more in (("edits", {"body": "x"}), ("deletions", {}), ("reviews", {}), ("radicate", {}))
    ]

    assert answers == [404] * 4 + [403] * 4
