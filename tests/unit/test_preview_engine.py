"""What the preview engine promises beyond the Embedder contract."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.embedding.port import Cue, Source
from core.embedding.preview.composing import embeddings_of
from core.embedding.preview.describe import cutting_for, describe_media
from core.embedding.preview.engine import PreviewEmbedder
from core.embedding.preview.words import word_stems
from core.media.probe import probe
from core.model import Embedding, Segment, Ticket
from tests import scene_sounds as sounds
from tests.scenes import Scene, moving_ball, plain, write


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = Scene("ball", moving_ball(0.3), sounds.melody([262, 330, 392]))
    return write(scene, tmp_path_factory.mktemp("engine") / "ball.mp4", seconds=9)


@pytest.fixture(scope="module")
def source(clip: Path, settings: Settings) -> Source:
    return Source("b" * 32, clip, probe(clip, settings), clip.stat().st_size)


def collected(embedder: PreviewEmbedder, source: Source) -> list[Embedding]:
    return list(embedder.collect(source, Ticket(), lambda progress: None))


def best(text: str, embedder: PreviewEmbedder, embeddings: list[Embedding]) -> Embedding:
    """Return the embedding with the highest cosine in any modality."""
    query = embedder.embed_text(text).by_modality
    rows = [(float(e.vector @ query[e.modality]), k) for k, e in enumerate(embeddings) if e.modality in query]
    return embeddings[max(rows)[1]]


def test_two_processes_give_the_same_bytes(settings: Settings, source: Source, clip: Path) -> None:
    """Each call works in a child process of its own; what they answer is equal to the last bit."""
    one, other = (collected(PreviewEmbedder(settings), source) for _ in range(2))
    assert [(e.segment, e.modality, e.vector.tobytes()) for e in one] == [
        (e.segment, e.modality, e.vector.tobytes()) for e in other
    ]
    found = describe_media(clip, end_s=source.media.duration_s, cutting=cutting_for("scenes", 4.0))
    here = embeddings_of(found, (), ())
    assert [e.vector.tobytes() for e in here] == [e.vector.tobytes() for e in one]
    clips = [PreviewEmbedder(settings).embed_clip(clip, Segment(2, 5)).by_modality for _ in range(2)]
    assert {m: v.tobytes() for m, v in clips[0].items()} == {m: v.tobytes() for m, v in clips[1].items()}


def test_titles_and_tags_are_found_in_what_is_seen(settings: Settings, source: Source) -> None:
    """A word of the title or of a tag finds the video; the same video without it is not found."""
    embedder = PreviewEmbedder(settings, lambda: word_stems("Regatta at the lighthouse sailing"))
    told = replace(source, title="Regatta at the lighthouse", tags=("sailing",))
    with_words, without = collected(embedder, told), collected(embedder, source)
    for word in ("regatta", "lighthouses", "sailing"):
        query = embedder.embed_text(word).by_modality["visual"]
        scores = [
            max(float(e.vector @ query) for e in some if e.modality == "visual")
            for some in (with_words, without)
        ]
        assert scores[0] > 0.1
        assert abs(scores[1]) < 0.02


def test_a_subtitle_word_finds_the_segment_in_which_it_is_said(settings: Settings, source: Source) -> None:
    """Of three segments the one with the line comes first, also where the line reaches into the next."""
    lines = ((0.2, 2.0, "we meet the lighthouse keeper"), (2.6, 4.2, "his boat"), (6.5, 8.0, "gone fishing"))
    cues = tuple(Cue(Segment(start, end), text) for start, end, text in lines)
    embedder = PreviewEmbedder(settings, lambda: word_stems(" ".join(cue.text for cue in cues)))
    embeddings = collected(embedder, replace(source, cues=cues))
    assert best("keeper", embedder, embeddings).segment == Segment(0, 3)
    assert best("boat", embedder, embeddings).segment == Segment(3, 6)
    assert best("fishing", embedder, embeddings).segment == Segment(6, 9)


def test_other_words_do_not_change_what_is_seen_and_heard(settings: Settings, source: Source) -> None:
    """The cosine with a published word is the same with and without a title."""
    embedder = PreviewEmbedder(settings)
    told = replace(source, title="One two three four five six seven", tags=("eight", "nine"))
    query = embedder.embed_text("moving").by_modality["visual"]
    scores = [
        [float(e.vector @ query) for e in collected(embedder, each) if e.modality == "visual"]
        for each in (source, told)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=3e-4)
    assert min(scores[0]) > 0.1


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"tags": ("new",)},
        {"cues": (Cue(Segment(0, 1), "said"),)},
    ],
)
def test_words_are_part_of_the_recipe(change: dict[str, object], settings: Settings, source: Source) -> None:
    """A changed title, tag or subtitle means that the video is embedded again."""
    embedder = PreviewEmbedder(settings)
    assert embedder.recipe(replace(source, **change)) != embedder.recipe(source)


def test_spelling_and_order_are_not_part_of_the_recipe(settings: Settings, source: Source) -> None:
    """What gives the same words gives the same recipe."""
    embedder = PreviewEmbedder(settings)
    one = replace(source, title="Red cars", tags=("harbour", "boat"))
    other = replace(source, title="a CAR, red:", tags=("boats", "harbour"))
    assert embedder.recipe(one) == embedder.recipe(other)


def test_fixed_segments_have_the_length_of_the_setting(settings: Settings, source: Source) -> None:
    """Nine seconds at a fixed two are four segments and a last one of half the length."""
    fixed = settings.model_copy(update={"segmentation": "fixed", "segment_s": 2.0})
    segments = {e.segment for e in collected(PreviewEmbedder(fixed), source)}
    assert [s.duration_s for s in sorted(segments)] == pytest.approx([2, 2, 2, 2, 1], abs=0.05)


def test_a_silent_clip_is_not_compared_by_sound(settings: Settings, clip: Path, tmp_path: Path) -> None:
    """Otherwise everything silent would sound alike; a clip with sound has both modalities."""
    silent = write(Scene("silent", plain((90, 120, 60))), tmp_path / "silent.mp4", seconds=2)
    embedder = PreviewEmbedder(settings)
    assert set(embedder.embed_clip(silent).by_modality) == {"visual"}
    assert set(embedder.embed_clip(clip).by_modality) == {"visual", "audio"}


def test_known_words_can_be_set_later(settings: Settings) -> None:
    """The library tells the words when it is open, and they may change at any time."""
    embedder = PreviewEmbedder(settings)
    assert embedder.embed_text("regatta").ignored == ("regatta",)
    before = embedder.text_version
    embedder.known_words = lambda: word_stems("regattas")
    assert embedder.embed_text("regatta").understood == ("regatta",)
    assert embedder.text_version != before


def test_it_costs_nothing_and_is_always_ready(settings: Settings) -> None:
    """No key, no bill."""
    embedder = PreviewEmbedder(settings)
    assert not embedder.billable
    assert embedder.state().ready
    assert not embedder.state().needs_key
    assert dict(embedder.vocabulary())["Colours"][0] == "red"


def test_numbers_of_a_description_survive_the_way_home(clip: Path, tmp_path: Path) -> None:
    """What the child saves is what the parent loads."""
    found = describe_media(clip, cutting=cutting_for("scenes", 4.0))
    found.save(tmp_path / "a.npz")
    loaded = type(found).load(tmp_path / "a.npz")
    for name in found.__slots__:
        assert np.array_equal(getattr(found, name), getattr(loaded, name))
