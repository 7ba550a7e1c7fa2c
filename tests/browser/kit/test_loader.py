"""The loader brings what a page needs, when it needs it, and does a host page no harm."""

import pytest

from app.sites.service import choose_widget, publish_rules, set_origins

pytestmark = pytest.mark.browser

HOSTILE = """<style>
* { font-size: 9px !important; color: red !important; line-height: .8 !important; letter-spacing: 3px !important; }
input, button, div, p, label { all: unset !important; display: none !important; border: 9px dotted lime !important; }
</style>"""
TAG = '<ventanilla-contact open><a href="/elsewhere">Escríbanos</a></ventanilla-contact>'


def strict(counter):
    return (
        f"default-src 'self'; script-src {counter.url}; connect-src {counter.url}; style-src 'self'; img-src data:; "
        "require-trusted-types-for 'script'; trusted-types lit-html"
    )


def test_a_strict_host_page_needs_only_our_host_in_two_lines(visit, town, counter, cast):
    publish_rules(cast.tenjo, "contact", "Sea amable.\n\nSea breve.", "", "system")

    visit.page.goto(town.page(TAG, counter, policy=strict(counter)))

    visit.page.get_by_label("Su mensaje").wait_for()
    assert visit.page.get_by_text("Reglas de uso").is_visible()
    assert visit.complaints == []


def test_hostile_styles_of_the_host_change_nothing_inside(visit, town, counter):
    looks = """() => ['h2', 'label', 'input', 'button', '.hint'].map((name) => {
        const style = getComputedStyle(document.querySelector('ventanilla-contact').shadowRoot.querySelector(name));
        return ['font-size', 'color', 'line-height', 'letter-spacing', 'display', 'border-top-style', 'padding-left']
            .map((property) => style.getPropertyValue(property)).join();
    })"""
    visit.page.goto(town.page(TAG, counter))
    visit.page.get_by_label("Su mensaje").wait_for()
    calm = visit.page.evaluate(looks)

    visit.page.goto(town.page(TAG, counter, head=HOSTILE))
    visit.page.get_by_label("Su mensaje").wait_for()

    assert visit.page.evaluate(looks) == calm


def test_a_widget_changes_nothing_outside_itself(visit, town, counter):
    look = """() => [document.styleSheets.length, document.adoptedStyleSheets.length,
        ...Array.from(getComputedStyle(document.querySelector('p')))
            .map((name) => getComputedStyle(document.querySelector('p')).getPropertyValue(name))].join()"""
    visit.page.goto(town.page(f"<p>Texto de la alcaldía</p>{TAG}", counter))
    before = visit.page.evaluate(look)

    visit.page.get_by_label("Su mensaje").wait_for()

    assert visit.page.evaluate(look) == before
    assert visit.page.evaluate("() => Object.keys(window).filter((name) => /ventanilla/i.test(name))") == ["ventanilla"]


def test_a_tag_far_below_brings_nothing(visit, town, counter):
    visit.page.goto(town.page(f'<div style="height: 5000px"></div>{TAG}', counter))

    visit.page.wait_for_timeout(400)

    assert [one["path"] for one in counter.asked] == ["/loader.js"]


def test_a_tag_far_below_comes_when_it_is_near(visit, town, counter):
    visit.page.goto(town.page(f'<div style="height: 5000px"></div>{TAG}', counter))

    visit.page.mouse.wheel(0, 4800)

    visit.page.get_by_label("Su mensaje").wait_for()


def test_nothing_is_kept_or_asked_of_others_before_somebody_types(visit, town, counter):
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.goto(town.page(TAG, counter))
    visit.page.get_by_label("Su mensaje").wait_for()

    kept = visit.page.evaluate("() => [document.cookie, localStorage.length, sessionStorage.length]")

    assert kept == ["", 0, 0]
    assert visit.page.context.cookies() == []
    assert {url.split("/")[2] for url in asked} <= {town.url.split("/")[2], counter.url.split("/")[2]}
    assert counter.posts("/token") == []


def test_one_boot_serves_every_widget_of_the_page(visit, town, counter):
    visit.page.goto(town.page(f'{TAG}<ventanilla-pqr><a href="/x">PQRSD</a></ventanilla-pqr>', counter))

    visit.page.get_by_label("Su mensaje").wait_for()

    boots = [one for one in counter.asked if one["path"].endswith("/boot")]
    assert len(boots) == 1


def test_a_tag_put_in_later_works(visit, town, counter):
    visit.page.goto(town.page("<h1>Alcaldía</h1>", counter))
    visit.page.wait_for_function("() => window.ventanilla")

    visit.page.evaluate("""() => {
        const tag = document.createElement('ventanilla-contact');
        document.querySelector('main').append(tag);
    }""")

    visit.page.get_by_label("Su mensaje").wait_for()


def test_a_div_is_the_twin_of_the_tag(visit, town, counter):
    visit.page.goto(
        town.page(
            '<div data-ventanilla="contact" data-open data-theme="dark"><a href="/x">Escríbanos</a></div>', counter
        )
    )

    visit.page.get_by_label("Su mensaje").wait_for()

    assert visit.page.locator("ventanilla-contact").get_attribute("theme") == "dark"


def test_the_snippet_may_stand_in_a_page_twice(visit, town, counter):
    again = f'<script async src="{counter.url}/loader.js?2" data-site="tenjo"></script>'
    visit.page.goto(town.page(f"{TAG}{again}", counter))

    visit.page.get_by_label("Su mensaje").wait_for()

    assert len([one for one in counter.asked if one["path"].endswith("/boot")]) == 1
    assert visit.complaints == []


