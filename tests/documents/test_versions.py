"""An administrator keeps the versions of the printed forms, with who approved each (S2-13)."""

from __future__ import annotations

from typing import Any

from app.documents.versions import versions_of
from tests.conftest import Cast

VERSION = {
    "template": "letter", "code": "AC-FO-09", "version": "02", "dated_on": "2026-05-01", "change": "Se añadió el QR",
    "prepared": "Ana Ruiz, profesional", "reviewed": "Beto Díaz, jefe", "approved": "Carla Paz, alcaldesa",
}  # fmt: skip


def test_a_form_gets_a_version_with_its_approval_and_the_old_ones_stay(cast: Cast, sign_in: Any) -> None:
    desk = sign_in("admin")

    assert desk.post("/settings/forms", VERSION).status_code == 302
    assert desk.post("/settings/forms", {**VERSION, "version": "03", "change": "Otro pie"}).status_code == 302

    shown = desk.get("/settings/forms").text
    assert [row.version for row in versions_of(cast.tenjo)] == ["03", "02"]
    assert shown.count("AC-FO-09") == 2 and "Se añadió el QR" in shown and "Carla Paz, alcaldesa" in shown
    assert versions_of(cast.other) == []


def test_a_version_that_was_in_force_is_not_overwritten(cast: Cast, sign_in: Any) -> None:
    desk = sign_in("admin")
    desk.post("/settings/forms", VERSION)

    answer = desk.post("/settings/forms", {**VERSION, "approved": "Otra persona"})

    assert answer.status_code == 422 and "ya tuvo esa versión" in answer.text and "Otra persona" in answer.text
    assert [row.approved for row in versions_of(cast.tenjo)] == ["Carla Paz, alcaldesa"]
