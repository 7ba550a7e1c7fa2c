"""Letters signed by DKIM, checked by the library that receivers use, as a real SMTP server got them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from app import cli
from app.config import BadSetting, Settings, load
from tests.conftest import HostPage, filing
from tests.mail.conftest import PostOffice

dkim = pytest.importorskip("dkim", reason="dkimpy is not installed: pip install .[mailbox]")


def write_key(path: Path, bits: int = 2048) -> Path:
    key = rsa.generate_private_key(65537, bits)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture
def settings(settings: Settings, post_office: PostOffice, tmp_path: Path) -> Settings:
    return replace(settings, mail=post_office.url, dkim=f"v2026:{write_key(tmp_path / 'dkim.pem')}")


def records_of(app: Flask) -> Any:
    """Answer as the name servers of tenjo.example would."""
    name, text = app.extensions["ventanilla"].signer.record("tenjo.example")
    return lambda asked, timeout=5: text.encode() if asked.decode().rstrip(".") == name else None


def test_a_letter_arrives_with_a_signature_that_its_domain_vouches_for(
    app: Flask, host: HostPage, post_office: PostOffice
) -> None:
    post_office.open()
    host.send("/pqr/cases", filing(subject="Alumbrado de la calle 5, señal caída y año 2026: " + "ñ" * 60))
    while app.extensions["ventanilla"].jobs.run_due():
        pass

    [content] = post_office.contents

    signature = post_office.letters[0]["DKIM-Signature"]
    assert dkim.verify(content, dnsfunc=records_of(app))
    assert not dkim.verify(content.replace(b"To: luz@", b"To: otra@"), dnsfunc=records_of(app))
    assert not dkim.verify(b"List-Unsubscribe: <https://evil.example>\r\n" + content, dnsfunc=records_of(app))
    assert "list-unsubscribe-post" in signature
    assert "d=tenjo.example" in signature


def test_the_record_to_publish_is_printed(app: Flask, cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_app", lambda: app)

    printed = CliRunner().invoke(cli.cli, ["dkim"]).output

    assert printed.startswith("v2026._domainkey.")
    assert all(len(part) <= 255 for part in printed.split('"')[1::2])
    assert app.extensions["ventanilla"].signer.public in printed.replace('" "', "")


@pytest.mark.parametrize("kind", ["nothing", "short", "words", "no-selector"])
def test_a_key_that_nobody_would_believe_is_refused_at_start(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "key.pem"
    if kind == "short":
        write_key(path, 1024)
    if kind == "words":
        path.write_text("no es una clave")
    setting = str(path) if kind == "no-selector" else f"v2026:{path}"

    with pytest.raises(BadSetting, match="VENTANILLA_DKIM"):
        load({"VENTANILLA_INSTANCE": str(tmp_path), "VENTANILLA_DKIM": setting})