def test_the_link_stays_when_the_page_is_not_one_of_the_sites(visit, town, counter, cast):
    set_origins(cast.tenjo, ["https://www.otra.example"], "system")
    with visit.page.expect_console_message(lambda said: "among the origins of the site tenjo" in said.text):
        visit.page.goto(town.page(TAG, counter))

    assert visit.page.get_by_role("link", name="Escríbanos").is_visible()
    assert not any("Uncaught" in text for text in visit.complaints)


def test_in_a_browser_too_old_for_the_kit_the_link_stays(visit, town, counter):
    """Firefox before 101 and Safari before 16.4 have no constructed style sheets: the module ends before it draws."""
    visit.page.add_init_script("delete CSSStyleSheet.prototype.replaceSync; window.CSSStyleSheet = undefined")
    with visit.page.expect_console_message(lambda said: "Ventanilla:" in said.text):
        visit.page.goto(town.page(TAG, counter))

    assert visit.page.get_by_role("link", name="Escríbanos").is_visible()
    assert not any("Uncaught" in text for text in visit.complaints)


def test_a_tool_that_the_site_has_turned_off_leaves_no_dead_link(visit, town, counter, cast):
    choose_widget(cast.tenjo, "contact", "system", enabled=False)
    visit.page.goto(town.page(TAG, counter))

    visit.page.get_by_role("link", name="Escríbanos").wait_for(state="hidden")


def test_nothing_that_a_person_reads_is_pushed_down(visit, town, counter):
    tag = TAG.replace(" open", "")
    visit.page.goto(town.page(f"{tag}<p>Lo que la persona lee</p>", counter))
    visit.page.wait_for_function("() => customElements.get('ventanilla-contact')")
    visit.page.wait_for_timeout(300)

    shift = visit.page.evaluate("""() => new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => resolve(sum), 200);
    })""")

    assert shift == 0
    assert visit.page.get_by_role("link", name="Escríbanos").is_visible()


def test_the_link_opens_the_form_in_its_place(visit, town, counter):
    visit.page.goto(town.page(f"{TAG.replace(' open', '')}<p>Lo que la persona lee</p>", counter))
    visit.page.wait_for_function("() => document.querySelector('ventanilla-contact').about")

    visit.page.get_by_role("link", name="Escríbanos").click()

    visit.page.get_by_label("Su mensaje").wait_for()
    assert visit.page.evaluate("() => document.activeElement.shadowRoot.activeElement.localName") == "h2"


def test_the_host_opens_a_widget_from_its_own_button(visit, town, counter):
    visit.page.goto(town.page(f'<div style="height: 3000px"></div>{TAG}<p>Pie</p>', counter))
    visit.page.wait_for_function("() => window.ventanilla")

    visit.page.evaluate("() => ventanilla.open('contact')")

    assert visit.page.get_by_role("heading", name="Escríbanos").is_visible()


def test_an_english_page_gets_english_words(visit, town, counter):
    visit.page.goto(town.page(TAG, counter, loader='data-lang="en"'))

    visit.page.get_by_label("Your message").wait_for()


@pytest.mark.parametrize(
    ("scheme", "attribute", "preference", "dark"),
    [
        ("normal", "", "dark", False),
        ("light dark", "", "dark", True),
        ("light dark", "", "light", False),
        ("dark", "", "light", True),
        ("dark", 'theme="light"', "dark", False),
        ("normal", 'theme="auto"', "dark", True),
    ],
)
def test_dark_follows_the_attribute_then_the_host(visit, town, counter, scheme, attribute, preference, dark):
    visit.page.emulate_media(color_scheme=preference)
    tag = TAG.replace(" open", f" open {attribute}")
    visit.page.goto(town.page(tag, counter, head=f"<style>:root {{ color-scheme: {scheme} }}</style>"))
    visit.page.get_by_label("Su mensaje").wait_for()

    colour = visit.page.locator("ventanilla-contact .root").evaluate("(root) => getComputedStyle(root).backgroundColor")

    assert (colour == "rgb(21, 24, 29)") is dark


def test_nothing_of_ours_is_fetched_before_the_page_has_painted(visit, town, counter):
    page, held = visit.page, []
    page.route("**/slow.css", lambda route: held.append(route))
    late = '<link rel="stylesheet" href="/slow.css">'
    with page.expect_response("**/loader.js"):
        page.goto(town.page(f"<ventanilla-chat></ventanilla-chat>{TAG}", counter, head=late), wait_until="commit")
    page.wait_for_function("() => window.ventanilla?.base")
    page.wait_for_timeout(100)
    before = counter.gets("/boot")

    held[0].fulfill(body="", content_type="text/css")

    page.get_by_label("Su mensaje").wait_for()
    assert before == []


def test_a_touch_before_the_paint_is_served_at_once(visit, town, counter):
    page = visit.page
    page.add_init_script("delete window.PerformanceObserver.prototype.observe; "
                         "window.PerformanceObserver.prototype.observe = () => {};")  # fmt: skip
    page.goto(town.page(TAG, counter))
    page.wait_for_timeout(200)
    assert counter.gets("/boot") == []

    page.get_by_role("link", name="Escríbanos").focus()

    page.get_by_label("Su mensaje").wait_for(timeout=2500)
