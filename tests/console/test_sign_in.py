"""Who gets in, how often one may guess, and that a session can be ended."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from passlib.totp import TOTP
from sqlalchemy import event, func, select

from app import create_app
from app.audit import AuditEntry
from app.config import Settings
from app.console import sessions, staff
from app.console.models import StaffSession, User
from app.console.passwords import HASHES_AT_ONCE, FewAtOnce
from app.db import db
from tests.conftest import PASSWORD, Cast

ANA = "ana@tenjo.example"


@pytest.fixture
def client(app: Flask, cast: Cast) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def enter(client: FlaskClient, password: str = PASSWORD, email: str = ANA, **more: str) -> Any:
    return client.post("/console/login", data={"email": email, "password": password, **more})


def is_in(client: FlaskClient) -> bool:
    return client.get("/console/account").status_code == 200


def test_the_right_password_opens_and_signing_out_closes(client: FlaskClient) -> None:
    enter(client)
    inside = is_in(client)
    client.post("/console/logout")

    assert inside
    assert not is_in(client)


def test_a_password_is_kept_as_owasp_asks(settings: Settings) -> None:
    with create_app(settings).app_context():
        # 19 MiB, two passes, one lane: Password Storage Cheat Sheet, Argon2id.
        assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_of_another_cost_is_renewed_at_the_door(client: FlaskClient, app: Flask, cast: Cast) -> None:
    password = select(User.password).where(User.email == ANA)
    before = db.session.scalar(password)
    db.session.rollback()
    app.extensions["security"].pwd_context.update(argon2__memory_cost=16)
    entered, was_in = enter(client), is_in(client)

    assert (entered.status_code, was_in) == (302, True)
    assert "m=8," in str(before) and "m=16," in str(db.session.scalar(password))


def test_an_old_cookie_opens_nothing_after_signing_out(client: FlaskClient) -> None:
    enter(client)
    cookie = client.get_cookie("__Host-ventanilla", domain="localhost") or client.get_cookie("ventanilla")
    assert cookie is not None
    client.post("/console/logout")
    client.set_cookie(cookie.key, cookie.value, secure=cookie.secure)

    assert not is_in(client)


def test_signing_in_gives_a_new_session_id(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    page = client.get("/console/login").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    db.session.rollback()
    before = set(db.session.scalars(select(StaffSession.id_hash)))

    enter(client, csrf_token=token[1])

    db.session.rollback()
    after = set(db.session.scalars(select(StaffSession.id_hash)))
    assert is_in(client)
    assert (len(before), len(after)) == (0, 1)


def test_visits_of_strangers_write_nothing(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for path in ("/console/login", "/console/reset", "/console/tenjo/cases", "/console/account"):
        client.get(path, follow_redirects=True)
    forged = client.get_cookie("__Host-ventanilla")
    assert forged is not None and forged.value.startswith("~")
    client.set_cookie(forged.key, forged.value[:-2] + "xx", secure=True)
    answer = enter(client, csrf_token="x")

    assert db.session.scalar(select(func.count()).select_from(StaffSession)) == 0
    assert answer.status_code == 400


def test_a_form_token_of_before_signing_in_serves_nobody_after_it(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/console/login").text)
    assert token
    enter(client, csrf_token=token[1])

    assert client.post("/console/account/language", data={"lang": "en", "csrf_token": token[1]}).status_code == 400


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("Contraseña2026*", "muy fácil"), ("qwertyuiopas", "muy fácil"), ("abcabcabcabcabc", "muy fácil"),
        ("ana.tenjo.2026", "muy fácil"), ("p4ssw0rd p4ss", ""), ("x" * 3 + " caballo grapa pila correcta " * 4, ""),
    ],
)  # fmt: skip
def test_easy_passwords_are_refused_and_long_ones_are_not(client: FlaskClient, password: str, says: str) -> None:
    enter(client)
    answer = client.post(
        "/console/change", data={"password": PASSWORD, "new_password": password, "new_password_confirm": password}
    )

    assert answer.status_code == (200 if says else 302)
    assert says in answer.text


def test_no_more_than_two_hashes_run_at_once() -> None:
    running, most = [], []

    class Slow:
        def verify(self, *_args: str) -> bool:
            running.append(1)
            most.append(len(running))
            Event().wait(0.01)
            running.pop()
            return True

    context = FewAtOnce(Slow())
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(context.verify, range(16)))

    assert max(most) == HASHES_AT_ONCE


def test_unknown_and_wrong_look_the_same(client: FlaskClient) -> None:
    wrong, unknown = enter(client, "otra clave larga"), enter(client, email="nadie@tenjo.example")

    pages = [re.sub(r'value="[^"]*"', "", page.text) for page in (wrong, unknown)]
    assert pages[0] == pages[1]
    assert "no corresponden" in wrong.text


def test_a_guesser_waits_and_the_owner_gets_in_again(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("app.embed.limits.monotonic", lambda: clock[0])
    for _ in range(5):
        assert enter(client, "no es esta clave").status_code == 200

    slowed = enter(client)
    clock[0] += 31
    later = enter(client)

    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) <= 31
    assert ANA in slowed.text
    assert later.status_code == 302


def test_guessing_many_accounts_from_one_network_is_slowed(client: FlaskClient) -> None:
    for number in range(20):
        enter(client, email=f"persona{number}@tenjo.example")

    assert enter(client).status_code == 429


def test_no_cookie_signs_in_by_itself(client: FlaskClient) -> None:
    answer = enter(client, remember="y")

    assert [cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] in (
        ["__Host-ventanilla"],
        ["ventanilla"],
    )
    assert is_in(client)


def test_a_token_in_a_header_opens_nothing(app: Flask, client: FlaskClient) -> None:
    db.session.rollback()
    token = db.session.scalars(select(User).where(User.email == ANA)).one().get_auth_token()

    answer = client.get("/console/account", headers={"Authentication-Token": token})

    assert answer.status_code == 302


@pytest.mark.store
def test_a_lost_password_is_chosen_again_by_mail(client: FlaskClient, app: Flask, mails: Any) -> None:
    other = app.test_client()
    enter(other)
    known = client.post("/console/reset", data={"email": ANA}).text
    unknown = client.post("/console/reset", data={"email": "nadie@tenjo.example"}).text

    [mail] = mails()
    link = re.search(r"http://localhost:8000(/console/reset/\S+)", mail.get_content())
    assert link
    chosen = "otra clave larga y tranquila"
    client.post(link[1], data={"password": chosen, "password_confirm": chosen})

    assert "Si ese correo tiene una cuenta" in known
    assert "Si ese correo tiene una cuenta" in unknown
    client.post(link[1], data={"password": PASSWORD, "password_confirm": PASSWORD})  # the link serves once

    assert link[1] not in mail["Subject"]
    assert enter(app.test_client()).status_code == 200
    assert enter(app.test_client(), chosen).status_code == 302
    assert not is_in(other)


def test_the_store_does_the_same_for_an_address_that_nobody_has(client: FlaskClient, app: Flask) -> None:
    client.get("/console/reset")
    done: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: done.append(args[2].split()[0]))

    client.post("/console/reset", data={"email": ANA})
    known = done.copy()
    done.clear()
    client.post("/console/reset", data={"email": "nadie@tenjo.example"})

    writes = [word for word in known if word != "SELECT"]
    assert writes == [word for word in done if word != "SELECT"]
    assert "INSERT" in writes


def test_a_link_of_six_days_ago_opens_nothing(client: FlaskClient, mails: Any) -> None:
    client.post("/console/reset", data={"email": ANA})
    link = re.search(r"http://localhost:8000(/console/reset/\S+)", mails()[0].get_content())
    assert link

    with time_machine.travel(datetime.now().astimezone() + timedelta(days=6)):
        chosen = "otra clave larga y tranquila"
        client.post(link[1], data={"password": chosen, "password_confirm": chosen})

    assert enter(client).status_code == 302


def test_a_new_password_ends_the_sessions_of_all_other_browsers(client: FlaskClient, app: Flask) -> None:
    other, chosen = app.test_client(), "otra clave larga y tranquila"
    enter(other)
    enter(client)

    client.post("/console/change", data={"password": PASSWORD, "new_password": chosen, "new_password_confirm": chosen})

    assert is_in(client) and not is_in(other)


def test_an_invited_person_chooses_a_password_and_works(
    client: FlaskClient, app: Flask, cast: Cast, mails: Any
) -> None:
    staff.invite(cast.tenjo, "nuevo@tenjo.example", "service_officer", "system", name="Nuevo")

    [mail] = mails()
    link = re.search(r"http://localhost:8000(/console/reset/\S+)", mail.get_content())
    assert link
    chosen = "una clave que recuerdo bien"
    client.post(link[1], data={"password": chosen, "password_confirm": chosen})

    assert "servicio al ciudadano" in mail.get_content()
    worker = app.test_client()
    assert enter(worker, chosen, "nuevo@tenjo.example").status_code == 302
    assert worker.get("/console/tenjo/cases").status_code == 200


def test_a_short_password_is_refused_in_words(client: FlaskClient) -> None:
    enter(client)

    answer = client.post(
        "/console/change", data={"password": PASSWORD, "new_password": "corta", "new_password_confirm": "corta"}
    )

    assert "al menos 12 caracteres" in answer.text


def test_one_ends_ones_other_sessions_and_nobody_elses(app: Flask, client: FlaskClient) -> None:
    phone, beto = app.test_client(), app.test_client()
    enter(client), enter(phone), enter(beto, email="beto@tenjo.example")

    client.post("/console/account/sessions/end", data={"session": "others"})

    assert is_in(client)
    assert not is_in(phone)
    assert is_in(beto)


def test_a_disabled_person_is_out_at_once(client: FlaskClient, cast: Cast) -> None:
    enter(client)

    staff.disable(cast.tenjo, cast.people["ana"], "system")

    assert not is_in(client)
    assert enter(client).status_code == 200


def test_a_session_ends_by_idleness(client: FlaskClient) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-20T13:00:00+00:00"), tick=False) as clock:
        enter(client)
        clock.shift(sessions.IDLE - timedelta(minutes=1))
        still = is_in(client)
        clock.shift(sessions.IDLE + timedelta(minutes=1))

        assert still
        assert not is_in(client)


def test_a_contractors_last_day_is_the_last(client: FlaskClient, cast: Cast) -> None:
    from app.console.models import Grant
    from app.db import write

    with write():
        for grant in db.session.scalars(select(Grant).where(Grant.user_id == cast.people["ana"])):
            grant.until = datetime.fromisoformat("2026-11-20").date()
    with time_machine.travel("2026-11-21T04:59:00+00:00", tick=False):  # 23:59 in Bogotá
        enter(client)
        on_the_day = client.get("/console/tenjo/cases").status_code
    with time_machine.travel("2026-11-21T05:01:00+00:00", tick=False):
        after = client.get("/console/tenjo/cases").status_code

    assert (on_the_day, after) == (200, 404)


# The second factor


def set_up(client: FlaskClient) -> TOTP:
    page = client.post("/console/tf-setup", data={"setup": "authenticator"}).text
    key = re.search(r'<code class="v-key">([^<]+)</code>', page)
    where = re.search(r'action="(/console/tf-[^"]+)"', page)
    assert key and where, page
    totp = TOTP(key=key[1].replace("-", ""), format="base32")
    done = client.post(where[1], data={"code": totp.generate().token})
    assert done.status_code == 302, done.text
    return totp


def test_a_mistyped_code_leads_back_to_the_same_key(client: FlaskClient) -> None:
    def key(page: str) -> str:
        found = re.search(r'<code class="v-key">([^<]+)</code>', page)
        assert found
        return found[1]

    enter(client)
    page = client.post("/console/tf-setup", data={"setup": "authenticator"}).text
    where = re.search(r'action="(/console/tf-[^"]+)"', page)
    assert where
    client.post(where[1], data={"code": "000000"})

    assert key(client.post("/console/tf-setup", data={"setup": "authenticator"}).text) == key(page)


def test_a_code_serves_once(client: FlaskClient, app: Flask) -> None:
    with time_machine.travel("2026-11-20T13:00:00+00:00", tick=False) as clock:
        enter(client)
        assert "No tiene códigos de recuperación" not in client.get("/console/account").text
        totp = set_up(client)
        assert "No tiene códigos de recuperación" in client.get("/console/account").text
        clock.shift(60)
        code = totp.generate().token
        first, second = app.test_client(), app.test_client()
        for one in (first, second):
            enter(one)
            one.post("/console/tf-validate", data={"code": code})

        assert is_in(first)
        assert not is_in(second)


def test_a_recovery_code_opens_once(client: FlaskClient, app: Flask) -> None:
    with time_machine.travel("2026-11-20T13:00:00+00:00", tick=True):
        enter(client)
        set_up(client)
        page = client.post("/console/mf-recovery-codes", data={"generate_new_codes": "1"}).text
        codes = re.findall(r"<li><code>([^<]+)</code>", page)
        first, second = app.test_client(), app.test_client()
        for one in (first, second):
            enter(one)
            one.post("/console/mf-recovery", data={"code": codes[0]})

        assert len(codes) == 10
        assert is_in(first)
        assert not is_in(second)
    db.session.rollback()
    kept = db.session.scalars(select(User).where(User.email == ANA)).one().mf_recovery_codes
    assert kept and codes[1] not in kept


def test_codes_are_not_guessed(client: FlaskClient, app: Flask) -> None:
    enter(client)
    set_up(client)
    guesser = app.test_client()
    enter(guesser)
    for number in range(5):
        guesser.post("/console/tf-validate", data={"code": f"00000{number}"})

    assert guesser.post("/console/tf-validate", data={"code": "000009"}).status_code == 429


def test_outside_a_demo_a_second_factor_is_due(settings: Settings, cast: Cast) -> None:
    strict = create_app(replace(settings, two_factor=True))
    strict.config["WTF_CSRF_ENABLED"] = False
    client = strict.test_client()

    import contextvars

    def begin() -> tuple[str, int]:
        answer = enter(client)
        return answer.location, client.get("/console/tenjo/cases").status_code

    where, inbox = contextvars.Context().run(begin)

    assert "/console/tf-setup" in where
    assert inbox == 302


def test_signing_in_and_failing_to_is_in_the_trail(client: FlaskClient, cast: Cast) -> None:
    enter(client, "no es esta clave")
    enter(client)

    db.session.rollback()
    query = select(AuditEntry.action).where(AuditEntry.actor == f"staff:{cast.people['ana']}")
    assert list(db.session.scalars(query.order_by(AuditEntry.id))) == ["staff.sign_in_failed", "staff.signed_in"]


@pytest.mark.parametrize("path", ["/tenjo/contact", "/tenjo/pqr", "/loader.js"])
def test_a_public_page_gets_no_cookie(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_expired_sessions_are_forgotten(client: FlaskClient) -> None:
    enter(client)
    with time_machine.travel(datetime.now().astimezone() + timedelta(hours=13), tick=False):
        sessions.forget_old({})

    db.session.rollback()
    assert db.session.scalars(select(StaffSession)).all() == []
