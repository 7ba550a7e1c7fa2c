"""The pages on which results are read: on a telephone and a desk, light and dark, and nothing for axe to find."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db, write
from tests.conftest import PASSWORD, Cast
from tests.guest import faults_of, served
from tests.survey.conftest import Opener, question
from widgets.survey import exporting, setting_up, texts
from widgets.survey.models import Survey, SurveyAnswer

pytestmark = pytest.mark.browser

PAGES = {
    "results": "/{id}/results", "targets": "/{id}/targets", "cross": "/{id}/cross?row=q1&column=q2",
    "exports": "/{id}/exports", "texts": "/{id}/texts", "sample": "/sample?people=1000&margin=5&confidence=95",
}  # fmt: skip


def test_results_read_on_any_screen(app: Flask, cast: Cast, browser: Any, opened: Opener) -> None:
    opened(question("q1", "single"), question("q2", "yes_no"), question("q3", "long"), design="random", population=900)
    survey_id = db.session.scalars(select(Survey.id)).one()
    with write():
        db.session.add_all(
            SurveyAnswer(survey_id=survey_id, version=1, values={
                "q1": f"o{number % 3 + 1}", "q2": "yes" if number % 2 else "no", "q3": f"Vía larga número {number}",
            })
            for number in range(40)
        )  # fmt: skip
    staff = cast.staff("comu")
    setting_up.save_targets(staff, cast.tenjo, survey_id, "q1;o1;300\nq1;o2;300\nq1;o3;300", 60)
    texts.mark(staff, cast.tenjo, survey_id, "q3", [1, 2, 3], "Vías", True)
    exporting.ask(staff, cast.tenjo, survey_id, "csv", "es")
    db.session.rollback()
    wrong: dict[str, Any] = {}

    with served(app) as url:
        context = browser.new_context(locale="es-CO")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{url}/console/login")
        page.fill("#email", "comu@tenjo.example")
        page.fill("#password", PASSWORD)
        page.click("button.btn-primary")
        page.wait_for_url("**/console/tenjo/")
        for name, path in PAGES.items():
            for width, scheme in ((320, "dark"), (1280, "light")):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"{url}/console/tenjo/survey{path.format(id=survey_id)}")
                wide = page.evaluate("document.documentElement.scrollWidth")
                if found := [*faults_of(page), *([f"{wide} wide"] if wide > width else [])]:
                    wrong[f"{name} {width}"] = found
                if folder := os.environ.get("VENTANILLA_PICTURES"):
                    page.screenshot(path=Path(folder) / f"survey-{name}-{width}.png", full_page=True)
        # What is being made shows itself when it is: nobody has to ask again.
        page.goto(f"{url}/console/tenjo/survey/{survey_id}/exports")
        page.locator("progress").wait_for()
        exporting.make({"export": 1})
        page.get_by_role("link", name="Descargar: CSV").wait_for()
        context.close()
    assert not wrong, "\n".join(f"{name}: {found}" for name, found in wrong.items())
