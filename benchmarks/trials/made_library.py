"""A data folder of made-up videos that a real server can search with words, pictures of cards included."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.embedding.preview.concepts import AUDIO, VISUAL
from core.embedding.preview.fingerprints import LAYOUT, MOTION, SOUND, STILL_LOOK
from core.embedding.preview.sound_log import BANDS
from core.embedding.preview.vectors import picture_look, segment_vector
from core.embedding.preview.words import word_stems
from core.library import Library
from core.media.sprites import tile_times_ms
from core.model import Sprites, Vector
from tests.insight_bench import SEGMENT_S, Planted, open_planted, plant

SEGMENTS: Final = 50
"""Of a video, each seen and heard: a hundred embeddings."""
TITLES: Final = ("harbour", "market", "workshop", "mountain", "concert", "garden", "station", "kitchen")
CATEGORIES: Final = ("road", "sea", "city", "other")
_PER_SCENE: Final = 5
_TILES: Final = (10, 10)
_SMALL: Final = (160, 90)


def make_library(folder: Path, embeddings: int) -> None:
    """Fill a new data folder with so many embeddings (in hundreds), with a picture for every card."""
    films = folder.parent / "films"
    films.mkdir(parents=True, exist_ok=True)
    with open_planted(folder) as library:
        for number in range(embeddings // (2 * SEGMENTS)):
            film = films / f"{number:05d}.mp4"
            film.write_bytes(f"stands for film {number}".encode())
            video = plant(library, _film(number, film))
            _pictures(library, video.id)


def _film(number: int, file: Path) -> Planted:
    chance = np.random.default_rng(number)
    title = f"{TITLES[number % len(TITLES)].title()} {number}"
    stems = dict.fromkeys(word_stems(title), 1.0)

    def seen(scene: Sequence[str], look: Vector) -> Vector:
        still = _unit(look + 0.3 * chance.standard_normal(STILL_LOOK))
        movement = _unit(chance.standard_normal(MOTION))
        rest = _unit(chance.standard_normal(LAYOUT))
        return segment_vector("visual", _told(chance, scene), stems, picture_look(still, movement), rest)

    def heard(scene: Sequence[str], sound: Vector) -> Vector:
        timbre = _unit(sound + 0.3 * chance.standard_normal(SOUND))
        return segment_vector("audio", _told(chance, scene), {}, timbre, _unit(chance.standard_normal(BANDS)))

    return Planted(
        title,
        {
            "visual": np.stack(_scenes(chance, VISUAL, STILL_LOOK, seen)),
            "audio": np.stack(_scenes(chance, AUDIO, SOUND, heard)),
        },
        category=CATEGORIES[number % len(CATEGORIES)],
        tags=(f"tag{number % 7}",),
        file=file,
    )


def _scenes(
    chance: np.random.Generator,
    concepts: Sequence[str],
    dimension: int,
    shot: Callable[[Sequence[str], Vector], Vector],
) -> list[Vector]:
    """Return scenes of five segments that show the same three things."""
    vectors: list[Vector] = []
    for _ in range(SEGMENTS // _PER_SCENE):
        told = [concepts[place] for place in chance.integers(0, len(concepts), 3)]
        look = chance.standard_normal(dimension).astype(np.float32)
        vectors += [shot(told, look) for _ in range(_PER_SCENE)]
    return vectors


def _told(chance: np.random.Generator, scene: Sequence[str]) -> dict[str, float]:
    return {name: float(chance.uniform(0.5, 1.0)) for name in scene}


def _unit(values: np.ndarray) -> np.ndarray:
    unit: np.ndarray = values / np.linalg.norm(values)
    return unit


def _pictures(library: Library, video_id: str) -> None:
    """Write poster, a thumbnail for each segment, and sheets, as the pipeline lays them out."""
    layout = library.layout
    small, sheet = _picture(_SMALL), _picture((_SMALL[0] * _TILES[0], _SMALL[1] * _TILES[1]))
    thumbs = layout.thumbnail(video_id, 0).parent
    thumbs.mkdir(parents=True, exist_ok=True)
    layout.poster(video_id).write_bytes(small)
    for place in range(SEGMENTS):
        (thumbs / f"{round((place + 0.5) * SEGMENT_S * 1000)}.jpg").write_bytes(small)
    folder = layout.sprites(video_id)
    folder.mkdir(parents=True, exist_ok=True)
    times = tile_times_ms(SEGMENTS * SEGMENT_S)
    sprites = Sprites(times.step / 1000, *_TILES, *_SMALL, len(times))
    for number in range(sprites.sheets):
        layout.sprite_sheet(video_id, number).write_bytes(sheet)
    (folder / "sheets.json").write_text(json.dumps(asdict(sprites)), encoding="utf-8")


def _picture(size: tuple[int, int]) -> bytes:
    made = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(made, "JPEG", quality=70)
    return made.getvalue()
