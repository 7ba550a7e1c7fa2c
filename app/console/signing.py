"""How staff prove who they are: sign-in that slows guessers down, one-time codes that serve once, our own mails."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast

from flask import current_app, g, request, session
from flask_security import LoginForm, MailUtil, MfRecoveryForm, Totp, TwoFactorVerifyCodeForm
from flask_security.forms import ForgotPasswordForm
from flask_security.recoverable import generate_reset_password_token
from passlib.exc import UsedTokenError
from sqlalchemy import or_, select, update
from werkzeug.local import LocalProxy

from app.audit import append_audit
from app.clock import now
from app.console.models import Grant, User
from app.db import db, write
from app.embed.limits import SlidingCounter, network_of
from app.mail import outbox
from app.sites.models import Site
from app.words import t

RESET = "console.reset"
WINDOW_S = 3600
# (free tries, longest wait in seconds). A network waits up to an hour; an account 30 s at most, since whoever knows an
# address could otherwise keep its owner out (ASVS 6.1.1: slow by rate, never lock out).
NETWORK, ACCOUNT = (20, 3600), (5, 30)
# What Flask-Security says, as keys of our catalogue: the templates say them in the person's language.
MESSAGES = {
    "GENERIC_AUTHN_FAILED": "wrong", "GENERIC_RECOVERY": "reset_sent", "PASSWORD_RESET_REQUEST": "reset_sent",
    "PASSWORD_MISMATCH": "mismatch",
    "RETYPE_PASSWORD_MISMATCH": "mismatch", "INVALID_RESET_PASSWORD_TOKEN": "reset_used",
    "PASSWORD_RESET_EXPIRED": "reset_used", "DISABLED_ACCOUNT": "disabled", "EMAIL_NOT_PROVIDED": "email_needed",
    "INVALID_EMAIL_ADDRESS": "email_wrong", "PASSWORD_NOT_PROVIDED": "password_needed",
    "PASSWORD_INVALID_LENGTH": "password_short", "PASSWORD_TOO_SIMPLE": "password_simple",
    "INVALID_PASSWORD": "wrong_password", "PASSWORD_RESET": "reset_done", "PASSWORD_RESET_NO_LOGIN": "reset_done",
    "PASSWORD_IS_THE_SAME": "password_same", "PASSWORD_CHANGE": "password_changed", "LOGIN": "sign_in_first",
    "UNAUTHENTICATED": "sign_in_first", "REFRESH": "again_first", "REAUTHENTICATION_REQUIRED": "again_first",
    "REAUTHENTICATION_SUCCESSFUL": "again_done", "TWO_FACTOR_INVALID_TOKEN": "code_wrong", "INVALID_CODE": "code_wrong",
    "INVALID_RECOVERY_CODE": "recovery_wrong", "NO_RECOVERY_CODES_SETUP": "recovery_none",
    "TWO_FACTOR_LOGIN_SUCCESSFUL": "code_taken", "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": "two_factor_on",
    "TWO_FACTOR_DISABLED": "two_factor_off", "TWO_FACTOR_SETUP_EXPIRED": "two_factor_expired",
    "TWO_FACTOR_PERMISSION_DENIED": "two_factor_denied", "TWO_FACTOR_METHOD_NOT_AVAILABLE": "two_factor_choose",
    "ANONYMOUS_USER_REQUIRED": "already_in", "INVALID_REDIRECT": "bad_redirect", "UNAUTHORIZED": "two_factor_denied",
    "IDENTITY_NOT_REGISTERED": "wrong", "USER_DOES_NOT_EXIST": "wrong", "API_ERROR": "bad_input",
    "INVALID_INPUT": "bad_input", "REFRESH_TOKEN_INVALID": "sign_in_first",
}  # fmt: skip


def message_settings() -> dict[str, tuple[str, str]]:
    """Return Flask-Security's messages as settings: what was an English sentence becomes a key of the catalogue."""
    good = {"reset_done", "password_changed", "again_done", "code_taken", "two_factor_on", "two_factor_off"}
    mild = good | {"reset_sent", "recovery_none", "sign_in_first", "again_first"}

    def tone(key: str) -> str:
        return "success" if key in good else "info" if key in mild else "error"

    return {f"SECURITY_MSG_{name}": (f"console.security.{key}", tone(key)) for name, key in MESSAGES.items()}


