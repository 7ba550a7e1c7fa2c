"""The forum's pages of the console: from a new forum to its published record, and who may not see them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import db
from app.participation import closing
from tests.conftest import HostPage
from tests.documents.reading import read
from tests.forum.conftest import Opener, write
from widgets.forum import standing
from widgets.forum.models import Forum, ForumPost


def _forum() -> Forum:
    db.session.rollback()
    found = db.session.scalar(select(Forum).order_by(Forum.id.desc()))
    assert found is not None
    return found


@pytest.mark.store
def test_a_forum_goes_from_nothing_to_its_published_record(host: HostPage, sign_in: Any) -> None:
    desk = sign_in("comu")
    setup = {"title": "Parque", "purpose": "Digan.", "moderation": "before", "identity": "name"}
    assert desk.post("/forum/new", {**setup, "threads_by_people": "y"}).status_code == 302
    forum_id = _forum().id
    desk.post(f"/forum/{forum_id}/act", {"act": "open"})
    said = write(host).json

    queue = desk.get("/forum/queue")
    desk.post(f"/forum/posts/{said['post']}/decide", {"act": "publish"})
    answer = {"parent": said["post"], "thread": said["post"], "body": "Sí."}
    desk.post(f"/forum/{forum_id}/official", answer)
    desk.post(f"/forum/{forum_id}/act", {"act": "close"})
    desk.post(f"/forum/{forum_id}/closing/themes", {"title": "Sombra", "state": "taken", "answer": "Veinte árboles."})
    [theme] = closing.themes(standing.exercise(_forum()))
    desk.post(f"/forum/{forum_id}/closing/group", {f"p{said['post']}": theme.id})
    desk.post(f"/forum/{forum_id}/closing", {"summary": "Gracias."})
    desk.post(f"/forum/{forum_id}/act", {"act": "archive"})

    assert "Faltan <strong>árboles</strong>" in queue.text
    assert _forum().state == "archived"
    matrix = read(desk.get(f"/forum/{forum_id}/closing/matrix.pdf").data)
    assert (matrix.ua, "Veinte árboles." in matrix.text, "CE-FO-02" in matrix.text) == (True, True, True)
    public = host.client.get("/tenjo/forum/parque").text
    assert "Veinte árboles." in public
    assert "Gracias." in public


@pytest.mark.parametrize(
    "path",
    ["", "/queue", "/new", "/{id}", "/{id}/setup", "/{id}/closing", "/{id}/closing/themes", "/{id}/closing/group"],
)
def test_pages_open_for_who_may_and_for_nobody_else(host: HostPage, sign_in: Any, opened: Opener, path: str) -> None:
    address = "/forum" + path.format(id=opened())
    write(host)

    assert sign_in("comu").get(address).status_code == 200
    assert sign_in("ana").get(address).status_code == 403
    assert sign_in("olga").client.get(f"/console/tenjo{address}").status_code == 404
    assert host.client.get(f"/console/tenjo{address}").status_code == 302


def test_another_sites_forum_is_not_found_under_ones_own(sign_in: Any, opened: Opener) -> None:
    forum_id = opened()

    assert sign_in("olga").get(f"/forum/{forum_id}").status_code == 404


def test_a_theme_without_a_reason_is_drawn_again_with_what_was_typed(sign_in: Any, opened: Opener) -> None:
    forum_id = opened()

    theme = {"title": "Sombra", "state": "not", "answer": "No se puede."}
    answer = sign_in("comu").post(f"/forum/{forum_id}/closing/themes", theme)

    assert answer.status_code == 422
    assert "No se puede." in answer.text
    assert "Escriba el motivo" in answer.text


def test_a_thread_is_read_at_the_desk(host: HostPage, sign_in: Any, opened: Opener) -> None:
    forum_id = opened(moderation="after")
    said = write(host).json

    page = sign_in("comu").get(f"/forum/{forum_id}/threads/{said['post']}")

    assert page.status_code == 200
    assert "<strong>árboles</strong>" in page.text


def test_a_forged_form_is_refused(host: HostPage, sign_in: Any, opened: Opener) -> None:
    forum_id = opened()
    desk = sign_in("comu")

    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = desk.post(f"/forum/{forum_id}/act", {"act": "close"}, headers=headers)

    assert answer.status_code == 403
    assert db.session.scalar(select(ForumPost)) is None
    assert _forum().state == "open"


def test_the_matrix_holds_each_contribution_with_its_answer(host: HostPage, sign_in: Any, opened: Opener) -> None:
    import csv
    import io

    forum_id = opened(moderation="after")
    said = write(host, body="=1+1").json
    desk = sign_in("comu")
    desk.post(f"/forum/{forum_id}/closing/themes", {"title": "Sombra", "state": "taken", "answer": "Veinte árboles."})
    [theme] = closing.themes(standing.exercise(_forum()))
    desk.post(f"/forum/{forum_id}/closing/group", {f"p{said['post']}": theme.id})

    sent = desk.get(f"/forum/{forum_id}/closing/matrix.csv")
    [head, row] = csv.reader(io.StringIO(sent.data.decode("utf-8-sig")))

    assert head[:4] == ["N.º", "Quién", "Aporte", "Tema"]
    assert row[1:6] == ["Luz", "Más sombra\n=1+1", "Sombra", "Acogida", "Veinte árboles."]
    assert desk.get(f"/forum/{forum_id}/closing/matrix.xlsx").data[:2] == b"PK"
    assert "attachment" in sent.headers["Content-Disposition"]


def test_words_of_the_site_call_a_moderator_and_offer_a_petition(host: HostPage, sign_in: Any, opened: Opener) -> None:
    opened()
    desk = sign_in("comu")
    plain = write(host, body="Pilas con la trocha, guaquero.").json
    saved = desk.post("/forum/words", {"flagged": "guaquero, zascandil\n\nguaquero", "asking": "pilas con"})
    marked = write(host, name="Rosa", body="Pilas con la trocha, guaquero.").json

    queue = desk.get("/forum/queue").text
    assert saved.status_code == 302
    assert (plain["petition"], marked["petition"]) == (False, True)
    assert queue.count("palabras de la lista") == 1
    assert "guaquero\nzascandil" in desk.get("/forum/words").text


def test_too_many_words_are_refused_and_kept_in_the_form(sign_in: Any) -> None:
    desk = sign_in("comu")
    answer = desk.post("/forum/words", {"flagged": ",".join(f"palabra{n}" for n in range(201)), "asking": ""})

    assert answer.status_code == 422
    assert "deje 200 o menos" in answer.text and "palabra200" in answer.text
    assert sign_in("ana").get("/forum/words").status_code == 403
