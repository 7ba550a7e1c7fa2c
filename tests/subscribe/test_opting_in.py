"""Nobody is subscribed by somebody else, bombed through us, or kept from leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.clock import now
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press
from tests.subscribe.conftest import ask, counts, kept, link_in
from widgets.subscribe import links, service
from widgets.subscribe.service import Wish


def test_an_address_is_subscribed_when_its_owner_presses_the_button(host: HostPage, cast: Cast, mails: Any) -> None:
    answer = ask(host)
    [mail] = mails()
    page = host.client.get(link_in(mail))
    looked = counts(cast.tenjo)
    token = link_in(mail).partition("t=")[2]
    done = host.client.post("/tenjo/subscribe/confirm", data={"t": token})

    assert (answer.status_code, page.status_code, done.status_code) == (201, 200, 200)
    assert looked["active"] == 0, "reading the page must not subscribe: mail scanners read it too"
    assert counts(cast.tenjo)["active"] == 1


def test_the_mail_to_confirm_holds_nothing_that_a_stranger_typed(host: HostPage, mails: Any) -> None:
    ask(host, "ana+compre.en.http.malo@example.org")
    [mail] = mails()

    assert "malo" not in mail.get_content()
    assert "malo" not in mail["Subject"]


def test_the_answer_is_the_same_whoever_is_subscribed(host: HostPage, subscribed: Callable[..., int]) -> None:
    subscribed("ana@example.org")

    assert ask(host, "ana@example.org").json == ask(host, "otra@example.org").json


def test_who_is_subscribed_gets_the_link_to_change_and_nothing_changes(
    host: HostPage, cast: Cast, subscribed: Callable[..., int], mails: Any
) -> None:
    subscribed("ana@example.org", "weekly")
    ask(host, "ANA@example.org", frequency="daily")
    [mail] = mails()

    assert "/subscribe/preferences" in link_in(mail)
    assert kept(cast.tenjo, "ana@example.org")[0]["frequency"] == "weekly"


def test_an_address_is_written_to_at_most_three_times_a_day(app: Any, cast: Cast, mails: Any) -> None:
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False) as clock:
        for _ in range(8):
            service.ask(cast.tenjo, Wish("ana@example.org"))
            clock.shift(timedelta(minutes=11))
        sent = len(mails())
        clock.shift(timedelta(days=1))
        service.ask(cast.tenjo, Wish("ana@example.org"))

        assert sent == 3
        assert len(mails()) == 4


def test_a_small_domain_is_not_flooded_with_addresses_made_up(
    app: Any, cast: Cast, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_TO_A_DOMAIN", 5)
    for number in range(9):
        service.ask(cast.tenjo, Wish(f"p{number}@colegio.example"))

    assert len(mails()) == 5


def test_a_network_that_asks_for_many_addresses_is_told_to_wait(
    host: HostPage, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widgets.subscribe.public.A_NETWORK_AN_HOUR", 2)

    answers = [ask(host, f"p{number}@example.org").status_code for number in range(4)]

    assert answers == [201, 201, 429, 429]


def test_the_field_that_no_person_sees_gets_the_same_answer_and_no_mail(host: HostPage, mails: Any) -> None:
    answer = ask(host, website="http://x.example")

    assert answer.status_code == 201
    assert mails() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ana"},
        {"email": "ana@example.org, otra@example.org"},
        {"email": "ana(comment)@example.org"},
        {"email": "ana@example.org\r\nBcc: x@y.z"},
        {"email": "Ana <ana@example.org>"},
        {"email": "ana@[127.0.0.1]"},
        {"email": "a" * 321},
        {"email": "a" * 310 + "@example.org"},
        {"email": "ana@example.org", "frequency": "hourly"},
        {"email": "ana@example.org", "topics": [999]},
        {"email": "ana@example.org", "topics": ["x"]},
        {"email": "ana@example.org", "name": "Ana"},
    ],
)
def test_a_wish_that_cant_be_taken_is_refused_by_field(host: HostPage, body: dict[str, Any]) -> None:
    answer = host.send("/subscribe/requests", body)

    assert answer.status_code == 422, answer.text
    assert answer.json["error"]["fields"]  # type: ignore[index]


def test_an_international_address_is_taken(host: HostPage, mails: Any) -> None:
    assert ask(host, "ana@niñez.example").status_code == 201
    assert len(mails()) == 1


def test_the_same_key_asks_once(host: HostPage, mails: Any) -> None:
    for _ in range(2):
        host.send("/subscribe/requests", {"email": "ana@example.org"}, key="k" * 32)

    assert len(mails()) == 1


def test_a_foreign_page_cant_ask(host: HostPage) -> None:
    host.origin = "https://malo.example"

    assert host.client.post("/api/tenjo/subscribe/requests", json={}, headers=host.headers()).status_code == 403


def test_a_link_is_good_for_its_purpose_and_its_week(host: HostPage, cast: Cast, mails: Any) -> None:
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        service.ask(cast.tenjo, Wish("ana@example.org"))
        one = service.subscriber_id(cast.tenjo, "ana@example.org")
        token = links.sign(links.CONFIRM, one, 1)
        clock.shift(timedelta(days=8))
        late = host.client.post("/tenjo/subscribe/confirm", data={"t": token})
        other = host.client.post("/tenjo/subscribe/confirm", data={"t": links.sign(links.LEAVE, one, 1)})
        elsewhere = host.client.post("/other/subscribe/confirm", data={"t": links.sign(links.CONFIRM, one, 1)})

    assert (late.status_code, other.status_code, elsewhere.status_code) == (404, 404, 404)
    assert counts(cast.tenjo)["active"] == 0


def test_who_never_confirms_is_forgotten(app: Any, cast: Cast) -> None:
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False) as clock:
        service.ask(cast.tenjo, Wish("ana@example.org"))
        clock.shift(timedelta(days=8))
        service.purge({})

    assert kept(cast.tenjo, "ana@example.org") == []


# Without script


def test_the_form_works_without_script_and_a_mistake_keeps_what_was_typed(host: HostPage, mails: Any) -> None:
    import re

    page = host.client.get("/tenjo/subscribe").text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    data = {"token": token[1], "email": "ana@", "frequency": "weekly", "notice_version": "1"}
    wrong = host.client.post("/tenjo/subscribe", data=data)
    right = host.client.post("/tenjo/subscribe", data={**data, "email": "ana@example.org"})

    assert wrong.status_code == 422
    assert 'value="weekly" checked' in wrong.text
    assert "Revise su correo" in right.text
    assert len(mails()) == 1


# Leaving and choosing


def test_a_broken_link_to_leave_changes_nothing(host: HostPage, cast: Cast, subscribed: Callable[..., int]) -> None:
    subscribed("ana@example.org")

    assert host.client.post("/hooks/subscribe/leave?t=WzEsMV0.x.y").status_code == 404
    assert host.client.post("/hooks/subscribe/leave").status_code == 404
    assert counts(cast.tenjo)["active"] == 1


def preferences(host: HostPage, subscriber: int, **data: Any) -> Any:
    token = links.sign(links.PREFERENCES, subscriber, 1)
    return host.client.post("/tenjo/subscribe/preferences", data={"t": token, **data})


@pytest.mark.store
def test_the_page_of_preferences_changes_topics_and_frequency(
    host: HostPage, cast: Cast, subscribed: Callable[..., int], press: Press
) -> None:
    from app.content.service import ensure_topics

    topics = [topic.id for topic in ensure_topics(cast.tenjo)]
    one = subscribed("ana@example.org")
    answer = preferences(host, one, what="save", frequency="daily", topics=[str(topics[1])])
    found = kept(cast.tenjo, "ana@example.org")[0]

    assert answer.status_code == 303
    assert (found["frequency"], found["topics"]) == ("daily", [topics[1]])


def test_the_page_of_preferences_is_kept_by_no_cache_and_told_to_nobody(
    host: HostPage, subscribed: Callable[..., int]
) -> None:
    one = subscribed("ana@example.org")

    page = host.client.get(f"/tenjo/subscribe/preferences?t={links.sign(links.PREFERENCES, one, 1)}")

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "ana@example.org" not in page.text


def test_a_person_can_leave_or_be_forgotten(host: HostPage, cast: Cast, subscribed: Callable[..., int]) -> None:
    preferences(host, subscribed("ana@example.org"), what="leave")
    preferences(host, subscribed("luz@example.org"), what="erase")

    assert counts(cast.tenjo) == {"active": 0, "pending": 0, "left": 1, "suppressed": 0}
    assert kept(cast.tenjo, "luz@example.org") == []


def test_a_person_takes_their_own_data_along_and_nobody_elses(
    host: HostPage, cast: Cast, subscribed: Callable[..., int]
) -> None:
    one = subscribed("ana@example.org", "weekly")
    subscribed("luz@example.org")
    page = host.client.get(f"/tenjo/subscribe/preferences?t={links.sign(links.PREFERENCES, one, 1)}")
    taken = preferences(host, one, what="export")
    forged = host.client.post("/tenjo/subscribe/preferences", data={"t": "WzEsMV0.x.y", "what": "export"})

    assert 'name="what" value="export"' in page.text
    assert [(row["email"], row["frequency"], row["state"]) for row in taken.json] == [
        ("ana@example.org", "weekly", "active")
    ]
    assert taken.headers["Content-Disposition"] == 'attachment; filename="suscripcion.json"'
    assert (taken.headers["Cache-Control"], forged.status_code) == ("no-store", 404)


def test_who_left_can_return_and_older_links_stay_dead(
    host: HostPage, cast: Cast, subscribed: Callable[..., int], mails: Any
) -> None:
    one = subscribed("ana@example.org")
    preferences(host, one, what="leave")
    ask(host)
    [mail] = mails()
    host.client.post("/tenjo/subscribe/confirm", data={"t": link_in(mail).partition("t=")[2]})

    assert counts(cast.tenjo)["active"] == 1
    assert preferences(host, one, what="leave").status_code == 404
