"""The Embedder contract: what every engine keeps, whatever is behind it.

Another engine joins by a line in `tests.embedders.ENGINES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.embedding.port import Embedder, Sample, Source
from core.errors import Cancelled, MediaError, MediaMissing, MediaRefused, QueryRefused
from core.model import Embedding, Segment, Ticket
from tests.embedders import (
    Factory,
    assert_query,
    assert_sound,
    embedded,
    engine_params,
    made_source,
    nearest,
    submitted,
    wait_for_task,
)


@pytest.fixture(scope="module", params=engine_params())
def factory(request: pytest.FixtureRequest) -> Iterator[Factory]:
    with request.param() as made:
        yield made


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def embedder(factory: Factory, settings: Settings) -> Iterator[Embedder]:
    embedder = factory(settings)
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Source:
    """A video, red and then blue, with everything that people can write about it."""
    return made_source(tmp_path_factory.mktemp("source"), settings)


@pytest.fixture(scope="module")
def embeddings(embedder: Embedder, source: Source) -> list[Embedding]:
    return embedded(embedder, source)


# -- the engine --


def test_it_is_an_embedder(embedder: Embedder) -> None:
    """It has every part of the port, a space that names it, and modalities of the model."""
    assert isinstance(embedder, Embedder)
    assert embedder.space.dimension == 512
    assert re.fullmatch(r"[a-z0-9_]+", embedder.space.key)
    assert len(set(embedder.modalities)) == len(embedder.modalities) > 0


def test_its_state_can_be_shown(embedder: Embedder) -> None:
    """One sentence without a line break, and a name."""
    state = embedder.state()
    assert state.name
    assert state.message.endswith(".")
    assert "\n" not in state.message


def test_closing_twice_is_harmless(factory: Factory, settings: Settings) -> None:
    """A library that fails while opening closes what it has, and again at the end."""
    embedder = factory(settings)
    embedder.close()
    embedder.close()


# -- the recipe --


def test_a_recipe_is_a_file_name(embedder: Embedder, source: Source) -> None:
    """It becomes part of the archive's file names."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,60}", embedder.recipe(source))


def test_same_source_same_recipe(factory: Factory, settings: Settings, source: Source) -> None:
    """Another process, another path to the same bytes, another time: the recipe stays."""
    moved = replace(source, path=Path("elsewhere.mp4"))
    assert factory(settings).recipe(source) == factory(settings).recipe(moved)


def test_another_segmentation_is_another_recipe(factory: Factory, settings: Settings, source: Source) -> None:
    """What would be cut differently is not taken for the same embeddings."""
    others = [{"segmentation": "fixed"}, {"segmentation": "fixed", "segment_s": 7.0}]
    recipes = {factory(settings.model_copy(update=change)).recipe(source) for change in others}
    assert len(recipes | {factory(settings).recipe(source)}) == 3


# -- embedding a video --


def test_embeddings_are_sound(embedder: Embedder, embeddings: list[Embedding]) -> None:
    """Finite, unit length, of the space's dimension, in the engine's modalities."""
    assert embeddings
    for each in embeddings:
        assert_sound(each.vector, embedder)
        assert each.modality in embedder.modalities


def test_segments_lie_in_the_video(embeddings: list[Embedding], source: Source) -> None:
    """No segment ends after the video does, and together they reach from begin to end."""
    clips = sorted({each.segment for each in embeddings if each.scope == "clip"})
    assert clips[0].start_s == 0
    assert clips[-1].end_s == pytest.approx(source.media.duration_s, abs=0.5)
    assert all(clip.end_s <= source.media.duration_s + 0.001 for clip in clips)


def test_no_two_embeddings_have_the_same_key(embeddings: list[Embedding]) -> None:
    """Scope, modality and times to the millisecond tell rows apart."""
    keys = [(e.scope, e.modality, e.segment.start_ms, e.segment.end_ms) for e in embeddings]
    assert len(keys) == len(set(keys))


def test_progress_is_reported_in_order(embedder: Embedder, source: Source) -> None:
    """Progress rises from 0 to 1."""
    heard: list[float] = []
    ticket = submitted(embedder, source)
    wait_for_task(embedder, ticket)
    embedder.collect(source, ticket, heard.append)
    assert heard == sorted(heard)
    assert all(0 <= progress <= 1 for progress in heard)


