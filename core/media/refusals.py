"""What people are told about a file that is not taken: one sentence why, one what to do."""

from __future__ import annotations

from typing import Final

from core.errors import MediaRefused

FORMATS: Final = "Choose an MP4, MOV, WebM or MKV file."
COMPLETE_COPY: Final = "Copy or download it again and add the complete file."
CONVERT: Final = "Convert it to an MP4 (H.264) and add that."


def empty() -> MediaRefused:
    return MediaRefused(f"This file is empty. {COMPLETE_COPY}")


def not_a_video(looks_like: str) -> MediaRefused:
    return MediaRefused(f"This is not a video: it looks like {looks_like}. {FORMATS}")


def unknown() -> MediaRefused:
    return MediaRefused(f"This is not a video that can be read: it is damaged or of another kind. {FORMATS}")


def incomplete() -> MediaRefused:
    return MediaRefused(
        f"This video is incomplete or damaged: a part that is needed to read it is missing. {COMPLETE_COPY}"
    )


def sound_only(cover: bool) -> MediaRefused:
    what = "sound and a cover picture, but no film" if cover else "sound but no picture"
    return MediaRefused(f"This file has {what}. Choose a file that has a moving picture.")


def no_film() -> MediaRefused:
    return MediaRefused(f"This file has no moving picture. {FORMATS}")


def encrypted() -> MediaRefused:
    return MediaRefused(
        "This video is encrypted (DRM), so its picture cannot be read. Choose a copy without protection."
    )


def unknown_codec() -> MediaRefused:
    return MediaRefused(f"The picture of this video is coded in a way that is not known here. {CONVERT}")


def too_large(width: int, height: int, most_pixels: int) -> MediaRefused:
    return MediaRefused(
        f"The picture is {width} × {height} pixels; at most {most_pixels / 1e6:.3g} megapixels are decoded. "
        "Make a smaller copy and add that."
    )


def too_small(width: int, height: int, least: int) -> MediaRefused:
    return MediaRefused(
        f"The picture is {width} × {height} pixels; at least {least} × {least} are needed. "
        "Choose a larger version."
    )


def too_short(duration_s: float, least_s: float) -> MediaRefused:
    return MediaRefused(
        f"This video is {duration_s:.1f} s long; at least {least_s:g} s are needed. Choose a longer one."
    )


def too_long(duration_s: float, most_s: float) -> MediaRefused:
    return MediaRefused(
        f"This video is {_spoken(duration_s)} long; at most {_spoken(most_s)} are allowed. "
        "Cut it into parts and add those."
    )


def undecodable() -> MediaRefused:
    return MediaRefused(f"The picture of this video cannot be decoded: the file is damaged. {COMPLETE_COPY}")


def only_beginning() -> MediaRefused:
    return MediaRefused(
        f"Only the beginning of this video can be decoded, the rest is damaged. {COMPLETE_COPY}"
    )


def too_slow() -> MediaRefused:
    return MediaRefused(f"Examining this video took too long, so it was stopped. {CONVERT}")


def too_hungry() -> MediaRefused:
    return MediaRefused(
        "Examining this video needs more memory than is allowed. Make a smaller copy and add that."
    )


def crashed() -> MediaRefused:
    return MediaRefused(f"This file stops the decoder, so it cannot be used. {CONVERT}")


def misread() -> MediaRefused:
    return MediaRefused(
        f"Cuepoint met a fault of its own in this file, so it was not added; the log says which. {CONVERT}"
    )


def _spoken(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} seconds"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minutes"
    return f"{hours} hours" if not rest else f"{hours} hours {rest} minutes"
