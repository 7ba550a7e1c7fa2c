"""The rules of the house, held by walking what stands there: imports, words, and who may enter the console."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.errors import DomainError
from app.words import LANGUAGES, ROOT, catalogue, find

LEAVES = sorted(path.parent.name for path in (ROOT / "widgets").glob("*/__init__.py"))
# Inside a leaf each may import those before it, never those after.
LAYERS = ("models", "schemas", "service", "public", "console", "socket", "pages", "hooks", "forms")
DYNAMIC = {"import_module", "__import__"}
# The two places where the trunk meets its leaves by name: the application, and the command that has none yet.
MEETS_LEAVES = {("app/__init__.py", "create_app"), ("app/cli.py", "_with_leaves")}


# All read the same files, so one worker reads them once.
pytestmark = pytest.mark.xdist_group("architecture")


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        yield from _parsed(folder)


@cache
def _parsed(folder: str) -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8")))
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def imports(tree: ast.AST) -> Iterator[tuple[str, str, ast.stmt]]:
    """Yield (module, name, statement): the name is "" where a whole module is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, "", node
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name, node


def inside(tree: ast.Module, statement: ast.stmt) -> str:
    """Return the name of the outermost function that holds a statement, or ""."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(child is statement for child in ast.walk(node)):
            return node.name
    return ""


def test_the_trunk_never_imports_a_leaf() -> None:
    wrong = [
        f"{path}: {module}"
        for path, tree in sources("app")
        for module, _, node in imports(tree)
        if module.split(".")[0] == "widgets" and (path, inside(tree, node)) not in MEETS_LEAVES
    ]

    assert wrong == []


def test_no_leaf_imports_another() -> None:
    wrong = []
    for leaf in LEAVES:
        for path, tree in sources(f"widgets/{leaf}"):
            for module, name, _ in imports(tree):
                parts = [*module.split("."), name] if module == "widgets" else module.split(".")
                if parts[0] == "widgets" and len(parts) > 1 and parts[1] != leaf:
                    wrong.append(f"{path}: {'.'.join(parts)}")

    assert wrong == []


def layer(leaf: str, module: str, name: str = "") -> str:
    """Return which layer of a leaf a module is, "" for a helper of its own making or another place."""
    parts = [*module.split("."), name]
    return parts[2] if parts[:2] == ["widgets", leaf] and len(parts) > 2 and parts[2] in LAYERS else ""


def test_inside_a_leaf_imports_go_one_way() -> None:
    """models <- schemas <- service <- public, console, socket; pages may use public, since both are doors."""
    doors = {"public", "console", "socket", "pages", "hooks"}
    may = {
        "models": set[str](), "schemas": {"models"}, "service": {"models", "schemas"}, "forms": {"schemas"},
        **dict.fromkeys(doors, {"models", "schemas", "service", "forms"}),
    }  # fmt: skip
    may["pages"] = may["pages"] | {"public"}
    wrong = []
    for leaf in LEAVES:
        for path, tree in sources(f"widgets/{leaf}"):
            here = Path(path).stem if Path(path).parent.as_posix() == f"widgets/{leaf}" else ""
            if here not in may:
                continue
            wrong += [
                f"{path}: {module} {name}"
                for module, name, _ in imports(tree)
                if (there := layer(leaf, module, name)) and there != here and there not in may[here]
            ]

    assert wrong == []


def _is(path: str, *stems: str) -> bool:
    """Return whether a module is of such a kind by its name: console, room_console, console/case."""
    return Path(path).stem.rpartition("_")[2] in stems or Path(path).parent.name in stems


def test_imports_are_spelt_out() -> None:
    """Neither relative nor made at run time: the rules below read them as they stand."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources("app", "widgets")
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and node.level)
        or (isinstance(node, ast.Attribute | ast.Name) and getattr(node, "attr", getattr(node, "id", "")) in DYNAMIC)
    ]

    assert wrong == []


def test_services_and_models_know_no_request() -> None:
    """They get plain values, so that tests, jobs and commands need no request."""
    wrong = [
        f"{path}: {name}"
        for path, tree in sources("app", "widgets")
        if _is(path, "service", "models")
        for module, name, _ in imports(tree)
        if module == "flask" and name in {"", "request", "session", "g"}
    ]

    assert wrong == []


