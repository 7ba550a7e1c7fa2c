"""A forum from its opening to its published matrix, by hand in a real browser: the desk and the citizen's page."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest

from tests.forum.conftest import enter
from tests.guest import Guest, faults_of

pytestmark = pytest.mark.browser

TAG = '<h1>Participe</h1><ventanilla-forum forum="parque" open><a href="/x">Participe en el foro</a></ventanilla-forum>'


def shoot(page: Any, name: str) -> None:
    """Keep pictures where somebody wants to look at them, narrow and wide, by day and night: VENTANILLA_PICTURES."""
    if folder := os.environ.get("VENTANILLA_PICTURES"):
        was = page.viewport_size
        for width, scheme in ((320, "light"), (320, "dark"), (1440, "light"), (1440, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"forum-{name}-{width}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(was)


def test_a_forum_goes_from_its_opening_to_its_published_matrix(guest: Guest, tmp_path: Path) -> None:
    context = guest.page.context.browser.new_context(locale="es-CO", viewport={"width": 1280, "height": 900})
    desk = context.new_page()
    desk.set_default_timeout(8000)
    base = enter(desk, guest.server_url)
    desk.goto(f"{base}/tenjo/forum/new")
    desk.fill("#title", "Parque")
    desk.fill("#purpose", "¿Qué le falta al **parque**?")
    desk.get_by_role("button", name="Guardar").click()
    desk.get_by_role("button", name="Abrir").click()
    forum_url = desk.url
    shoot(desk, "opened")

    page = guest.show(TAG)
    page.get_by_role("button", name="Escribir un aporte").click()
    page.get_by_label("Su nombre").fill("Luz Marina")
    page.get_by_label("Título").fill("Más sombra")
    page.get_by_label("Su aporte").fill("Faltan árboles.")
    page.get_by_role("button", name="Publicar el aporte").click()
    page.get_by_text("Una persona lo leerá").wait_for()
    shoot(page, "written")
    page.get_by_role("button", name="Recibir por correo lo nuevo").click()
    page.get_by_label("Su correo electrónico").fill("eva@")
    page.get_by_role("button", name="Seguir").click()
    page.locator("#follow-wrong").wait_for()
    wrong = guest.faults()
    page.get_by_label("Su correo electrónico").fill("eva@example.org")
    page.get_by_role("button", name="Seguir").click()
    page.get_by_text("le enviamos un correo").wait_for()
    shoot(page, "followed")

    desk.goto(f"{base}/tenjo/forum/queue")
    queue = faults_of(desk)
    shoot(desk, "queue")
    desk.keyboard.press("j")
    desk.keyboard.press("p")
    desk.locator(".v-flashes .alert").wait_for()
    desk.goto(forum_url)
    desk.get_by_role("button", name="Cerrar el foro").click()
    desk.get_by_role("link", name="Qué dijeron").click()
    record_url = desk.url
    desk.goto(f"{record_url}/themes")
    desk.fill("#title", "Sombra")
    desk.select_option("#state", "taken")
    desk.fill("#answer", "Sembraremos cien árboles.")
    desk.get_by_role("button", name="Guardar").click()
    desk.goto(f"{record_url}/group")
    desk.locator("select").first.select_option(label="Sombra")
    desk.get_by_role("button", name="Guardar").click()
    record = faults_of(desk)
    shoot(desk, "record")
    desk.get_by_role("button", name="Publicar").click()
    desk.locator(".v-flashes .alert").wait_for()
    shoot(desk, "ended")
    for kind in ("xlsx", "csv", "pdf"):
        with desk.expect_download() as download:
            desk.locator(f'a[href$="matrix.{kind}"]').click()
        download.value.save_as(tmp_path / f"matrix.{kind}")
    context.close()
    matrix = openpyxl.load_workbook(tmp_path / "matrix.xlsx").active
    with (tmp_path / "matrix.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file, delimiter=";" if ";" in file.readline() else ","))
    with pypdfium2.PdfDocument(tmp_path / "matrix.pdf") as pdf:
        printed = "".join(one.get_textpage().get_text_range() for one in pdf)

    page = guest.show(TAG)
    page.get_by_text("Sembraremos cien árboles.").wait_for()
    shoot(page, "published")
    assert (wrong, queue, record, guest.faults()) == ([], [], [], [])
    assert [cell.value for cell in matrix[2]][1:6] == [
        "Luz Marina", "Más sombra\nFaltan árboles.", "Sombra", "Acogida", "Sembraremos cien árboles.",
    ]  # fmt: skip
    assert table[0][1:6] == [cell.value for cell in matrix[2]][1:6]
    assert "Luz Marina" in printed
    assert "Sembraremos cien árboles." in " ".join(printed.split())
    # The refused address is said by the browser too.
    assert [one for one in guest.complaints if "422" not in one] == []
