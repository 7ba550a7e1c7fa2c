"""Pages without script, the door of the console and pages of errors: on any screen, light and dark."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.config import Settings
from widgets import ALL

from .conftest import Counter, Visit

pytestmark = pytest.mark.browser

PAGES = [f"/tenjo/{widget.name}" for widget in ALL if widget.element]
PAGES += ["/tenjo/track", "/tenjo/pqr?lang=en", "/nowhere/pqr", "/console/login"]


@pytest.fixture
def made(settings: Settings, release: Path) -> Settings:
    shutil.copytree(release, settings.instance / "dist")
    return settings


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_is_accessible_and_stands_in_320_pixels(visit: Visit, counter: Counter, scheme: str) -> None:
    page = visit.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    faults = {}
    for path in PAGES:
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(f"{counter.url}{path}")
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        found = visit.faults() + ([f"{wide} px wide"] if wide > 320 else [])
        page.set_viewport_size({"width": 1280, "height": 800})
        found += visit.faults()
        if found:
            faults[path] = found

    assert faults == {}
