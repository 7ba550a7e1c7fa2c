"""What the protocol lets an adviser do, and what it asks first."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.cases.models import Case
from app.content.service import FaqText, save_faq
from app.db import db
from app.errors import Conflict, Forbidden, NotFound
from app.sites.service import change_site
from tests.conftest import PDF, Cast, HostPage
from widgets.chat import desk, jobs, live, log, reports, scripts, service, shifts, view
from widgets.chat.errors import Blocked, ChatEnded, NotYet, OtherWords
from widgets.chat.models import ChatConversation


def events(conversation: ChatConversation) -> list[str]:
    return [row.kind for row in log.rows(conversation.id, 0, 100, private=True)]


def ask(conversation: ChatConversation, text: str = "¿Cuánto cuesta el predial?", id: str = "question-1") -> int:
    return service.say(conversation.id, "person", id, text)


def answer(conversation: ChatConversation, cast: Cast, text: str = "Depende del avalúo.", id: str = "answer-01") -> int:
    return service.say(conversation.id, "staff", id, text, staff_id=cast.people["ana"], name="Ana")


@pytest.mark.parametrize(
    ("moment", "greeting"),
    [
        ("2026-11-24T16:59:00Z", "Buenos días"),
        ("2026-11-24T17:00:00Z", "Buenas tardes"),
        ("2026-11-24T19:30:00Z", "Buenas tardes"),
        ("2026-11-25T00:30:00Z", "Buenas noches"),
    ],
)
def test_the_greeting_goes_by_the_hour_and_the_name(
    talk: Any, clock: Any, cast: Cast, moment: str, greeting: str
) -> None:
    change_site(cast.tenjo, "system", always_open=True)
    clock.move_to(moment)

    first = log.rows(talk().id, 0, 1, private=False)[0]

    assert first.body == f"{greeting}, Luz. Cordial saludo por parte de Alcaldía de Tenjo. ¿En qué le puedo ayudar?"


def test_the_adviser_with_fewest_open_and_longest_idle_gets_the_next(talk: Any, clock: Any, cast: Cast) -> None:
    shifts.check_in(cast.staff("rita"), cast.tenjo)
    given = []
    for _ in range(4):
        clock.shift(1)
        given.append(talk(duty=("ana",) if not given else ()).staff_id)

    assert given == [cast.people[name] for name in ("rita", "ana", "rita", "ana")]


def test_nobody_gets_more_than_their_maximum_nor_another_office_s(talk: Any, cast: Cast) -> None:
    shifts.check_in(cast.staff("beto"), cast.tenjo, most=1)

    of_planning = talk(duty=(), office="120")
    second = talk(duty=(), office="120")
    of_finance = talk(duty=(), office="130")

    assert (of_planning.staff_id, second.state, of_finance.state) == (cast.people["beto"], "waiting", "waiting")
    assert service.status(second)["place"] == 1


def test_who_checks_out_gives_conversations_back_to_the_queue(talk: Any, cast: Cast) -> None:
    conversation = talk()
    shifts.check_in(cast.staff("rita"), cast.tenjo)

    shifts.check_out(cast.staff("ana"), cast.tenjo)

    assert service.read(conversation.id).staff_id == cast.people["rita"]
    assert events(conversation)[-2:] == ["requeued", "assigned"]


def test_it_ends_only_after_the_person_confirmed(talk: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    ask(conversation)
    answer(conversation, cast)
    with pytest.raises(NotYet):
        desk.end(ana, cast.tenjo, conversation.id, "done")

    card = desk.ask_satisfied(ana, cast.tenjo, conversation.id)
    service.confirm(conversation.id, "yes-00001", card, True)
    desk.end(ana, cast.tenjo, conversation.id, "done")

    ended = service.read(conversation.id)
    assert (ended.state, ended.end_reason, ended.task) == ("ended", "done", "")
    assert "Gracias por su consulta." in log.rows(conversation.id, 0, 100, private=False)[-2].body


def test_who_asks_again_after_the_yes_is_answered_first(talk: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    card = desk.ask_satisfied(ana, cast.tenjo, conversation.id)
    service.confirm(conversation.id, "yes-00001", card, True)
    ask(conversation, "Otra cosa: ¿y el ICA?")
    with pytest.raises(NotYet):
        desk.end(ana, cast.tenjo, conversation.id, "done")

    answer(conversation, cast, "El ICA se declara en enero.")

    desk.end(ana, cast.tenjo, conversation.id, "done")


def test_a_person_who_says_no_keeps_the_conversation_open(talk: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    card = desk.ask_satisfied(ana, cast.tenjo, conversation.id)
    service.confirm(conversation.id, "no-000001", card, False)

    with pytest.raises(NotYet):
        desk.end(ana, cast.tenjo, conversation.id, "done")


def test_inactivity_may_be_closed_by_hand_after_two_minutes(talk: Any, clock: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    answer(conversation, cast, "¿Se encuentra en línea?")
    clock.shift(119)
    with pytest.raises(NotYet):
        desk.end(ana, cast.tenjo, conversation.id, "inactive")

    clock.shift(1)
    desk.end(ana, cast.tenjo, conversation.id, "inactive")

    assert service.read(conversation.id).end_reason == "inactive"


def test_who_waits_for_an_answer_is_not_inactive(talk: Any, clock: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    answer(conversation, cast)
    ask(conversation)
    clock.shift(600)

    with pytest.raises(NotYet):
        desk.end(ana, cast.tenjo, conversation.id, "inactive")


def test_a_block_follows_a_logged_warning_and_runs_out(talk: Any, clock: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    with pytest.raises(NotYet):
        desk.block(ana, cast.tenjo, conversation.id, "Insultos", 1)

    desk.warn(ana, cast.tenjo, conversation.id)
    desk.block(ana, cast.tenjo, conversation.id, "Insultos", 1)

    with pytest.raises(Blocked):
        talk()
    clock.shift(24 * 3600 + 1)
    assert talk().state == "open"
    actions = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.site_id == cast.tenjo)))
    assert {"chat.warned", "chat.blocked"} <= set(actions)


def test_a_withdrawn_message_leaves_a_tombstone_and_a_trace(talk: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    ref = ask(conversation, "Compre ya en mi tienda")

    desk.withdraw(ana, cast.tenjo, conversation.id, ref, "Mensaje comercial")

    rows = log.rows(conversation.id, 0, 100, private=False)
    frame = next(log.wire(row) for row in rows if row.seq == ref)
    assert (frame["body"], frame["gone"]) == ("", True)
    assert "Compre" not in service.transcript_words(service.read(conversation.id))


@pytest.mark.store
def test_one_click_files_with_transcript_and_the_time_of_the_message(talk: Any, clock: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    ask(conversation, "Necesito el certificado de estratificación.")
    clock.shift(180)

    filed = desk.to_case(ana, cast.tenjo, conversation.id, "peticion_particular")

    case = db.session.get_one(Case, filed.case_id)
    assert case.received_at.isoformat() == "2026-11-24T14:00:00+00:00"
    assert (case.channel, case.source, case.source_id) == ("chat", "chat", conversation.id)
    assert "Necesito el certificado" in case.body
    shown = dict(live.live().load(f"{live.PERSON}{conversation.id}", 0, 100))
    radicado = next(frame for frame in shown.values() if frame["what"] == "radicado")
    assert radicado["data"]["radicado"] == filed.radicado
    assert radicado["data"]["code"]
    with pytest.raises(Conflict):
        desk.to_case(ana, cast.tenjo, conversation.id, "peticion_particular")


def test_the_tracking_code_shown_in_the_chat_opens_the_case(talk: Any, cast: Cast, host: HostPage) -> None:
    conversation = talk()
    ask(conversation)
    filed = desk.to_case(cast.staff("ana"), cast.tenjo, conversation.id, "consulta")
    frames = live.live().load(f"{live.PERSON}{conversation.id}", 0, 100)
    code = next(frame["data"]["code"] for _, frame in frames if frame["what"] == "radicado")
    staff = live.live().load(f"{live.STAFF}{conversation.id}", 0, 100)

    opened = host.ask("/cases/track", {"radicado": filed.radicado, "code": code})

    assert opened.status_code == 200
    assert all("code" not in frame["data"] for _, frame in staff)


def test_a_conversation_cut_with_a_question_open_is_answered_by_mail(
    talk: Any, clock: Any, cast: Cast, mails: Any
) -> None:
    conversation, ana = talk(), cast.staff("ana")
    ask(conversation)
    clock.shift(6 * 60)
    jobs.tidy({})
    assert service.read(conversation.id).task == "open"
    assert [card["id"] for card in view.view(ana, cast.tenjo)["tasks"]] == [conversation.id]

    desk.answer_task(ana, cast.tenjo, conversation.id, "El predial cuesta según el avalúo.")

    assert service.read(conversation.id).task == "done"
    assert "según el avalúo" in [mail for mail in mails() if mail["To"] == "luz@example.org"][-1].get_content()


def test_a_note_of_a_transfer_is_seen_by_advisers_alone(talk: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    shifts.check_in(cast.staff("beto"), cast.tenjo)

    desk.transfer(ana, cast.tenjo, conversation.id, "Pregunta por una licencia", office="120", colleague=None)

    shown = [frame for _, frame in live.live().load(f"{live.PERSON}{conversation.id}", 0, 100)]
    assert "note" not in [frame["what"] for frame in shown]
    assert "note" in events(conversation)
    assert "transferred" in [frame["what"] for frame in shown]


def test_the_holder_of_before_says_nothing_once_it_is_another_s(talk: Any, cast: Cast) -> None:
    conversation, ana = talk(), cast.staff("ana")
    held = {"staff_id": ana.id, "name": "Ana", "held_for": conversation.office_id}
    first = service.say(conversation.id, "staff", "as-holder-1", "Un momento.", **held)
    again = service.say(conversation.id, "staff", "as-holder-1", "Un momento.", **held)

    desk.transfer(ana, cast.tenjo, conversation.id, "Pregunta por una licencia", office="120", colleague=None)

    with pytest.raises(ChatEnded):
        service.say(conversation.id, "staff", "as-holder-2", "Ya vuelvo.", **held)
    assert first == again
    assert "Ya vuelvo." not in [row.body for row in log.rows(conversation.id, 0, 99, private=True)]


def test_an_adviser_of_another_office_or_site_finds_nothing(talk: Any, cast: Cast, sign_in: Any) -> None:
    conversation = talk(office="120")

    for name, site in (("carla", cast.tenjo), ("olga", cast.other)):
        with pytest.raises(NotFound):
            desk.readable(cast.staff(name), site, conversation.id)
    answer = sign_in("carla").client.post(f"/console/tenjo/chat/{conversation.id}/take", json={})
    assert answer.status_code == 404


def test_one_adviser_cannot_act_on_another_s_conversation(talk: Any, cast: Cast) -> None:
    conversation = talk(office="120")

    with pytest.raises(Conflict):
        desk.warn(cast.staff("beto"), cast.tenjo, conversation.id)


def test_nothing_is_said_or_acted_after_the_end(talk: Any, cast: Cast) -> None:
    conversation = talk()
    service.leave(conversation.id, "leaving-1")

    with pytest.raises(ChatEnded):
        ask(conversation)
    with pytest.raises(ChatEnded):
        desk.warn(cast.staff("ana"), cast.tenjo, conversation.id)


def test_the_same_id_is_one_message_whatever_the_order(talk: Any) -> None:
    conversation = talk()
    first = ask(conversation, "uno")
    second = ask(conversation, "dos", "question-2")

    assert ask(conversation, "uno") == first
    assert second == first + 1
    assert service.read(conversation.id).seq == second
    with pytest.raises(OtherWords):
        ask(conversation, "otra")


def test_a_file_is_claimed_by_its_message_and_read_by_its_two_sides(
    talk: Any, cast: Cast, host: HostPage, sign_in: Any
) -> None:
    conversation = talk()
    receipt = host.upload("recibo.pdf", PDF).json["receipt"]  # type: ignore[index]
    service.say(conversation.id, "person", "with-file", "", (receipt,))
    file = log.rows(conversation.id, 0, 100, private=False)[-1].data["files"][0]

    opened = sign_in("ana").get(f"/chat/{conversation.id}/files/{file['id']}")
    stranger = sign_in("olga")
    stranger.site = "tenjo"

    assert (file["name"], opened.data) == ("recibo.pdf", PDF)
    assert "attachment" in opened.headers["Content-Disposition"]
    opened.close()
    assert stranger.get(f"/chat/{conversation.id}/files/{file['id']}").status_code == 404
    assert service.person_file(conversation.id, file["id"]) is not None


@pytest.mark.store
def test_the_four_items_are_kept_after_the_end_and_reported_with_n(talk: Any, clock: Any, cast: Cast) -> None:
    conversation = talk()
    clock.shift(30)
    answer(conversation, cast)
    scores = {"kindness": 5, "quality": 4, "timeliness": 3, "competence": 4}
    with pytest.raises(NotYet):
        service.rate(conversation.id, scores, "")

    service.leave(conversation.id, "leaving-1")
    service.rate(conversation.id, scores, "Gracias")

    found = reports.figures(cast.tenjo, reports.span_of("", "", cast.tenjo))
    assert found["all"] == {
        "n": 1, "wait_s": 0, "answer_s": 30, "within": 100, "duration_s": 30, "abandoned": 0, "rated": 1,
        "satisfaction": 4.0,
    }  # fmt: skip
    assert list(found["by_hour"]) == ["09:00"]


def test_the_report_is_a_page_and_a_file(talk: Any, sign_in: Any) -> None:
    talk()
    rita = sign_in("rita")

    assert "Servicio al Ciudadano" in rita.get("/chat/reports").text
    assert rita.get("/chat/reports?format=csv").text.startswith("\ufeffPor,Nombre")


def test_the_desk_asks_for_its_right(cast: Cast, sign_in: Any, clock: Any) -> None:
    assert sign_in("comu").get("/chat").status_code == 403
    assert sign_in("ana").get("/chat").status_code == 200


def test_the_site_may_put_the_protocol_in_its_own_words(talk: Any, cast: Cast, sign_in: Any, clock: Any) -> None:
    boss = sign_in("rita")
    form = {
        "help-es": "¿Qué necesita, {name}?", "satisfactory-es": "¿Quedó resuelto?", "rows": "1", "silence_s": "90",
        "target_s": "180", "own-0-shortcut": "predial", "own-0-es": "El predial se paga en Hacienda.",
    }  # fmt: skip
    assert boss.post("/chat/scripts", form).status_code == 302
    conversation = talk()

    desk.ask_satisfied(cast.staff("ana"), cast.tenjo, conversation.id)

    offered = {one["shortcut"]: one["text"]["es"] for one in scripts.for_desk(cast.tenjo)}
    assert log.rows(conversation.id, 0, 100, private=False)[-1].body == "¿Quedó resuelto?"
    assert (offered["ayuda"], offered["predial"]) == ("¿Qué necesita, {name}?", "El predial se paga en Hacienda.")
    assert offered["linea"] == "¿Se encuentra en línea? Por favor confírmenos para poder atender su consulta."
    assert offered["enlace"].endswith("/tenjo/pqr")
    assert "¿Quedó resuelto?" in boss.get("/chat/scripts").text
    assert boss.post("/chat/scripts", {**form, "own-0-shortcut": "dos palabras"}).status_code == 422
    assert sign_in("ana").get("/chat/scripts").status_code == 403


def test_a_colleague_of_another_office_is_asked_in_private(talk: Any, cast: Cast) -> None:
    conversation, ana, carla = talk(), cast.staff("ana"), cast.staff("carla")
    with pytest.raises(NotFound):
        desk.readable(carla, cast.tenjo, conversation.id)

    desk.consult(ana, cast.tenjo, conversation.id, carla.id, "¿Cuál es la tarifa?")

    assert desk.readable(carla, cast.tenjo, conversation.id).id == conversation.id
    assert [card["id"] for card in view.view(carla, cast.tenjo)["consulted"]] == [conversation.id]
    assert "tarifa" not in str(live.live().load(f"{live.PERSON}{conversation.id}", 0, 100))
    with pytest.raises(Conflict):
        desk.warn(carla, cast.tenjo, conversation.id)


def test_offensive_words_are_marked_for_advisers_and_hidden_from_nobody(talk: Any, cast: Cast) -> None:
    conversation = talk()
    ask(conversation, "Respondan, idiotas")

    theirs = live.live().load(f"{live.PERSON}{conversation.id}", 0, 100)[-1][1]
    ours = live.live().load(f"{live.STAFF}{conversation.id}", 0, 100)[-1][1]

    assert (theirs["body"], "offends" in theirs) == ("Respondan, idiotas", False)
    assert (ours["body"], ours["offends"]) == ("Respondan, idiotas", ["idiotas"])


def test_frequent_questions_are_at_hand_on_both_sides(cast: Cast, host: HostPage, sign_in: Any, clock: Any) -> None:
    save_faq(cast.staff("comu"), cast.tenjo, FaqText("¿Dónde pago el predial?", "En **Hacienda**."))

    ours = sign_in("ana").get("/chat/help.json").json["answers"]
    theirs = host.get("/chat/help?q=").json["answers"]  # type: ignore[index]

    assert ours == theirs
    assert (ours[0]["title"], ours[0]["text"]) == ("¿Dónde pago el predial?", "En Hacienda.")


def test_the_transcript_of_a_reserved_case_is_read_by_whoever_may_open_the_folder_alone(
    talk: Any, cast: Cast, sign_in: Any
) -> None:
    conversation, ana = talk(), cast.staff("ana")
    ask(conversation, "Tengo una enfermedad.")
    filed = desk.to_case(ana, cast.tenjo, conversation.id, "consulta")
    counter = sign_in("ana")

    why = {"what": "petition", "cause": "privacy", "reason": "Historia clínica"}
    assert counter.post(f"/cases/{filed.case_id}/reserve", why).status_code == 302

    # The words are the subject, too, which goes with them; the case is found by them no more.
    assert "enfermedad" not in counter.get(f"/cases/{filed.case_id}").text
    shown = counter.get("/cases").text
    assert "Asunto reservado" in shown and "enfermedad" not in shown
    assert filed.radicado not in counter.get("/cases?q=enfermedad").text
    # The person still talks with Ana, who goes on hearing them; afterwards nobody does who may not open the folder.
    assert desk.readable(ana, cast.tenjo, conversation.id)
    desk.end(ana, cast.tenjo, conversation.id, "radicated")
    with pytest.raises(Forbidden):
        desk.readable(ana, cast.tenjo, conversation.id)
    assert desk.readable(cast.staff("rita"), cast.tenjo, conversation.id)
