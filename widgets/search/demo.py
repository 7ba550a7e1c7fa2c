"""Frequent questions for the demo and what people asked, written through the service's own verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.content import service
from app.search import tuning


def fill(cast: Any) -> None:
    """Write the frequent questions of the demo's main site, and count what was asked there (app.demo.Cast)."""
    asked = (
        ("predial", 4, 19), ("vacunas", 3, 12), ("certificado de residencia", 2, 8), ("piscina municipal", 0, 6),
        ("paz y salvo", 0, 4), ("sisben", 2, 3), ("predail", 0, 2),
    )  # fmt: skip
    for text, found, times in asked:
        for number in range(times):
            with cast.at(cast.moment - timedelta(days=number % 20)):
                tuning.count_query(cast.site_id, text, found)
    for position, (question, answer) in enumerate(cast.texts("search")):
        service.save_faq(cast.staff("comu"), cast.site_id, service.FaqText(question, answer, position=position))
