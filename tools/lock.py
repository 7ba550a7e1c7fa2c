"""Renew requirements.lock: what a fresh install of every extra brings today, one `name==version` a line."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from prepare import ROOT, find_python

EXTRAS = "sqlite,letters,sheets,crawl,mailbox,build,postgres,dev"
HEAD = "# What `make run` and `make test` install; renewed by `make lock`.\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([find_python(), "-m", "venv", folder], check=True)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", "-e", f"{ROOT}[{EXTRAS}]"], check=True)
        frozen = subprocess.run([*pip, "freeze", "--exclude-editable"], check=True, capture_output=True, text=True)
    names = [line for line in frozen.stdout.splitlines() if re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    left_out = set(frozen.stdout.splitlines()) - set(names)
    if left_out:
        raise SystemExit(f"not plain name==version: {sorted(left_out)}")
    lock = HEAD + "".join(f"{name}\n" for name in sorted(names, key=str.lower))
    (ROOT / "requirements.lock").write_text(lock)
    print(f"requirements.lock: {len(names)} distributions")


if __name__ == "__main__":
    main()
