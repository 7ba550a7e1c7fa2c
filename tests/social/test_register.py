"""The register CE-F05: nothing dropped, nothing doubled, the date of the message kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from app import clock
from app.audit import AuditEntry
from app.cases.models import Case
from app.console.staff import disable
from app.db import db
from app.errors import Conflict
from app.files import files_of
from tests.app.uploads_made import image
from tests.conftest import Cast
from tests.documents.reading import read
from widgets.social.models import SocialReport
from widgets.social.register import reports
from widgets.social.sheets import columns, writing
from widgets.social.watch import checks

SAID = reports.Said(
    "facebook", "comment", "@vecina", "https://facebook.com/x/1", "=1+1 no llega el agua",
    datetime(2026, 11, 3, 15, 0, tzinfo=UTC),
)  # fmt: skip


def _row() -> SocialReport:
    db.session.rollback()
    row = db.session.scalar(db.select(SocialReport).order_by(SocialReport.id))
    assert row is not None
    return row


@pytest.mark.store
def test_a_report_that_lacks_criteria_becomes_a_case_of_the_day_it_was_said(cast: Cast) -> None:
    reports.capture(cast.tenjo, SAID, "system")
    report_id = _row().id

    filed = reports.radicate(cast.staff("ana"), cast.tenjo, report_id, "peticion_particular")

    case = db.session.get_one(Case, filed.case_id)
    (exported,) = writing.rows_of(cast.tenjo)
    assert case.radicado == exported[columns.NAMES.index("radicado")]
    assert (case.received_at, case.source, case.source_id) == (SAID.said_at, "social", report_id)
    with pytest.raises(Conflict):
        reports.radicate(cast.staff("ana"), cast.tenjo, report_id, "peticion_particular")


def test_hand_over_over_a_holiday_is_told_and_acknowledged_once(cast: Cast, mails: Any, sign_in: Any) -> None:
    with clock.at(datetime(2026, 10, 30, 15, tzinfo=UTC)):
        reports.capture(cast.tenjo, replace(SAID, said_at=clock.now()), "system")
    # Friday; All Saints is kept on Monday.
    assert _row().hand_over_on == date(2026, 11, 3)
    report_id = _row().id

    assert reports.hand_over(cast.staff("comu"), cast.tenjo) == 1
    assert checks.owed(cast.tenjo) == 1
    assert "disabled aria-describedby" in sign_in("comu").get(f"/social/reports/{report_id}").text
    with pytest.raises(Conflict):
        reports.acknowledge(cast.staff("comu"), cast.tenjo, report_id)
    (told,) = mails()
    assert told["To"] == "ana@tenjo.example" and "1 reporte del" in told.get_content() and "vecina" not in str(told)
    reports.acknowledge(cast.staff("ana"), cast.tenjo, report_id)
    assert checks.owed(cast.tenjo) == 0

    with pytest.raises(Conflict):
        reports.acknowledge(cast.staff("ana"), cast.tenjo, report_id)


def test_who_hands_over_acknowledges_only_where_nobody_else_could(cast: Cast) -> None:
    for _ in range(2):
        reports.capture(cast.tenjo, SAID, "system")
    ids = list(db.session.scalars(db.select(SocialReport.id)))
    db.session.rollback()
    ana, comu = cast.staff("ana"), cast.staff("comu")
    reports.hand_over(ana, cast.tenjo)
    with pytest.raises(Conflict):
        reports.acknowledge(ana, cast.tenjo, ids[0])
    reports.acknowledge(comu, cast.tenjo, ids[0])

    disable(cast.tenjo, cast.people["comu"], "system")

    reports.acknowledge(ana, cast.tenjo, ids[1])


def test_only_the_two_offices_open_it(sign_in: Any) -> None:
    assert [sign_in(name).get("/social/reports").status_code for name in ("ana", "comu", "beto", "admin")] == [
        200, 200, 403, 403,
    ]  # fmt: skip


def test_a_mistake_keeps_what_was_typed(sign_in: Any) -> None:
    answer = sign_in("comu").post(
        "/social/reports",
        {"network": "facebook", "interaction": "tag", "link": "javascript:1", "body": "Hueco", "said_at": "ayer"},
    )

    assert answer.status_code == 422
    assert "Hueco</textarea>" in answer.text and 'id="e-link"' in answer.text and 'id="e-said_at"' in answer.text
    assert '<a href="#f-link">Enlace al mensaje: ' in answer.text


def test_the_register_says_what_each_class_and_type_means(sign_in: Any) -> None:
    desk = sign_in("comu")
    page = desk.get("/social/reports/new").text

    assert '/social/reports/new">Registrar mensaje</a>' in desk.get("/social/reports").text
    assert "<dt>Reclamo</dt><dd>Oposición o inconformidad que busca que se revise la facturación" in page
    assert all(f"<dt>{name}</dt>" in page for name in ("Suscriptor", "Suscriptor potencial", "Usuario", "Queja"))
    assert "<dt>Petición</dt>" in page


def test_a_screenshot_comes_with_the_report_and_goes_with_the_case(sign_in: Any, cast: Cast) -> None:
    desk = sign_in("comu")
    typed = {"network": "x", "interaction": "tag", "body": "Hueco", "said_at": "2026-11-01T08:00", "at_once": "1"}
    refused = desk.post("/social/reports", {**typed, "body": "", "screenshot": (BytesIO(image("PNG")), "a.png")})
    receipt = refused.text.split('name="receipts" value="')[1].split('"')[0]

    desk.post("/social/reports", {**typed, "receipts": receipt})

    row = _row()
    (file,) = files_of(reports.SOURCE, [row.id])[row.id]
    assert desk.get(f"/social/reports/{row.id}/files/{file.id}", buffered=True).mimetype == "image/png"
    assert row.answers_at_once is True
    filed = reports.radicate(cast.staff("ana"), cast.tenjo, row.id, "queja")
    assert [one.id for one in filed.files] == [file.id]


def test_the_list_hides_peoples_data_until_somebody_says_why(sign_in: Any, cast: Cast) -> None:
    reports.capture(cast.tenjo, replace(SAID, body="No llega el agua, mi celular es 310 555 12 12"), "system")
    desk = sign_in("comu")

    hidden, without = desk.get("/social/reports").text, desk.post("/social/reports/reveal", {"reason": " "})
    shown = desk.post("/social/reports/reveal", {"reason": "Llamar a la persona"}).text

    assert "310 555" not in hidden and "@vecina" not in hidden and "310 555" not in without.text
    assert without.status_code == 422 and "310 555 12 12" in shown and "@vecina" in shown
    assert db.session.scalars(db.select(AuditEntry.action)).all().count("social.revealed") == 1


def test_a_report_covers_peoples_data_and_keeps_what_is_covered(sign_in: Any, cast: Cast) -> None:
    body = "No llega el agua, mi celular es 310 555 12 12"
    reports.capture(cast.tenjo, replace(SAID, body=body, evidence={"address": "Calle 4 # 5-12"}), "system")
    desk, path = sign_in("comu"), f"/social/reports/{_row().id}"

    hidden, without = desk.get(path).text, desk.post(f"{path}/reveal", {"reason": " "})
    shown = desk.post(f"{path}/reveal", {"reason": "Pedir lo que falta"}).text
    desk.post(f"{path}/judge", {"object": "Que llegue el agua", "name": "Luz Ejemplo"})

    assert without.status_code == 422
    for text in (hidden, without.text):
        assert "310 555" not in text and "@vecina" not in text and "Calle 4" not in text
    assert "310 555 12 12" in shown and "@vecina" in shown and ">Calle 4 # 5-12</textarea>" in shown
    db.session.rollback()
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "social.revealed")).one()
    assert entry.data == {"codes": [_row().code], "why": "Pedir lo que falta"}
    assert _row().evidence == {"address": "Calle 4 # 5-12", "object": "Que llegue el agua"}
    assert "Luz Ejemplo" not in desk.get(path).text


def test_the_form_has_a_version_and_a_sheet_of_control(sign_in: Any, cast: Cast) -> None:
    form = {"template": "social_register", "code": "CE-F05", "version": "04", "dated_on": "2026-02-01"}
    assert sign_in("admin").post("/settings/forms", {**form, "approved": "Luz, jefe"}).status_code == 302

    book = load_workbook(BytesIO(writing.to_xlsx(cast.tenjo)))

    control = {row[0]: row[1] for row in book["Control"].iter_rows(values_only=True)}
    assert (control["Versión"], control["Aprobó"]) == ("04", "Luz, jefe")
    assert "Permanente" in sign_in("comu").get("/social/reports").text


def test_a_day_of_the_register_is_printed_with_its_control(sign_in: Any, cast: Cast) -> None:
    reports.capture(cast.tenjo, SAID, "system")

    made = sign_in("comu").get("/social/reports/day.pdf?day=2026-11-03")

    assert "no llega el agua" in " ".join(read(made.data).text.split())


def test_the_register_shows_nothing_of_what_its_case_keeps_apart(sign_in: Any, cast: Cast) -> None:
    reports.capture(cast.tenjo, replace(SAID, body="Tengo una enfermedad", details={"object": "La enfermedad"}), "ana")
    report_id = _row().id
    filed = reports.radicate(cast.staff("ana"), cast.tenjo, report_id, "peticion_particular")
    counter = sign_in("ana")
    pages = ("", f"/{report_id}", f"/replies?report={report_id}", "/export.csv", "/day.pdf?day=2026-11-03")

    why = {"what": "petition", "cause": "privacy", "reason": "Historia clínica"}
    assert counter.post(f"/cases/{filed.case_id}/reserve", why).status_code == 302

    for page in pages:
        shown = counter.get(f"/social/reports{page}")
        said = read(shown.data).text if page.startswith("/day") else shown.text
        assert "enfermedad" not in said and "reservado" in said, page
    for page in ("/reveal", f"/{report_id}/reveal"):
        assert "enfermedad" not in counter.post(f"/social/reports{page}", {"reason": "Control"}).text
    assert _row().body == "Tengo una enfermedad", "nothing of the register is lost"