def test_doors_never_touch_the_database_session() -> None:
    wrong = [
        path
        for path, tree in sources("app", "widgets")
        if _is(path, "public", "console", "pages", "socket", "views") and not path.startswith("app/console/")
        for module, name, _ in imports(tree)
        if (module == "app.db" and name in {"", "db", "write"}) or (module, name) == ("app", "db")
    ]

    assert sorted(set(wrong)) == []


def test_only_the_store_and_the_sessions_commit() -> None:
    """Everyone else opens `with write():`, so that a transaction has one end."""
    allowed = {"app/db.py"}
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources("app", "widgets")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit" and path not in allowed
        and isinstance(node.value, ast.Attribute) and node.value.attr == "session"
    ]  # fmt: skip

    assert wrong == []


def test_the_kit_imports_no_widget_and_no_widget_another() -> None:
    wrong = []
    for path in [*(ROOT / "static" / "kit").rglob("*.js"), *(ROOT / "widgets").glob("*/static/**/*.js")]:
        owner = path.relative_to(ROOT).parts[1] if path.is_relative_to(ROOT / "widgets") else "kit"
        for wanted in re.findall(r"""(?:from|import)\s*\(?\s*['"]([^'"]+)['"]""", path.read_text("utf-8")):
            target = (path.parent / wanted).resolve()
            if target.is_relative_to(ROOT / "widgets") and target.relative_to(ROOT / "widgets").parts[0] != owner:
                wrong.append(f"{path.relative_to(ROOT)}: {wanted}")

    assert wrong == []


def test_tables_of_a_leaf_carry_its_name_and_are_pointed_at_by_none_else(app: Flask) -> None:
    from app.db import Base

    wrong = []
    for mapper in Base.registry.mappers:
        module, table = mapper.class_.__module__.split("."), mapper.local_table
        leaf = module[1] if module[0] == "widgets" else ""
        if leaf and not str(table).startswith(leaf.rstrip("s")):
            wrong.append(f"{table} is {leaf}'s")
        for key in table.foreign_keys:  # type: ignore[attr-defined]
            pointed = str(key.column.table)
            owners = {name for name in LEAVES if pointed.startswith(f"{name.rstrip('s')}_")}
            if owners and leaf not in owners:
                wrong.append(f"{table} points at {pointed}")

    assert wrong == []


