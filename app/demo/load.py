"""Fill an empty store with the demo, once."""

from __future__ import annotations

from flask import current_app

from app.clock import now
from app.config import Settings
from app.demo import cases, doors, exercises
from app.demo.cast import MAIN, is_loaded, make_cast, mark_loaded
from app.sites.service import find_site


class HalfLoaded(SystemExit):
    """An earlier load was cut short: what stands there is neither the demo nor empty."""

    def __init__(self) -> None:
        super().__init__("ventanilla: the demo was loaded only in part; empty the store and load it again")


def load() -> bool:
    """Fill the store and deliver the mail of the past; False where the demo stands there already."""
    if is_loaded():
        return False
    if find_site(MAIN) is not None:
        raise HalfLoaded
    ventanilla = current_app.extensions["ventanilla"]
    settings: Settings = ventanilla.settings
    cast = make_cast(now())
    cases.fill(cast)
    for widget in ventanilla.widgets.values():
        if widget.demo is not None:
            widget.demo(cast)
    exercises.fill(cast)
    doors.fill(cast)
    if settings.mail != "none":
        while ventanilla.jobs.run_due(limit=50):
            continue
    mark_loaded(cast)
    return True
