"""The work that is done in a child process: a media file becomes numbers for each segment.

Nothing here knows of titles or of vectors; the parent puts those together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.embedding.port import Report
from core.embedding.preview.concepts import AUDIO, VISUAL
from core.embedding.preview.curves import Floats
from core.embedding.preview.fingerprints import (
    band_fingerprint,
    layout_fingerprint,
    look_fingerprint,
    motion_fingerprint,
    sound_fingerprint,
)
from core.embedding.preview.hearing import heard_in, sound_concepts
from core.embedding.preview.looks import look_of
from core.embedding.preview.movement import motion_concepts, movement_of
from core.embedding.preview.partition import by_length, by_scenes
from core.embedding.preview.picture_log import PictureLog
from core.embedding.preview.pictures import Picture, picture_of_image
from core.embedding.preview.reading import Glimpse, Reading, Sound
from core.embedding.preview.seeing import (
    colour_concepts,
    light_concepts,
    place_concepts,
    texture_concepts,
)
from core.embedding.preview.sights import sight_concepts
from core.embedding.preview.sound_log import WIDTH as ROW
from core.embedding.preview.sound_log import SoundLog
from core.errors import MediaError, MediaRefused, QueryRefused
from core.model import Segment

_LARGEST_PICTURE: Final = 8192 * 8192
_REPORT_EVERY_S: Final = 2.0
_SLACK_S: Final = 1.0
"""Containers round their duration."""


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """Numbers of each segment; a modality that the file does not have has no rows.

    ``segments`` (n, 2) seconds; ``sights`` (n, len(VISUAL)) and ``sounds`` (n, len(AUDIO))
    activations; ``looks``, ``motions``, ``layouts``, ``timbres``, ``spectra``: unit vectors;
    ``silent`` (n,): nothing is heard.
    """

    segments: Floats
    sights: Floats
    looks: Floats
    motions: Floats
    layouts: Floats
    sounds: Floats
    timbres: Floats
    spectra: Floats
    silent: Floats

    def save(self, target: Path) -> None:
        """Write everything to one .npz file."""
        with target.open("wb") as file:
            np.savez(file, **{name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, source: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(source, allow_pickle=False) as saved:
            return cls(**{name: saved[name] for name in cls.__slots__})


Cutting = Callable[[float, Sequence[float]], list[Segment]]
"""From a duration and cut times to segments."""


def describe_request(request: Mapping[str, Any], report: Report) -> dict[str, object]:
    """Describe a video file as a request asks, and leave the numbers in its ``target`` (.npz).

    Keys: ``path``, ``target``, ``start_s``, ``end_s`` (None: to the end), ``longest_s`` (None: any
    length), ``cutting`` ("scenes", "fixed", "whole"), ``segment_s``, ``max_pixels``.
    Raises: QueryRefused where it is longer than that, MediaRefused where the picture is too large,
        MediaError where nothing can be decoded.
    """
    description = describe_media(
        Path(request["path"]),
        start_s=float(request["start_s"]),
        end_s=_maybe(request["end_s"]),
        longest_s=_maybe(request["longest_s"]),
        cutting=cutting_for(request["cutting"], float(request["segment_s"])),
        max_pixels=int(request["max_pixels"]),
        report=report,
    )
    description.save(Path(request["target"]))
    return {"segments": len(description.segments)}


def describe_image_request(request: Mapping[str, Any], report: Report) -> dict[str, object]:
    """Describe the picture at ``path`` and leave the numbers in ``target``. Raises: MediaRefused."""
    describe_image(Path(request["path"])).save(Path(request["target"]))
    report(1.0)
    return {"segments": 1}


def cutting_for(name: Literal["scenes", "fixed", "whole"], segment_s: float) -> Cutting:
    """Return the function that cuts a stretch into segments."""
    if name == "scenes":
        return lambda duration_s, cuts: by_scenes(duration_s, cuts, segment_s)
    if name == "fixed":
        return lambda duration_s, _: by_length(duration_s, segment_s)
    return lambda duration_s, _: [Segment(0.0, duration_s)]


def describe_media(
    path: Path,
    *,
    cutting: Cutting,
    start_s: float = 0.0,
    end_s: float | None = None,
    longest_s: float | None = None,
    max_pixels: int = _LARGEST_PICTURE,
    report: Report = lambda progress: None,
) -> Description:
    """Return the description of ``[start_s, end_s)`` of a file. Raises: as `describe_request`."""
    pictures, sounds = PictureLog(), SoundLog(start_s)
    with Reading(path, max_pixels) as reading:
        ends = _end(reading, start_s, end_s, longest_s)
        reported = start_s
        for item in reading.stretch(start_s, ends):
            if isinstance(item, Picture):
                pictures.picture(item)
            elif isinstance(item, Glimpse):
                pictures.glimpse(item)
            elif isinstance(item, Sound):
                sounds.add(item.samples)
            if reading.time_s - reported >= _REPORT_EVERY_S:
                reported = reading.time_s
                report(min(1.0, (reported - start_s) / (ends - start_s)))
        cuts = pictures.finish()
        sounds.finish()
        if pictures.empty and reading.has_pictures:
            raise MediaError("No picture of this video could be decoded. Check that it plays elsewhere.")
    parts = cutting(ends - start_s, [cut - start_s for cut in cuts])
    segments = [(part.start_s + start_s, part.end_s + start_s) for part in parts]
    sights = [_sight(pictures, a, b) for a, b in segments] if not pictures.empty else []
    report(1.0)
    return _collected(segments, sights, [_sound(sounds, a, b) for a, b in segments])


def _end(reading: Reading, start_s: float, end_s: float | None, longest_s: float | None) -> float:
    """Return where the stretch ends. Raises: QueryRefused, MediaError."""
    ends = reading.duration_s if end_s is None else end_s
    if ends <= start_s and end_s is None and longest_s is not None and reading.duration_s == 0:
        return start_s + longest_s  # The file does not say how long it is.
    if ends <= start_s or (reading.duration_s and start_s >= reading.duration_s + _SLACK_S):
        raise MediaError("There is nothing to see or hear in that part of the file.")
    if longest_s is not None and ends - start_s > longest_s:
        raise QueryRefused(
            f"This clip is {ends - start_s:.0f} seconds long. Use one of at most {longest_s:.0f} seconds."
        )
    return ends


def _maybe(value: object) -> float | None:
    return None if value is None else float(str(value))


def describe_image(path: Path) -> Description:
    """Return the description of a picture, which has no motion and no sound. Raises: MediaRefused."""
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a picture that unpacks to far more than its file's size.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                if opened.width * opened.height > _LARGEST_PICTURE:
                    raise MediaRefused("This picture is too large. Use one of at most 8192 pixels a side.")
                opened.draft("RGB", (2048, 2048))
                picture = picture_of_image(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as exc:
        raise MediaRefused("This is not a picture that can be read. Use a JPEG, PNG or WebP.") from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise MediaRefused("This picture is too large. Use one of at most 8192 pixels a side.") from exc
    look = look_of(picture)
    nothing = np.zeros(len(VISUAL))
    return _collected([(0.0, 1.0)], [(nothing, look_fingerprint(look), None, layout_fingerprint(look))], [])


_Sight = tuple[Floats, Floats, Floats | None, Floats]
_Heard = tuple[Floats, Floats, Floats, bool]


def _sight(log: PictureLog, start_s: float, end_s: float) -> _Sight:
    stretch = log.stretch(start_s, end_s)
    movement = movement_of(stretch)
    moves = motion_concepts(stretch, movement)
    found = (
        moves
        | colour_concepts(stretch.look)
        | place_concepts(stretch.look, max(moves[name] for name in ("cuts", "panning", "shaking")))
        | light_concepts(stretch.look, moves["flashing"])
        | texture_concepts(stretch.look)
        | sight_concepts(stretch.look, movement)
    )
    return (
        np.array([found[name] for name in VISUAL]),
        look_fingerprint(stretch.look),
        motion_fingerprint(movement),
        layout_fingerprint(stretch.look),
    )


def _sound(log: SoundLog, start_s: float, end_s: float) -> _Heard:
    rows = log.stretch(start_s, end_s)
    heard = heard_in(rows) if len(rows) else None
    found = sound_concepts(heard)
    silent = heard is None
    spectrum = band_fingerprint(rows if len(rows) else np.zeros((1, ROW)))
    return np.array([found[name] for name in AUDIO]), sound_fingerprint(rows, silent), spectrum, silent


def _collected(
    segments: Sequence[tuple[float, float]], sights: Sequence[_Sight], heard: Sequence[_Heard]
) -> Description:
    def column(rows: Sequence[tuple[Any, ...]], index: int) -> Floats:
        return np.array([row[index] for row in rows if row[index] is not None], dtype=np.float64)

    return Description(
        segments=np.array(segments, dtype=np.float64).reshape(-1, 2),
        sights=column(sights, 0),
        looks=column(sights, 1),
        motions=column(sights, 2),
        layouts=column(sights, 3),
        sounds=column(heard, 0),
        timbres=column(heard, 1),
        spectra=column(heard, 2),
        silent=column(heard, 3),
    )
