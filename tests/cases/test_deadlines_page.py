"""The page about deadlines shows what the command really prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cases.cli import deadline

PAGE = Path(__file__).parents[2] / "docs" / "deadlines.md"
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
SHOWN = [one.split("\n", 1) for block in BLOCKS for one in block.split("$ ventanilla deadline ")[1:]]


def test_the_page_shows_the_command() -> None:
    assert len(SHOWN) >= 8


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_the_page_shows_what_the_command_prints(command: str, output: str) -> None:
    assert CliRunner().invoke(deadline, shlex.split(command)).output == output
