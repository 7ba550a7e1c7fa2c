"""What a file is called: the name that people see, and the header that carries it."""

import re
import unicodedata
from urllib.parse import quote

from app.sanitize import clean_text, is_seen

MAX_NAME = 120

_FORBIDDEN = re.compile(r'[<>:"|?*/\\]')
# Windows opens these as devices, whatever their extension. Source: "Naming Files, Paths, and Namespaces", Microsoft.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,10}")


def safe_name(name: str) -> str:
    """Return a name to show and to save under: no path, no controls, NFC, at most 120 letters, extension kept."""
    last = re.split(r"[/\\]", clean_text(name))[-1]
    stem, dot, extension = _FORBIDDEN.sub("_", last).rpartition(".")
    if not dot or not _EXTENSION.fullmatch(extension.strip()):
        stem, extension = f"{stem}{dot}{extension}", ""
    stem, extension = stem.strip(" ."), extension.strip()
    if not is_seen(stem) or _DEVICES.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    ending = f".{extension}" if extension else ""
    return clean_text(stem[: MAX_NAME - len(ending)]).rstrip(" .") + ending


def extension_of(name: str) -> str:
    """Return the extension in lower case, without its dot; empty when there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and _EXTENSION.fullmatch(extension) else ""


def with_extension(name: str, extension: str) -> str:
    """Return the name with its extension replaced, for a file that was converted."""
    return safe_name(f"{name.rpartition('.')[0] or name}.{extension}")


def content_disposition(name: str) -> str:
    """Return the header that saves under this name and never shows the file in the page.

    A plain fallback for old readers, then the name itself. Source: RFC 6266, section 5, and RFC 8187.
    """
    name = safe_name(name)
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # A percent sign in the fallback is decoded by some browsers (RFC 6266, appendix D).
    plain = re.sub(r"[^A-Za-z0-9 !#$&+,.=@^_`{}~()\[\]-]", "_", plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+.^_`|~-')}"


def download_headers(name: str, media_type: str) -> dict[str, str]:
    """Return the headers of every download: saved, never sniffed, never run, never kept by a proxy."""
    return {
        "Content-Disposition": content_disposition(name),
        "Content-Type": media_type,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-site",
        "Cache-Control": "private, no-store",
    }
