"""The exemplar element, from a citizen's first letter to the acknowledgement, on good days and bad."""

import base64
import re

import pytest
from sqlalchemy import select

from app.db import db
from widgets.contact.models import ContactThread

pytestmark = pytest.mark.browser

# One pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TAG = '<ventanilla-contact open><a href="/elsewhere">Escríbanos</a></ventanilla-contact>'


def open_form(visit, town, counter):
    visit.page.goto(town.page(TAG, counter))
    visit.page.get_by_label("Su mensaje").wait_for()
    return visit.page


def kept():
    """Return the threads that the store holds."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(ContactThread)).all()


def fill(page, body="Hay un hueco en la calle 3."):
    page.get_by_label("Su nombre").fill("Ana Rojas")
    page.get_by_label("Su correo").fill("ana@example.com")
    page.get_by_label("Asunto").fill("Un hueco")
    page.get_by_label("Su mensaje").fill(body)


def send(page):
    page.get_by_role("button", name="Enviar el mensaje").click()


def test_a_message_is_acknowledged_with_reference_and_code(visit, town, counter):
    page = open_form(visit, town, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    (thread,) = kept()
    assert page.get_by_text(thread.reference, exact=True).is_visible()
    assert re.fullmatch(r"[A-Z0-9 -]{8,12}", page.locator(".number").nth(1).inner_text())


def test_the_wire_is_the_one_agreed(visit, town, counter):
    page = open_form(visit, town, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    (sent,) = counter.posts("/contact/messages")
    assert sent["json"] == {
        "name": "Ana Rojas", "email": "ana@example.com", "subject": "Un hueco", "body": "Hay un hueco en la calle 3.",
        "files": [], "notice_version": 1, "website": "",
    }  # fmt: skip
    assert sent["headers"]["X-Ventanilla-Token"]
    assert re.fullmatch("[0-9a-f]{32}", sent["headers"]["Idempotency-Key"])
    assert sent["headers"]["Accept-Language"] == "es"
    assert "Cookie" not in sent["headers"]


def test_the_keyboard_alone_is_enough(visit, town, counter):
    page = open_form(visit, town, counter)
    page.get_by_label("Su nombre").focus()

    for text in ("Ana Rojas", "ana@example.com", "", "Un hueco", "Hay un hueco."):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert page.evaluate("() => document.activeElement.shadowRoot.activeElement.textContent") == "Recibimos su mensaje"


def test_what_is_missing_is_listed_and_the_list_takes_the_focus(visit, town, counter):
    page = open_form(visit, town, counter)

    send(page)

    assert page.get_by_role("heading", name="Revise 4 datos").is_visible()
    assert visit.focused() == "summary"
    page.get_by_role("link", name="Su mensaje").click()
    assert visit.focused() == "body"
    assert page.get_by_label("Su mensaje").get_attribute("aria-describedby") == "body-error"
    assert counter.posts("/contact/messages") == []


def test_what_the_server_refuses_stands_at_its_field(visit, town, counter):
    page = open_form(visit, town, counter)
    fill(page)
    page.get_by_label("Asunto").fill("x" * 300)

    send(page)

    page.get_by_role("heading", name="Revise un dato").wait_for()
    assert page.get_by_label("Asunto").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Su mensaje").input_value() == "Hay un hueco en la calle 3."


def test_a_short_failure_is_healed_in_silence_under_the_same_key(visit, town, counter):
    counter.refuse("/contact/messages", 503, "system")
    page = open_form(visit, town, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    keys = {one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}
    assert len(counter.posts("/contact/messages")) == 2
    assert len(keys) == 1


def test_a_long_failure_is_the_systems_and_keeps_text_and_key(visit, town, counter):
    counter.refuse("/contact/messages", 503, "system", times=3)
    page = open_form(visit, town, counter)
    fill(page)
    send(page)

    page.get_by_role("heading", name="El sistema falló").wait_for()
    assert page.get_by_text("Revise").count() == 0
    assert page.get_by_label("Su mensaje").input_value() == "Hay un hueco en la calle 3."
    page.get_by_role("button", name="Enviar otra vez").click()

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len({one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}) == 1


def test_what_is_refused_for_good_offers_no_second_try_and_keeps_the_words(visit, town, counter):
    counter.refuse("/contact/messages", 429, "rate-limited", retry_after_s=30)
    counter.refuse("/contact/messages", 403, "origin-refused")
    page = open_form(visit, town, counter)
    fill(page)
    send(page)
    page.get_by_role("heading", name="No pudimos recibirlo todavía").wait_for()
    assert page.get_by_text("Espere 30 segundos").is_visible()
    page.get_by_role("button", name="Enviar otra vez").click()

    page.get_by_role("heading", name="No podemos recibirlo").wait_for()
    assert page.get_by_text("Lo que escribió sigue aquí").is_visible()
    assert page.get_by_role("button", name=re.compile("^Enviar")).count() == 0
    assert page.get_by_label("Su mensaje").input_value() == "Hay un hueco en la calle 3."

    page.get_by_label("Su mensaje").fill("Mejor: dos huecos.")
    send(page)
    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()


def test_other_words_are_another_submission(visit, town, counter):
    counter.refuse("/contact/messages", 503, "system", times=3)
    page = open_form(visit, town, counter)
    fill(page)
    send(page)
    page.get_by_role("heading", name="El sistema falló").wait_for()

    page.get_by_label("Su mensaje").fill("Mejor: dos huecos.")
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len({one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}) == 2


def test_after_a_reload_the_draft_comes_back_with_its_key(visit, town, counter):
    counter.refuse("/contact/messages", 503, "system", times=3)
    page = open_form(visit, town, counter)
    fill(page)
    send(page)
    page.get_by_role("heading", name="El sistema falló").wait_for()
    page.wait_for_function("() => JSON.parse(localStorage.getItem('ventanilla:tenjo:contact'))?.key")

    page.reload()
    page.get_by_label("Su mensaje").focus()
    page.get_by_role("button", name="Recuperarlo").click()
    assert page.get_by_label("Su mensaje").input_value() == "Hay un hueco en la calle 3."
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    sent = [one["headers"] for one in counter.posts("/contact/messages")]
    assert len({one["Idempotency-Key"] for one in sent}) == 1
    # How long ago it first failed, which the reload has not made younger: the three quiet tries took some 3 s.
    assert [one.get("X-Ventanilla-Age", "") for one in sent[:-1]] == [""] * 3
    assert int(sent[-1]["X-Ventanilla-Age"]) > 3000
    assert page.evaluate("() => localStorage.length") == 0


def test_an_expired_token_is_renewed_in_silence(visit, town, counter):
    counter.refuse("/contact/messages", 401, "token-expired")
    page = open_form(visit, town, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len({one["headers"]["X-Ventanilla-Token"] for one in counter.posts("/contact/messages")}) == 2


@pytest.mark.parametrize("subtle", [True, False], ids=["https", "http"])
def test_a_proof_of_work_is_done_in_silence(visit, town, counter, app, subtle):
    gate = app.extensions["ventanilla"].gate
    for _ in range(6):
        gate.filings.hit("tenjo 127.0.0.0/24", 600)
    if not subtle:
        visit.page.add_init_script("Object.defineProperty(crypto, 'subtle', {value: undefined})")
    visit.page.set_default_timeout(60000)
    page = open_form(visit, town, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len(kept()) == 1
    assert counter.posts("/contact/messages")[-1]["headers"]["X-Ventanilla-Proof"]


def test_files_go_first_and_come_along_as_receipts(visit, town, counter, tmp_path):
    (tmp_path / "niño & acta.png").write_bytes(PNG)
    page = open_form(visit, town, counter)
    fill(page)

    page.locator("#files").set_input_files(tmp_path / "niño & acta.png")
    page.get_by_text("Recibido", exact=True).wait_for()
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    (upload,) = counter.posts("/uploads")
    assert upload["headers"]["X-File-Name"] == "ni%C3%B1o%20%26%20acta.png"
    assert upload["bytes"] == len(PNG)
    assert len(counter.posts("/contact/messages")[0]["json"]["files"]) == 1


def test_a_file_that_fails_says_why_and_blocks_nothing(visit, town, counter, tmp_path):
    (tmp_path / "big.pdf").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    page = open_form(visit, town, counter)
    fill(page)

    page.locator("#files").set_input_files(tmp_path / "big.pdf")
    page.get_by_text("No se pudo adjuntar").first.wait_for()
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert counter.posts("/contact/messages")[0]["json"]["files"] == []


def test_the_conversation_goes_on_under_its_code(visit, town, counter):
    page = open_form(visit, town, counter)
    fill(page)
    page.locator("#files").set_input_files({"name": "hueco.png", "mimeType": "image/png", "buffer": PNG})
    send(page)
    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    page.get_by_role("button", name="Ver este mensaje").click()
    page.get_by_text("Hay un hueco en la calle 3.").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="hueco.png").click()
    assert download.value.suggested_filename == "hueco.png"

    page.get_by_label("Su respuesta").fill("Y hay otro.")
    page.get_by_role("button", name="Enviar la respuesta").click()

    page.get_by_text("Y hay otro.").wait_for()
    assert "Idempotency-Key" not in counter.posts("/contact/thread")[0]["headers"]
    assert page.evaluate("() => localStorage.length") == 0


def test_a_wrong_code_is_said_in_words_and_is_no_failure_of_the_system(visit, town, counter):
    page = open_form(visit, town, counter)
    page.get_by_role("button", name="Consultar un mensaje").click()
    page.get_by_label("Referencia").fill("C2026-000017")
    page.get_by_label("Código").fill("a4bc7def")

    page.get_by_role("button", name="Ver la conversación").click()

    page.get_by_role("heading", name="Revise un dato").wait_for()
    assert page.get_by_text("El sistema falló").count() == 0


def test_it_stands_in_320_pixels(visit, town, counter):
    visit.page.set_viewport_size({"width": 320, "height": 640})

    page = open_form(visit, town, counter)

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_leaving_the_page_ends_all_that_it_began(visit, town, counter, tmp_path):
    page = open_form(visit, town, counter)

    ended = page.evaluate("""async () => {
        const tag = document.querySelector('ventanilla-contact');
        const {signal} = tag.life;
        document.body.prepend(tag);
        await new Promise((resolve) => setTimeout(resolve, 20));
        const moved = signal.aborted;
        tag.remove();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return [moved, signal.aborted];
    }""")

    assert ended == [False, True]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_is_accessible(visit, town, counter, theme, tmp_path):
    (tmp_path / "big.pdf").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    counter.refuse("/contact/messages", 503, "system", times=3)
    page = visit.page
    page.goto(town.page("<h1>Contacto</h1>" + TAG.replace(" open", f" open theme={theme}"), counter))
    page.get_by_label("Su mensaje").wait_for()
    assert visit.faults() == []

    send(page)
    assert visit.faults() == []

    fill(page)
    page.locator("#files").set_input_files(tmp_path / "big.pdf")
    send(page)
    page.get_by_role("heading", name="El sistema falló").wait_for()
    assert visit.faults() == []

    page.get_by_role("button", name="Enviar otra vez").click()
    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert visit.faults() == []

    page.get_by_role("button", name="Ver este mensaje").click()
    page.get_by_label("Su respuesta").wait_for()
    assert visit.faults() == []


def test_when_the_network_comes_back_the_kept_message_goes_by_itself(visit, town, counter):
    page = open_form(visit, town, counter)
    fill(page)
    page.context.set_offline(True)
    send(page)
    page.get_by_text("Parece que no tiene internet").wait_for()

    page.context.set_offline(False)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len(kept()) == 1


def test_the_host_may_stop_a_submission_and_is_told_of_a_good_one(visit, town, counter):
    page = open_form(visit, town, counter)
    page.evaluate("""() => {
        window.told = [];
        document.addEventListener('ventanilla-contact:submit', (event) => event.preventDefault(), {once: true});
        document.addEventListener('ventanilla-contact:sent', (event) => window.told.push(event.detail));
    }""")
    fill(page)
    send(page)
    assert counter.posts("/contact/messages") == []

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert page.evaluate("() => window.told") == [{"reference": kept()[0].reference}]


def test_a_double_click_sends_once(visit, town, counter):
    page = open_form(visit, town, counter)
    fill(page)

    page.get_by_role("button", name="Enviar el mensaje").dblclick()

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len(counter.posts("/contact/messages")) == 1
