"""A still picture as an engine takes it: a JPEG, upright, of a size that any of them accepts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import MediaMissing, MediaRefused
from core.isolation import Bounds, run_isolated
from core.media.writing import written_whole

_LONGEST_SIDE: Final = 2048
_LARGEST_PICTURE: Final = 8192 * 8192
_QUALITY: Final = 92
_UNREADABLE: Final = "This is not a picture that can be read. Use a JPEG, PNG or WebP."
_TOO_LARGE: Final = "This picture is too large. Use one of at most 8192 pixels a side."
_TOO_NARROW: Final = "This picture is only a narrow strip. Use one that shows more."


def write_jpeg(source: Path, target: Path, *, least_side: int = 1) -> None:
    """Write a picture as a JPEG: upright, at most 2048 pixels a side, without what else was in the file.

    One whose shorter side is under ``least_side`` is enlarged to it.

    Raises: MediaRefused, MediaMissing, MediaTimeout, StorageFull; then there is no file.
    """
    if not source.is_file():
        raise MediaMissing("This picture is no longer where it was. Add it again.")
    with written_whole(target) as draft:
        run_isolated(
            "media.jpeg",
            {"source": str(source.absolute()), "draft": str(draft.absolute()), "least_side": least_side},
            bounds=Bounds(timeout_s=60.0),
        )


def jpeg_request(request: dict[str, Any], report: Callable[[float], None]) -> None:
    """Write the picture that the request asks for, inside the child process."""
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a picture that unpacks to far more than its file's size.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(request["source"]) as opened:
                if opened.width * opened.height > _LARGEST_PICTURE:
                    raise MediaRefused(_TOO_LARGE)
                opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
                picture = _on_white(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise MediaRefused(_TOO_LARGE) from exc
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as exc:
        raise MediaRefused(_UNREADABLE) from exc
    report(0.5)
    _sized(picture, request["least_side"]).save(request["draft"], "JPEG", quality=_QUALITY)


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _sized(picture: Image.Image, least_side: int) -> Image.Image:
    longer, shorter = max(picture.size), min(picture.size)
    scale = max(min(1.0, _LONGEST_SIDE / longer), least_side / shorter)
    if longer * scale > 2 * _LONGEST_SIDE:
        raise MediaRefused(_TOO_NARROW)
    if scale == 1.0:
        return picture
    width, height = (max(least_side, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)
