"""A guest in a house: every widget stays itself under the host's worst style sheets, and leaves the host as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from app.config import Settings
from bench import page as bench
from widgets import ALL

from .conftest import Counter, Town, Visit, serving

pytestmark = pytest.mark.browser

# The chat is a bubble in a corner: it has tests of its own, and stands here where all are on one page untouched.
NAMES = [widget.name for widget in ALL if widget.element and widget.name != "chat"]
HOSTILE = """<style>
html { font-size: 10px; letter-spacing: 3px; word-spacing: 9px; text-transform: uppercase; text-align: right; }
* { all: unset !important; display: block !important; font-size: 9px !important; color: red !important;
    line-height: .7 !important; letter-spacing: 2px !important; border: 3px dotted lime !important; }
*::before, *::after { content: "x" !important; position: fixed !important; }
input, button, label, h2, p, .root, .field, .main { display: none !important; visibility: hidden !important; }
</style>"""
# Where a thing lies depends on the page around it; how it looks does not.
STYLES_INSIDE = """(name) => {
    const place = /^(-webkit-)?(width|height|(min-|max-)?(inline|block)-size|inset|top|left|right|bottom|perspective-origin|transform-origin|x|y|d)(-|$)|grid-template|locale/;
    const rest = /^(margin|padding)/; // In per cent of a width.
    const all = [];
    for (const element of document.querySelector(`ventanilla-${name}`).shadowRoot.querySelectorAll('*')) {
        const style = getComputedStyle(element);
        const said = Array.from(style).filter((one) => !place.test(one) && !(rest.test(one) && element.className === 'root'))
            .map((one) => `${one}: ${style.getPropertyValue(one)}`);
        all.push([element.localName + (element.className ? `.${element.className}` : ''), said]);
    }
    return all;
}"""  # noqa: E501
STYLES_OUTSIDE = """(tags) => Array.from(document.querySelectorAll('*'))
    .filter((element) => !element.closest(`script, ${tags}`))
    .map((element) => {
        const style = getComputedStyle(element);
        return [element.localName, Array.from(style).filter((one) => !/^(block-size|height|perspective-origin|transform-origin)$/.test(one))
            .map((one) => `${one}: ${style.getPropertyValue(one)}`).join()];
    })"""  # noqa: E501


@pytest.fixture
def made(settings: Settings, release: Path) -> Settings:
    shutil.copytree(release, settings.instance / "dist")
    return settings


def _tag(name: str, more: str = "open") -> str:
    return f'<ventanilla-{name} {more}><a href="/elsewhere">Un enlace</a></ventanilla-{name}>'


def _show(page: Page, town: Town, counter: Counter, name: str, head: str = "", policy: str = "") -> None:
    page.goto(town.page(f"<h1>Alcaldía</h1>{_tag(name)}", counter, head=head, policy=policy))
    _ready(page, name)


def _ready(page: Page, name: str) -> None:
    page.wait_for_function(f"() => document.querySelector('ventanilla-{name}').phase === 'ready'")


@pytest.mark.parametrize("name", NAMES)
def test_hostile_styles_change_nothing_inside(visit: Visit, town: Town, counter: Counter, name: str) -> None:
    _show(visit.page, town, counter, name, head="<style>html { font-size: 10px }</style>")
    calm = visit.page.evaluate(STYLES_INSIDE, name)

    _show(visit.page, town, counter, name, head=HOSTILE)

    hostile = visit.page.evaluate(STYLES_INSIDE, name)
    assert [one for one, _ in hostile] == [one for one, _ in calm]
    changed = [
        (element, sorted(set(after) ^ set(before)))
        for (element, before), (_, after) in zip(calm, hostile, strict=True)
        if before != after
    ]
    assert changed == []


def test_the_widgets_change_nothing_outside_themselves(visit: Visit, town: Town, counter: Counter) -> None:
    house = '<p>Texto</p><ul><li>Uno</li></ul><form><input><button>Ir</button></form><div class="root field">x</div>'
    body = house + "".join(_tag(name) for name in NAMES) + house
    tags = ", ".join(f"ventanilla-{name}" for name in NAMES)
    head = "<style>body { font: 15px serif } .root { color: green } p { margin: 3px }</style>"
    visit.page.route("**/loader.js", lambda route: route.abort())
    visit.page.goto(town.page(body, counter, head=head))
    alone = visit.page.evaluate(STYLES_OUTSIDE, tags)
    visit.page.unroute("**/loader.js")

    visit.page.goto(town.page(body, counter, head=head))
    for name in NAMES:
        visit.page.locator(f"ventanilla-{name}").scroll_into_view_if_needed()
        _ready(visit.page, name)

    assert visit.page.evaluate(STYLES_OUTSIDE, tags) == alone
    assert visit.page.evaluate("() => document.adoptedStyleSheets.length") == 0


def test_untouched_they_shift_keep_and_ask_of_others_nothing(browser: Browser, town: Town, counter: Counter) -> None:
    every = [*NAMES, "chat"]
    town.pages["every"] = (bench.host_page(counter.url, every, with_us=True), "")

    seen = bench.visit(browser, f"{town.url}/every", {urlsplit(counter.url).netloc, urlsplit(town.url).netloc})

    assert (seen.shift, seen.others, seen.cookies, seen.kept) == (0, 0, 0, 0)
    # The page, the loader, one boot, at most one file a widget and a library.
    assert seen.requests <= 3 + len(every) + 3
    assert counter.posts("") == []


def test_all_stand_on_one_page_under_the_strictest_policy(visit: Visit, town: Town, counter: Counter) -> None:
    policy = (
        f"default-src 'none'; script-src {counter.url}; connect-src {counter.url}; base-uri 'none'; "
        "form-action 'none'; img-src data:; require-trusted-types-for 'script'; trusted-types lit-html"
    )
    visit.page.goto(town.page("<h1>Alcaldía</h1>" + "".join(_tag(name) for name in NAMES), counter, policy=policy))

    for name in NAMES:
        visit.page.locator(f"ventanilla-{name}").scroll_into_view_if_needed()
        _ready(visit.page, name)

    assert visit.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_each_is_whole_small_large_and_in_forced_colours(visit: Visit, town: Town, counter: Counter, name: str) -> None:
    """320 px, text at 200 %, a high-contrast theme, no motion: nothing is cut, nothing moves, axe finds nothing."""
    page = visit.page
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(reduced_motion="reduce")
    _show(page, town, counter, name)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert visit.faults() == []
    moving = """(name) => Array.from(document.querySelector(`ventanilla-${name}`).shadowRoot.querySelectorAll('*'))
        .map((one) => getComputedStyle(one)).filter((style) => parseFloat(style.transitionDuration) > 0
            || (style.animationName !== 'none' && parseFloat(style.animationDuration) > 0)).length"""
    assert page.evaluate(moving, name) == 0

    page.set_viewport_size({"width": 640, "height": 640})
    _show(page, town, counter, name, head="<style>html { font-size: 200% }</style>")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 640

    page.emulate_media(forced_colors="active")
    lines = """(name) => Array.from(document.querySelector(`ventanilla-${name}`).shadowRoot
        .querySelectorAll('button, input:not([type=hidden], .unseen, .unseen *), select, textarea'))
        .filter((one) => one.checkVisibility() && !/radio|checkbox|file/.test(one.type)
            && !one.classList.contains('link')
            && one.getAttribute('role') !== 'tab'
            && getComputedStyle(one).borderTopStyle === 'none')
        .map((one) => one.outerHTML.slice(0, 120))"""
    assert page.evaluate(lines, name) == []


@pytest.fixture
def stranger() -> Iterator[Town]:
    """A site that is not the municipality's."""
    other = Town()
    server = serving(other.app)
    other.url = f"http://127.0.0.1:{server.port}"
    yield other
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["pqr", "contact", "track"])
def test_only_the_sites_own_pages_may_frame_a_page_without_script(
    visit: Visit, town: Town, stranger: Town, counter: Counter, path: str
) -> None:
    frame = f'<!doctype html><title>x</title><iframe src="{counter.url}/tenjo/{path}" title="x"></iframe>'
    town.pages["frame"] = stranger.pages["frame"] = (frame, "")

    visit.page.goto(f"{town.url}/frame")
    visit.page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()

    visit.page.goto(f"{stranger.url}/frame", wait_until="load")
    assert any("frame-ancestors" in text for text in visit.complaints)


@pytest.mark.parametrize("name", NAMES)
def test_where_the_loader_cannot_come_the_link_serves(visit: Visit, town: Town, counter: Counter, name: str) -> None:
    visit.page.route("**/loader.js", lambda route: route.abort())
    link = f'<ventanilla-{name}><a href="{counter.url}/tenjo/{name}">Un enlace</a></ventanilla-{name}>'
    visit.page.goto(town.page(link, counter))

    visit.page.get_by_role("link", name="Un enlace").click()

    visit.page.get_by_role("heading", level=1).wait_for()
    assert urlsplit(visit.page.url).path == f"/tenjo/{name}"
