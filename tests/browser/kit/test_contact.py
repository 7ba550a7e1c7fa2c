"""The exemplar element, from a citizen's first letter to the acknowledgement, on good days and bad."""

import re

import altcha
import pytest

pytestmark = pytest.mark.browser

TAG = '<ventanilla-contact open><a href="/elsewhere">Escríbanos</a></ventanilla-contact>'
SYSTEM = ({"error": {"code": "system", "message": "x"}}, 503)


def open_form(visit, host, counter):
    visit.page.goto(host.page(TAG, counter))
    visit.page.get_by_label("Su mensaje").wait_for()
    return visit.page


def fill(page, body="Hay un hueco en la calle 3."):
    page.get_by_label("Su nombre").fill("Ana Rojas")
    page.get_by_label("Su correo").fill("ana@example.com")
    page.get_by_label("Asunto").fill("Un hueco")
    page.get_by_label("Su mensaje").fill(body)


def send(page):
    page.get_by_role("button", name="Enviar el mensaje").click()


def test_a_message_is_acknowledged_with_reference_code_and_moment(visit, host, counter):
    page = open_form(visit, host, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert page.get_by_text("C-2026-000017").is_visible()
    assert page.get_by_text("A4BC7DEF").is_visible()
    assert page.get_by_text(re.compile("viernes 20 de noviembre de 2026, 9:05")).is_visible()


def test_the_wire_is_the_one_agreed(visit, host, counter):
    page = open_form(visit, host, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    (sent,) = counter.posts("/contact/messages")
    assert sent["json"] == {
        "name": "Ana Rojas", "email": "ana@example.com", "subject": "Un hueco", "body": "Hay un hueco en la calle 3.",
        "files": [], "notice_version": 2, "website": "",
    }  # fmt: skip
    assert sent["headers"]["X-Ventanilla-Token"] == "t1"
    assert re.fullmatch("[0-9a-f]{32}", sent["headers"]["Idempotency-Key"])
    assert sent["headers"]["Accept-Language"] == "es"
    assert "Cookie" not in sent["headers"]


def test_the_keyboard_alone_is_enough(visit, host, counter):
    page = open_form(visit, host, counter)
    page.get_by_label("Su nombre").focus()

    for text in ("Ana Rojas", "ana@example.com", "", "Un hueco", "Hay un hueco."):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert page.evaluate("() => document.activeElement.shadowRoot.activeElement.textContent") == "Recibimos su mensaje"


def test_what_is_missing_is_listed_and_the_list_takes_the_focus(visit, host, counter):
    page = open_form(visit, host, counter)

    send(page)

    assert page.get_by_role("heading", name="Revise 4 datos").is_visible()
    assert page.evaluate("() => document.activeElement.shadowRoot.activeElement.id") == "summary"
    page.get_by_role("link", name="Su mensaje").click()
    assert page.evaluate("() => document.activeElement.shadowRoot.activeElement.id") == "body"
    assert page.get_by_label("Su mensaje").get_attribute("aria-describedby") == "body-error"
    assert counter.posts("/contact/messages") == []


def test_what_the_server_refuses_stands_at_its_field(visit, host, counter):
    fields = {"email": ["Ese correo no existe."]}
    counter.refusals["/contact/messages"] = [({"error": {"code": "validation", "message": "x", "fields": fields}}, 422)]
    page = open_form(visit, host, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Revise un dato").wait_for()
    assert page.get_by_label("Su correo").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Su mensaje").input_value() == "Hay un hueco en la calle 3."


def test_a_short_failure_is_healed_in_silence_under_the_same_key(visit, host, counter):
    counter.refusals["/contact/messages"] = [SYSTEM]
    page = open_form(visit, host, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    keys = {one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}
    assert len(counter.posts("/contact/messages")) == 2
    assert len(keys) == 1


def test_a_long_failure_is_the_systems_and_keeps_text_and_key(visit, host, counter):
    counter.refusals["/contact/messages"] = [SYSTEM] * 3
    page = open_form(visit, host, counter)
    fill(page)
    send(page)

    page.get_by_role("heading", name="El sistema falló").wait_for()
    assert page.get_by_text("Revise").count() == 0
    assert page.get_by_label("Su mensaje").input_value() == "Hay un hueco en la calle 3."
    page.get_by_role("button", name="Enviar otra vez").click()

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len({one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}) == 1


def test_other_words_are_another_submission(visit, host, counter):
    counter.refusals["/contact/messages"] = [SYSTEM] * 3
    page = open_form(visit, host, counter)
    fill(page)
    send(page)
    page.get_by_role("heading", name="El sistema falló").wait_for()

    page.get_by_label("Su mensaje").fill("Mejor: dos huecos.")
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert len({one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}) == 2


def test_after_a_reload_the_draft_comes_back_with_its_key(visit, host, counter):
    counter.refusals["/contact/messages"] = [SYSTEM] * 3
    page = open_form(visit, host, counter)
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
    assert len({one["headers"]["Idempotency-Key"] for one in counter.posts("/contact/messages")}) == 1
    assert page.evaluate("() => localStorage.length") == 0


def test_an_expired_token_is_renewed_in_silence(visit, host, counter):
    counter.refusals["/contact/messages"] = [({"error": {"code": "token-expired", "message": "x"}}, 401)]
    page = open_form(visit, host, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert [one["headers"]["X-Ventanilla-Token"] for one in counter.posts("/contact/messages")] == ["t1", "t2"]


@pytest.mark.parametrize("subtle", [True, False], ids=["https", "http"])
def test_a_proof_of_work_is_done_in_silence(visit, host, counter, subtle):
    secret = "a secret of the tests"
    made = altcha.create_challenge(algorithm="PBKDF2/SHA-256", cost=50, hmac_secret=secret)
    counter.refusals["/contact/messages"] = [
        ({"error": {"code": "proof-needed", "message": "x", "challenge": made.to_dict()}}, 428)
    ]
    if not subtle:
        visit.page.add_init_script("Object.defineProperty(crypto, 'subtle', {value: undefined})")
    page = open_form(visit, host, counter)
    fill(page)

    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    proof = counter.posts("/contact/messages")[-1]["headers"]["X-Ventanilla-Proof"]
    assert altcha.verify_solution(proof, secret).verified


def test_files_go_first_and_come_along_as_receipts(visit, host, counter, tmp_path):
    (tmp_path / "niño & acta.pdf").write_bytes(b"%PDF-1.4 test")
    page = open_form(visit, host, counter)
    fill(page)

    page.locator("#files").set_input_files(tmp_path / "niño & acta.pdf")
    page.get_by_text("Recibido", exact=True).wait_for()
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    (upload,) = counter.posts("/uploads")
    assert upload["headers"]["X-File-Name"] == "ni%C3%B1o%20%26%20acta.pdf"
    assert upload["bytes"] == 13
    assert counter.posts("/contact/messages")[0]["json"]["files"][0].startswith("r-")


def test_a_file_that_fails_says_why_and_blocks_nothing(visit, host, counter, tmp_path):
    (tmp_path / "big.pdf").write_bytes(b"x" * 1_000_001)
    page = open_form(visit, host, counter)
    fill(page)

    page.locator("#files").set_input_files(tmp_path / "big.pdf")
    page.get_by_text("No se pudo adjuntar").first.wait_for()
    send(page)

    page.get_by_role("heading", name="Recibimos su mensaje").wait_for()
    assert counter.posts("/contact/messages")[0]["json"]["files"] == []


def test_the_conversation_goes_on_under_its_code(visit, host, counter):
    page = open_form(visit, host, counter)
    page.get_by_role("button", name="Consultar un mensaje").click()
    page.get_by_label("Referencia").fill("C-2026-000017")
    page.get_by_label("Código").fill("a4bc7def")
    page.get_by_role("button", name="Ver la conversación").click()
    page.get_by_text("Gracias.").wait_for()

    page.get_by_label("Su respuesta").fill("Y hay otro.")
    page.get_by_role("button", name="Enviar la respuesta").click()

    page.get_by_text("Respuesta enviada").wait_for(state="attached")
    assert counter.posts("/contact/replies")[0]["json"]["body"] == "Y hay otro."
    assert "Idempotency-Key" not in counter.posts("/contact/thread")[0]["headers"]
    assert page.evaluate("() => localStorage.length") == 0


def test_it_stands_in_320_pixels(visit, host, counter):
    visit.page.set_viewport_size({"width": 320, "height": 640})

    page = open_form(visit, host, counter)

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_leaving_the_page_ends_all_that_it_began(visit, host, counter, tmp_path):
    page = open_form(visit, host, counter)

    ended = page.evaluate("""() => {
        const tag = document.querySelector('ventanilla-contact');
        const {signal} = tag.life;
        tag.remove();
        return signal.aborted;
    }""")

    assert ended
    page.evaluate("""() => {}""")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_is_accessible(visit, host, counter, theme, tmp_path):
    (tmp_path / "big.pdf").write_bytes(b"x" * 1_000_001)
    counter.refusals["/contact/messages"] = [SYSTEM] * 3
    counter.rules = "<p>Sea amable.</p>"
    page = visit.page
    page.goto(host.page("<h1>Contacto</h1>" + TAG.replace(" open", f" open theme={theme}"), counter))
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

    page.get_by_role("button", name="Consultar un mensaje").click()
    page.get_by_text("Gracias.").wait_for()
    assert visit.faults() == []
