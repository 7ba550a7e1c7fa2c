"""Each message goes to each subscriber once, whatever dies in between, and to nobody who did not ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_string
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from app.content.service import ensure_topics, set_state
from app.db import db, write
from app.mail import bounces
from app.mail.models import Mail
from app.mail.transport import Rejected
from tests.conftest import Cast
from tests.content.conftest import Press
from tests.mail.test_bounces import COMPLAINT, report
from tests.subscribe.conftest import counts
from widgets.subscribe import mailing, service, undelivered
from widgets.subscribe.models import Delivery, Run


def recipients(mails: Any) -> list[str]:
    return sorted(mail["To"] for mail in mails())


def test_a_publication_reaches_those_of_its_topic_who_want_it_at_once(
    press: Press, subscribed: Callable[..., int], mails: Any
) -> None:
    news, notices = [topic.id for topic in ensure_topics(press.site)][:2]
    subscribed("all@example.org")
    subscribed("news@example.org", "immediate", news)
    subscribed("notices@example.org", "immediate", notices)
    subscribed("daily@example.org", "daily")
    press.publish("Feria del libro", topic_id=news)

    assert recipients(mails) == ["all@example.org", "news@example.org"]


def test_the_mail_says_what_where_and_how_to_leave(press: Press, subscribed: Callable[..., int], mails: Any) -> None:
    subscribed("ana@example.org")
    press.publish("Feria del libro", "Todo el **sábado**.", summary="El sábado en el parque.")
    [mail] = mails()
    text = mail.get_content()

    assert mail["Subject"] == "Feria del libro"
    assert "El sábado en el parque." in text
    assert "http://localhost:8000/tenjo/news/feria-del-libro" in text
    assert "/tenjo/subscribe/preferences" in text
    assert mail["List-Id"] == "<tenjo.tenjo.example>"


def test_no_link_that_opens_a_subscription_lies_in_the_store_in_the_clear(
    press: Press, subscribed: Callable[..., int]
) -> None:
    subscribed("ana@example.org")
    press.publish("Feria")

    [text] = db.session.scalars(select(Mail.text))
    assert "preferences?" not in text


def test_withdrawn_and_published_again_is_not_mailed_again(
    press: Press, subscribed: Callable[..., int], mails: Any
) -> None:
    subscribed("ana@example.org")
    made = press.publish("Feria")
    for state in ("withdrawn", "published"):
        set_state(press.staff, press.site, made, state)

    assert len(mails()) == 1


def test_a_title_with_a_line_end_or_a_script_is_only_a_title(
    press: Press, subscribed: Callable[..., int], mails: Any
) -> None:
    subscribed("ana@example.org")
    press.publish("Feria\r\nBcc: x@y.example <script>alert(1)</script>")
    [mail] = mails()

    assert mail["Bcc"] is None
    assert mail["Subject"] == "Feria Bcc: x@y.example <script>alert(1)</script>"


@pytest.mark.store
def test_a_worker_that_dies_between_batches_loses_and_repeats_nobody(
    press: Press, subscribed: Callable[..., int], mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "BATCH", 3)
    monkeypatch.setattr(mailing, "PAUSE", timedelta(0))
    for number in range(10):
        subscribed(f"p{number}@d{number}.example")
    made = press.write("Feria")
    set_state(press.staff, press.site, made, "published")
    mailing.announce(made)
    real, died = mailing._queue, []

    def dies(*args: Any) -> Any:
        mail = real(*args)
        if len(died) < 4 and db.session.query(Mail).count() % 3 == 2:
            died.append(1)
            raise SystemExit
        return mail

    monkeypatch.setattr(mailing, "_queue", dies)
    [run] = db.session.scalars(select(Run.id))
    for _ in range(12):
        try:
            mailing.send_batch({"run": run})
        except SystemExit:
            continue

    assert len(died) == 4
    assert Counter(recipients(mails)) == {f"p{number}@d{number}.example": 1 for number in range(10)}
    assert service.runs(press.site)[0].run.state == "done"


def test_a_job_run_twice_sends_once(press: Press, subscribed: Callable[..., int], mails: Any) -> None:
    subscribed("ana@example.org")
    made = press.publish("Feria")
    mailing.announce(made)
    [run] = db.session.scalars(select(Run.id))
    mailing.send_batch({"run": run})

    assert len(mails()) == 1


def test_a_batch_takes_only_so_many_of_one_provider(
    press: Press, subscribed: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "PER_DOMAIN", 2)
    for number in range(5):
        subscribed(f"p{number}@gmail.com")
    subscribed("p@small.example")
    made = press.write("Feria")
    set_state(press.staff, press.site, made, "published")
    mailing.announce(made)
    [run] = db.session.scalars(select(Run.id))
    mailing.send_batch({"run": run})

    queued = Counter(db.session.scalars(select(Delivery.domain).where(Delivery.state == "queued")))
    assert queued == {"gmail.com": 2, "small.example": 1}


def test_who_leaves_while_a_run_goes_on_gets_nothing_more(
    press: Press, subscribed: Callable[..., int], mails: Any
) -> None:
    one = subscribed("ana@example.org")
    made = press.write("Feria")
    set_state(press.staff, press.site, made, "published")
    mailing.announce(made)
    with write():
        row = db.session.get_one(service.Subscriber, one)
        row.state = "left"

    assert mails() == []
    assert service.runs(press.site)[0].skipped == 1


# Digests


@pytest.fixture
def thursday_night(press: Press) -> Any:
    # 20:00 in Bogotá of Thursday 19 November; that day's digest has been looked at.
    with time_machine.travel("2026-11-20T01:00:00+00:00", tick=False) as clock:
        press.work()
        clock.shift(timedelta(minutes=1))
        yield clock


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-05:00")


@pytest.mark.store
def test_a_digest_comes_once_at_the_hour_of_the_site_with_what_is_new(
    press: Press, subscribed: Callable[..., int], mails: Any, thursday_night: Any
) -> None:
    subscribed("ana@example.org", "daily")
    press.publish("Feria del libro")
    press.publish("Cierre de la vía")
    thursday_night.move_to(at("2026-11-20T06:55"))
    before = len(mails())
    thursday_night.move_to(at("2026-11-20T07:01"))
    [mail] = mails()
    thursday_night.move_to(at("2026-11-20T09:00"))

    assert before == 0
    assert mail["Subject"] == "Alcaldía de Tenjo: 2 novedades de hoy"
    assert "Feria del libro" in mail.get_content() and "Cierre de la vía" in mail.get_content()
    assert len(mails()) == 1


def test_a_day_without_news_sends_nothing_and_says_so(
    press: Press, subscribed: Callable[..., int], mails: Any, thursday_night: Any
) -> None:
    subscribed("ana@example.org", "daily")
    thursday_night.move_to(at("2026-11-20T08:00"))

    assert mails() == []
    assert {one.run.state for one in service.runs(press.site)} == {"empty"}


def test_after_days_without_a_worker_one_digest_tells_it_all(
    press: Press, subscribed: Callable[..., int], mails: Any, thursday_night: Any
) -> None:
    subscribed("ana@example.org", "daily")
    thursday_night.move_to(at("2026-11-20T08:00"))
    mails()
    thursday_night.move_to(at("2026-11-20T10:00"))
    press.publish("Feria del libro")
    thursday_night.move_to(at("2026-11-24T09:00"))
    [mail] = mails()

    assert "Feria del libro" in mail.get_content()


def test_a_digest_holds_the_topics_of_each_and_skips_who_has_none(
    press: Press, subscribed: Callable[..., int], mails: Any, thursday_night: Any
) -> None:
    news, notices = [topic.id for topic in ensure_topics(press.site)][:2]
    subscribed("news@example.org", "daily", news)
    subscribed("notices@example.org", "daily", notices)
    press.publish("Feria", topic_id=news)
    thursday_night.move_to(at("2026-11-20T08:00"))

    assert recipients(mails) == ["news@example.org"]


def test_the_weekly_digest_comes_on_its_weekday(
    press: Press, subscribed: Callable[..., int], mails: Any, thursday_night: Any
) -> None:
    subscribed("ana@example.org", "weekly")
    press.publish("Feria")
    thursday_night.move_to(at("2026-11-22T08:00"))
    before = len(mails())
    thursday_night.move_to(at("2026-11-23T08:00"))

    assert before == 0
    assert [mail["Subject"] for mail in mails()] == ["Alcaldía de Tenjo: 1 novedad de la semana"]


# Bounces


def test_an_address_refused_for_good_is_never_written_to_again(
    app: Any, cast: Cast, press: Press, subscribed: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed("ghost@example.org")
    sent: list[str] = []

    class Refuses:
        def send(self, _sender: str, recipient: str, _message: Any) -> None:
            sent.append(recipient)
            raise Rejected("recipient refused: 550")

    app.extensions["ventanilla"].transport = Refuses()
    press.publish("Feria")
    undelivered.count_bounces({})
    press.publish("Otra feria")
    service.ask(cast.tenjo, service.Wish("ghost@example.org"))
    press.work()

    assert sent == ["ghost@example.org"]
    assert counts(cast.tenjo)["suppressed"] == 1


def test_three_messages_that_could_not_be_brought_end_a_subscription_and_two_do_not(
    app: Any, cast: Cast, press: Press, subscribed: Callable[..., int]
) -> None:
    class Away:
        def send(self, _sender: str, _recipient: str, _message: Any) -> None:
            raise ConnectionError

    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False) as clock:
        subscribed("full@example.org")
        app.extensions["ventanilla"].transport = Away()
        states = []
        for number in range(3):
            press.publish(f"Feria {number}")
            for _ in range(8):
                clock.shift(timedelta(hours=4))
                press.work()
            states.append(counts(cast.tenjo)["active"])

    assert states == [1, 1, 0]


def bounce(press: Press, subscriber: int, report: Callable[[str], Any]) -> None:
    """Let a report come back of the newest mail to a subscriber."""
    db.session.rollback()
    newest = select(Mail.message_id).where(Mail.source == "subscribe", Mail.source_id == subscriber)
    assert bounces.take(report(db.session.scalars(newest.order_by(Mail.id.desc())).first() or ""))
    press.work()


def test_a_bounce_for_good_and_a_complaint_end_a_subscription_at_once(
    cast: Cast, press: Press, subscribed: Callable[..., int], mails: Any
) -> None:
    ghost, angry = subscribed("ghost@example.org"), subscribed("angry@example.org")
    press.publish("Feria")
    bounce(press, ghost, report)
    bounce(press, angry, lambda id: message_from_string(COMPLAINT.format(what="abuse", message_id=id)))
    press.publish("Otra feria")

    assert counts(cast.tenjo)["suppressed"] == 2
    assert len(mails()) == 2


def test_what_comes_back_of_a_letter_to_somebody_else_ends_nobodys_subscription(
    cast: Cast, press: Press, subscribed: Callable[..., int]
) -> None:
    ana = subscribed("ana@example.org")
    for number in range(3):
        press.publish(f"Feria {number}")
    # As when the number was somebody else's when the letters were sent.
    with write():
        db.session.execute(update(Mail).where(Mail.source_id == ana).values(to_address="before@example.org"))
        db.session.execute(update(Mail).values(state="failed", last_error="recipient refused: 550 5.1.1"))

    undelivered.count_bounces({})
    for mail_id in list(db.session.scalars(select(Mail.id).where(Mail.source_id == ana))):
        for kind in (bounces.HARD, bounces.SOFT, bounces.COMPLAINT):
            undelivered.heed("subscribe", ana, mail_id, kind)

    assert counts(cast.tenjo) == {"active": 1, "pending": 0, "left": 0, "suppressed": 0}


def test_three_soft_bounces_in_a_row_end_it_and_one_that_arrives_between_begins_anew(
    cast: Cast, press: Press, subscribed: Callable[..., int]
) -> None:
    full, unlucky = subscribed("full@example.org"), subscribed("unlucky@example.org")
    for number in range(3):
        press.publish(f"Feria {number}")
        bounce(press, full, lambda id: report(id, status="5.2.2"))
        if number != 1:
            bounce(press, unlucky, lambda id: report(id, status="5.2.2"))
            bounce(press, unlucky, lambda id: report(id, status="5.2.2"))

    assert counts(cast.tenjo) == {"active": 1, "pending": 0, "left": 0, "suppressed": 1}


def test_a_letter_refused_for_its_content_is_no_reason_to_end_a_subscription(
    app: Any, cast: Cast, press: Press, subscribed: Callable[..., int]
) -> None:
    subscribed("ana@example.org")

    class Filter:
        def send(self, _sender: str, _recipient: str, _message: Any) -> None:
            raise Rejected("refused: 554 5.7.1")

    app.extensions["ventanilla"].transport = Filter()
    press.publish("Feria")
    undelivered.count_bounces({})

    assert counts(cast.tenjo)["active"] == 1


def test_a_run_waits_for_what_it_has_put_on_the_way(
    app: Any, press: Press, subscribed: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "BATCH", 3)
    for number in range(8):
        subscribed(f"p{number}@d{number}.example")
    made = press.write("Feria")
    set_state(press.staff, press.site, made, "published")
    mailing.announce(made)
    [run] = db.session.scalars(select(Run.id))
    for _ in range(4):
        mailing.send_batch({"run": run})
    shown = service.runs(press.site)[0]

    assert db.session.query(Mail).count() == 3
    assert (shown.sent, shown.on_the_way, shown.run.total) == (0, 8, 8)


def test_mails_of_long_ago_are_forgotten_and_the_run_still_says_that_they_went(
    press: Press, subscribed: Callable[..., int]
) -> None:
    subscribed("ana@example.org")
    press.publish("Feria")
    with time_machine.travel("2027-02-20T10:00:00+00:00"):
        mailing.purge({})
    db.session.rollback()

    assert db.session.query(Mail).count() == 0
    assert service.runs(press.site)[0].sent == 1
