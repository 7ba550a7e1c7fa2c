"""Serves what browsers load, each under the digest of the whole release, so that every file may be kept for ever.

Two ways, one convention. A browser asks for `<dir>/<module>.<language>.js`, where the module is a widget (`pqr`), a
part of one (`pqr.track`, from `widgets/pqr/static/parts/track.js`) or a library of the kit (`kit`, `kit-form`):

    entry/   development: a few lines made here, that import the files as they are on the disk
    dist/    release: the same lines with all that they import joined, minified and compressed by `build`

Either hands the element its words of one language and its style sheet: a strict host page forbids `<style>` and
`<link>`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic

from app.embed.bundle import Bundle, reach

LANGUAGES = ("es", "en")
LIBRARIES = {"kit": "static/kit/kit.js", "kit-form": "static/kit/form.js", "kit-files": "static/kit/files.js"}
# The kit brings Lit; the directives of a widget take it from there, or a page would run two strange to each other.
LIT = "static/vendor/lit.js"
FOREVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=300"
_WORTH_SQUEEZING_BYTES = 512
_TEXT = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class Served:
    """An answer that a view only has to wrap."""

    status: int
    body: bytes = b""
    mimetype: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A module that a browser may ask for by name."""

    name: str  # pqr, pqr.track, kit
    path: str  # static/…, widgets/pqr/static/…
    words_file: Path
    styles: tuple[Path, ...]

    @property
    def is_library(self) -> bool:
        """Return whether this is shared by widgets and so stays a file of its own."""
        return self.name in LIBRARIES


@dataclass(frozen=True)
class Seen:
    """What stood on the disk when it was last looked at."""

    files: Mapping[str, Path]
    entries: Mapping[str, Entry]
    stats: tuple[tuple[str, int, int], ...]
    digest: str


