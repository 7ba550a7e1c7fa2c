"""Sign-in by Flask-Security over our own tables, and the one decorator that guards staff pages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, current_user
from sqlalchemy import select

from app.clock import now
from app.config import Settings
from app.console.models import Grant, User
from app.console.passwords import FewAtOnce, Passwords
from app.console.roles import Staff, rights_in_force
from app.console.sessions import TableSessions
from app.console.signing import (
    CodeForm,
    ForgotForm,
    OnceTotp,
    OutboxMail,
    RecoveryForm,
    SignInForm,
    listen,
    message_settings,
)
from app.db import db, write
from app.errors import NotFound
from app.sites.service import SiteInfo, find_site


class NoRoles(RoleMixin):
    """Flask-Security wants a role model; ours are grants (app.console.models.Grant)."""


class Datastore(SQLAlchemyUserDatastore):
    """Flask-Security's own commits take the same lock as everybody else's."""

    def commit(self) -> None:
        with write(keep_pending=True):
            pass


def init_auth(app: Flask, settings: Settings) -> None:
    app.session_interface = TableSessions(settings)
    app.config.update(
        SECRET_KEY=settings.key("flask").hex(),
        SECURITY_PASSWORD_SALT=settings.key("password-salt").hex(),
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of the algorithm
        # OWASP's 19 MiB, two passes: 18 ms here, where the default's 64 MiB took 100 ms.
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__time_cost": 2, "argon2__memory_cost": 19456, "argon2__parallelism": 1,
        },
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_URL_PREFIX="/console",
        SECURITY_LOGIN_URL="/login",
        SECURITY_POST_LOGIN_VIEW="/console/",
        SECURITY_POST_LOGOUT_VIEW="/console/login",
        SECURITY_POST_RESET_VIEW="/console/login",
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_TRACKABLE=False,
        # Rights are grants; there is no role to join.
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_REGISTERABLE=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_TWO_FACTOR=True,
        # Staff of a demo sign in with what the page prints; everywhere else a second factor is due (ASVS 6.3.2).
        SECURITY_TWO_FACTOR_REQUIRED=settings.two_factor,
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TWO_FACTOR_POST_SETUP_VIEW="/console/account",
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": settings.key("totp").hex()},
        SECURITY_TOTP_ISSUER="Ventanilla",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=10,
        # Kept encrypted, with a key that is not in the store.
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[base64.urlsafe_b64encode(settings.key("recovery-codes"))],
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL=False,
        SECURITY_CSRF_PROTECT_MECHANISMS=["session"],
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_CHANGE_VIEW="/console/account",
        SECURITY_EMAIL_HTML=False,
        SECURITY_EMAIL_PLAINTEXT=False,
        SECURITY_STATIC_FOLDER=None,
        # Who comes back to an open desk proves again before changing how they sign in.
        SECURITY_FRESHNESS=timedelta(minutes=30),
        SECURITY_FRESHNESS_GRACE_PERIOD=timedelta(minutes=15),
        SECURITY_USE_VERIFY_PASSWORD_CACHE=False,
        WTF_CSRF_TIME_LIMIT=None,
        **message_settings(),
    )
    security = Security(
        app, Datastore(db, User, NoRoles), register_blueprint=True, mail_util_cls=OutboxMail, totp_cls=OnceTotp,
        login_form=SignInForm, forgot_password_form=ForgotForm, two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm, password_util_cls=Passwords,
    )  # fmt: skip
    security.pwd_context = FewAtOnce(security.pwd_context)
    _only_at_the_desk(app, security.principal._on_before_request)
    # A token in a header would outlive the list of sessions, and nothing here asks for one.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    app.before_request_funcs.setdefault("security", []).append(_speak_their_language)
    # First in the list is last to run.
    app.after_request_funcs.setdefault("security", []).insert(0, _say_wait)
    listen(app)


def _only_at_the_desk(app: Flask, hook: Callable[[], None]) -> None:
    """Let a hook of Flask-Security's that asks who is signed in run for the staff's pages alone.

    Nobody is signed in at a public address (app.console.sessions), and to find that out cost each visitor 7 % of a
    read.
    """
    hooks = app.before_request_funcs[None]

    def at_the_desk() -> None:
        if request.path.startswith("/console"):
            hook()

    hooks[hooks.index(hook)] = at_the_desk


def _speak_their_language() -> None:
    if request.endpoint == "security.logout" and current_app.config["WTF_CSRF_ENABLED"]:
        # Flask-Security asks for no token there: a foreign page could sign people out.
        current_app.extensions["csrf"].protect()
    staff = current_staff()
    if staff is not None:
        g.lang = staff.lang


def _say_wait(response: Response) -> Response:
    # Flask-Security writes "no-store=True", which no browser knows.
    response.headers["Cache-Control"] = "no-store"
    if "must_wait_s" in g:
        response.status_code = 429
        response.headers["Retry-After"] = str(g.must_wait_s)
    return response


def current_staff() -> Staff | None:
    """Return the signed-in person with the rights that hold today, or None."""
    if "staff" not in g:
        g.staff = _load(current_user.id) if current_user.is_authenticated else None
    staff: Staff | None = g.staff
    return staff


def _load(user_id: int) -> Staff:
    user = db.session.get_one(User, user_id)
    today = now().astimezone(ZoneInfo("America/Bogota")).date()
    rows = db.session.execute(
        select(Grant.site_id, Grant.office_id, Grant.role, Grant.until).where(Grant.user_id == user_id)
    )
    rights = rights_in_force([(a, b, c, d) for a, b, c, d in rows], today)
    lacks_codes = bool(user.tf_primary_method) and not user.mf_recovery_codes
    return Staff(user.id, user.name or user.email, user.position, user.email, user.lang, rights, lacks_codes)


def staff_of(user_id: int) -> Staff:
    """Return a person as services see them, outside a request: for commands, jobs and the demo."""
    return _load(user_id)


def page_of_form() -> str:
    """Return the page of the console from which a form was sent, "" where the browser does not say."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc != request.host or not came_from.path.startswith("/console/"):
        return ""
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


def come_in() -> ResponseReturnValue:
    """Send who is not signed in to the sign-in page, and from there back: of a form, to the page that it stands on."""
    if request.headers.get("HX-Request"):
        # A fragment of the sign-in page inside another page would help nobody.
        return "", 401
    back = request.full_path.rstrip("?") if request.method == "GET" else page_of_form()
    return redirect(url_for("security.login", next=back or None))


View = Callable[..., ResponseReturnValue]


def staff_only(permission: str) -> Callable[[View], View]:
    """Guard a page of /console/<site_key>/…: signed in, of this site, allowed; sets `g.site` and `g.staff`.

    A site that is not the person's looks like one that does not exist. tests/app/test_guards.py walks every console
    route and checks that the mark this leaves is there.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            staff = current_staff()
            if staff is None:
                return come_in()
            site = find_site(kwargs.pop("site_key", ""))
            if site is None or site.id not in staff.site_ids:
                raise NotFound
            staff.require(permission, site.id)
            g.site = site
            g.lang = staff.lang
            return current_app.ensure_sync(view)(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: View) -> View:
    """Guard a page of one's own account: signed in, whatever the site."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if current_staff() is None:
            return come_in()
        return current_app.ensure_sync(view)(*args, **kwargs)

    guarded.permission = ""  # type: ignore[attr-defined]
    return guarded


def same_site_only() -> None:
    """Refuse a state-changing console request that another site's page has made (Fetch Metadata)."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)


def the_site() -> SiteInfo:
    site: SiteInfo = g.site
    return site
