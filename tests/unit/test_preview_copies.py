"""A clip or a picture finds its own video first, whatever was done to the copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer
from PIL import Image

from core.embedding.preview.composing import embeddings_of
from core.embedding.preview.describe import cutting_for, describe_image, describe_media
from core.embedding.preview.vectors import picture_look, sample_vector
from core.model import Vector

pytestmark = pytest.mark.slow

SAME_FILM = ("bbb_hevc.mov", "bbb_vp9_opus.webm", "big_buck_bunny_0_30.webm")


@dataclass(frozen=True)
class Kind:
    """What is done to every picture of a copy, and how it is encoded."""

    change: Callable[[Image.Image], Image.Image]
    codec: str = "libx264"
    crf: int = 26


def cropped(image: Image.Image) -> Image.Image:
    """Return the picture without a twentieth at each side."""
    width, height = image.size
    return image.crop((width // 20, height // 20, width - width // 20, height - height // 20))


def cornered(image: Image.Image) -> Image.Image:
    """Return the picture without a tenth on the right and at the bottom."""
    return image.crop((0, 0, image.width * 9 // 10, image.height * 9 // 10))


def brightened(image: Image.Image) -> Image.Image:
    return Image.eval(image, lambda value: min(255, int(value * 1.1 + 6)))


KINDS: Mapping[str, Kind] = {
    "re-encoded": Kind(lambda image: image),
    "badly re-encoded": Kind(lambda image: image, crf=38),
    "half the size": Kind(lambda image: image.resize((image.width // 2, image.height // 2))),
    "as MPEG-4": Kind(lambda image: image, codec="mpeg4"),
    "cropped": Kind(cropped),
    "cropped at a corner": Kind(cornered),
    "brightened": Kind(brightened),
}


@dataclass(frozen=True)
class Shelf:
    """All segments of all videos, and where the middle of each video is."""

    owners: list[str]
    vectors: np.ndarray
    middles: Mapping[str, tuple[Path, float, float]]


def videos(footage: Path) -> list[Path]:
    return sorted(path for path in footage.iterdir() if path.suffix in (".mp4", ".mkv", ".webm", ".mov"))


@pytest.fixture(scope="module")
def shelf(footage: Path) -> Shelf:
    """Every real clip, described; titles are left out so that only pictures count."""

    def describe(path: Path) -> list[tuple[str, Vector]]:
        found = embeddings_of(describe_media(path, cutting=cutting_for("scenes", 4.0)), (), ())
        return [(path.name, each.vector) for each in found if each.modality == "visual"]

    with ThreadPoolExecutor(3) as pool:
        rows = [row for some in pool.map(describe, videos(footage)) for row in some]
    middles = {}
    for path in videos(footage):
        with av.open(str(path)) as container:
            seconds = (container.duration or 0) / 1e6
        length = min(2.5, seconds * 0.6)
        middles[path.name] = (path, (seconds - length) / 2, (seconds + length) / 2)
    return Shelf([name for name, _ in rows], np.array([vector for _, vector in rows]), middles)


def seconds_of(frame: av.VideoFrame, container: InputContainer) -> float:
    return (frame.time or 0.0) - (container.start_time or 0) / 1e6


def frames_from(container: InputContainer, start_s: float) -> Iterator[av.VideoFrame]:
    """Yield the frames from a time on."""
    container.streams.video[0].thread_type = "AUTO"
    container.seek(int(start_s * 1e6) + (container.start_time or 0))
    for frame in container.decode(video=0):
        if seconds_of(frame, container) >= start_s:
            yield frame


def copied(source: Path, target: Path, start_s: float, end_s: float, kind: Kind) -> Path:
    """Encode a changed copy of the pictures of a stretch."""
    with av.open(str(source)) as reading, av.open(str(target), "w") as writing:
        video = reading.streams.video[0]
        rate = Fraction(video.average_rate or 25)
        options = {"crf": str(kind.crf), "preset": "veryfast"} if kind.codec == "libx264" else {}
        stream = writing.add_stream(kind.codec, rate=rate, options=options)
        for number, frame in enumerate(frames_from(reading, start_s)):
            if seconds_of(frame, reading) >= end_s:
                break
            image = kind.change(frame.to_image())
            if number == 0:
                stream.width, stream.height = image.width // 2 * 2, image.height // 2 * 2
                stream.pix_fmt = "yuv420p"
                stream.bit_rate = 800_000
            new = av.VideoFrame.from_image(image.crop((0, 0, stream.width, stream.height)))
            new.pts, new.time_base = number, 1 / rate
            writing.mux(stream.encode(new))
        writing.mux(stream.encode(None))
    return target


def own_and_other(sample: Vector, name: str, shelf: Shelf) -> tuple[float, float]:
    """Return the best cosine with the sample's own film and with any other."""
    cosines = shelf.vectors @ sample
    family = SAME_FILM if name in SAME_FILM else (name,)
    own = np.array([owner in family for owner in shelf.owners])
    return float(cosines[own].max()), float(cosines[~own].max())


def clip_vector(path: Path, start_s: float = 0.0, end_s: float | None = None) -> Vector:
    found = describe_media(path, start_s=start_s, end_s=end_s, cutting=cutting_for("whole", 4.0))
    return sample_vector("visual", picture_look(found.looks[0], found.motions[0]))


def test_a_clip_finds_its_own_video_first(shelf: Shelf) -> None:
    """The middle of every real video is nearest to that video, clearly before any other."""
    for name, (path, start_s, end_s) in shelf.middles.items():
        own, other = own_and_other(clip_vector(path, start_s, end_s), name, shelf)
        assert own > other + 0.05, (name, own, other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_copy_finds_its_original_first(kind: str, shelf: Shelf, tmp_path: Path) -> None:
    """Re-encoded, smaller, cropped by a tenth or a little brighter: the original is still the first."""

    def compare(name: str) -> tuple[str, float, float]:
        path, start_s, end_s = shelf.middles[name]
        copy = copied(path, tmp_path / f"{name}.mp4", start_s, end_s, KINDS[kind])
        return (name, *own_and_other(clip_vector(copy), name, shelf))

    with ThreadPoolExecutor(3) as pool:
        for name, own, other in pool.map(compare, shelf.middles):
            assert own > other + 0.02, (name, own, other)


def test_a_picture_finds_its_own_video_first(shelf: Shelf, tmp_path: Path) -> None:
    """One frame of a video, saved as a JPEG, is nearest to that video."""
    for name, (path, start_s, end_s) in shelf.middles.items():
        with av.open(str(path)) as container:
            frame = next(frames_from(container, (start_s + end_s) / 2))
            frame.to_image().save(tmp_path / "frame.jpg", quality=85)
        found = describe_image(tmp_path / "frame.jpg")
        sample = sample_vector("visual", picture_look(found.looks[0], None))
        own, other = own_and_other(sample, name, shelf)
        assert own > other + 0.05, (name, own, other)


def test_videos_that_share_nothing_are_far_apart(shelf: Shelf) -> None:
    """Stored segments of different films have a cosine near nothing, of one film a high one."""
    cosines = shelf.vectors @ shelf.vectors.T
    film = np.array(["bunny" if owner in SAME_FILM else owner for owner in shelf.owners])
    same = film[:, None] == film[None, :]
    assert cosines[~same].mean() < 0.25
    assert cosines[same].mean() > 0.6
