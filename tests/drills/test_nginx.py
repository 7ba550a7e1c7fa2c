"""R11: nginx takes the shipped configuration, carries a request, and keeps slow clients from the threads."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

import pytest

from tests.drills.served import ORIGIN, ROOT, SITE, Served, free_port

pytestmark = pytest.mark.drill
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
HOST = "v.example.gov.co"


@pytest.fixture
def proxied(served: Served, tmp_path: Path) -> Iterator[tuple[Served, int, Path]]:
    """The served installation behind the shipped file; only ports, certificate and log files are put in."""
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("only by make drills: nginx or openssl is not installed")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={HOST}",
         "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    port, plain, log = free_port(), free_port(), tmp_path / "access.log"
    shipped = (ROOT / "docs" / "deploy" / "nginx.conf").read_text("utf-8")
    for old, new in (
        (r"/etc/letsencrypt\S+fullchain.pem", str(tmp_path / "cert.pem")),
        (r"/etc/letsencrypt\S+privkey.pem", str(tmp_path / "key.pem")),
        (r"/var/log/nginx/ventanilla.log", str(log)),
        (r"/var/log/nginx/ventanilla.error.log", str(tmp_path / "error.log")),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (r"listen 80;", f"listen 127.0.0.1:{plain};"),
        (r"\n\s*listen \[::\]:\d+( ssl)?;", ""),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{served.port}"),
    ):
        shipped, count = re.subn(old, new.replace("\\", "\\\\"), shipped)
        assert count, f"{old} is not in the shipped file"
    whole = tmp_path / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {tmp_path / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"{user}daemon off;\npid {tmp_path / 'pid'};\nerror_log {tmp_path / 'start.log'};\n"
        f"events {{ worker_connections 512; }}\nhttp {{\n{temporary}{shipped}\n}}\n"
    )
    checked = subprocess.run([NGINX, "-t", "-c", str(whole)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    served.env["VENTANILLA_BASE_URL"] = f"https://{HOST}"
    served.start()
    process = subprocess.Popen([NGINX, "-c", str(whole)])
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield served, port, log
    finally:
        process.terminate()
        process.wait(10)


def connection(port: int) -> HTTPSConnection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=20, context=context)


def test_the_shipped_proxy_carries_a_request_and_logs_no_address(proxied: tuple[Served, int, Path]) -> None:
    _, port, log = proxied
    browser = connection(port)
    headers = {"Host": HOST, "Origin": ORIGIN, "Content-Type": "application/json"}
    browser.request("POST", f"/api/{SITE}/token", "{}", headers)
    answer = browser.getresponse()
    said = answer.read()
    browser.close()

    assert answer.status == 200, said
    assert answer.getheader("Access-Control-Allow-Origin") == ORIGIN
    # The application knew that the visitor came by TLS.
    assert answer.getheader("Strict-Transport-Security")
    for _ in range(50):
        if log.exists() and log.read_text():
            break
        time.sleep(0.05)
    assert "/api/tenjo/token 200" in log.read_text()
    assert "127.0.0.1" not in log.read_text()


def test_sixty_dripping_clients_hold_up_nobody(proxied: tuple[Served, int, Path]) -> None:
    _, port, _ = proxied
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    drips = []
    for _ in range(60):
        with suppress(OSError):
            drip = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20))
            drip.sendall(
                f"POST /api/{SITE}/uploads HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000000\r\n\r\nx".encode()
            )
            drips.append(drip)
    statuses = []
    for _ in range(10):
        with suppress(OSError, HTTPException):
            browser = connection(port)
            browser.request("GET", "/health", headers={"Host": HOST})
            statuses.append(browser.getresponse().status)
            browser.close()
    for drip in drips:
        drip.close()

    # All come from one address here, so the wall refuses some of them; nobody waits.
    assert len(drips) >= 40
    assert len(statuses) == 10
    assert set(statuses) <= {200, 429}
