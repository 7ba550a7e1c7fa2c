"""What the documents say is what stands there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from app.words import ROOT

POINTS = [f"S{part}-{number}" for part, last in enumerate((18, 13, 14, 24, 31)) for number in range(1, last + 1)]


def test_every_setting_is_described() -> None:
    folders = ("app", "widgets", "tools", "migrations", "docs")
    code = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    read = {
        name
        for path in [*code, ROOT / "wsgi.py"]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in re.findall(r"VENTANILLA_[A-Z_]*[A-Z]", node.value)
    }
    described = set(re.findall(r"^\| \**`(VENTANILLA_[A-Z_]+)`", _read("configuration.md"), re.MULTILINE))

    assert described == read


def _read(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def _told(words: str) -> set[str]:
    """Return what the doc blocks of the elements say after a word such as @attr, up to its explanation."""
    scripts = [ROOT / "static" / "kit" / "element.js", *(ROOT / "widgets").glob("*/static/*.js")]
    lines = [line for path in scripts for line in re.findall(rf"@{words} +(.+)", path.read_text("utf-8"))]
    return {name for line in lines for name in line.split("  ")[0].split()}


def test_every_attribute_event_part_and_property_of_a_tag_is_described() -> None:
    page = _read("embedding.md")
    scripts = [*(ROOT / "static" / "kit").rglob("*.js"), *(ROOT / "widgets").glob("*/static/**/*.js")]
    code = "".join(path.read_text("utf-8") for path in scripts)

    named = set(re.findall(r"ventanilla-[a-z<>]+:[a-z]+", page))
    general = {name.partition(":")[2] for name in named if "<name>" in name}
    fired = {name for name in _told("fires") if name.startswith("ventanilla-")}
    assert {name for name in named if "<name>" not in name} == {
        name for name in fired if name.partition(":")[2] not in general
    }
    # What a part says to its own element only.
    inner = {"unread", "shut"}
    assert set(re.findall(r"emit\('(\w+)'", code)) - inner == {name.partition(":")[2] for name in fired}

    attributes = set(re.findall(r'`([a-z]+)(?:="[^"`]*")?`', page))
    assert _told("attr") - attributes == set()
    assert set(re.findall(r"this\.(?:has|get)Attribute\('([a-z]+)'\)", code)) - _told("attr") == {"key"}

    assert set(re.findall(r'\bpart="([a-z]+)"', code)) == set(re.findall(r"::part\(([a-z]+)\)", page))
    styles = (ROOT / "static" / "kit" / "tokens.css").read_text() + (ROOT / "static" / "kit" / "kit.css").read_text()
    properties = set(re.findall(r"var\((--ventanilla-[a-z-]+)", styles))
    assert properties == set(re.findall(r"`(--ventanilla-[a-z-]+)`", page)) == _told("cssprop") - {"-"}


def rows() -> list[list[str]]:
    lines = [line for line in _read("requirements.md").splitlines() if re.match(r"\| S\d-\d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_point_of_the_source_documents_has_one_row_with_an_honest_state() -> None:
    assert [row[0] for row in rows()] == POINTS
    for point, _, state, where, test in rows():
        assert state in {"done", "partly", "open"}, point
        assert (test == "–") == (state == "open"), f"{point}: a test shows what is there, and only that"
        assert (where == "–") <= (state == "open"), point


def rules() -> list[list[str]]:
    lines = [line for line in _read("law.md").splitlines() if re.match(r"\| L\d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_rule_of_the_law_has_one_row() -> None:
    assert [row[0] for row in rules()] == [f"L{number}" for number in range(1, 56)]
    for rule, _, state, _, test in rules():
        assert state.split(":")[0].split(" ")[0] in {"done", "partly", "open"}, rule
        assert state != "done" or test != "–", rule


def test_each_test_that_the_table_names_is_collected(request: pytest.FixtureRequest) -> None:
    named = {row[4].strip("`") for row in [*rows(), *rules()] if row[4] != "–"}
    files = sorted({name.partition("::")[0] for name in named})
    assert [file for file in files if not (ROOT / file).exists()] == []
    # A run of the whole suite has collected them already; xdist writes the group behind the name.
    collected = {item.nodeid.partition("[")[0].partition("@")[0] for item in request.session.items}
    if not {name.partition("::")[0] for name in collected} >= set(files):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-o", "addopts=--import-mode=importlib", "-q", *files],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}

    assert sorted(named - collected) == []


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_both_readmes_name_the_two_commands_and_the_same_pages() -> None:
    links = [Counter(re.findall(r"\]\((docs/[^)]+|[A-Z]+\.md)\)", (ROOT / name).read_text("utf-8")))
             for name in ("README.md", "README.es.md")]  # fmt: skip

    assert links[0] - Counter(["README.es.md"]) == links[1] - Counter(["README.md"])
    for name in ("README.md", "README.es.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "make run" in text and "make test" in text


@pytest.mark.parametrize("folder", ["static/vendor", "tests/vendor", "app/console/data", "widgets/pqr/data"])
def test_what_others_made_has_its_notice_beside_it(folder: str) -> None:
    files = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}
    notices = [path for path in files if path.suffix == ".LICENSE" or path.name.startswith(("LICENSE", "README"))]
    said = "".join((ROOT / folder / path).read_text("utf-8") for path in notices)
    named = {path for path in files if any(part in said for part in (path.name, f"{path.parts[0]}/"))}

    assert sorted(map(str, files - named - set(notices) - {Path("swagger-ui/NOTICE")})) == []
