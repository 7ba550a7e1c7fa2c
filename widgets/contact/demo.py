"""Example threads for the demo, made through the service's own verbs."""

from __future__ import annotations

from typing import Any

from widgets.contact import service


def fill(cast: Any) -> None:
    """Write a few messages on the demo's main site; `cast` names the site and its staff (app.demo.Cast)."""
    for number, (name, subject, body) in enumerate(cast.texts("contact")):
        service.send(
            cast.site_id,
            service.NewMessage(
                office="", name=name, email=f"persona{number}@example.org", phone="", subject=subject, body=body,
                receipts=(), notice_version=1, lang="es", marks=(), material=f"demo/contact/{number}".encode(),
            ),
        )  # fmt: skip
