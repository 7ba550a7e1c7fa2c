"""The law against the clock, its dates counted by hand from the text: the last day, the day after, twice, and again."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.cases import (
    answering,
    competence,
    decrees,
    delivery,
    effect,
    jobs,
    notices,
    recourse,
    service,
    tasks,
    workflow,
)
from app.cases.answering import Answer
from app.cases.models import CaseClock, CaseMessage
from app.cases.reading import for_person
from app.cases.recompute import recompute
from app.cases.service import Words
from app.cases.workflow import Transfer
from app.cases.workflow_models import CaseNotice
from app.db import db
from app.errors import Invalid
from app.sites.service import remove_calendar_day, set_calendar_day
from tests.cases.conftest import case, refused
from tests.conftest import PDF, Cast, HostPage

GIVEN = Answer("Respuesta a su solicitud", "El poste se repara el lunes.", "Espere la visita.")
ANONYMOUS = {
    "identity": "anonymous", "name": "", "document_type": "", "document_number": "", "email": "",
    "electronic_consent": False,
}  # fmt: skip


def clock_of(case_id: int, name: str) -> CaseClock:
    db.session.rollback()
    return db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == name)).one()


# The last day and the day after


def test_ten_days_to_require_end_on_the_tenth_and_not_on_the_weekend_after_it(
    cast: Cast, file: Any, clock: Any
) -> None:
    first, second = file(), file()
    # The tenth working day from Friday 20 November is Friday 4 December, until midnight in Bogotá.
    clock.move_to("2026-12-05T04:30:00Z")
    workflow.require(cast.staff("ana"), cast.tenjo, first, ["Recibo"], "Falta.")

    clock.move_to("2026-12-05T15:00:00Z")
    with refused("require_in_time"):
        workflow.require(cast.staff("ana"), cast.tenjo, second, ["Recibo"], "Falta.")


def test_a_transfer_on_the_saturday_after_the_fifth_day_is_late_and_brings_the_letter_by_mail(
    cast: Cast, file: Any, clock: Any, host: HostPage, mails: Any
) -> None:
    case_id = file()
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    clock.move_to("2026-11-28T15:00:00Z")

    in_time = workflow.transfer(
        cast.staff("ana"), cast.tenjo, case_id, Transfer("CAR", "", "OF-12", "Es del río.", (receipt,))
    )

    told = next(mail for mail in mails() if "se trasladó" in str(mail["Subject"]))
    assert not in_time
    assert [part.get_filename() for part in told.iter_attachments()] == ["oficio.pdf"]


def test_a_claim_about_data_that_is_anothers_is_sent_on_in_two_days(
    cast: Cast, file: Any, clock: Any, host: HostPage
) -> None:
    case_id = file(kind="habeas_reclamo")
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    # Two working days from Friday 20 November end on Tuesday the 24th.
    clock.move_to("2026-11-25T15:00:00Z")

    assert not workflow.transfer(
        cast.staff("ana"), cast.tenjo, case_id, Transfer("Banco", "", "OF-1", "Es su archivo.", (receipt,))
    )


# The type


def test_a_shorter_type_keeps_of_an_extension_what_its_own_term_takes(cast: Cast, file: Any, mails: Any) -> None:
    case_id = file(kind="consulta")
    workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 20, "Falta un concepto.")

    # Ten days and at most ten more: the twentieth from 20 November.
    assert workflow.reclassify(cast.staff("ana"), cast.tenjo, case_id, "informacion", "Pide datos.") == date(
        2026, 12, 21
    )
    told = mails()[-1]
    assert "cambió su tipo y su fecha" in str(told["Subject"])
    assert "lunes 21 de diciembre de 2026" in told.get_content()


def test_a_case_never_becomes_one_of_the_offices_own_clocks(cast: Cast, file: Any) -> None:
    with pytest.raises(Invalid):
        workflow.reclassify(cast.staff("admin"), cast.tenjo, file(), "copias", "Motivo.")


def test_what_becomes_a_claim_about_data_owes_its_legend(cast: Cast, file: Any) -> None:
    case_id = file()
    workflow.reclassify(cast.staff("ana"), cast.tenjo, case_id, "habeas_reclamo", "Son sus datos.")

    assert clock_of(case_id, "label").due_on == date(2026, 11, 24)


# Suspended, and given to somebody


def test_giving_a_suspended_case_to_somebody_neither_starts_nor_loses_its_clock(cast: Cast, file: Any) -> None:
    case_id = file()
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")

    service.assign(cast.staff("rita"), cast.tenjo, case_id, assignee_id=cast.people["ana"])
    assert (case(case_id).state, case(case_id).due_on) == ("required", None)
    workflow.write_from_person(cast.tenjo, case_id, Words("Va el recibo."))

    # Required and completed on 20 November, before any day of the term: all fifteen are left.
    assert (case(case_id).state, case(case_id).due_on) == ("in_process", date(2026, 12, 14))


# Tacit withdrawal: proposed, decreed, notified in person, appealed, archived


@pytest.mark.store
def test_a_tacit_withdrawal_is_proposed_decreed_notified_and_archived_in_its_days(
    cast: Cast, file: Any, clock: Any, mails: Any
) -> None:
    case_id, rita = file(), cast.staff("rita")
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")
    # The month ends on Sunday 20 December, hence on Monday the 21st.
    clock.move_to("2026-12-21T15:00:00Z")
    jobs.propose_lapses({})
    assert tasks.open_tasks(case_id) == []
    clock.move_to("2026-12-22T15:00:00Z")
    jobs.propose_lapses({})
    jobs.propose_lapses({})
    assert [task.kind for task in tasks.open_tasks(case_id)] == ["lapse"]

    decrees.decree_withdrawal(rita, cast.tenjo, case_id, "Auto 12", "Se decreta.")

    act = db.session.scalars(select(CaseMessage).where(CaseMessage.kind == "act")).one()
    assert "únicamente el recurso de reposición" in act.body
    assert "Puede presentar el recurso en la página de seguimiento" in act.next_step
    assert "dentro de los 10 días hábiles siguientes a su notificación personal" in act.body
    assert act.radicado and act.radicado != case(case_id).radicado
    letter = next(mail for mail in mails() if "hay una decisión" in str(mail["Subject"]))
    assert [part.get_content_type() for part in letter.iter_attachments()] == ["application/pdf"]
    assert effect.why_not_archived(case(case_id)).message_key == "cases.law.archive_unnotified"  # type: ignore[union-attr]
    # Read on 28 December: ten working days, without New Year and Epiphany (11 January), end on 13 January.
    clock.move_to("2026-12-28T15:00:00Z")
    effect.note_access(cast.tenjo, case_id)
    assert (case(case_id).state, clock_of(case_id, "appeal").due_on) == ("lapsed", date(2027, 1, 13))
    clock.move_to("2027-01-13T15:00:00Z")
    with refused("archive_recourse"):
        effect.archive(rita, cast.tenjo, case_id)
    clock.move_to("2027-01-14T15:00:00Z")
    effect.archive(rita, cast.tenjo, case_id)

    assert case(case_id).state == "archived"
    # Late, but never refused, although the file is closed.
    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("No sabía."), b"12345678")
    assert case(child.case_id).marks == ["late"]


def test_what_was_not_understood_is_archived_after_ten_days_by_its_own_article(
    cast: Cast, file: Any, clock: Any
) -> None:
    case_id, rita = file(), cast.staff("rita")
    workflow.send_back(cast.staff("ana"), cast.tenjo, case_id, "No se entiende qué pide.")
    clock.move_to("2026-12-04T15:00:00Z")
    with refused("withdrawal_too_early") as error:
        decrees.decree_withdrawal(rita, cast.tenjo, case_id, "Auto 3", "Se archiva.")

    assert "art. 19" in error.value.article
    clock.move_to("2026-12-05T15:00:00Z")
    decrees.decree_withdrawal(rita, cast.tenjo, case_id, "Auto 3", "Se archiva.")
    assert case(case_id).state == "lapsed"


def test_an_act_without_consent_waits_for_its_delivery_and_is_late_to_appeal_only_from_then(
    cast: Cast, file: Any, clock: Any
) -> None:
    case_id, rita = file(electronic_consent=False), cast.staff("rita")
    workflow.send_back(cast.staff("ana"), cast.tenjo, case_id, "No se entiende.")
    clock.move_to("2026-12-09T15:00:00Z")
    decrees.decree_withdrawal(rita, cast.tenjo, case_id, "Auto 3", "Se archiva.")
    effect.note_access(cast.tenjo, case_id)
    assert (case(case_id).notified_at, [task.kind for task in tasks.open_tasks(case_id)]) == (None, ["delivery"])

    clock.move_to("2027-01-20T15:00:00Z")
    delivery.deliver(rita, cast.tenjo, case_id, "in_person", "Firmó el acta")
    # Ten working days from 20 January end on 3 February.
    assert clock_of(case_id, "appeal").due_on == date(2027, 2, 3)
    clock.move_to("2027-02-03T15:00:00Z")
    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("Sí se entiende."), b"12345678")
    assert case(child.case_id).marks == []


# Recourses


def test_what_decides_a_recourse_is_not_appealed_here_but_a_new_decision_is(cast: Cast, file: Any) -> None:
    case_id, ana = file(), cast.staff("ana")
    answering.answer(ana, cast.tenjo, case_id, GIVEN)
    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("No."), b"12345678").case_id
    answering.answer(ana, cast.tenjo, child, GIVEN)

    with refused("recur_again"):
        recourse.bring(cast.tenjo, child, "appeal", Words("Tampoco."), b"12345679")
    with refused("recur_once"):
        recourse.bring(cast.tenjo, case_id, "appeal", Words("Otra vez."), b"12345679")
    workflow.reopen(cast.staff("rita"), cast.tenjo, case_id, "Hubo un error.")
    answering.answer(ana, cast.tenjo, case_id, GIVEN)

    assert recourse.bring(cast.tenjo, case_id, "appeal", Words("Contra la nueva."), b"12345670")


def test_a_file_stays_open_while_a_recourse_may_be_brought_or_waits(cast: Cast, file: Any, clock: Any) -> None:
    case_id, ana = file(), cast.staff("ana")
    answering.answer(ana, cast.tenjo, case_id, Answer("R", "No.", "Puede recurrir.", recourse="appeal"))
    with refused("archive_too_early"):
        effect.archive(ana, cast.tenjo, case_id)
    effect.note_access(cast.tenjo, case_id)

    # Ten working days from Friday 20 November end on Friday 4 December.
    clock.move_to("2026-12-04T15:00:00Z")
    with refused("archive_recourse"):
        effect.archive(ana, cast.tenjo, case_id)
    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("No."), b"12345678").case_id
    clock.move_to("2026-12-14T15:00:00Z")
    with refused("archive_recourse"):
        effect.archive(ana, cast.tenjo, case_id)
    answering.answer(ana, cast.tenjo, child, GIVEN)

    effect.archive(ana, cast.tenjo, case_id)


# The notice board


def test_a_notice_hangs_once_and_its_whole_five_days_whatever_closes_meanwhile(
    cast: Cast, file: Any, clock: Any, mails: Any
) -> None:
    case_id = file(**ANONYMOUS)
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)
    with refused("on_board"):
        delivery.put_on_board(cast.staff("ana"), cast.tenjo, case_id)

    set_calendar_day(cast.tenjo, date(2026, 11, 25), False, "Día cívico", "system")
    mails()

    notice = db.session.scalars(select(CaseNotice)).one()
    assert (notice.until_on, notice.effective_on) == (date(2026, 11, 30), date(2026, 12, 1))


def test_an_act_on_an_anonymous_petition_is_notified_by_the_board(cast: Cast, file: Any, clock: Any) -> None:
    case_id = file(**ANONYMOUS)
    workflow.send_back(cast.staff("ana"), cast.tenjo, case_id, "No se entiende.")
    clock.move_to("2026-12-09T15:00:00Z")
    decrees.decree_withdrawal(cast.staff("rita"), cast.tenjo, case_id, "Auto 3", "Se archiva.")
    # Five working days from Wednesday 9 December end on the 16th; it is notified at the end of the 17th.
    clock.move_to("2026-12-18T15:00:00Z")
    notices.take_down({})

    # Ten working days from 17 December: 18, 21 to 24, 28 to 31, and 4 January.
    assert clock_of(case_id, "appeal").due_on == date(2027, 1, 4)


# A calendar that changes


def test_a_day_that_becomes_a_holiday_gives_the_person_the_next_and_is_never_taken_back(
    cast: Cast, file: Any, clock: Any, mails: Any
) -> None:
    case_id = file()
    clock.move_to("2026-11-24T15:00:00Z")
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")
    assert clock_of(case_id, "completion").due_on == date(2026, 12, 24)

    set_calendar_day(cast.tenjo, date(2026, 12, 24), False, "Día cívico", "system")
    recompute({"site_id": cast.tenjo})
    assert clock_of(case_id, "completion").due_on == date(2026, 12, 28)
    remove_calendar_day(cast.tenjo, date(2026, 12, 24), "system")
    recompute({"site_id": cast.tenjo})

    assert clock_of(case_id, "completion").due_on == date(2026, 12, 28)


def test_a_past_day_that_becomes_a_holiday_moves_what_runs_and_nothing_that_was_met_or_missed(
    cast: Cast, file: Any, clock: Any, mails: Any
) -> None:
    late, answered = file(kind="informacion"), file()
    answering.answer(cast.staff("ana"), cast.tenjo, answered, GIVEN)
    effect.note_access(cast.tenjo, answered)
    running, disputed = file(), file()
    # Monday 7 December: information was due on the 4th.
    clock.move_to("2026-12-07T15:00:00Z")

    set_calendar_day(cast.tenjo, date(2026, 11, 25), False, "Duelo", "system")
    mails()

    assert [case(one).due_on for one in (late, answered, running)] == [
        date(2026, 12, 4), date(2026, 12, 14), date(2026, 12, 15),
    ]  # fmt: skip
    told = [mail.get_content() for mail in mails() if "cambió la fecha de respuesta" in str(mail["Subject"])]
    assert len(told) == 2
    assert "ahora es el martes 15 de diciembre de 2026. Antes era el lunes 14 de diciembre de 2026." in told[0]
    assert "La fecha del caso sigue siendo el viernes 4" in for_person(case(late), "es")["count"][-1]

    # A Saturday given back afterwards would have ended the term before it stopped: one day is left all the same.
    clock.move_to("2026-12-15T15:00:00Z")
    competence.dispute(cast.staff("rita"), cast.tenjo, disputed, "CAR", "Es suya.")
    set_calendar_day(cast.tenjo, date(2026, 12, 5), True, "Sábado", "system")
    mails()
    assert case(disputed).due_on is None
    clock.move_to("2026-12-17T15:00:00Z")
    competence.decide_dispute(cast.staff("rita"), cast.tenjo, disputed, "Auto 1", "Es nuestra.")
    assert case(disputed).due_on == date(2026, 12, 18)


# Who is told


def test_officers_are_told_again_of_a_date_that_an_extension_moved(
    cast: Cast, file: Any, clock: Any, mails: Any
) -> None:
    case_id = file()
    clock.move_to("2026-12-14T15:00:00Z")
    jobs.remind({})
    workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 5, "Falta un concepto.")
    clock.move_to("2026-12-18T15:00:00Z")
    jobs.remind({})
    clock.move_to("2026-12-22T15:00:00Z")

    told = [str(mail["Subject"]).split(": ")[1] for mail in mails() if "@tenjo.example" in str(mail["To"])]
    assert told == ["vence en un día hábil", "vence en un día hábil", "venció el término"]


def test_each_act_on_a_case_tells_the_person_by_mail(cast: Cast, file: Any, clock: Any, mails: Any) -> None:
    """The column "citizen is told" of the state machine, for the acts that no other test looks at."""
    first, second, third = file(), file(), file()
    service.assign(cast.staff("rita"), cast.tenjo, first, assignee_id=cast.people["ana"])
    workflow.require(cast.staff("ana"), cast.tenjo, first, ["Recibo"], "Falta.")
    workflow.ask_for_time(cast.tenjo, first)
    workflow.write_from_person(cast.tenjo, first, Words("Va."))
    service.withdraw(cast.tenjo, first, "")
    service.annul(cast.staff("admin"), cast.tenjo, second, "Se radicó dos veces.")
    clock.move_to("2026-12-15T15:00:00Z")
    jobs.remind({})

    told = [mail for mail in mails() if str(mail["To"]) == "luz@example.org"]
    said = [re.sub(r"^Radicado \S+: ", "", str(mail["Subject"])) for mail in told]
    assert said[3:] == [
        "ya tiene dependencia", "falta información", "tiene más plazo", "recibimos lo que envió", "quedó desistido",
        "fue anulado", "venció el término para responderle",
    ]  # fmt: skip
    assert "Servicio al Ciudadano" in told[3].get_content()
    assert "Se radicó dos veces." in told[8].get_content()
    assert "Personería" in told[9].get_content()
    assert case(third).state == "radicated"


def test_who_holds_an_annulled_number_reads_why(cast: Cast, file: Any, host: HostPage, mails: Any) -> None:
    case_id = file()
    code = re.search(r"secreto\): (\S+)", mails()[-1].get_content())
    assert code is not None
    service.annul(cast.staff("admin"), cast.tenjo, case_id, "Se radicó dos veces.")
    known = {"radicado": case(case_id).radicado, "code": code[1]}

    shown = host.ask("/cases/track", known).json

    assert shown is not None
    assert (shown["state"], shown["can"]["add"], shown["messages"][0]["body"]) == (
        "annulled", False, "Se radicó dos veces.",
    )  # fmt: skip
    assert host.send("/cases/messages", {**known, "body": "¿Por qué?", "files": []}).status_code == 409


# What the person reads and takes back


def known(file: Any, mails: Any, **changes: Any) -> tuple[int, dict[str, str]]:
    """File a case; return its number in the store, and what opens it."""
    case_id = file(**changes)
    code = re.search(r"secreto\): (\S+)", mails()[-1].get_content())
    assert code is not None
    return case_id, {"radicado": case(case_id).radicado, "code": code[1]}


def test_who_takes_back_electronic_notice_gets_the_answer_by_other_means(
    cast: Cast, file: Any, host: HostPage, mails: Any
) -> None:
    case_id, opens = known(file, mails)
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)

    assert host.send("/cases/consent", opens).status_code == 200

    shown = host.ask("/cases/track", opens).json
    assert shown is not None
    assert (shown["state"], shown["can"]["consent"]) == ("answered", False), "read, and not notified by it"
    assert [task.kind for task in tasks.open_tasks(case_id)] == ["delivery"]
    assert host.send("/cases/consent", opens).status_code == 409


def test_after_the_term_the_person_reads_who_helps_and_when_silence_is_a_refusal(
    file: Any, host: HostPage, mails: Any, clock: Any, sign_in: Any
) -> None:
    case_id, opens = known(file, mails)
    before = host.ask("/cases/track", opens).json
    clock.move_to("2026-12-15T15:00:00Z")
    after = host.ask("/cases/track", opens).json

    # Three months from 20 November: 20 February 2027 is a Saturday, hence Monday the 22nd.
    assert before is not None and after is not None
    assert (before["late"], "lunes 22 de febrero de 2027" in after["late"]) == ("", True)
    assert "Silencio negativo" in sign_in("ana").get(f"/cases/{case_id}").text
    assert "la Personería de su municipio" in host.client.get("/tenjo/track").text


def test_the_answer_to_a_consultation_says_that_it_binds_nobody(cast: Cast, file: Any) -> None:
    answering.answer(cast.staff("ana"), cast.tenjo, file(kind="consulta"), GIVEN)

    body = db.session.scalars(select(CaseMessage.body).where(CaseMessage.kind == "answer")).one()
    assert "no es de obligatorio cumplimiento o ejecución (Ley 1437 de 2011, artículo 28)" in body


def test_a_repeated_petition_is_answered_by_the_answer_before(cast: Cast, file: Any, sign_in: Any) -> None:
    first, again, strangers = file(), file(), file(document_number="999", email="otro@example.org")
    answering.answer(cast.staff("ana"), cast.tenjo, first, GIVEN)
    desk = sign_in("ana")
    typed = {"radicado": case(first).radicado, "reason": "Es la misma."}

    refusals = [
        desk.post(f"/cases/{number}/acts/refer", {**typed, "radicado": named}).status_code
        for number, named in ((strangers, typed["radicado"]), (again, case(strangers).radicado), (again, "2026-1"))
    ]
    done = desk.post(f"/cases/{again}/acts/refer", typed)

    assert (refusals, done.status_code, case(again).state) == ([422, 422, 422], 302, "answered")
    said = db.session.scalars(select(CaseMessage.body).where(CaseMessage.case_id == again)).one()
    assert "El poste se repara el lunes." in said and f"repite la del radicado {typed['radicado']}" in said
    assert "Repite el" in desk.get(f"/cases/{again}").text


def test_copies_on_paper_cost_at_most_their_reproduction(host: HostPage) -> None:
    page = host.client.get("/tenjo/pqr").text

    assert "En archivo es gratis; en papel se cobra a lo sumo lo que cuesta reproducirlos" in page


def test_an_imminent_danger_is_first_on_the_list_from_today(cast: Cast, file: Any, sign_in: Any) -> None:
    older, urgent = file(), file()
    workflow.prioritise(cast.staff("ana"), cast.tenjo, urgent, "imminent_danger")

    page = sign_in("ana").get("/cases").text
    assert page.index(case(urgent).radicado) < page.index(case(older).radicado)
    assert (case(urgent).target_on, case(urgent).due_on) == (date(2026, 11, 20), date(2026, 12, 14))
    with pytest.raises(Invalid):
        workflow.prioritise(cast.staff("ana"), cast.tenjo, older, "because")
