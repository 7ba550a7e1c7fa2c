"""The desk of a forum: decide with reasons, be told, ask again, answer officially, and end with a record."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from app.console.roles import Staff
from app.db import db
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.participation.closing import Decision
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, write
from widgets.forum import holding, moderation, recording


def test_withholding_takes_a_reason_of_the_list(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()
    said = write(host).json

    for reason in ("", "porque sí"):
        with pytest.raises(Invalid):
            moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason=reason)


def test_the_author_is_told_with_the_text_and_the_reason(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened()
    said = write(host, email="luz@example.org").json
    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason="off-topic")

    [mail] = [one for one in mails() if "no se publicó" in one["Subject"]]

    assert "no trata del tema" in mail.get_content()
    assert "Faltan **árboles**." in mail.get_content()


def test_the_notice_leads_to_where_a_review_is_asked_for_in_any_browser_and_without_script(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened()
    said = write(host, email="luz@example.org").json
    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason="off-topic")
    [letter] = [one.get_content() for one in mails() if "no se publicó" in one["Subject"]]
    address = re.search(r"http://localhost:8000(/tenjo/forum/review\S+)", letter)
    assert address
    token = address[1].rpartition("t=")[2]

    looked = host.client.get(address[1])
    untouched = moderation.waiting(cast.tenjo, None)
    asked, again = (host.client.post("/tenjo/forum/review", data={"t": token}) for _ in range(2))
    strange = [host.client.get(f"/{site}/forum/review?t={t}") for site, t in (("other", token), ("tenjo", token[:-3]))]
    db.session.rollback()

    assert (looked.status_code, "no trata del tema" in looked.text, untouched) == (200, True, 0)
    assert (asked.status_code, again.status_code, moderation.waiting(cast.tenjo, None)) == (200, 200, 1)
    assert "Otra persona lo va a leer" in again.text
    assert [answer.status_code for answer in strange] == [404, 404]
    assert moderation.decide(cast.staff("admin"), cast.tenjo, said["post"], publish=True) == "published"
    assert "ya no está retenido" in host.client.get(address[1]).text
    assert host.client.post("/tenjo/forum/review", data={"t": token}).status_code == 409


def test_deciding_the_same_twice_changes_nothing_and_otherwise_is_a_conflict(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened()
    said = write(host, email="luz@example.org").json
    staff = cast.staff("comu")
    moderation.decide(staff, cast.tenjo, said["post"], publish=True)

    again = moderation.decide(staff, cast.tenjo, said["post"], publish=True)

    assert again == "published"
    assert len([one for one in mails() if "publicado" in one["Subject"]]) == 1
    with pytest.raises(Conflict):
        moderation.decide(staff, cast.tenjo, said["post"], publish=False, reason="insult")


@pytest.mark.store
def test_of_moderators_who_decide_at_once_one_does_and_the_others_hear_who_it_was(
    app: Flask, host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened()
    post = write(host, email="luz@example.org").json["post"]
    acts = [("comu", True, ""), ("admin", False, "insult")] * 3
    people = [(cast.staff(name), publish, reason) for name, publish, reason in acts]
    start = threading.Barrier(len(people))

    def decide(act: tuple[Staff, bool, str]) -> tuple[str, str]:
        with app.app_context():
            start.wait(10)
            try:
                return "did", moderation.decide(act[0], cast.tenjo, post, act[1], act[2])
            except moderation.Decided as error:
                return error.who, error.state

    with ThreadPoolExecutor(len(people)) as pool:
        said = list(pool.map(decide, people))

    [mail] = [one for one in mails() if "confirm" not in one["Subject"].lower()]
    published = "publicado" in mail["Subject"]
    first, state = ("Comu", "published") if published else ("Admin", "withheld")
    # Who decided the same again themselves hears the same again, and everybody else whose decision stands.
    assert said.count((first, state)) == 3 and said.count(("did", state)) == 3


def test_the_second_moderators_page_says_who_decided_what(
    sign_in: Any, host: HostPage, cast: Cast, opened: Opener
) -> None:
    opened()
    post = write(host).json["post"]
    moderation.decide(cast.staff("admin"), cast.tenjo, post, publish=False, reason="insult")
    desk = sign_in("comu")

    for act in ({"act": "publish"}, {"act": "withhold", "reason": "insult"}):
        page = desk.post(f"/forum/posts/{post}/decide", act, follow_redirects=True)
        assert "Admin ya retuvo este aporte" in page.text and "insulta a alguien" in page.text


def test_words_that_changed_under_a_moderators_eyes_are_not_published_unread(
    host: HostPage, cast: Cast, opened: Opener
) -> None:
    opened()
    said = write(host, title="Exijo respuesta").json
    staff, [(post, _)] = cast.staff("comu"), moderation.queue(cast.tenjo, None)
    seen = moderation.seen_as(post)
    changed = {"person": said["person"], "post": said["post"], "body": "Otra cosa, so idiota."}
    assert host.send("/forum/edits", changed).status_code == 200

    with pytest.raises(Conflict, match="changed"):
        moderation.decide(staff, cast.tenjo, said["post"], publish=True, seen=seen)

    db.session.rollback()
    [(post, _)] = moderation.queue(cast.tenjo, None)
    assert post.marks.endswith("words,petition")
    assert moderation.decide(staff, cast.tenjo, said["post"], True, seen=moderation.seen_as(post)) == "published"


@pytest.mark.parametrize("reads", ["before", "after"])
def test_what_was_read_and_then_changed_is_read_again(host: HostPage, cast: Cast, opened: Opener, reads: str) -> None:
    opened(moderation=reads)
    said = write(host).json
    staff = cast.staff("comu")
    moderation.decide(staff, cast.tenjo, said["post"], publish=True)
    assert moderation.waiting(cast.tenjo, None) == 0
    host.send("/forum/edits", {"person": said["person"], "post": said["post"], "body": "Otra cosa."})
    db.session.rollback()

    waiting = moderation.waiting(cast.tenjo, None)

    assert waiting == 1
    assert moderation.decide(staff, cast.tenjo, said["post"], publish=False, reason="insult") == "withheld"


def test_a_review_is_another_persons_and_the_last(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()
    said = write(host).json
    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason="insult")
    host.send("/forum/reviews", {"person": said["person"], "post": said["post"]})

    with pytest.raises(Forbidden):
        moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=True)
    state = moderation.decide(cast.staff("admin"), cast.tenjo, said["post"], publish=True)

    assert state == "published"
    assert moderation.waiting(cast.tenjo, None) == 0

    # What neighbours flag later is a decision of its own, with a review of its own.
    flag = {"person": write(host, name="Otra").json["person"], "post": said["post"], "reason": "insult"}
    assert host.send("/forum/flags", flag).status_code == 200
    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason="insult")
    assert host.send("/forum/reviews", {"person": said["person"], "post": said["post"]}).status_code == 200
    assert moderation.waiting(cast.tenjo, None) == 2


def test_public_counts_say_what_was_withheld_and_why(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()
    for name, reason in (("A", "insult"), ("B", "insult"), ("C", "advertising")):
        said = write(host, name=name).json
        moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason=reason)

    counts = host.get("/forum/forums/parque").json["counts"]  # type: ignore[index]

    assert counts == {"received": 3, "published": 0, "waiting": 0, "withheld": {"insult": 2, "advertising": 1}}


def test_an_official_answer_carries_post_and_office(host: HostPage, cast: Cast, opened: Opener) -> None:
    forum_id = opened(moderation="after")
    said = write(host).json

    moderation.official(cast.staff("comu"), cast.tenjo, forum_id, "Sembraremos *veinte*.", said["post"])

    thread = host.get(f"/forum/threads/{said['post']}").json
    [answer] = thread["replies"]  # type: ignore[index]
    assert (answer["official"], answer["position"]) == (True, "Profesional, Prensa y Comunicaciones")
    assert "<em>veinte</em>" in answer["html"]


def test_a_forum_is_not_archived_without_its_record(host: HostPage, cast: Cast, opened: Opener) -> None:
    forum_id, staff = opened(moderation="after"), cast.staff("comu")
    said = write(host).json
    holding.close(staff, cast.tenjo, forum_id)

    with pytest.raises(Conflict, match="unpublished"):
        holding.archive(staff, cast.tenjo, forum_id)
    with pytest.raises(Conflict, match="ungrouped"):
        recording.publish_record(staff, cast.tenjo, forum_id, "")
    theme = recording.save_theme(staff, cast.tenjo, forum_id, Decision("Sombra", "Árboles", "pending", ""))
    recording.put_under(staff, cast.tenjo, forum_id, {said["post"]: theme})
    with pytest.raises(Conflict, match="undecided"):
        recording.publish_record(staff, cast.tenjo, forum_id, "")
    decided = Decision("Sombra", "Árboles", "part", "Veinte árboles.", reason="No caben más.")
    recording.save_theme(staff, cast.tenjo, forum_id, decided, theme)
    recording.publish_record(staff, cast.tenjo, forum_id, "Gracias.")
    holding.archive(staff, cast.tenjo, forum_id)

    record = host.get("/forum/forums/parque").json["record"]  # type: ignore[index]
    assert record["summary"] == "Gracias."
    assert [(one["title"], one["state_text"]) for one in record["themes"]] == [("Sombra", "Acogida en parte")]


def test_what_is_not_taken_in_wants_its_reason(cast: Cast, opened: Opener) -> None:
    forum_id = opened()

    with pytest.raises(Invalid) as refused:
        recording.save_theme(cast.staff("comu"), cast.tenjo, forum_id, Decision("X", "", "not", "No."))

    assert list(refused.value.fields) == ["reason"]


def test_the_record_stays_open_to_what_is_done_later(host: HostPage, cast: Cast, opened: Opener) -> None:
    forum_id, staff = opened(), cast.staff("comu")
    theme = recording.save_theme(staff, cast.tenjo, forum_id, Decision("X", "", "taken", "Sí."))
    recording.publish_record(staff, cast.tenjo, forum_id, "")

    done = Decision("X", "", "taken", "Sí.", done="Se sembraron.", done_url="https://tenjo.example/plan")
    recording.save_theme(staff, cast.tenjo, forum_id, done, theme)

    [shown] = host.get("/forum/forums/parque").json["record"]["themes"]  # type: ignore[index]
    assert (shown["done"], shown["done_url"]) == ("Se sembraron.", "https://tenjo.example/plan")


def test_a_link_that_is_no_link_is_refused(cast: Cast, opened: Opener) -> None:
    forum_id = opened()

    with pytest.raises(Invalid):
        recording.save_theme(
            cast.staff("comu"), cast.tenjo, forum_id, Decision("X", "", "taken", "Sí.", done_url="javascript:alert(1)")
        )


def test_another_sites_staff_find_nothing(host: HostPage, cast: Cast, opened: Opener) -> None:
    forum_id = opened()
    said = write(host).json

    for act in (
        lambda: moderation.decide(cast.staff("olga"), cast.other, said["post"], publish=True),
        lambda: holding.close(cast.staff("olga"), cast.other, forum_id),
        lambda: recording.publish_record(cast.staff("olga"), cast.other, forum_id, ""),
    ):
        with pytest.raises(NotFound):
            act()


def test_who_may_not_moderate_is_refused(cast: Cast, opened: Opener) -> None:
    forum_id = opened()

    with pytest.raises(Forbidden):
        holding.close(cast.staff("ana"), cast.tenjo, forum_id)


def test_a_theme_of_another_exercise_is_not_found(cast: Cast, opened: Opener) -> None:
    first, second = opened(), opened("Otro")
    staff = cast.staff("comu")
    theme = recording.save_theme(staff, cast.tenjo, first, Decision("X", "", "pending", ""))

    with pytest.raises(NotFound):
        recording.save_theme(staff, cast.tenjo, second, Decision("Y", "", "pending", ""), theme)


def test_a_pinned_thread_stands_first_and_a_locked_one_takes_nothing(
    host: HostPage, cast: Cast, opened: Opener
) -> None:
    opened(moderation="after")
    first = write(host, title="Vieja").json
    write(host, name="B", title="Nueva")
    moderation.mark(cast.staff("comu"), cast.tenjo, first["post"], pinned=True, locked=True)

    listed = host.get("/forum/forums/parque").json["threads"]  # type: ignore[index]

    assert [one["title"] for one in listed] == ["Vieja", "Nueva"]
    assert write(host, name="C", parent=first["post"]).status_code == 409


def test_what_is_flagged_after_it_was_approved_is_looked_at_again(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened()
    said = write(host, email="luz@example.org").json
    staff = cast.staff("comu")
    moderation.decide(staff, cast.tenjo, said["post"], publish=True)
    person = write(host, body="Otro aporte.").json["person"]
    host.send("/forum/flags", {"person": person, "post": said["post"], "reason": "insult"})
    queued = [post.id for post, _ in moderation.queue(cast.tenjo, None)]

    kept = moderation.decide(staff, cast.tenjo, said["post"], publish=True)
    host.send("/forum/flags", {"person": person, "post": said["post"], "reason": "insult"})
    calm = [post.id for post, _ in moderation.queue(cast.tenjo, None)]

    assert said["post"] in queued and said["post"] not in calm
    assert kept == "published"
    assert len([one for one in mails() if "publicado" in one["Subject"]]) == 1


def test_a_forum_that_is_read_after_publication_has_its_queue_too(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host).json
    queued = [post.id for post, _ in moderation.queue(cast.tenjo, None)]

    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=True)

    assert queued == [said["post"]]
    assert moderation.queue(cast.tenjo, None) == []
