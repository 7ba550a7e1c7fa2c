"""Frequent questions for the demo, written through the service's own verbs."""

from __future__ import annotations

from typing import Any

from app.content import service


def fill(cast: Any) -> None:
    """Write the frequent questions of the demo's main site (app.demo.Cast)."""
    for position, (question, answer) in enumerate(cast.texts("search")):
        service.save_faq(cast.staff("comu"), cast.site_id, service.FaqText(question, answer, position=position))
