"""R13: a backup taken while people file is one moment of the store, and it comes back whole."""

from __future__ import annotations

import secrets
import tarfile
import threading
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.config import Settings
from tests.conftest import _address
from tests.drills.served import Filer, Served, a_case
from tests.drills.test_kill import Person, live_and

pytestmark = pytest.mark.drill


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """An installation with nothing in it: the machine on which a backup is brought back."""
    from dataclasses import replace

    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if settings.sqlite:
        return replace(settings, instance=folder, database_url=f"sqlite:///{folder / 'ventanilla.sqlite3'}")
    import psycopg

    server, name = request.getfixturevalue("postgresql"), f"elsewhere_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return replace(settings, instance=folder, database_url=_address(server, name))


def another(settings: Settings) -> Served:
    return Served(
        settings.instance,
        VENTANILLA_DATABASE_URL=settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        VENTANILLA_SECRET_KEY=settings.secret_key,
    )


def cases(settings: Settings) -> dict[str, str]:
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT subject, radicado FROM cases")).all()
    engine.dispose()
    return {subject.removeprefix("Alumbrado "): radicado for subject, radicado in rows}


def test_a_backup_while_people_file_comes_back_whole(
    served: Served, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    served.start()
    people, target = [Person(served.port) for _ in range(4)], tmp_path / "save.tar"
    before: dict[str, str] = {}

    def save() -> None:
        threading.Event().wait(1)
        before.update({subject: number for person in people for subject, number in list(person.acknowledged.items())})
        served.command("backup", str(target))

    live_and(people, save)
    served.stop()
    there = another(elsewhere)
    there.command("restore", str(target))
    there.command("db", "upgrade")
    saved = cases(elsewhere)

    assert before.items() <= saved.items(), "what was acknowledged before the backup began is not in it"
    assert saved.items() <= cases(settings).items()
    assert sorted(int(number.split("-")[2]) for number in saved.values()) == list(range(1, len(saved) + 1))
    assert "all hold" in there.command("audit", "verify")
    assert target.stat().st_mode & 0o077 == 0
    there.start()
    try:
        with Filer(there.port) as filer:
            status, said = filer.file(secrets.token_hex(16), a_case("después"))
    finally:
        there.stop()
    assert (status, int(said["radicado"].split("-")[2])) == (201, len(saved) + 1)


def test_nothing_is_brought_back_over_a_store_with_sites(served: Served, tmp_path: Path) -> None:
    served.command("backup", str(tmp_path / "save.tar"))

    said = served.command("restore", str(tmp_path / "save.tar"), check=False)

    assert "a store with sites stands here already" in said


def test_a_harmed_backup_is_refused_and_changes_nothing(
    served: Served, elsewhere: Settings, tmp_path: Path
) -> None:
    whole, bad = tmp_path / "save.tar", tmp_path / "bad.tar"
    served.command("backup", str(whole))
    content = whole.read_bytes()
    place = content.index(b"tenjo")
    foreign = BytesIO()
    with tarfile.open(fileobj=foreign, mode="w") as archive:
        member = tarfile.TarInfo("../evil")
        member.size = 4
        archive.addfile(member, BytesIO(b"evil"))
    harmed = {
        "cut": content[: len(content) // 2],
        "changed": content[:place] + b"TENJO" + content[place + 5 :],
        "foreign": foreign.getvalue(),
    }
    there = another(elsewhere)

    for harm, held in harmed.items():
        bad.write_bytes(held)
        said = there.command("restore", str(bad), check=False)

        assert "ventanilla:" in said and "Traceback" not in said, harm
        assert not (tmp_path / "evil").exists()
        assert not (elsewhere.instance / "files").exists(), harm
