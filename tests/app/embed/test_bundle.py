"""Modules joined into one do what they did apart."""

import pytest

from app.embed.bundle import BundleError, reach


def joined(files, entry="a.js", outside=None):
    return reach(entry, files.__getitem__, outside or {}).text()


def test_what_a_module_needs_runs_before_it():
    text = joined({"a.js": "import {b} from './b.js';\nexport const a = b + 1;", "b.js": "export const b = 1;"})

    assert text.index("const b = 1") < text.index("const a = b + 1")
    assert "export const {a} =" in text


def test_a_shared_library_stays_outside():
    text = joined(
        {"w/a.js": "import {html} from '../kit.js';\nexport const a = html;"}, "w/a.js", {"kit.js": "./kit.es.js"}
    )

    assert "import * as m0 from './kit.es.js';" in text
    assert "const {html} = m0;" in text


def test_an_export_may_be_renamed():
    text = joined({"a.js": "export * from './b.js';", "b.js": "const x = 1;export{x as Shown};"})

    assert "return {Shown: x};" in text
    assert "export const {Shown} =" in text


def test_modules_in_a_circle_are_refused_by_name():
    with pytest.raises(BundleError, match=r"a\.js -> b\.js -> a\.js"):
        joined({"a.js": "import {b} from './b.js';", "b.js": "import {a} from './a.js';"})


@pytest.mark.parametrize("line", ["export default 1;", "import x from './b.js';", "import * as x from './b.js';"])
def test_a_form_that_is_not_understood_is_refused(line):
    with pytest.raises(BundleError, match=r"a\.js: this form is not understood"):
        joined({"a.js": line, "b.js": ""})