# Who guesses waits


def _counter() -> SlidingCounter:
    counter: SlidingCounter = current_app.extensions["ventanilla"].gate.failures
    return counter


def _limits(who: str) -> list[tuple[str, tuple[int, int]]]:
    # The address itself stays out of memory that a dump could show.
    account = hmac.new(
        current_app.extensions["ventanilla"].settings.key("sign-in"), who.strip().lower().encode(), sha256
    ).hexdigest()
    return [(f"sign-in {network_of(request.remote_addr or '')}", NETWORK), (f"sign-in {account}", ACCOUNT)]


def wait_for(who: str) -> int:
    """Return the seconds that this network or account still has to wait; 0 for the first tries."""
    longest = 0
    for key, (free, most) in _limits(who):
        failures, age_s = _counter().count(key, WINDOW_S), _counter().age(key)
        if failures >= free:
            longest = max(longest, int(min(2 ** min(failures - free + 1, 12), most) - age_s) + 1)
    return max(longest, 0)


def count_failure(who: str) -> None:
    for key, _ in _limits(who):
        _counter().hit(key, WINDOW_S)


class _Slowed:
    """A form whose wrong tries are counted; while its sender must wait, nothing is looked at."""

    form_errors: list[str]

    def who(self) -> str:
        raise NotImplementedError

    def validate(self, **kwargs: Any) -> bool:
        who = self.who()
        seconds = wait_for(who)
        if seconds:
            g.must_wait_s = seconds
            self.form_errors = [t("console.security.wait", str(g.get("lang", "es")), n=seconds)]
            return False
        if super().validate(**kwargs):  # type: ignore[misc]
            return True
        count_failure(who)
        return False


class SignInForm(_Slowed, LoginForm):
    # A cookie that signs in by itself could not be ended from the list of sessions.
    remember = None

    def who(self) -> str:
        return str(self.email.data or "")

    def validate(self, **kwargs: Any) -> bool:
        valid = super().validate(**kwargs)
        if not valid and self.user is not None:
            note_for(self.user.id, "staff.sign_in_failed")
        return valid


def _half_signed_in() -> str:
    return str(session.get("tf_user_id", ""))


class CodeForm(_Slowed, TwoFactorVerifyCodeForm):
    def who(self) -> str:
        return f"code {_half_signed_in()}"


class RecoveryForm(_Slowed, MfRecoveryForm):
    def who(self) -> str:
        return f"code {_half_signed_in()}"


class ForgotForm(ForgotPasswordForm):
    """Each ask counts as a try: nobody's mailbox is to be filled from here. All are answered as for nobody."""

    def validate(self, **kwargs: Any) -> bool:
        who = f"reset {self.email.data or ''}"
        seconds = wait_for(who)
        if seconds:
            g.must_wait_s = seconds
            self.form_errors = [t("console.security.wait", str(g.get("lang", "es")), n=seconds)]
            return False
        count_failure(who)
        found = super().validate(**kwargs)
        if self.email.data:
            # One row either way, and the letter is a job's: no clock tells who has an account here (ASVS 6.3.8).
            payload = {"user": self.user.id if found and self.user else 0}
            with write():
                current_app.extensions["ventanilla"].jobs.enqueue(RESET, payload)
        return False


# One-time codes serve once (ASVS 6.5.1)


# How long a set-up that went wrong may be tried again with what the telephone has scanned already.
SETUP_S = 600


