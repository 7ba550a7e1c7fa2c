"""A real Dovecot on a port of its own; every user's password is the same, each user has a mailbox of their own."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from imaplib import IMAP4
from pathlib import Path
from ssl import create_default_context
from time import monotonic, sleep, time

from tests.drills.served import free_port

PROGRAM = shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")
PASSWORD = "correo"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
listen = 127.0.0.1
protocols = imap
{ssl}
log_path = {folder}/log
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
{capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    """Stopped and opened again, it keeps its port and its mail."""

    folder: Path
    port: int = field(default_factory=free_port)
    idle: bool = True
    # STARTTLS by a certificate of its own for 127.0.0.1, and no password without it.
    tls: bool = False
    process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        root, me = os.getuid() == 0, pwd.getpwuid(os.getuid()).pw_name
        # It refuses to touch mail as root.
        owner = pwd.getpwnam("mail" if root else me)
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
        if root:
            os.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        ssl = "ssl = no\ndisable_plaintext_auth = no"
        if self.tls:
            key, certificate = self._certify()
            ssl = f"ssl = required\nssl_cert = <{certificate}\nssl_key = <{key}"
        values = {
            "ssl": ssl, "folder": self.folder, "port": self.port, "password": PASSWORD,
            "uid": owner.pw_uid, "gid": owner.pw_gid, "internal": "dovecot" if root else me,
            "group": "dovecot" if root else me, "login": "dovenull" if root else me,
            "capability": "" if self.idle else "imap_capability = IMAP4rev1",
        }  # fmt: skip
        path = self.folder / "dovecot.conf"
        path.write_text(CONFIG.format(**values))
        assert PROGRAM is not None
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", str(path)])
        until = monotonic() + 20
        while True:
            try:
                with IMAP4("127.0.0.1", self.port):
                    return
            except (OSError, IMAP4.error):
                if monotonic() > until:
                    raise
                sleep(0.05)

    def _certify(self) -> tuple[Path, Path]:
        key, certificate = self.folder / "key.pem", self.certificate
        if not certificate.exists():
            what = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=here"]
            names = ["-addext", "subjectAltName=IP:127.0.0.1"]
            command = ["openssl", "req", "-x509", *what, *names, "-keyout", str(key), "-out", str(certificate)]
            subprocess.run(command, check=True, capture_output=True)
        return key, certificate

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def close(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def setting(self, user: str, site: str = "tenjo") -> str:
        """Return what VENTANILLA_IMAP says of one user's mailbox."""
        return f"{site}=imap://{user}:{PASSWORD}@127.0.0.1:{self.port}"

    @contextmanager
    def inside(self, user: str) -> Iterator[IMAP4]:
        with IMAP4("127.0.0.1", self.port) as box:
            if self.tls:
                box.starttls(create_default_context(cafile=str(self.certificate)))
            box.login(user, PASSWORD)
            box.select()
            yield box

    def deliver(self, user: str, *mails: bytes, flags: str = "") -> None:
        """Put mails into a mailbox, as a mail server would."""
        with self.inside(user) as box:
            for mail in mails:
                assert box.append("INBOX", flags, "", mail)[0] == "OK"

    def number_anew(self, user: str) -> None:
        """Let the mailbox get another UIDVALIDITY and other UIDs, as after it was moved or restored."""
        box = self.folder / "mail" / user
        # A number is the second in which it was given: a new one of the same second would be the same.
        while time() < self._numbered_at(box) + 1:
            sleep(0.05)
        for path in [*box.glob("dovecot-uid*"), *box.glob("dovecot.index*"), *box.glob("dovecot.list.index*")]:
            path.unlink()

    @staticmethod
    def _numbered_at(box: Path) -> int:
        found = re.search(r"\bV(\d+)", (box / "dovecot-uidlist").read_text().partition("\n")[0])
        assert found is not None
        return int(found[1])

    def flags(self, user: str) -> list[bytes]:
        """Return the flags of every message that is still there."""
        with self.inside(user) as box:
            return [one for one in box.fetch("1:*", "(FLAGS)")[1] if isinstance(one, bytes)]


@contextmanager
def dovecot(**more: bool) -> Iterator[Dovecot]:
    # Not below pytest's own folder: a socket's path may be 108 letters long.
    folder = Path(tempfile.mkdtemp(prefix="vdc-"))
    folder.chmod(0o755)
    server = Dovecot(folder, **more)
    try:
        server.open()
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
