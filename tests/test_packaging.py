"""What the core brings with it: at most 45 distributions besides itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.words import ROOT

# One environment for all of these, on one worker.
pytestmark = pytest.mark.xdist_group("packaging")
AT_MOST = 45
# Ours works in the other environment, which needs none of its own.
PIP = (sys.executable, "-m", "pip", "--python")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with nothing but the core in it."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    # From a copy: pip builds in the folder itself, where the other tests come and go.
    source = tmp_path_factory.mktemp("source") / "ventanilla"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "instance", "*.egg-info", "__pycache__"))
    done = subprocess.run(
        [*PIP, python, "install", "--quiet", "--no-compile", "-c", ROOT / "requirements.lock", source],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"pip could not install the core, is there a network? {done.stderr.strip()[-600:]}")
    return python


def test_the_core_is_light(bare: Path) -> None:
    listed = subprocess.run([*PIP, bare, "list", "--format", "json"], check=True, capture_output=True, text=True)
    names = {row["name"].lower() for row in json.loads(listed.stdout)} - {"pip", "setuptools", "wheel", "ventanilla"}

    assert len(names) <= AT_MOST, sorted(names)


def test_the_core_starts_without_any_extra(bare: Path, tmp_path: Path) -> None:
    """What an extra brings is imported on use, so that what is not installed only lacks where it is used."""
    asked = "from app import create_app; app = create_app(); print(app.test_client().get('/health').json)"
    done = subprocess.run(
        [bare, "-c", asked], cwd=ROOT, capture_output=True, text=True, env={"VENTANILLA_INSTANCE": str(tmp_path)}
    )

    assert done.stdout.strip() == "{'status': 'ok'}", done.stderr


def test_the_lock_file_is_plain() -> None:
    """One `name==version` a line: no host, no path, so that it serves wherever pip does."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()

    assert lines[0].startswith("#")
    assert [line for line in lines[1:] if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)] == []
    assert not any(line.startswith(("torch", "nvidia", "tensorflow")) for line in lines)
