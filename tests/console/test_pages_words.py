"""What the console's templates name exists: each word in both languages, each picture in the sprite."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.words import LANGUAGES, ROOT, find
from widgets import ALL

TEMPLATES = [
    path
    for folder in ("app/templates/console", "app/templates/security", "app/templates/cases/console")
    for path in sorted((ROOT / folder).glob("*.html"))
]
ICONS = (ROOT / "static/vendor/tabler/icons.svg").read_text("utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_a_template_is_in_both_catalogues(path: Path) -> None:
    keys = re.findall(r'\bt\("([a-z][\w.-]+\w)"(?=[,)])', path.read_text("utf-8"))

    for key in keys:
        for lang in LANGUAGES:
            find(key, lang)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_picture_of_a_template_is_in_the_sprite(path: Path) -> None:
    for name in re.findall(r'p\.icon\("([\w-]+)"', path.read_text("utf-8")):
        assert f'id="{name}"' in ICONS


def test_every_entry_of_the_navigation_has_its_picture_and_title() -> None:
    from app.console.shell import FIRST, LAST

    for page in (*FIRST, *LAST, *(page for widget in ALL for page in widget.navigation)):
        assert f'id="{page.icon}"' in ICONS, page
        for lang in LANGUAGES:
            assert isinstance(find(page.title_key, lang), str)