def test_a_cancel_stops_the_work(embedder: Embedder, source: Source) -> None:
    """What `report` raises comes out again, except where the result is paid for and there."""

    def report(progress: float) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        embedder.upload(source, Ticket(), lambda ticket: None, report)
    ticket = submitted(embedder, source)
    wait_for_task(embedder, ticket)
    if embedder.billable:
        assert embedder.collect(source, ticket, report)
    else:
        with pytest.raises(Cancelled):
            embedder.collect(source, ticket, report)


def test_a_file_that_is_gone_is_named_as_such(embedder: Embedder, source: Source, tmp_path: Path) -> None:
    """A missing file is `MediaMissing`, for videos and for samples."""
    gone = replace(source, path=tmp_path / "gone.mp4")
    with pytest.raises(MediaMissing):
        embedded(embedder, gone)
    with pytest.raises(MediaMissing):
        embedder.embed_clip(tmp_path / "gone.mp4")
    with pytest.raises(MediaMissing):
        embedder.embed_image(tmp_path / "gone.png")


# -- queries --


def test_words_give_vectors_of_the_space(embedder: Embedder) -> None:
    """A simple word is understood."""
    query = embedder.embed_text("red")
    assert query.by_modality
    assert_query(query, embedder)


def test_the_same_words_give_the_same_vectors(embedder: Embedder) -> None:
    """A query is repeatable: the cache may keep it."""
    one, other = embedder.embed_text("dark blue"), embedder.embed_text("dark blue")
    assert set(one.by_modality) == set(other.by_modality)
    for modality, vector in one.by_modality.items():
        assert np.array_equal(vector, other.by_modality[modality])


def test_words_find_what_they_describe(embedder: Embedder, embeddings: list[Embedding]) -> None:
    """Red is in the first half, blue in the second."""
    assert nearest(embedder.embed_text("red"), embeddings).segment.end_s <= 4.1
    assert nearest(embedder.embed_text("blue"), embeddings).segment.start_s >= 3.9


def test_a_clip_finds_its_segment(embedder: Embedder, embeddings: list[Embedding], source: Source) -> None:
    """A stretch of the video is nearest to where it was taken from."""
    query = embedder.embed_clip(source.path, Segment(4.5, 7.5))
    assert_query(query, embedder)
    assert nearest(query, embeddings).segment.start_s >= 3.9


def test_a_whole_file_can_be_a_clip(embedder: Embedder, source: Source) -> None:
    """Without a segment the file counts from begin to end."""
    query = embedder.embed_clip(source.path)
    assert query.by_modality
    assert_query(query, embedder)


def test_a_picture_finds_its_segment(embedder: Embedder, embeddings: list[Embedding], tmp_path: Path) -> None:
    """A picture is compared with what is seen, never with what is heard."""
    Image.new("RGB", (640, 360), (215, 25, 25)).save(tmp_path / "red.png")
    query = embedder.embed_image(tmp_path / "red.png")
    assert_query(query, embedder)
    assert "audio" not in query.by_modality
    assert nearest(query, embeddings).segment.end_s <= 4.1


def test_limits_are_kept(embedder: Embedder, source: Source) -> None:
    """A text or a clip beyond the published limits is refused before anything is sent."""
    limits = embedder.limits
    with pytest.raises(QueryRefused):
        embedder.embed_text("red " * limits.text_characters)
    with pytest.raises(QueryRefused):
        embedder.embed_clip(source.path, Segment(0, limits.clip_max_s + 5))


@pytest.mark.parametrize("content", [b"", b"<html></html>"])
def test_samples_that_are_no_media_are_refused(embedder: Embedder, content: bytes, tmp_path: Path) -> None:
    """An unusable sample is an error of ours, with a sentence."""
    for name in ("sample.mp4", "sample.png"):
        (tmp_path / name).write_bytes(content)
    with pytest.raises((MediaError, MediaRefused)):
        embedder.embed_clip(tmp_path / "sample.mp4")
    with pytest.raises((MediaError, MediaRefused)):
        embedder.embed_image(tmp_path / "sample.png")


def test_engines_that_combine_find_what_words_and_picture_share(
    embedder: Embedder, embeddings: list[Embedding], tmp_path: Path
) -> None:
    """One vector of words and examples is near to what both show; other engines refuse with a sentence."""
    Image.new("RGB", (640, 360), (215, 25, 25)).save(tmp_path / "red.png")
    sample = Sample(tmp_path / "red.png", "image")
    if not embedder.combines:
        with pytest.raises(QueryRefused):
            embedder.embed_together("red", [sample])
        return
    query = embedder.embed_together("red", [sample])
    assert_query(query, embedder)
    assert nearest(query, embeddings).segment.end_s <= 4.1
