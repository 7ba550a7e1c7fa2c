"""Assets: one convention for development and release, kept for ever under a digest of all of them."""

import gzip
import json
import math
from pathlib import Path

import pytest
from flask import Flask

from app.embed.assets import FOREVER, SHORT, Assets
from app.embed.assets_views import assets_blueprint
from widgets import ALL

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = [ROOT / "widgets" / widget.name for widget in ALL if widget.element]


@pytest.fixture
def house(tmp_path):
    """A small house: a kit of one line and one widget."""
    files = {
        "static/loader.js": "const release = '__RELEASE__'; // a loader",
        "static/kit/kit.js": "export {provide} from './resources.js';\n",
        "static/kit/resources.js": "export function provide(name, given) { globalThis[name] = given; }\n",
        "static/kit/kit.css": ".root { color: red; }",
        "static/kit/words/es.json": '{"kit": {"hello": "Hola"}}',
        "widgets/notes/static/notes.js": "import {provide} from '../../../static/kit/kit.js';\n"
        "export const define = (given) => provide('notes', given);\n",
        "widgets/notes/static/notes.css": "p { margin: 0; }",
        "widgets/notes/static/parts/list.js": "export const list = [];\n",
        "widgets/notes/words/es.json": (
            '{"element": {"title": "Notas", "list": {"none": "Nada"}}, "page": {"secret": "x"}}'
        ),
    }
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


def assets_of(house, recheck_s=0.0, **more):
    return Assets(house, [house / "widgets" / "notes"], recheck_s=recheck_s, **more)


def test_the_digest_changes_with_any_file_and_with_words(house):
    assets = assets_of(house)
    digests = {assets.digest}
    for path in ("static/kit/kit.css", "widgets/notes/words/es.json"):
        (house / path).write_text((house / path).read_text() + " ")
        digests.add(assets.digest)

    assert len(digests) == 3


def test_in_production_the_disk_is_looked_at_once(house, monkeypatch):
    assets = assets_of(house, recheck_s=math.inf)
    seen = (assets.digest, set(assets.files()), set(assets.entries()))
    (house / "static/kit/kit.css").write_text("/* changed */")
    monkeypatch.setattr(Path, "rglob", lambda *_: pytest.fail("walked again"))
    monkeypatch.setattr(Path, "glob", lambda *_: pytest.fail("walked again"))

    assert (assets.digest, set(assets.files()), set(assets.entries())) == seen


def test_a_file_of_this_release_is_kept_for_ever(house):
    assets = assets_of(house)

    served = assets.respond(assets.digest, "widgets/notes/static/notes.js")

    assert served.status == 200
    assert served.headers["Cache-Control"] == FOREVER
    assert served.headers["Access-Control-Allow-Origin"] == "*"
    assert served.mimetype.startswith("text/javascript")


def test_a_page_of_yesterday_gets_todays_file_for_a_short_time(house):
    served = assets_of(house).respond("0000000000000000", "static/kit/kit.js")

    assert (served.status, served.headers["Cache-Control"]) == (200, SHORT)


@pytest.mark.parametrize(
    "path",
    ["static/none.js", "static/../setup.cfg", "widgets/notes/words/es.json", "widgets/notes/../../x",
     "entry/none.es.js",
     "entry/notes.fr.js", "dist/notes.es.js", "static/kit/words/es.json", ""],
)  # fmt: skip
def test_what_is_not_served_does_not_exist(house, path):
    assets = assets_of(house)

    assert assets.respond(assets.digest, path).status == 404


def test_an_element_gets_its_own_words_and_not_the_servers(house):
    assets = assets_of(house)

    text = assets.respond(assets.digest, "entry/notes.es.js").body.decode()

    assert "Notas" in text
    assert "secret" not in text
    assert "p { margin: 0; }" in text


def test_a_part_brings_its_words_only_when_it_is_loaded(house):
    assets = assets_of(house)

    assert "Nada" not in assets.respond(assets.digest, "entry/notes.es.js").body.decode()
    assert "Nada" in assets.respond(assets.digest, "entry/notes.list.es.js").body.decode()


def test_the_loader_knows_the_release(house):
    script = house / "widgets/notes/static/notes.js"
    script.write_text("/**\n * Notes.\n * @eager\n */\n" + script.read_text())
    assets = assets_of(house)

    text = assets.loader().body.decode()

    release = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert release["digest"] == assets.digest
    assert release["dir"] == "entry"
    assert release["widgets"] == {"notes": {"needs": ["kit"], "eager": 1}}


def test_a_build_is_used_while_it_is_of_these_files(house, tmp_path):
    out = tmp_path / "out"
    assets_of(house).build(out)
    assets = assets_of(house, dist=out)

    assert '"dir":"dist"' in assets.loader().body.decode().replace("dir:", '"dir":')
    assert assets.respond(assets.digest, "dist/notes.es.js").status == 200
    (house / "static/kit/kit.css").write_text("p{}")
    assert assets.respond(assets.digest, "dist/notes.es.js").status == 404
    assert b"entry" in assets.loader().body


def test_a_browser_gets_the_encoding_that_it_takes(house, tmp_path):
    out = tmp_path / "out"
    assets_of(house).build(out)
    (out / "notes.es.js").write_text("x" * 600)
    (out / "notes.es.js.gz").write_bytes(gzip.compress(b"x" * 600))
    assets = assets_of(house, dist=out)

    plain = assets.respond(assets.digest, "dist/notes.es.js", "")
    small = assets.respond(assets.digest, "dist/notes.es.js", "gzip, br;q=0")

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert small.headers["Vary"] == "Accept-Encoding"


def test_the_views_only_wrap(house):
    assets = assets_of(house)
    app = Flask("x")
    app.register_blueprint(assets_blueprint(assets))
    client = app.test_client()

    assert client.get("/loader.js").headers["Cache-Control"] == SHORT
    assert client.get(f"/assets/{assets.digest}/static/kit/kit.js").status_code == 200
    assert client.get(f"/assets/{assets.digest}/static/kit/none.js").status_code == 404


def test_every_module_of_the_house_can_be_built(tmp_path):
    sizes = Assets(ROOT, FOLDERS).build(tmp_path)

    assert {"loader.js", "kit.es.js", "kit-form.en.js", "contact.es.js", "contact.thread.es.js"} <= set(sizes)


def test_both_languages_say_the_same_things():
    def shape(words):
        return {key: shape(value) for key, value in words.items()} if isinstance(words, dict) else None

    for spanish in [*ROOT.glob("widgets/*/words/es.json"), ROOT / "static/kit/words/es.json"]:
        english = spanish.with_name("en.json")
        assert shape(json.loads(spanish.read_text("utf-8"))) == shape(json.loads(english.read_text("utf-8"))), spanish
