"""What staff publish is seen and found from then on, and gone when it is withdrawn or past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app import events
from app.clock import now
from app.content import service
from app.errors import Conflict, Forbidden, Invalid, NotFound
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press


def test_a_published_question_is_found_without_accents(press: Press) -> None:
    made = press.ask("¿Dónde es la vacunación?", "En el puesto de salud.")

    assert press.found("vacunacion") == [f"faq:{made}"]


def test_a_hidden_question_is_neither_shown_nor_found(press: Press, host: HostPage) -> None:
    press.ask("¿Dónde es la vacunación?", published=False)

    assert press.found("vacunación") == []
    assert "vacunación" not in host.client.get("/tenjo/faq").text


def test_a_draft_is_nobody_elses(press: Press, host: HostPage) -> None:
    press.write("Cierre de la vía")
    press.work()

    assert press.found("cierre") == []
    assert host.client.get("/tenjo/news/cierre-de-la-via").status_code == 404


def test_a_publication_is_read_at_the_address_of_its_first_title(press: Press, host: HostPage) -> None:
    made = press.publish("¡Cierre de la vía!")
    press.write("Cierre de la vía a Chía", "Otro texto.", made)

    answer = host.client.get("/tenjo/news/cierre-de-la-via")

    assert answer.status_code == 200
    assert "Cierre de la vía a Chía" in answer.text
    assert press.found("chia") == [] and (press.work(), press.found("chia"))[1] == [f"publication:{made}"]


def test_two_with_one_title_have_two_addresses(press: Press, host: HostPage) -> None:
    press.publish("Aviso")
    press.publish("Aviso")

    assert host.client.get("/tenjo/news/aviso-2").status_code == 200


def test_a_withdrawn_one_is_gone_from_page_and_search(press: Press, host: HostPage) -> None:
    made = press.publish("Cierre de la vía")
    service.set_state(press.staff, press.site, made, "withdrawn")
    press.work()

    assert press.found("cierre") == []
    assert host.client.get("/tenjo/news/cierre-de-la-via").status_code == 404


@pytest.mark.store
def test_a_scheduled_one_comes_at_its_hour_and_goes_at_its_end(press: Press, host: HostPage) -> None:
    start = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    with time_machine.travel(start - timedelta(hours=1), tick=False) as clock:
        made = press.write("Feria", publish_at=start, expires_at=start + timedelta(days=1))
        service.set_state(press.staff, press.site, made, "published")
        press.work()
        before = host.client.get("/tenjo/news/feria").status_code
        clock.move_to(start + timedelta(seconds=1))
        press.work()
        during = (host.client.get("/tenjo/news/feria").status_code, press.found("feria"))
        clock.move_to(start + timedelta(days=1, seconds=1))
        press.work()

        assert before == 404
        assert during == (200, [f"publication:{made}"])
        assert host.client.get("/tenjo/news/feria").status_code == 404
        assert press.found("feria") == []


def test_each_publication_is_announced_once(press: Press) -> None:
    heard: list[int] = []
    events.subscribe("content.published", lambda publication_id: heard.append(publication_id))
    made = press.publish("Feria")
    service.set_state(press.staff, press.site, made, "withdrawn")
    service.set_state(press.staff, press.site, made, "published")
    press.work()

    assert heard == [made]


def test_an_expiry_before_the_beginning_is_refused(press: Press) -> None:
    with pytest.raises(Invalid) as refused:
        press.write("Feria", publish_at=now(), expires_at=now() - timedelta(days=1))

    assert "expires_at" in refused.value.fields


def test_what_was_public_cant_be_deleted_and_a_draft_can(press: Press) -> None:
    public, draft = press.publish("Feria"), press.write("Borrador")
    service.delete_publication(press.staff, press.site, draft)

    with pytest.raises(Conflict):
        service.delete_publication(press.staff, press.site, public)
    with pytest.raises(NotFound):
        service.publication(press.site, draft)


def test_staff_of_another_site_can_neither_write_here_nor_touch_this(press: Press, cast: Cast) -> None:
    made = press.write("Feria")
    olga = cast.staff("olga")

    with pytest.raises(Forbidden):
        service.set_state(olga, press.site, made, "published")
    with pytest.raises(NotFound):
        service.set_state(olga, cast.other, made, "published")


def test_the_generation_moves_with_what_the_public_sees_and_not_with_drafts(press: Press) -> None:
    made = press.write("Feria")
    before = service.generation(press.site)[0]
    press.write("Feria", "Otro texto.", made)
    still = service.generation(press.site)[0]
    service.set_state(press.staff, press.site, made, "published")

    assert (still, service.generation(press.site)[0]) == (before, before + 1)
