"""Settings: what cannot be used is refused at start, in one line that names the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import BadSetting, load


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VENTANILLA_BASE_URL", "v.example.gov.co"),
        ("VENTANILLA_BASE_URL", "https://v.example.gov.co/ventanilla"),
        ("VENTANILLA_MAIL", "mail.example.gov.co"),
        ("VENTANILLA_TRUSTED_PROXIES", "many"),
        ("VENTANILLA_DATABASE_URL", "mysql://somewhere"),
        ("VENTANILLA_SECRET_KEY", "short"),
        ("VENTANILLA_SECRET_KEY_FILE", "/nowhere/key"),
        ("VENTANILLA_WORKER", "sometimes"),
        ("VENTANILLA_MAX_SOCKETS", "0"),
        ("VENTANILLA_CLAMD", "clamd"),
        ("VENTANILLA_DKIM", "example.gov.co"),
        ("VENTANILLA_DKIM", "example.gov.co:mail:/nowhere/key.pem"),
        ("VENTANILLA_WEBSUB_HUB", "hub.example"),
        ("VENTANILLA_LOG_LEVEL", "LOUD"),
        ("VENTANILLA_INSECURE_COOKIES", "perhaps"),
        ("VENTANILLA_TWO_FACTOR", "perhaps"),
        ("VENTANILLA_DEMO", "perhaps"),
        ("VENTANILLA_CRAWL_ALLOW", "127.0.0.1:80"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        load({"VENTANILLA_INSTANCE": str(tmp_path), name: value})

    assert str(refused.value).startswith(f"ventanilla: {name}: ")


def test_a_folder_that_cannot_be_made_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BadSetting, match="VENTANILLA_INSTANCE"):
        load({"VENTANILLA_INSTANCE": str(tmp_path / "file" / "instance")})


def test_a_second_factor_is_due_but_in_a_demo(tmp_path: Path) -> None:
    here = {"VENTANILLA_INSTANCE": str(tmp_path)}

    assert load(here).two_factor
    assert not load({**here, "VENTANILLA_DEMO": "1"}).two_factor
    assert load({**here, "VENTANILLA_DEMO": "1", "VENTANILLA_TWO_FACTOR": "yes"}).two_factor
