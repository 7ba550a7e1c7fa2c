"""Make the README's pictures from the running demo, so that they stay true: `make pictures`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures"
PASSWORD = re.compile(r"la clave de todos es: (.+)")


def start(folder):
    """Start the demo and return its process, and the addresses and password that it prints."""
    env = {**os.environ, "VENTANILLA_DEMO": "1", "VENTANILLA_INSTANCE": folder, "VENTANILLA_DEMO_PORT": "8600"}
    env |= {"PYTHONUNBUFFERED": "1", "LC_ALL": "es_CO.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "serve"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    said = ""
    while "Ctrl+C" not in said:
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the demo did not start")
        said += line
    website, console = re.findall(r"(http://127[^\s]+/)\n", said)[0], re.findall(r"(http://\S+/console/)", said)[0]
    return process, website, console, PASSWORD.findall(said)[0].strip()


def save(page, name):
    path = OUT / f"{name}.png"
    page.screenshot(path=path)
    # 256 colours are plenty for an interface, and a third of the bytes.
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def shoot(browser: Browser, website, console, password):
    desk = browser.new_page(viewport={"width": 1440, "height": 960}, locale="es-CO")
    desk.goto(f"{website}politica-estricta")
    _settle(desk)
    save(desk, "pqr")
    phone = browser.new_page(viewport={"width": 360, "height": 720}, locale="es-CO", color_scheme="dark")
    phone.goto(f"{website}participa")
    _settle(phone)
    phone.get_by_role("button", name="Satisfacción con la atención").click()
    phone.evaluate("document.querySelector('ventanilla-survey').scrollIntoView()")
    _settle(phone)
    save(phone, "phone")
    desk.goto(f"{console}login")
    desk.fill("input[name=email]", "ana@piedraverde.example")
    desk.fill("input[name=password]", password)
    desk.press("input[name=password]", "Enter")
    desk.wait_for_url(re.compile("/console/(?!login)"))
    desk.goto(f"{console}piedraverde/cases")
    _settle(desk)
    save(desk, "console")
    desk.locator("table a[href*='/cases/']").first.click()
    _settle(desk)
    save(desk, "case")


def _settle(page):
    """Wait until the page is at rest: what came in opens in 150 ms."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="ventanilla-pictures-")
    process, website, console, password = start(folder)
    try:
        with sync_playwright() as playwright:
            found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            shoot(browser, website, console, password)
            browser.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
