"""Every setting, read once from VENTANILLA_* variables; a bad value is refused at start and names its variable."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from app.mail.intake.accounts import Account, parse_accounts


class BadSetting(SystemExit):
    """A variable that can't be used: printed to the operator, and the process does not start."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"ventanilla: {name}: {problem}")


@dataclass(frozen=True)
class Settings:
    """What an installation is told from outside. docs/configuration.md lists each, and a test keeps it complete."""

    instance: Path
    secret_key: str
    database_url: str
    base_url: str = "http://localhost:8000"
    mail: str = "none"
    dkim: str = ""
    mail_plus: bool = False
    imap: tuple[Account, ...] = ()
    raw_mail_days: int = 0
    trusted_proxies: int = 0
    demo: bool = False
    demo_host: str = ""
    insecure_cookies: bool = False
    two_factor: bool = False
    worker: str = "embedded"
    crawl_allow: frozenset[str] = field(default_factory=frozenset)
    max_sockets: int = 2000
    site_filings: int = 300
    clamd: str = ""
    websub_hub: str = ""
    log_level: str = "INFO"
    testing: bool = False

    def key(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, derived from the secret so that a leak of one is not a leak of all."""
        return _derived(self.secret_key, purpose)

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


# A submission asks for six of them.
@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"ventanilla/{purpose}".encode(), sha256).digest()


def _flag(name: str, value: str) -> bool:
    if value.lower() in {"", "0", "no", "false"}:
        return False
    if value.lower() in {"1", "yes", "true"}:
        return True
    raise BadSetting(name, f"{value!r} is neither yes nor no")


def _whole(name: str, value: str, low: int, high: int) -> int:
    if not value.isdecimal() or not low <= int(value) <= high:
        raise BadSetting(name, f"{value!r} is not a whole number from {low} to {high}")
    return int(value)


def _secret(env: Mapping[str, str], instance: Path) -> str:
    """Return the secret from its variable, its file, or the one made at first run (mode 600)."""
    if env.get("VENTANILLA_SECRET_KEY_FILE"):
        path = Path(env["VENTANILLA_SECRET_KEY_FILE"])
        if not path.is_file():
            raise BadSetting("VENTANILLA_SECRET_KEY_FILE", "no such file")
        value = path.read_text().strip()
    elif env.get("VENTANILLA_SECRET_KEY"):
        value = env["VENTANILLA_SECRET_KEY"]
    else:
        path = instance / "secret_key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        value = path.read_text().strip()
    if len(value) < 32:
        raise BadSetting("VENTANILLA_SECRET_KEY", "shorter than 32 characters")
    return value


def _instance(value: str) -> Path:
    path = Path(value).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting("VENTANILLA_INSTANCE", f"{path}: {error.strerror}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting("VENTANILLA_INSTANCE", f"{path} may not be written by this user")
    return path


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise BadSetting("VENTANILLA_BASE_URL", f"{value!r} is not an address such as https://v.example.gov.co")
    return value.rstrip("/")


def _database_url(value: str, instance: Path) -> str:
    if not value:
        return f"sqlite:///{instance / 'ventanilla.sqlite3'}"
    if value.startswith("postgresql://"):
        return value.replace("postgresql://", "postgresql+psycopg://", 1)
    if value.startswith(("sqlite:///", "postgresql+psycopg://")):
        return value
    raise BadSetting("VENTANILLA_DATABASE_URL", "only sqlite:/// and postgresql:// are known")


def _mail(value: str) -> str:
    if value == "none" or value.startswith(("smtp://", "smtps://", "maildir:")):
        return value
    raise BadSetting("VENTANILLA_MAIL", "use smtp://user:password@host:port, smtps://…, maildir:/folder or none")


def _dkim(value: str) -> str:
    from app.mail.dkim import BadKey
    from app.mail.dkim import load as load_key

    try:
        load_key(value)
    except BadKey as error:
        raise BadSetting("VENTANILLA_DKIM", str(error)) from error
    return value


def _imap(value: str) -> tuple[Account, ...]:
    try:
        return parse_accounts(value)
    except ValueError as error:
        # Its own words, never the value: a password stands in it.
        raise BadSetting("VENTANILLA_IMAP", str(error)) from None


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if value and (not host or not port.isdecimal()):
        raise BadSetting("VENTANILLA_CLAMD", f"{value!r} is not host:port, such as 127.0.0.1:3310")
    return value


def _hub(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise BadSetting(
            "VENTANILLA_WEBSUB_HUB", f"{value!r} is not an address such as https://pubsubhubbub.appspot.com/"
        )
    return value


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises BadSetting, which ends the process with one line, for any value that can't be used.
    """
    env = os.environ if env is None else env
    instance = _instance(env.get("VENTANILLA_INSTANCE", "instance"))
    worker = env.get("VENTANILLA_WORKER", "embedded")
    if worker not in {"embedded", "none"}:
        raise BadSetting("VENTANILLA_WORKER", f"{worker!r} is neither embedded nor none")
    demo = _flag("VENTANILLA_DEMO", env.get("VENTANILLA_DEMO", ""))
    crawl_allow = frozenset(env.get("VENTANILLA_CRAWL_ALLOW", "").split(",")) - {""}
    if crawl_allow and not demo:
        # Loopback and odd ports are how a crawler is turned against the machine it runs on.
        raise BadSetting("VENTANILLA_CRAWL_ALLOW", "only a demo (VENTANILLA_DEMO=1) may crawl private addresses")
    log_level = env.get("VENTANILLA_LOG_LEVEL", "INFO").upper()
    if log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise BadSetting("VENTANILLA_LOG_LEVEL", f"{log_level!r} is none of DEBUG, INFO, WARNING, ERROR")
    return Settings(
        instance=instance,
        secret_key=_secret(env, instance),
        database_url=_database_url(env.get("VENTANILLA_DATABASE_URL", ""), instance),
        base_url=_base_url(env.get("VENTANILLA_BASE_URL", "http://localhost:8000")),
        mail=_mail(env.get("VENTANILLA_MAIL", "none")),
        dkim=_dkim(env.get("VENTANILLA_DKIM", "")),
        mail_plus=_flag("VENTANILLA_MAIL_PLUS", env.get("VENTANILLA_MAIL_PLUS", "")),
        imap=_imap(env.get("VENTANILLA_IMAP", "")),
        raw_mail_days=_whole("VENTANILLA_RAW_MAIL_DAYS", env.get("VENTANILLA_RAW_MAIL_DAYS", "0"), 0, 36_500),
        trusted_proxies=_whole("VENTANILLA_TRUSTED_PROXIES", env.get("VENTANILLA_TRUSTED_PROXIES", "0"), 0, 9),
        demo=demo,
        demo_host=env.get("VENTANILLA_DEMO_HOST", ""),
        insecure_cookies=_flag("VENTANILLA_INSECURE_COOKIES", env.get("VENTANILLA_INSECURE_COOKIES", "")),
        two_factor=_flag("VENTANILLA_TWO_FACTOR", env.get("VENTANILLA_TWO_FACTOR", "0" if demo else "1")),
        worker=worker,
        crawl_allow=crawl_allow,
        max_sockets=_whole("VENTANILLA_MAX_SOCKETS", env.get("VENTANILLA_MAX_SOCKETS", "2000"), 1, 100_000),
        site_filings=_whole("VENTANILLA_SITE_FILINGS", env.get("VENTANILLA_SITE_FILINGS", "300"), 1, 1_000_000),
        clamd=_address(env.get("VENTANILLA_CLAMD", "")),
        websub_hub=_hub(env.get("VENTANILLA_WEBSUB_HUB", "")),
        log_level=log_level,
    )