def keys_in(tree: ast.AST) -> Iterator[str]:
    """Yield the literal keys given to `t(…)`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "t"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.args[0].value


def used_keys() -> Iterator[tuple[str, str]]:
    for path, tree in sources("app", "widgets"):
        for key in keys_in(tree):
            yield path, key
    for path in [*(ROOT / "app").rglob("*.html"), *(ROOT / "widgets").rglob("*.html")]:
        for key in re.findall(r"""\bt\(\s*["']([a-zA-Z0-9_.\-]+)["']\s*[,)]""", path.read_text("utf-8")):
            yield path.relative_to(ROOT).as_posix(), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_that_is_spoken_has_words(lang: str) -> None:
    def has_words(key: str) -> bool:
        try:
            return find(key, lang) is not None
        except (KeyError, TypeError):
            return False

    assert sorted({f"{path}: {key}" for path, key in used_keys() if not has_words(key)}) == []


def test_keys_of_errors_have_words() -> None:
    """Message keys are also handed to exceptions and to schemas: each that looks like one must be one."""
    wrong = set()
    for path, tree in sources("app", "widgets"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                key = node.value
                if re.fullmatch(r"errors\.[a-z][a-z0-9-]*", key):
                    for lang in LANGUAGES:
                        try:
                            find(key, lang)
                        except (KeyError, TypeError):
                            wrong.add(f"{path}: {key} ({lang})")

    assert sorted(wrong) == []


def refusals(family: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for one in family.__subclasses__():
        yield one
        yield from refusals(one)


@pytest.mark.usefixtures("app")
def test_a_refusal_that_is_raised_bare_has_words() -> None:
    # Not those that name their words when they are made.
    bare_ones = [one for one in refusals() if "__init__" not in vars(one)]
    known = {one.__name__: one.message_key or f"{one.family}.{one.code}" for one in bare_ones}
    spoken, wrong = {key[1:] for key in flat(catalogue("es"))}, set()
    for path, tree in sources("app", "widgets"):
        for node in ast.walk(tree):
            raised = node.exc if isinstance(node, ast.Raise) else None
            bare = raised.func if isinstance(raised, ast.Call) and not raised.args else raised
            key = known.get(bare.id) if isinstance(bare, ast.Name) else None
            if key and key not in spoken:
                wrong.add(f"{path}: {key}")

    assert wrong == set()


def flat(node: Any, prefix: str = "") -> set[str]:
    if not isinstance(node, dict):
        return {prefix}
    return {key for name, value in node.items() for key in flat(value, f"{prefix}.{name}")}


def placeholders(node: Any, prefix: str = "") -> dict[str, set[str]]:
    if isinstance(node, dict):
        return {
            key: names for name, value in node.items() for key, names in placeholders(value, f"{prefix}.{name}").items()
        }
    return {prefix: set(re.findall(r"{(\w+)", str(node)))}


@pytest.mark.parametrize(
    "spanish", sorted(ROOT.glob("*/**/words/es.json")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_both_languages_say_the_same_things(spanish: Path) -> None:
    if any(part in {".venv", "instance", "build", "tests"} for part in spanish.relative_to(ROOT).parts):
        pytest.skip("only by make drills: not ours")
    es = json.loads(spanish.read_text("utf-8"))
    en = json.loads(spanish.with_name("en.json").read_text("utf-8"))

    assert flat(es) ^ flat(en) == set()
    assert {key: names for key, names in placeholders(es).items() if placeholders(en)[key] != names} == {}


# Counted things of which there is never one: a limit of ours, a list that has several.
NEVER_ONE = {
    "reporting.open.intro", "reporting.open.nothing", "coach.several-questions", "demo.mailbox.bytes",
    "selfaudit.score", "selfaudit.evidence.integrated", "selfaudit.evidence.kinds", "forum.console.and_more",
    "forum.element.acts.mine.left", "subscribe.page.asked",
}  # fmt: skip


def plain_texts(node: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict) and not {"one", "other"} <= set(node):
        for name, value in node.items():
            yield from plain_texts(value, f"{prefix}.{name}" if prefix else name)
    elif isinstance(node, str):
        yield prefix, node


def test_a_text_that_counts_can_say_one() -> None:
    counts = re.compile(r"{(n|count|total)} (más )?[a-záéíóúñ]+s\b")

    wrong = {key for key, text in plain_texts(catalogue("es")) if counts.search(text)}
    assert wrong - NEVER_ONE == set()


# Signed out, or before a site is known; each checks for itself.
OPEN_CONSOLE = {"console.home", "console.static"}


def test_every_route_of_the_console_asks_for_a_permission(app: Flask) -> None:
    from app.console.roles import ROLES

    known = {permission for role in ROLES.values() for permission in role}
    wrong = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/console") or rule.endpoint.startswith("security."):
            continue
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if rule.rule.startswith("/console/<site_key>"):
            if permission not in known:
                wrong.append(f"{rule.rule}: {permission}")
        elif permission is None and rule.endpoint not in OPEN_CONSOLE:
            wrong.append(f"{rule.rule}: {rule.endpoint} is open")

    assert wrong == []


def test_every_widget_stands_in_one_folder_and_one_line() -> None:
    from widgets import ALL

    assert sorted(widget.name for widget in ALL) == LEAVES
    for widget in ALL:
        for lang in LANGUAGES:
            assert (ROOT / "widgets" / widget.name / "words" / f"{lang}.json").exists()


def test_the_trunk_knows_no_permission_of_a_widget() -> None:
    """A widget brings its own (`Widget.roles`): with its folder gone they are gone too."""
    from widgets import ALL

    brought = {permission for widget in ALL for permission in widget.roles}
    named = [
        f"{path}: {node.value}"
        for path, tree in sources("app")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in brought
    ]

    assert brought and named == []


def test_choices_of_a_form_are_not_given_as_tuples() -> None:
    """A dict of value and label: WTForms 3.4 takes tuples no more."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources("app", "widgets")
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        and any(isinstance(to, ast.Attribute) and to.attr == "choices" for to in getattr(node, "targets", [node]))
        and any(isinstance(part, ast.Tuple | ast.ListComp | ast.List) for part in ast.iter_child_nodes(node))
    ]

    assert wrong == []
