"""Somebody who spoke at the counter, and a letter on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.cases.terms import terms_of
from app.clock import now
from app.embed.gate import Submission
from app.schemas import load
from app.sites.service import site_info
from widgets.pqr import counter
from widgets.pqr.schemas import CaseSchema

SPOKEN = {
    "kind": "peticion_particular", "name": "Rosalba Chicué", "document_type": "CC", "document_number": "1000000001",
    "answer_channel": "postal", "address": "Vereda El Roble, finca La Esperanza", "subject": "Puente de la vereda",
    "body": "Dice que el puente peatonal de la vereda perdió dos tablas y los niños lo cruzan para ir a la escuela.",
    "despite_missing": True,
}  # fmt: skip
ON_PAPER = {
    "kind": "queja", "name": "Efraín Duque", "document_type": "CC", "document_number": "1000000002",
    "answer_channel": "postal", "address": "Carrera 4 # 5-20", "subject": "Ruido de un taller en la noche",
    "body": "Carta de dos hojas sobre el ruido de un taller después de las diez de la noche.", "despite_missing": True,
}  # fmt: skip


def fill(cast: Any) -> None:
    site, staff = site_info(cast.site_id), cast.staff("ana")
    moment = (now() - timedelta(hours=2)).astimezone(terms_of(site.id).zone).replace(tzinfo=None)
    for number, (body, taken) in enumerate(
        (
            (SPOKEN, counter.Taken("in_person", moment, language="Nasa yuwe, con intérprete", copy="printed")),
            (ON_PAPER, counter.Taken("window", moment, sheets=2)),
        )
    ):
        sent = Submission(site, "es", f"demo-counter-key-{number}", body)
        counter.file(staff, sent, load(CaseSchema(), body), taken)
