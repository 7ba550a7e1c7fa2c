"""Profiles of a municipality that does not exist."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.clock import now
from widgets.social import register, service

PROFILES = [
    ("facebook", "Alcaldía de Piedraverde", "https://www.facebook.com/piedraverde.example"),
    ("x", "@piedraverde_ej", "https://x.com/piedraverde_ej"),
    ("instagram", "@piedraverde.ej", "https://www.instagram.com/piedraverde.ej"),
    ("youtube", "Piedraverde TV", "https://www.youtube.com/@piedraverde-ej"),
    ("whatsapp", "601 555 0100", "https://wa.me/576015550100"),
]


def fill(cast: Any) -> None:
    service.save_profiles(cast.site_id, PROFILES, "system")
    register.capture(
        cast.site_id,
        register.Said(
            "facebook", "comment", "@vecina.ej", "https://www.facebook.com/piedraverde.example/posts/1",
            "El alumbrado de la vereda El Roble está apagado desde el lunes.", now() - timedelta(hours=3),
        ),
        "system",
    )  # fmt: skip
