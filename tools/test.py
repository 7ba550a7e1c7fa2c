"""Everything that `make test` runs: the whole suite on SQLite, and what touches the store again on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A mount, not a file that somebody could guess.
MEMORY, ROOMY = Path("/dev/shm"), 4 << 30  # noqa: S108
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def loud(text):
    print(f"\n!!! {text}\n", flush=True)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], cwd=ROOT, **options).returncode


def have_browser():
    """Find a Chromium: the system's, Debian's package when root, or Playwright's own download."""
    if any(map(shutil.which, BROWSERS)):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium from the system's packages…", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        run("apt-get", "-qq", "update", **quiet)
        # Ubuntu's package of this name is only a door to a snap, which a server may not have: look again after it.
        run("apt-get", "-qq", "-y", "install", "--no-install-recommends", "chromium", **quiet)
        if any(map(shutil.which, BROWSERS)):
            return True
    with_libraries = ["--with-deps"] if os.geteuid() == 0 else []
    return run(sys.executable, "-m", "playwright", "install", *with_libraries, "chromium") == 0


def have_dovecot():
    """Find a Dovecot to be read over IMAP: the system's, or Debian's package when root."""
    if shutil.which("dovecot") or Path("/usr/sbin/dovecot").exists():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Dovecot from the system's packages…", flush=True)
        # Its own service is not wanted: the tests start one on a port of theirs.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        alone = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}}
        run("apt-get", "-qq", "update", **quiet)
        run("apt-get", "-qq", "-y", "install", "--no-install-recommends", "dovecot-imapd", **quiet, **alone)
    return Path("/usr/sbin/dovecot").exists()


def main():
    full = ["--full"] if "--full" in sys.argv[1:] else []
    if not have_browser():
        loud("No Chromium could be had: the tests in a browser are skipped.")
    if not have_dovecot():
        loud("No Dovecot could be had: the tests of the institutional mailbox are skipped.")
    # Servers and workers start some hundred times below: without compiled files each would compile all of us anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # The stores of some thousand tests write and sync: to memory where there is room. The drills keep to the disk.
    if not full and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOMY:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    pytest = [sys.executable, "-m", "pytest", "-n", "3", "--dist", "loadgroup", *full]
    failed = run(*pytest)
    print("\nThe same on PostgreSQL, a story of each part:", flush=True)
    # A story of each part; in full size the drills too. The whole suite takes `pytest --store postgresql`.
    failed = run(*pytest, "--store", "postgresql", "-m", "store or drill" if full else "store") or failed
    sys.exit(failed)


if __name__ == "__main__":
    main()
