"""What the benches of console pages have in common: a site with one administrator, their browser, and what was asked.

Imported after the bench has put the project on its path.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app import create_app, migrate
from app.config import Settings
from app.db import db, write

EMAIL, PASSWORD = "ana@b.co", "una clave larga y tranquila"


def make_app(folder: Path) -> tuple[Any, int, int]:
    """Return an app with an empty store in a folder, and the numbers of its site and of its administrator."""
    from flask_security import hash_password

    from app.console.models import Grant, User
    from app.sites.service import create_site

    settings = Settings(
        instance=folder, secret_key="of the bench, long enough for it", testing=True, insecure_cookies=True,
        database_url=f"sqlite:///{folder / 'bench.sqlite3'}",
    )  # fmt: skip
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        migrate.upgrade()
        site = create_site(key="bench", name="Bench", entity="Bench", official_email="a@b.co", origins=["http://b.co"])
        user = User(email=EMAIL, name="Ana", password=hash_password(PASSWORD), fs_uniquifier=secrets.token_hex())
        roles = ("administrator", "communications")  # The register is for two offices alone.
        user.grants = [Grant(site_id=site, office_id=None, role=role) for role in roles]
        with write():
            db.session.add(user)
            db.session.flush()
            user_id = user.id
        db.session.remove()
    return app, site, user_id


def enter(app: Any) -> tuple[Any, list[str]]:
    """Return the browser of the administrator, and the list in which each statement is written down from now on."""
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    client = app.test_client()
    answer = client.post("/console/login", data={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client, asked
