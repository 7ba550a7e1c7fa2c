"""What stands around a survey: places of the site, other languages, where it is offered, and where it is found."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.cases import answering
from app.cases import service as cases
from app.cases.answering import Answer
from app.cases.models import Case
from app.db import db
from app.mail.models import Mail
from app.search.models import SearchDocument
from app.sites.models import Place
from tests.conftest import Cast, HostPage, filing
from tests.survey.conftest import Opener, question, survey_of
from widgets.survey import service
from widgets.survey.models import Survey

LIST = "nombre;clase;habitantes\nCentro;barrio;5.000\nChitasugá;vereda;1200\nLa Punta"


def _survey() -> Survey:
    db.session.rollback()
    return db.session.scalars(select(Survey).order_by(Survey.id.desc())).first()  # type: ignore[return-value]


@pytest.mark.store
def test_a_question_about_where_asks_with_the_sites_places(host: HostPage, sign_in: Any, opened: Opener) -> None:
    sign_in("admin").post("/settings/places", {"table": LIST})
    key = opened(question("q1", "place", from_site=True, options=[]), question("q2", "yes_no"))
    sign_in("admin").post("/settings/places", {"table": "La Punta;vereda\nChitasugá;vereda;1300"})

    asked = host.get(f"/survey/surveys/{key}").json["sections"][0]["questions"][0]  # type: ignore[index]
    targets = sign_in("comu").get(f"/survey/{_survey().id}/targets").text
    page = sign_in("comu").get(f"/survey/{_survey().id}").text

    # What is open stays as it was opened; the new list is offered as the next version.
    assert [one["key"] for one in asked["options"]] == ["centro", "chitasuga", "la-punta"]
    assert "Abrir la nueva versión" in page
    assert "q1;Chitasugá;1300" in targets
    db.session.rollback()
    kept = [(row.key, row.kind, row.people) for row in db.session.scalars(select(Place).order_by(Place.rank))]
    assert kept == [("la-punta", "vereda", 0), ("chitasuga", "vereda", 1300)]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("Centro;planeta", "Línea 1: la clase"), ("Centro\nLa Punta;vereda;muchos", "Línea 2: los habitantes"),
        ("Centro\nCENTRO", "Línea 2: ese lugar ya está"), (";vereda;3\nOtro", "Línea 1: falta el nombre"),
    ],
)  # fmt: skip
def test_a_list_of_places_says_its_line_at_fault_and_keeps_what_was_typed(
    sign_in: Any, cast: Cast, table: str, said: str
) -> None:
    answer = sign_in("admin").post("/settings/places", {"table": table})

    assert (said in answer.text, answer.status_code) == (True, 422)
    assert table.splitlines()[-1] in answer.text
    assert db.session.scalar(select(Place.id)) is None


def test_without_places_it_is_not_opened(cast: Cast) -> None:
    staff = cast.staff("comu")
    survey_id = service.create(staff, cast.tenjo, "Obras")
    service.edit(staff, cast.tenjo, survey_id, lambda _draft: survey_of(question("q1", "place", from_site=True)))

    with pytest.raises(service.NotReady) as said:
        service.open_survey(staff, cast.tenjo, survey_id)

    assert [one.message_key for one in said.value.problems] == ["survey.errors.no-places"]


def test_it_is_asked_in_a_language_of_the_place_and_a_change_keeps_its_words(
    host: HostPage, sign_in: Any, opened: Opener
) -> None:
    key = opened(question("q1", "single"), question("q2", "yes_no"), question("q3", "likert"),
                 question("q4", "stars"), question("q5", "multiple", other=True),
                 languages=(("guc", "Wayuunaiki"),))  # fmt: skip
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"
    words = {"title": "Kasachiki", "q1.text": "¿Jamaya pia?", "q1.options.o1": "Anasü",
             "q2.words.yes": "Aa", "q3.words.5": "Anasü maa",
             "q4.words.2": "Piama", "q5.words.other": "Eepeeree"}  # fmt: skip
    listed = desk.get(f"{base}/translate/guc").text
    assert "Pregunta q3 Muy satisfecho" in listed and "Pregunta q4 2 estrellas" in listed and "q5 Otra" in listed
    assert desk.post(f"{base}/translate/guc", words).status_code == 302
    changed = {"kind": "single", "text": "¿Cómo está?", "options": "Opción 1\nOtra cosa", "required": "no"}
    desk.post(f"{base}/questions/q1", {"act": "save", **changed})
    desk.post(f"{base}/questions/q2", {"act": "save", "kind": "yes_no", "text": "Pregunta q2", "required": "no"})
    desk.post(f"{base}/act", {"act": "open"})

    asked = host.get(f"/survey/surveys/{key}?in=guc").json
    first, second, third, *more = asked["sections"][0]["questions"]  # type: ignore[index]
    page = host.client.get(f"/tenjo/survey/{key}?in=guc").text

    assert (asked["title"], asked["lang"], first["text"]) == ("Kasachiki", "guc", "¿Jamaya pia?")  # type: ignore[index]
    assert [one["text"] for one in first["options"]] == ["Anasü", "Otra cosa"]
    assert second["text"] == "Pregunta q2"
    assert (second["words"], third["words"]) == ({"yes": "Aa"}, {"5": "Anasü maa"})
    assert "> Aa<" in page and "> No<" in page and "> Anasü maa<" in page and "> Muy insatisfecho<" in page
    assert [one["words"] for one in more] == [{"2": "Piama"}, {"other": "Eepeeree"}]
    assert "> Piama<" in page and "> 3 estrellas<" in page and "> Eepeeree<" in page
    assert "words" not in host.get(f"/survey/surveys/{key}").json["sections"][0]["questions"][1]  # type: ignore[index]
    assert "¿Jamaya pia?" in page and '<div lang="guc">' in page
    assert desk.get(f"{base}/translate/xx").status_code == 404
    assert host.get(f"/survey/surveys/{key}?in=xx").json["lang"] == "es"  # type: ignore[index]


def test_a_language_without_a_name_is_said_at_its_field(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "yes_no"))

    answer = sign_in("comu").post(
        f"/survey/{_survey().id}/setup",
        {"title": "Obras", "design": "open", "level": "browser", "pace": "section", "languages": "es Español",
         "confidence": "95"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "español e inglés ya están" in answer.text


def test_it_is_offered_after_a_chat_and_under_the_answers_of_its_tag(host: HostPage, opened: Opener) -> None:
    from app.participation import offers

    opened(question("q1", "yes_no"), title="Del chat", offers={"chat": True})
    opened(question("q1", "yes_no"), title="Alumbrado", offers={"case": True, "tags": ["Alumbrado público"]})
    opened(question("q1", "yes_no"), title="Con códigos", level="codes", offers={"chat": True, "case": True})

    found = host.get("/offers?moment=chat").json
    site_id = _survey().site_id

    assert [one["title"] for one in found["offers"]] == ["Del chat"]  # type: ignore[index]
    assert found["offers"][0]["url"].endswith("/tenjo/survey/del-chat?lang=es")  # type: ignore[index]
    assert offers.offers(site_id, "case", ["vías"], "es") == []
    assert "Alumbrado\n" in offers.in_mail(site_id, "case", ["alumbrado publico"], "es")
    assert host.get("/offers?moment=zarzamora").json == {"offers": []}


def test_the_answer_of_a_case_offers_the_survey_of_its_tag(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened(question("q1", "yes_no"), title="Alumbrado", offers={"case": True, "tags": ["alumbrado"]})
    filed = host.send("/pqr/cases", filing()).json
    assert filed is not None
    known = {"radicado": filed["radicado"], "code": filed["code"]}
    db.session.rollback()
    staff, case_id = cast.staff("ana"), db.session.scalars(select(Case.id)).one()
    cases.set_tags(staff, cast.tenjo, case_id, ["Alumbrado"])
    before = host.ask("/cases/track", known).json["offers"]  # type: ignore[index]

    answering.answer(staff, cast.tenjo, case_id, Answer("R", "Sí.", "Espere.", recourse="none"))

    url = "/tenjo/survey/alumbrado?lang=es"
    after = host.ask("/cases/track", known).json["offers"]  # type: ignore[index]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', host.client.get("/tenjo/track").text))
    page = host.client.post("/tenjo/track", data={**hidden, **known, "act": "track"}).text
    db.session.rollback()
    letter = db.session.scalars(select(Mail.text).where(Mail.subject.contains("ya hay respuesta"))).one()
    assert before == []
    assert [(one["widget"], one["key"]) for one in after] == [("survey", "alumbrado")]
    assert url in page and url in letter and filed["code"] not in letter


def test_the_search_finds_it_once_it_is_open(cast: Cast, opened: Opener) -> None:
    staff = cast.staff("comu")
    draft = service.create(staff, cast.tenjo, "En preparación", "six")
    opened(question("q1", "short", text={"es": "¿Qué acueducto usa?"}), title="Agua")

    found = {row.id: row for row in db.session.scalars(select(SearchDocument))}

    [document] = found.values()
    assert document.id != f"survey:{draft}"
    assert (document.title, document.url) == ("Agua", "/tenjo/survey/agua")
    assert "acueducto" in document.body
