"""The unit and the Caddyfile are taken by the programs that they are for, where those are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.drills.served import ROOT

pytestmark = pytest.mark.drill
DEPLOY = ROOT / "docs" / "deploy"


def run(program: str, *arguments: str, home: Path) -> tuple[int, str]:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"only by make drills: {program} is not installed")
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home)}
    done = subprocess.run([found, *arguments], capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr


def test_caddy_takes_its_file(tmp_path: Path) -> None:
    config = str(DEPLOY / "Caddyfile")

    status, said = run("caddy", "validate", "--adapter", "caddyfile", "--config", config, home=tmp_path)

    assert status == 0, said
    assert "Valid configuration" in said


def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    _, said = run("systemd-analyze", "verify", str(DEPLOY / "ventanilla.service"), home=tmp_path)

    # Its two programs stand in /opt/ventanilla, which is not here.
    assert [line for line in said.splitlines() if "/opt/ventanilla/.venv/bin" not in line] == []


def test_the_unit_leaves_little_exposed(tmp_path: Path) -> None:
    _, said = run("systemd-analyze", "security", "--offline=true", str(DEPLOY / "ventanilla.service"), home=tmp_path)

    if "Overall exposure level" not in said:
        pytest.skip("only by make drills: this systemd can't judge a file")
    assert float(said.split("ventanilla.service: ")[-1].split()[0]) < 2.5
