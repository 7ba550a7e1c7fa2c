"""Example surveys for the demo, made through the service's own verbs."""

from __future__ import annotations

from typing import Any

from widgets.survey import answering, service


def fill(cast: Any) -> None:
    """Open two surveys on the demo's main site and answer one; `cast` names the site and its staff (app.demo.Cast)."""
    staff = cast.staff("comu")
    service_id = service.create(staff, cast.site_id, "Satisfacción con la atención", "service")
    service.open_survey(staff, cast.site_id, service_id)
    survey_id = service.create(staff, cast.site_id, "Obras del año entrante", "six")
    setup = service.Setup(
        title={"es": "Obras del año entrante", "en": "Works of next year"},
        purpose={"es": "Ayúdenos a decidir en qué invertir.", "en": "Help us decide what to invest in."},
        show_results=True,
    )
    service.save_setup(staff, cast.site_id, survey_id, setup)
    service.open_survey(staff, cast.site_id, survey_id)
    for number in range(60):
        values = {
            "q1": "yes" if number % 7 else "no", "q2": ("o1", "o2", "o3", "o1")[number % 4],
            "q3": [("o1", "o2", "o3")[number % 3]], "q4": number % 5 + 1, "q5": (number * 7) % 11,
        }  # fmt: skip
        answering.answer(
            cast.site_id,
            answering.NewAnswer(
                survey="obras-del-ano-entrante", version=1, values=values, device=f"demo-device-{number:08}"
            ),
        )
