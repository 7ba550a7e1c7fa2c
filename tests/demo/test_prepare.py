"""`make run` on a machine as it is found: without python3-venv, with an environment cut short, moved or outlived."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from app.words import ROOT


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/prepare.py, working in an empty folder."""
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "tools" / "prepare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in {"VENV": "", "PYTHON": "bin/python", "STAMP": "prepared.json"}.items():
        monkeypatch.setattr(module, name, tmp_path / ".venv" / path)
    return module


def test_without_venv_it_prints_the_line_that_brings_it(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = SimpleNamespace(returncode=1, stdout="True\n")
    monkeypatch.setattr(prepare.subprocess, "run", lambda *_, **__: lacks)

    with pytest.raises(SystemExit, match="apt install python3-venv"):
        prepare.make_environment()


def test_what_was_prepared_counts_while_its_python_stands_where_it_was(prepare: ModuleType) -> None:
    prepare.PYTHON.parent.mkdir(parents=True)
    prepare.PYTHON.symlink_to(sys.executable)
    stamp = {"of": prepare.fingerprint(), "at": str(prepare.VENV), "extras": ["letters"]}
    prepare.STAMP.write_text(json.dumps(stamp))
    assert prepare.prepared() == {"letters"}

    prepare.STAMP.write_text(json.dumps({**stamp, "at": "/elsewhere/.venv"}))
    assert prepare.prepared() == set()

    prepare.STAMP.write_text(json.dumps(stamp))
    prepare.PYTHON.unlink()
    prepare.PYTHON.symlink_to("/nowhere/python3.10")
    assert prepare.prepared() == set()


def test_an_environment_that_was_cut_short_is_made_anew(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    real = subprocess.run

    def run(command: list[str], **more: Any) -> Any:
        if "venv" not in command:
            return real(command, **more)
        made.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(prepare.subprocess, "run", run)
    # A folder with a Python and nothing behind it: what an interrupt leaves.
    prepare.PYTHON.parent.mkdir(parents=True)
    prepare.PYTHON.symlink_to(sys.executable)

    prepare.make_environment()

    assert [command[1:] for command in made] == [["-m", "venv", "--clear", str(prepare.VENV)]]
