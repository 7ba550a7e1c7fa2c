"""Photos are drawn anew: what was hidden in them (place, owner, other files) stays behind."""

from __future__ import annotations

import importlib.util
import io
import struct
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.uploads.errors import FileDamaged, ImageTooLarge

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 50_500_000  # the largest sensors of ordinary phones, 8160 x 6120 and 8192 x 6144
MAX_SIDE = 30_000

# Measured: 190 MiB for the largest taken, 380 while it is turned; a small machine can't hold one a thread.
_ONE_AT_A_TIME = threading.Lock()
# What Pillow's readers were seen to raise, or may, on broken files.
_BROKEN: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
)
_BROKEN += (struct.error, zlib.error, MemoryError)
_SAVE: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90},
    "PNG": {},
    "WEBP": {"quality": 90},
}


def heic_taken() -> bool:
    """Return whether photos in HEIC can be converted here."""
    return importlib.util.find_spec("pillow_heif") is not None


def redraw(source: Path, image_format: str) -> tuple[bytes, frozenset[str]]:
    """Return the picture drawn anew, upright, without EXIF, comments, profiles or what trails it; and flags.

    HEIC is written as JPEG. The profile of colours goes too: it can carry anything, and a paler red
    harms no petition. Raises ImageTooLarge before decoding, FileDamaged.
    """
    from PIL import Image  # 3 MB, in a process that may never see a photo

    if image_format == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    with _ONE_AT_A_TIME:
        try:
            image = Image.open(source, formats=[image_format])
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ImageTooLarge(max_pixels=MAX_PIXELS) from error
        except _BROKEN as error:
            raise FileDamaged() from error
        with image:
            if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
                raise ImageTooLarge(max_pixels=MAX_PIXELS)
            try:
                return _redrawn(image, "JPEG" if image_format == "HEIF" else image_format)
            except _BROKEN as error:
                raise FileDamaged() from error


def _redrawn(image: Image.Image, image_format: str) -> tuple[bytes, frozenset[str]]:
    from PIL import ImageOps

    # A second picture in a JPEG is the phone's depth map; in a PNG or WebP it is an animation, which ends here.
    animated = image_format != "JPEG" and getattr(image, "n_frames", 1) > 1
    image.load()
    ImageOps.exif_transpose(image, in_place=True)  # in place: a copy of one already upright is 200 MB for nothing
    transparency = image.info.get("transparency")
    image.info = {} if transparency is None else {"transparency": transparency}
    if image_format == "JPEG" and image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if image_format == "WEBP" and image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    picture = io.BytesIO()  # in memory: a full disk must not look like a damaged picture
    image.save(picture, format=image_format, **_SAVE[image_format])
    return picture.getvalue(), frozenset({"first-frame-only"} if animated else ())
