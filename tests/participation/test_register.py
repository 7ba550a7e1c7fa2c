"""Exercises open and close by themselves, are announced above the widgets, and end documented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.clock import now
from app.db import db
from app.participation import register
from app.participation.models import PlannedUse
from app.participation.register import Outcome, Plan
from tests.conftest import Cast, HostPage
from tests.documents.reading import read
from widgets.forum import holding, standing
from widgets.forum.models import Forum
from widgets.survey import service as survey

SOON, LATER = timedelta(hours=1), timedelta(days=2)


def planned(cast: Cast, **changes: Any) -> int:
    """Plan a use that begins in an hour and ends two days on."""
    told: dict[str, Any] = {
        "title": "Hablemos del parque", "tool": "forum", "moment": "planning", "starts_at": now() + SOON,
        "ends_at": now() + LATER, "banner": "Opine sobre el parque.", "indicators": (("Aportes recibidos", "100"),),
        **changes,
    }  # fmt: skip
    return register.save(cast.staff("comu"), cast.tenjo, Plan(**told))


def forum_of(cast: Cast) -> int:
    return holding.create(cast.staff("comu"), cast.tenjo, holding.Setup(title="Parque"))


def use_of(use_id: int) -> PlannedUse:
    db.session.rollback()
    return db.session.scalars(select(PlannedUse).where(PlannedUse.id == use_id)).one()


def later(after: timedelta) -> None:
    with time_machine.travel(now() + after, tick=False):
        register.keep_time({})


def banner(host: HostPage) -> Any:
    return host.get("/boot?w=forum").json["site"]["banner"]  # type: ignore[index]


@pytest.mark.store
def test_a_forum_opens_and_closes_at_its_hours_under_its_banner(host: HostPage, cast: Cast) -> None:
    forum_id = forum_of(cast)
    use_id = planned(cast, source_id=forum_id)
    before = banner(host)
    later(timedelta(0))
    early = db.session.get_one(Forum, forum_id).state

    with time_machine.travel(now() + SOON, tick=False):
        register.keep_time({})
        open_now = db.session.get_one(Forum, forum_id).state
        shown = banner(host)
        page = host.client.get("/tenjo/forum").text
    with time_machine.travel(now() + LATER, tick=False):
        over = banner(host)
        register.keep_time({})

    assert (before, early, open_now) == ("", "draft", "open")
    assert shown == "Opine sobre el parque."
    assert "Opine sobre el parque." in page
    assert over == ""
    db.session.rollback()
    assert db.session.get_one(Forum, forum_id).state == standing.CLOSED
    assert (use_of(use_id).state, use_of(use_id).people) == ("done", 0)


def test_what_cannot_open_says_why_and_keeps_nobody_else_from_their_hour(cast: Cast) -> None:
    empty = survey.create(cast.staff("comu"), cast.tenjo, "Vacía")
    stuck = planned(cast, tool="survey", source_id=empty)
    other = planned(cast)

    later(SOON)
    later(SOON)

    assert (use_of(stuck).state, use_of(stuck).problem) == ("planned", "survey.errors.not-ready")
    assert use_of(other).state == "running"


def test_a_server_that_was_away_all_the_time_says_so(cast: Cast) -> None:
    forum_id = forum_of(cast)
    use_id = planned(cast, source_id=forum_id)

    later(LATER + SOON)

    assert (use_of(use_id).state, use_of(use_id).problem) == ("done", "participation.errors.missed")
    assert db.session.get_one(Forum, forum_id).state == "draft"


def test_what_is_called_off_closes_what_it_had_opened(cast: Cast) -> None:
    forum_id = forum_of(cast)
    use_id = planned(cast, source_id=forum_id)
    later(SOON)

    register.cancel(cast.staff("comu"), cast.tenjo, use_id)
    register.cancel(cast.staff("comu"), cast.tenjo, use_id)

    assert use_of(use_id).state == "cancelled"
    assert db.session.get_one(Forum, forum_id).state == standing.CLOSED


def _form(**changes: str) -> dict[str, str]:
    day = now().date()
    return {
        "title": "Hablemos", "tool": "forum", "source": "", "moment": "budget", "starts_at": f"{day}T08:00",
        "ends_at": f"{day + timedelta(days=3)}T18:00", "indicators": "Aportes: 100", "banner": "Opine.", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "title-error"),
        ({"tool": "nothing"}, "Elija"),
        ({"moment": "x"}, "Elija"),
        ({"ends_at": "2020-01-01T08:00"}, "terminar después de empezar"),
        ({"starts_at": "mañana"}, "starts_at-error"),
        ({"source": "survey:1"}, "la herramienta que escogió"),
        ({"source": "forum:999"}, "la herramienta que escogió"),
        ({"indicators": "Aportes"}, "meta después de dos puntos"),
        ({"indicators": "Aportes: 1\nAportes: 2"}, "mismo nombre"),
        ({"indicators": "\n".join(f"n{n}: 1" for n in range(11))}, "diez indicadores"),
    ],
)
def test_a_plan_that_cannot_be_is_drawn_again_with_what_was_typed(sign_in: Any, changes: Any, said: str) -> None:
    answer = sign_in("comu").post("/participation/new", _form(**changes))

    assert answer.status_code == 422
    assert said in answer.text
    assert changes.get("title", "Hablemos") in answer.text
    assert 'value="Opine."' in answer.text


def test_another_sites_forum_is_none_that_one_can_plan_with(cast: Cast, sign_in: Any) -> None:
    foreign = holding.create(cast.staff("olga"), cast.other, holding.Setup(title="Ajeno"))

    desk = sign_in("comu")

    assert "Ajeno" not in desk.get("/participation/new").text
    assert desk.post("/participation/new", _form(source=f"forum:{foreign}")).status_code == 422


@pytest.mark.store
def test_it_goes_from_plan_to_documented_at_the_desk(host: HostPage, cast: Cast, sign_in: Any) -> None:
    forum_id, desk = forum_of(cast), sign_in("comu")
    there = desk.post("/participation/new", _form(source=f"forum:{forum_id}")).location
    use_id = int(there.rpartition("/")[2])
    later(timedelta(days=1))
    later(timedelta(days=5))

    half = desk.post(
        f"/participation/{use_id}/outcome", {"done": "Un foro.", "people": "-3", "results": "", "lessons": ""}
    )
    told = {"done": "Un foro.", "people": "42", "results": "Diez temas.", "lessons": "Avisar antes.", "reached-0": "42"}
    whole = desk.post(f"/participation/{use_id}/outcome", told)

    assert (half.status_code, whole.status_code) == (422, 302)
    assert "de 0 en adelante" in half.text
    public = host.client.get("/tenjo/participation").text
    assert all(text in public for text in ("Hablemos", "Avisar antes.", "Logrado: 42."))
    assert "Diez temas." in desk.get("/participation/register.csv").text
    assert "Aportes: 42 de 100" in desk.get("/participation").text
    assert desk.get(f"/participation/{use_id}").status_code == 200


def test_the_yearly_plan_is_a_document_with_its_control(cast: Cast, sign_in: Any) -> None:
    use_id = planned(cast, title="*Parque* #eval(1)", starts_at=now() - LATER, ends_at=now() - SOON)
    later(timedelta(0))
    register.document(
        cast.staff("comu"), cast.tenjo, use_id, Outcome("Foro", "Diez temas", "Avisar antes", 42, ("42",))
    )

    pdf = read(sign_in("audi").get(f"/participation/plan.pdf?year={now().year}").data)

    assert (pdf.tagged, pdf.ua, pdf.lang) == (True, True, "es")
    assert all(text in pdf.text for text in ("CE-PL-01", "*Parque* #eval(1)", "Aportes recibidos", "Avisar antes"))
    assert "Página 1 de" in pdf.text
    # Planned for nobody in particular: the cell says so.
    assert "planes – Prensa" in pdf.text


def test_who_only_reads_plans_nothing_and_who_is_over_stays_as_it_was(cast: Cast, sign_in: Any) -> None:
    use_id = planned(cast, starts_at=now() - LATER, ends_at=now() - SOON)
    later(timedelta(0))

    refused = sign_in("audi").post("/participation/new", _form())
    late = sign_in("comu").post(f"/participation/{use_id}/plan", _form())

    assert refused.status_code == 403
    assert late.status_code == 200
    assert "ya terminó" in late.text
    assert use_of(use_id).title == "Hablemos del parque"
