"""Example surveys for the demo, made through the service's own verbs."""

from __future__ import annotations

from typing import Any

from app.sites import places
from widgets.survey import answering, exporting, following, service, setting_up, texts

WRITTEN = (
    "La vía a la vereda Chitasugá necesita placa huella.", "Más árboles en el parque, por favor.",
    "El alumbrado de la vía al colegio lleva meses dañado.", "Un salón comunal para los mayores.",
)  # fmt: skip


def fill(cast: Any) -> None:
    """Open two surveys on the demo's main site and answer one; `cast` names the site and its staff (app.demo.Cast)."""
    staff = cast.staff("comu")
    places.save(cast.site_id, staff.actor, PLACES)
    service_id = service.create(staff, cast.site_id, "Satisfacción con la atención", "service")
    offered = setting_up.Setup(
        title={"es": "Satisfacción con la atención", "en": "Satisfaction with the service"},
        offers={"chat": True, "case": True, "tags": []},
    )
    setting_up.save_setup(staff, cast.site_id, service_id, offered)
    service.open_survey(staff, cast.site_id, service_id)
    survey_id = service.create(staff, cast.site_id, "Obras del año entrante", "six")
    setup = setting_up.Setup(
        title={"es": "Obras del año entrante", "en": "Works of next year"},
        purpose={"es": "Ayúdenos a decidir en qué invertir.", "en": "Help us decide what to invest in."},
        show_results=True,
    )
    setting_up.save_setup(staff, cast.site_id, survey_id, setup)
    service.open_survey(staff, cast.site_id, survey_id)
    for number in range(60):
        values = {
            "q1": "yes" if number % 7 else "no", "q2": ("o1", "o2", "o3", "o1")[number % 4],
            "q3": [("o1", "o2", "o3")[number % 3]], "q4": number % 5 + 1, "q5": (number * 7) % 11,
            **({"q6": WRITTEN[number % len(WRITTEN)]} if number % 4 == 0 else {}),
        }  # fmt: skip
        answering.answer(
            cast.site_id,
            answering.NewAnswer(
                survey="obras-del-ano-entrante", version=1, values=values, device=f"demo-device-{number:08}"
            ),
        )
    setting_up.save_targets(staff, cast.site_id, survey_id, TARGETS, 80)
    # The letter that asks for a yes lies in the demo's mailbox.
    following.ask(service.the_survey(staff, cast.site_id, survey_id), "vecina@example.org", "es")
    _read(cast, staff, survey_id)


PLACES = """Centro;barrio;5200
Churuguaco;vereda;1350
Chitasugá;vereda;1700
Chincé;vereda;1100
Jacalito;vereda;600
Juaica;vereda;900
Martín y Espino;vereda;650
La Punta;vereda;1500
Poveda;vereda;1250"""
# Those who answered by web lean to one side: what the weights are for.
TARGETS = "q1;yes;700\nq1;no;300\nq2;o1;400\nq2;o2;350\nq2;o3;250"


def _read(cast: Any, staff: Any, survey_id: int) -> None:
    """Put some of what people wrote under a tag, and ask for a file that the worker makes."""
    survey = service.the_survey(staff, cast.site_id, survey_id)
    written = [one.answer_id for one in texts.find(survey, "q6").texts]
    texts.mark(staff, cast.site_id, survey_id, "q6", written[::2], "Vías rurales", True)
    exporting.ask(staff, cast.site_id, survey_id, "xlsx", "es")
