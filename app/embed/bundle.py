"""Joins ES modules into one file without Node, so that a release costs a browser one request a widget.

Not a bundler for the world: the modules that it joins are ours, and keep to a few plain forms, each beginning a line:

    import {a, b} from './other.js';    import './other.js';
    export const a …    export function a …    export class A …
    export {a, b} from './other.js';    export * from './other.js';

Each module becomes a function that returns its exports, so names of two modules never meet and the minifier may shorten
all of them. What is not understood raises BundleError: a wrong guess would be a broken counter in 1,100 town halls.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_FROM = r"from\s*['\"](?P<source>[^'\"]+)['\"]\s*;?[ \t]*$"
_IMPORT = re.compile(rf"^import\s*\{{(?P<names>[^}}]*)\}}\s*{_FROM}", re.M)
_IMPORT_BARE = re.compile(r"^import\s*['\"](?P<source>[^'\"]+)['\"]\s*;?[ \t]*$", re.M)
_EXPORT_STAR = re.compile(rf"^export\s*\*\s*{_FROM}", re.M)
_EXPORT_FROM = re.compile(rf"^export\s*\{{(?P<names>[^}}]*)\}}\s*{_FROM}", re.M)
_EXPORT_LIST = re.compile(r"(?:^|;)export\s*\{(?P<names>[^}]*)\}\s*;?\s*\Z", re.M)
_EXPORT_ONE = re.compile(
    r"^export\s+(?P<rest>(?:const|let|class|function\*?|async function\*?)\s+(?P<name>[\w$]+))", re.M
)
_LEFT = re.compile(r"^\s*(?:import\b(?!\s*\()|export\b).*$", re.M)


class BundleError(ValueError):
    """A module that cannot be joined; the message names it and the line."""


@dataclass(frozen=True)
class Module:
    """One module taken apart: what it asks of others, and what it gives."""

    path: str
    body: str
    imports: tuple[tuple[str, str], ...]  # (path, text inside the braces)
    exports: tuple[str, ...]  # as written in an object: `a`, `B: c`
    passes_on: tuple[tuple[str, str | None], ...]  # (path, names or None for all)

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the paths of the modules that must run before this one, in order."""
        return tuple(dict.fromkeys([path for path, _ in self.imports] + [path for path, _ in self.passes_on]))


def parse(path: str, text: str) -> Module:
    """Return the module at this URL path, with its imports and exports taken out of its text."""
    imports: list[tuple[str, str]] = []
    exports: list[str] = []
    passes_on: list[tuple[str, str | None]] = []

    def resolve(source: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), source))

    def take(pattern: re.Pattern[str], use: Callable[[re.Match[str]], str], body: str) -> str:
        return pattern.sub(use, body)

    def use_import(found: re.Match[str]) -> str:
        imports.append((resolve(found["source"]), found["names"]))
        return ""

    def use_bare(found: re.Match[str]) -> str:
        imports.append((resolve(found["source"]), ""))
        return ""

    def use_star(found: re.Match[str]) -> str:
        passes_on.append((resolve(found["source"]), None))
        return ""

    def use_from(found: re.Match[str]) -> str:
        passes_on.append((resolve(found["source"]), found["names"]))
        return ""

    def use_list(found: re.Match[str]) -> str:
        exports.extend(_pair(name, ": ") for name in _names(found["names"]))
        return ";"

    def use_one(found: re.Match[str]) -> str:
        exports.append(found["name"])
        return found["rest"]

    body = text
    for pattern, use in (
        (_IMPORT, use_import),
        (_IMPORT_BARE, use_bare),
        (_EXPORT_STAR, use_star),
        (_EXPORT_FROM, use_from),
        (_EXPORT_LIST, use_list),
        (_EXPORT_ONE, use_one),
    ):
        body = take(pattern, use, body)
    if left := _LEFT.search(body):
        raise BundleError(f"{path}: this form is not understood: {left[0].strip()[:80]}")
    return Module(path, body, tuple(imports), tuple(exports), tuple(passes_on))


def _names(inside: str) -> list[str]:
    return [name.strip() for name in inside.split(",") if name.strip()]


def _pair(name: str, between: str) -> str:
    """Turn `a as B` of an export list into `B: a` of an object; a plain name stays."""
    local, renamed, public = name.partition(" as ")
    return f"{public.strip()}{between}{local.strip()}" if renamed else local


@dataclass
class Bundle:
    """The modules behind one entry, in the order in which they run."""

    read: Callable[[str], str]
    outside: Mapping[str, str]  # path of a shared library -> the URL to import it from
    order: list[Module] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)

    def add(self, path: str, above: tuple[str, ...] = ()) -> None:
        """Take in a module after all that it needs."""
        if path in self.outside:
            if path not in self.libraries:
                self.libraries.append(path)
            return
        if path in above:
            raise BundleError(f"modules import each other in a circle: {' -> '.join((*above, path))}")
        if any(module.path == path for module in self.order):
            return
        module = parse(path, self.read(path))
        for other in module.needs:
            self.add(other, (*above, path))
        self.order.append(module)

    def text(self) -> str:
        """Return one ES module that does what the entry did, its exports those of the entry."""
        number = {path: f"m{index}" for index, path in enumerate(self.libraries + [m.path for m in self.order])}
        lines = [f"import * as {number[path]} from '{self.outside[path]}';" for path in self.libraries]
        inner = [self._wrapped(module, number) for module in self.order]
        entry = self.order[-1]
        gives = sorted(self._gives(entry))
        last = number[entry.path]
        if not gives:
            return "\n".join([*lines, "(() => {", *inner, "})();", ""])
        return "\n".join(
            [*lines, f"const {last} = (() => {{", *inner, f"return {last};", "})();",
             f"export const {{{', '.join(gives)}}} = {last};", ""]
        )  # fmt: skip

    def _wrapped(self, module: Module, number: Mapping[str, str]) -> str:
        head = [
            f"const {{{', '.join(map(_turned, _names(names)))}}} = {number[path]};"
            for path, names in module.imports
            if names.strip()
        ]
        gives = list(module.exports)
        for path, wanted in module.passes_on:
            if wanted is None:
                gives.append(f"...{number[path]}")
            else:
                gives.extend(f"{_public(name)}: {number[path]}.{_local(name)}" for name in _names(wanted))
        return "\n".join(
            [f"const {number[module.path]} = (() => {{", *head, module.body, f"return {{{', '.join(gives)}}};", "})();"]
        )

    def _gives(self, module: Module) -> set[str]:
        """Return the public names of a module, those that it passes on included."""
        names = {name.partition(":")[0].strip() for name in module.exports}
        for path, wanted in module.passes_on:
            if wanted is not None:
                names |= {_public(name) for name in _names(wanted)}
            elif path in self.outside:
                raise BundleError(f"{module.path}: export * from a shared library is not understood")
            else:
                names |= self._gives(next(other for other in self.order if other.path == path))
        return names


def _turned(name: str) -> str:
    """Turn `a as b` of an import into `a: b` of a destructuring; a plain name stays."""
    return f"{_local(name)}: {_public(name)}" if " as " in name else name


def _local(name: str) -> str:
    return name.partition(" as ")[0].strip()


def _public(name: str) -> str:
    return name.rpartition(" as ")[2].strip()


def reach(path: str, read: Callable[[str], str], outside: Mapping[str, str]) -> Bundle:
    """Return the bundle of everything that `path` reaches by static imports."""
    bundle = Bundle(read, outside)
    bundle.add(path)
    return bundle