class OnceTotp(Totp):
    def generate_totp_secret(self) -> str:
        """Return a new secret, or that of the set-up which this session began a moment ago.

        A mistyped code leads back to the beginning of the set-up; with another secret the telephone would hold a dead
        entry, and its next code would be wrong as well.
        """
        kept = session.get("two_factor_setup", {})
        who = str(session.get("_user_id") or session.get("tf_user_id", ""))
        moment = int(now().timestamp())
        if who and kept.get("who") == who and 0 <= moment - kept["at"] < SETUP_S:
            return str(kept["secret"])
        secret = str(super().generate_totp_secret())
        session["two_factor_setup"] = {"secret": secret, "at": moment, "who": who}
        return secret

    def get_last_counter(self, user: Any) -> int | None:
        return cast(int | None, user.totp_counter)

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Spend the code; of two requests that bring it at once, the second is refused."""
        user_id, counter = user.id, tmatch.counter
        free = or_(User.totp_counter.is_(None), User.totp_counter < counter)
        with write(keep_pending=True):
            spent = db.session.execute(
                update(User).where(User.id == user_id, free).values(totp_counter=counter).returning(User.id)
            ).first()
        if spent is None:
            raise UsedTokenError


# Mails of the sign-in go the way of all mails


class OutboxMail(MailUtil):
    def normalize(self, email: str) -> str:
        """Return an address as invitations keep it."""
        return email.strip().lower()

    def validate(self, email: str) -> str:
        """The same: an address is only looked up here, a wrong one finds nobody, and no name server is asked."""
        return self.normalize(email)

    def send_mail(self, template: str, *args: Any, **context: Any) -> None:
        """Nothing is mailed from inside a request: `send_reset` queues the one letter that the sign-in has."""


def send_reset(payload: dict[str, Any]) -> Callable[[], None] | None:
    """Queue the link with which this person chooses a new password; nothing for 0, which is nobody."""
    user = db.session.get(User, payload["user"])
    site = db.session.scalar(select(Site).join(Grant, Grant.site_id == Site.id).where(Grant.user_id == payload["user"]))
    if user is None or site is None:
        return None
    token = generate_reset_password_token(user)
    link = f"{current_app.extensions['ventanilla'].settings.base_url}/console/reset/{token}"
    says = {"name": user.name or user.email, "site": site.name, "entity": site.entity, "url": outbox.SECRET}
    subject, body = (t(f"console.mail.{part}", user.lang, **says) for part in ("reset_subject", "reset"))
    site_id, address, user_id = site.id, user.email, user.id

    def queue() -> None:
        post = db.session.get_one(Site, site_id)
        outbox.enqueue(post, address, subject, body, source="staff", source_id=user_id, secret=link)

    return queue


# The trail


def note_for(user_id: int, action: str, **data: Any) -> None:
    """Leave in the trail of each of a person's sites what their account did (ASVS 16.3)."""
    sites = db.session.scalars(select(Grant.site_id).where(Grant.user_id == user_id).distinct()).all()
    if not sites:
        return
    with write(keep_pending=True):
        for site_id in sites:
            append_audit(site_id, f"staff:{user_id}", action, f"staff:{user_id}", **data)


def listen(app: Any) -> None:
    """Write sign-ins, new passwords and second factors into the trail."""
    from flask_security import signals

    from app.console.staff import note_entry

    def hear(signal: Any, action: str) -> None:
        def note(_app: Any, user: Any = None, **_more: Any) -> None:
            found = user._get_current_object() if isinstance(user, LocalProxy) else user
            if found is not None:
                note_for(found.id, action)
                if action == "staff.two_factor_on":
                    session.pop("two_factor_setup", None)
                if action in ("staff.signed_in", "staff.password_reset"):
                    note_entry(found.id)

        # Held by the app, or the weak reference of the signal dies at once.
        app.extensions.setdefault("ventanilla_ears", []).append(note)
        signal.connect(note, app)

    hear(signals.user_authenticated, "staff.signed_in")
    hear(signals.password_reset, "staff.password_reset")
    hear(signals.password_changed, "staff.password_changed")
    hear(signals.tf_profile_changed, "staff.two_factor_on")
    hear(signals.tf_disabled, "staff.two_factor_off")