class Assets:
    """The files of one release. `root` holds `static/`; each widget's folder may hold `static/` and `words/`.

    `dist` is where `build` wrote; it is used while it was built from just these files, so that a build forgotten after
    an update costs speed and not correctness. A widget whose element says `@eager` in its head comes at once, and not
    when it is near: a bubble in the corner has no place on the page to come near to.

    The disk is looked at again after `recheck_s`: each second where somebody may be writing a widget, and once alone
    (`inf`) where a release stands still under its server.
    """

    def __init__(
        self,
        root: Path,
        widgets: Sequence[Path],
        dist: Path | None = None,
        recheck_s: float = 1.0,
    ) -> None:
        self.root = root
        self.widgets = tuple(widgets)
        self._dist = dist
        self._recheck_s = recheck_s
        self._checked_at = -inf
        self._seen = Seen({}, {}, (), "")
        self._squeezed: dict[tuple[str, str], bytes] = {}

    # What there is

    def files(self) -> Mapping[str, Path]:
        """Return every served file of the disk by its URL path; what is not in here cannot be asked for."""
        return self._look().files

    def entries(self) -> Mapping[str, Entry]:
        """Return every module that may be asked for by name: libraries, widgets and their parts."""
        return self._look().entries

    @property
    def digest(self) -> str:
        """Return 16 hex digits that stand for all that is served, the words and this code: they change with any."""
        return self._look().digest

    def _look(self) -> Seen:
        """Return what stands on the disk; a page asks many times for what hardly ever changes."""
        if monotonic() - self._checked_at >= self._recheck_s:
            self._check()
            self._checked_at = monotonic()
        return self._seen

    def _check(self) -> None:
        here = Path(__file__).parent
        files = self._find_files()
        named = sorted(files.items()) + [
            (str(file.relative_to(folder.parent)), file)
            for folder in (*self.widgets, self.root / "static" / "kit")
            for file in sorted((folder / "words").glob("*.json"))
        ]
        named += [("assets.py", here / "assets.py"), ("bundle.py", here / "bundle.py")]
        found = [(name, file.stat()) for name, file in named]
        stats = tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)
        if stats != self._seen.stats:
            whole = hashlib.sha256()
            for name, file in named:
                whole.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
            self._squeezed.clear()
            self._seen = Seen(files, self._find_entries(), stats, whole.hexdigest()[:16])

    def _find_files(self) -> dict[str, Path]:
        found = {f"static/{path}": file for path, file in _walk(self.root / "static")}
        for folder in self.widgets:
            found |= {f"widgets/{folder.name}/static/{path}": file for path, file in _walk(folder / "static")}
        return found

    def _find_entries(self) -> dict[str, Entry]:
        kit = self.root / "static" / "kit"
        found = {
            name: Entry(name, path, kit / "words", _styles(self.root / path))
            for name, path in LIBRARIES.items()
            if (self.root / path).exists()
        }
        found |= self._parts("kit", "static/kit", kit, kit / "words")
        for folder in self.widgets:
            script = folder / "static" / f"{folder.name}.js"
            if script.exists():
                path = f"widgets/{folder.name}/static"
                words = folder / "words"
                found[folder.name] = Entry(folder.name, f"{path}/{script.name}", words, _styles(script))
                found |= self._parts(folder.name, path, folder / "static", words)
        return found

    def _parts(self, owner: str, path: str, folder: Path, words: Path) -> dict[str, Entry]:
        return {
            f"{owner}.{file.stem}": Entry(f"{owner}.{file.stem}", f"{path}/parts/{file.name}", words, _styles(file))
            for file in sorted((folder / "parts").glob("*.js"))
        }

    @property
    def built(self) -> Path | None:
        """Return the folder of the build, when it was made from just these files."""
        if self._dist is None or not (self._dist / "release.json").exists():
            return None
        release = json.loads((self._dist / "release.json").read_text("utf-8"))
        return self._dist if release["digest"] == self.digest else None

    # What a browser gets

    def loader(self, accept_encoding: str = "", keep: str = SHORT) -> Served:
        """Return the loader with this release written into it; kept for minutes, as a new release must be seen."""
        body, file = self._loader_bytes()
        return self._serve(body, "loader.js", keep, accept_encoding, beside=file)

    def _loader_bytes(self) -> tuple[bytes, Path | None]:
        folder = self.built
        file = folder / "loader.js" if folder else None
        return (file.read_bytes() if file else self._loader("entry").encode()), file

    def pinned_loader(self) -> tuple[str, str]:
        """Return the path of this release's loader and its integrity, for a page that takes no other bytes.

        After an update the same path brings other bytes, the browser refuses them, and the links inside the tags stay.
        Source: ASVS 5.0.0, 3.6.1; W3C, Subresource Integrity.
        """
        digest = hashlib.sha384(self._loader_bytes()[0]).digest()
        return f"assets/{self.digest}/loader.js", f"sha384-{base64.b64encode(digest).decode()}"

    def respond(self, digest: str, path: str, accept_encoding: str = "") -> Served:
        """Return the file at this path of this release; one of another release is served too, but not for ever.

        A page opened before an update asks for the old digest: today's file is better than a dead counter.
        """
        keep = FOREVER if digest == self.digest else SHORT
        directory, _, name = path.partition("/")
        if path == "loader.js":
            return self.loader(accept_encoding, keep)
        if directory == "entry":
            text = self._entry_named(name, development=True)
            return self._serve(text.encode(), name, keep, accept_encoding) if text else Served(404)
        if directory == "dist":
            return self._respond_built(name, keep, accept_encoding)
        file = self.files().get(path)
        if file is None:
            return Served(404)
        return self._serve(file.read_bytes(), path, keep, accept_encoding)

    def _respond_built(self, name: str, keep: str, accept_encoding: str) -> Served:
        folder = self.built
        entry, _, rest = name.removesuffix(".js").rpartition(".")
        if folder is None or rest not in LANGUAGES or entry not in self.entries():
            return Served(404)
        file = folder / name
        return self._serve(file.read_bytes(), name, keep, accept_encoding, beside=file)

    def _serve(self, body: bytes, name: str, keep: str, accept_encoding: str, beside: Path | None = None) -> Served:
        suffix = Path(name).suffix
        mimetype = _TEXT.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {
            "Cache-Control": keep,
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if suffix not in _TEXT or len(body) < _WORTH_SQUEEZING_BYTES:
            return Served(200, body, mimetype, headers)
        headers["Vary"] = "Accept-Encoding"
        accepted = _accepted(accept_encoding)
        for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
            small = beside.with_name(beside.name + ending) if beside else None
            if encoding in accepted and small and small.exists():
                return Served(200, small.read_bytes(), mimetype, headers | {"Content-Encoding": encoding})
        if "gzip" in accepted:
            return Served(200, self._gzip(name, body), mimetype, headers | {"Content-Encoding": "gzip"})
        return Served(200, body, mimetype, headers)

    def _gzip(self, name: str, body: bytes) -> bytes:
        key = (name, hashlib.sha256(body).hexdigest())
        if key not in self._squeezed:
            self._squeezed[key] = gzip.compress(body, 6, mtime=0)
        return self._squeezed[key]

    # How entries are made

    def _loader(self, directory: str) -> str:
        release = {
            "digest": self.digest,
            "dir": directory,
            "widgets": {
                entry.name: {"needs": self.libraries(entry), **({"eager": 1} if self.eager(entry.name) else {})}
                for entry in self.entries().values()
                if not entry.is_library and "." not in entry.name
            },
        }
        text = (self.root / "static" / "loader.js").read_text("utf-8")
        return text.replace("'__RELEASE__'", json.dumps(release, separators=(",", ":")))

    def eager(self, name: str) -> bool:
        """Return whether this widget comes at once, and not when it is near."""
        return "\n * @eager\n" in self.files()[self.entries()[name].path].read_text("utf-8")

    def _entry_named(self, name: str, development: bool) -> str | None:
        module, _, language = name.removesuffix(".js").rpartition(".")
        entry = self.entries().get(module)
        if entry is None or language not in LANGUAGES or not name.endswith(".js"):
            return None
        return self._entry(entry, language, development)

    def _entry(self, entry: Entry, language: str, development: bool, squeeze: Callable[[str], str] = str) -> str:
        """Return the few lines that give a module its words and its style sheet."""
        words = json.dumps(self._words(entry, language), ensure_ascii=False, separators=(",", ":"))
        css = json.dumps(squeeze("".join(file.read_text("utf-8") for file in entry.styles)), ensure_ascii=False)
        source = f"../{entry.path}"
        # A library carries the words that its users need, so in development it must have run before they do.
        lines = [f"import './{name}.{language}.js';" for name in self.libraries(entry)] if development else []
        if entry.is_library:
            provider = f"../{LIBRARIES['kit']}"
            lines += [
                f"import {{provide}} from '{provider}';",
                f"provide('{entry.name}', {{words: {words}, css: {css}}});",
                f"export * from '{source}';",
            ]
        elif "." in entry.name:
            lines += [f"export * from '{source}';", f"export const words = {words};", f"export const css = {css};"]
        else:
            lines += [f"import {{define}} from '{source}';", f"define({{words: {words}, css: {css}}});"]
        return "\n".join([*lines, ""])

    def _words(self, entry: Entry, language: str) -> object:
        """Return the words of one module; those of a part stand in the element's under the part's name."""
        file = entry.words_file / f"{language}.json"
        if not file.exists():
            return {}
        words = json.loads(file.read_text("utf-8"))
        if entry.words_file.parent.name == "kit":
            return words.get(entry.name, {})
        element = words.get("element", {})
        owner, _, part = entry.name.partition(".")
        if part:
            return element.get(part, {})
        parts = {name.partition(".")[2] for name in self.entries() if name.startswith(f"{owner}.")}
        return {key: value for key, value in element.items() if key not in parts}

    def libraries(self, entry: Entry) -> list[str]:
        """Return the libraries that this module imports, itself left out, in the order in which they run."""
        found = self._reach(entry.path, _outside(entry)).libraries
        # Every other library stands on the kit: whoever needs the one needs the other.
        return [name for name, path in LIBRARIES.items() if path in found or (name == "kit" and found)]

    def _reach(self, path: str, outside: Mapping[str, str], extra: Mapping[str, str] | None = None) -> Bundle:
        files = self.files()

        def read(wanted: str) -> str:
            if extra and wanted in extra:
                return extra[wanted]
            text = files[wanted].read_text("utf-8")
            # Inside our templates line ends and indents are only for us: HTML reads any run of space as one.
            # Vendored code stays as it is: a tab in a regular expression of Lit's is no indent.
            return text if "/vendor/" in wanted else "\n".join(line.strip() for line in text.split("\n"))

        return reach(path, read, outside)

    # Releases

    def build(self, out: Path) -> dict[str, int]:
        """Write `dist` into `out` and return the bytes of each file; minified and as brotli where those can be."""
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("*.js*"):
            old.unlink()
        squeeze = _minifier()
        sizes = {}
        for entry in self.entries().values():
            for language in LANGUAGES:
                name = f"{entry.name}.{language}.js"
                start = f"dist/{name}"
                text = self._entry(entry, language, False, lambda css: squeeze("text/css", css))
                outside = {path: f"./{library}.{language}.js" for path, library in _outside(entry).items()}
                joined = self._reach(start, outside, {start: text}).text()
                sizes[name] = _write(out / name, squeeze("text/javascript", joined))
        sizes["loader.js"] = _write(out / "loader.js", squeeze("text/javascript", self._loader("dist")))
        # Last, so that a build cut short is not taken for a whole one.
        (out / "release.json").write_text(json.dumps({"digest": self.digest}), "utf-8")
        return sizes


def _outside(entry: Entry) -> dict[str, str]:
    """Return what is not joined into this module, by path: the library that brings it."""
    shared = {path: name for name, path in LIBRARIES.items() if name != entry.name}
    return shared if entry.name == "kit" else shared | {LIT: "kit"}


def _styles(script: Path) -> tuple[Path, ...]:
    """Return the style sheets that go with a script: its own, after the colours where it is the kit."""
    names = ("tokens.css", "kit.css") if script.name == "kit.js" else (f"{script.stem}.css",)
    return tuple(file for name in names if (file := script.with_name(name)).exists())


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (URL path, file) of the files under a folder, words and notes left out."""
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in path.parts)
        if file.is_file() and not hidden and "words" not in path.parts and file.suffix != ".md":
            yield path.as_posix(), file


def _accepted(header: str) -> set[str]:
    """Return the encodings of an Accept-Encoding header that are not refused with q=0."""
    offers = (offer.replace(" ", "").partition(";") for offer in header.lower().split(","))
    return {name for name, _, weight in offers if weight not in ("q=0", "q=0.0")}


def _minifier() -> Callable[[str, str], str]:
    """Return a minifier of text by media type; where tdewolff-minify is missing, one that changes nothing."""
    try:
        import minify
    except ModuleNotFoundError:
        return lambda _mimetype, text: text

    def squeeze(mimetype: str, text: str) -> str:
        small: str = minify.string(mimetype, text)
        return small

    return squeeze


def _write(file: Path, text: str) -> int:
    """Write a file with its compressed twins and return its bytes."""
    body = text.encode()
    file.write_bytes(body)
    file.with_name(file.name + ".gz").write_bytes(gzip.compress(body, 9, mtime=0))
    try:
        import brotli
    except ModuleNotFoundError:
        return len(body)
    file.with_name(file.name + ".br").write_bytes(brotli.compress(body, quality=11))
    return len(body)
