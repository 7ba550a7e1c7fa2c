"""What the trunk's own doors hold in the demo: the facts that the water company reports of its cases."""

from __future__ import annotations

from sqlalchemy import select

from app.cases.models import Case
from app.db import db
from app.demo.cast import Cast
from app.sui import service as sui

CAUSES = ("Lectura", "Cobro desconocido", "Alto consumo", "Suspensión")


def fill(cast: Cast) -> None:
    """Give each case of the water company its account and cause, and the answered ones a decision."""
    staff = cast.staff("jefe")
    cases = db.session.execute(
        select(Case.id, Case.answered_at).where(Case.site_id == cast.hours_site_id).order_by(Case.id)
    ).all()
    for number, (case_id, answered_at) in enumerate(cases):
        decision = ("denies", "grants", "grants_partly")[number % 3] if answered_at else ""
        sui.keep_facts(
            staff, cast.hours_site_id, case_id, f"0002001{50034 + number}", CAUSES[number % len(CAUSES)], decision
        )
