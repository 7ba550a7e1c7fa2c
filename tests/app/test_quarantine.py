"""A file that no scanner has looked at yet is kept and not handed out; what a scanner finds is taken away."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.files import StoredFileRow, scan_pending
from app.uploads import ScannerDown, Verdict
from tests.conftest import PDF, HostPage, filing


@dataclass
class Scanner:
    """A scanner whose state a test sets; clamd's own protocol is tried in test_uploads.py."""

    up: bool = True
    clean: bool = True
    asked: list[Path] = field(default_factory=list)

    def __call__(self, path: Path) -> Verdict:
        self.asked.append(path)
        if not self.up:
            raise ScannerDown
        return Verdict(self.clean, "" if self.clean else "Eicar")


@pytest.fixture
def scanner(app: Flask) -> Scanner:
    made = Scanner()
    app.extensions["ventanilla"].scanner = made
    return made


def filed(host: HostPage) -> dict[str, Any]:
    receipt = host.upload("carta.pdf", PDF).json["receipt"]  # type: ignore[index]
    said = host.send("/pqr/cases", filing(files=[receipt])).json
    assert said is not None
    return {"radicado": said["radicado"], "code": said["code"]}


def download(host: HostPage, code: dict[str, Any]) -> int:
    token = host.ask("/cases/track", code).json["files"][0]["token"]  # type: ignore[index]
    answer = host.ask("/cases/file", {**code, "token": token})
    answer.close()
    return answer.status_code


def test_a_clean_file_is_handed_out(host: HostPage, scanner: Scanner) -> None:
    assert download(host, filed(host)) == 200


def test_a_file_waits_while_the_scanner_is_down_and_is_never_lost(host: HostPage, scanner: Scanner) -> None:
    scanner.up = False
    code = filed(host)
    assert download(host, code) == 409

    scanner.up = True
    scan_pending({})

    assert download(host, code) == 200


def test_an_infected_one_is_refused_at_the_door(host: HostPage, scanner: Scanner) -> None:
    scanner.clean = False

    answer = host.upload("carta.pdf", PDF)

    assert answer.status_code == 422
    assert db.session.scalar(select(StoredFileRow)) is None


@pytest.mark.store
def test_one_found_later_loses_its_bytes_and_keeps_its_place_in_the_case(host: HostPage, scanner: Scanner) -> None:
    scanner.up = False
    code = filed(host)
    scanner.up, scanner.clean = True, False

    scan_pending({})

    assert not scanner.asked[-1].exists()
    assert download(host, code) == 422
