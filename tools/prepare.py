"""Make .venv and install the project in it; does nothing, and needs no network, when that was done before."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "prepared.json"
OLDEST = (3, 11)
EXTRAS = {
    "run": {"letters", "sheets", "crawl", "mailbox", "build"},
    "test": {"letters", "sheets", "crawl", "mailbox", "build", "postgres", "dev"},
}


def find_python():
    """Return a Python that is new enough and can make environments, or end with the line that brings one."""
    names = [sys.executable] + [f"python3.{minor}" for minor in range(20, OLDEST[1] - 1, -1)]
    found = [path for path in map(shutil.which, names) if path]
    ask = f"import sys; print(sys.version_info[:2] >= {OLDEST}); import ensurepip, venv"
    new_enough = ""
    for path in found:
        answer = subprocess.run([path, "-c", ask], capture_output=True, text=True)
        if answer.stdout.strip() != "True":
            continue
        if answer.returncode == 0:
            return path
        new_enough = new_enough or path
    as_root = "" if os.geteuid() == 0 else "sudo "
    if new_enough:
        sys.exit(f"Python cannot make environments here. Run: {as_root}apt install python3-venv")
    sys.exit(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed. Run: {as_root}apt install python3 python3-venv\n"
        "(Debian 12 and Ubuntu 24.04 bring one that is new enough.)"
    )


def fingerprint():
    """Return what the environment was made from: the list of libraries and their versions."""
    whole = hashlib.sha256()
    for name in ("setup.cfg", "requirements.lock"):
        whole.update((ROOT / name).read_bytes())
    return whole.hexdigest()


def prepared():
    """Return the extras that stand installed from these very lists; none where anything changed or was moved."""
    try:
        known = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return set()
    # Scripts inside name their Python by its full path, and that Python may be gone after an upgrade of the system.
    whole = known["of"] == fingerprint() and known.get("at") == str(VENV) and shutil.which(PYTHON)
    return set(known["extras"]) if whole else set()


def pip(*arguments, check=True):
    """Run pip of the environment under the locked versions; it speaks when it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    lock = ["-c", str(ROOT / "requirements.lock")]
    return subprocess.run([*command, *lock, *arguments], check=check, cwd=ROOT).returncode == 0


def make_environment():
    """Make .venv anew unless a whole one stands there: one cut short, moved or left by another Python has no pip."""
    says = [str(PYTHON), "-c", "import pip, sys; print(sys.prefix)"]
    if shutil.which(PYTHON) and subprocess.run(says, capture_output=True, text=True).stdout.strip() == str(VENV):
        return
    if subprocess.run([find_python(), "-m", "venv", "--clear", str(VENV)]).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"Python could not make {VENV}: see its message above.")


def install(extras):
    """Install the project with these extras, in place, so that what is served is what stands in the folder."""
    for path in (ROOT, VENV):
        if path.exists() and not os.access(path, os.W_OK | os.X_OK):
            sys.exit(f"You may not write into {path}. Run make as its owner, or clone into a folder of yours.")
    make_environment()
    print("Installing into .venv (a minute or two, the first time alone)…", flush=True)
    try:
        pip("-e", f".[{','.join(sorted(extras))}]")
    except subprocess.CalledProcessError:
        sys.exit("pip could not install: see its message above. The first installation needs a network.")
    # A newer SQLite than the system's, where there is a wheel of it; the app says so at start where it matters.
    if not pip("--only-binary", ":all:", "pysqlite3", check=False):
        print("! No wheel of pysqlite3 for this machine: the system's SQLite serves.", flush=True)
    STAMP.write_text(json.dumps({"of": fingerprint(), "at": str(VENV), "extras": sorted(extras)}))


def main():
    wanted = EXTRAS[sys.argv[1]]
    there = prepared()
    if not wanted <= there:
        install(wanted | there)


if __name__ == "__main__":
    main()
