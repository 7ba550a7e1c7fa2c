"""Profiles of a municipality that does not exist."""

from __future__ import annotations

from typing import Any

from widgets.social import service

PROFILES = [
    ("facebook", "Alcaldía de Valle Sereno", "https://www.facebook.com/vallesereno.example"),
    ("x", "@vallesereno_ej", "https://x.com/vallesereno_ej"),
    ("instagram", "@vallesereno.ej", "https://www.instagram.com/vallesereno.ej"),
    ("youtube", "Valle Sereno TV", "https://www.youtube.com/@vallesereno-ej"),
    ("whatsapp", "601 555 0100", "https://wa.me/576015550100"),
]


def fill(cast: Any) -> None:
    service.save_profiles(cast.site_id, PROFILES, "system")
