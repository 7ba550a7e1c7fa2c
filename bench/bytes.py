"""Print the bytes that a host page downloads: each built file, and each widget cold and warm beside its budget.

    python bench/bytes.py [--json]

gzip -9 and brotli -11 of a real build (`Assets.build`, minified where tdewolff-minify is installed). Cold is the
loader, the libraries and the widget; warm is what comes when another widget has brought the libraries. Parts that are
loaded on use stand apart. The budgets are for gzip.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.embed.assets import LIBRARIES, Assets  # noqa: E402

# kB (1,000 bytes) of gzip: cold, warm. The best peers: Zammad's form 35.9 with its jQuery, Chatwoot's loader 9.5.
BUDGETS: dict[str, tuple[float, float | None]] = {
    "loader": (2.5, None),
    "contact": (20, 6),
    "pqr": (26, 10),
    "chat": (5, None),
    "chat open": (24, None),
    "survey": (18, None),
    "forum": (18, None),
    "search": (16, None),
}


def sizes(file: Path) -> dict[str, int]:
    """Return raw, gzip and brotli bytes of a file; brotli is 0 where its package is missing."""
    body = file.read_bytes()
    small = file.with_name(file.name + ".br")
    return {
        "raw": len(body),
        "gzip": len(gzip.compress(body, 9, mtime=0)),
        "brotli": small.stat().st_size if small.exists() else 0,
    }


def measure(language: str = "es") -> dict[str, dict[str, dict[str, float]]]:
    """Build everything and return the sizes of its files and the sums of its widgets."""
    folders = [folder for folder in sorted((ROOT / "widgets").iterdir()) if (folder / "static").is_dir()]
    assets = Assets(ROOT, folders)
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        assets.build(out)
        files = {file.name: sizes(file) for file in sorted(out.glob("*.js")) if f".{language}." in file.name}
        files["loader.js"] = sizes(out / "loader.js")
    sums = {"loader": {"gzip": files["loader.js"]["gzip"], "brotli": files["loader.js"]["brotli"]}}
    for entry in assets.entries().values():
        if entry.name in LIBRARIES or "." in entry.name:
            continue
        own = files[f"{entry.name}.{language}.js"]
        needs = [files["loader.js"], own, *(files[f"{name}.{language}.js"] for name in assets.libraries(entry))]
        sums[entry.name] = {
            "gzip": sum(one["gzip"] for one in needs),
            "brotli": sum(one["brotli"] for one in needs),
            "warm_gzip": own["gzip"],
        }
    # The bubble is all until somebody opens it; then come the kit, the window and what is asked first.
    opened = [files[f"{name}.{language}.js"] for name in ("kit", "chat.panel", "chat.begin")]
    sums["chat open"] = {
        kind: sums["chat"][kind] + sum(one[kind] for one in opened) for kind in ("gzip", "brotli")
    }
    return {"files": files, "sums": sums}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    found = measure()
    if parser.parse_args().json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'file':28}{'raw':>9}{'gzip':>9}{'brotli':>9}")
    for name, one in found["files"].items():
        print(f"{name:28}{one['raw']:9}{one['gzip']:9}{one['brotli']:9}")
    print(f"\n{'widget':12}{'cold gzip':>12}{'budget':>9}{'warm gzip':>12}{'budget':>9}{'cold brotli':>13}")
    for name, one in found["sums"].items():
        cold, warm = BUDGETS.get(name, (None, None))
        cells = (one["gzip"], cold and int(cold * 1000), one.get("warm_gzip"), warm and int(warm * 1000), one["brotli"])
        print(
            f"{name:12}"
            + "".join(f"{cell or '-':>{width}}" for cell, width in zip(cells, (12, 9, 12, 9, 13), strict=True))
        )


if __name__ == "__main__":
    main()
