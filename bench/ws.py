"""Node's `ws` under the load of bench/sockets.py, where Node and the package are on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.sockets import run

SERVER = str(Path(__file__).with_name("ws.js"))


def missing(package: str) -> str:
    """Return why it can't be measured, in words for who runs the benchmark; "" where it can.

    `package` is the folder of the package; without one Node looks where it always does, in NODE_PATH at last.
    """
    if shutil.which("node") is None:
        return "Node is not installed"
    if package and not (Path(package) / "package.json").is_file():
        return f"no package of Node in {package}"
    looked = subprocess.run(["node", SERVER, "--look"], env=_env(package), capture_output=True, text=True)
    return "" if looked.returncode == 0 else "no package ws: name its folder by --ws, or put it in NODE_PATH"


def measure(package: str, rooms: int, rate: int, seconds: float) -> dict[str, float]:
    """Serve it and measure it."""
    with subprocess.Popen(["node", SERVER], env=_env(package), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            return run(int(server.stdout.readline()), server.pid, rooms, rate, seconds)
        finally:
            server.kill()


def _env(package: str) -> dict[str, str]:
    return {**os.environ, **({"BENCH_WS": str(Path(package).resolve())} if package else {})}
