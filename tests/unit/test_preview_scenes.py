"""The rule of the published list: every word ranks its own scene first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.embedding.preview.composing import embeddings_of
from core.embedding.preview.describe import cutting_for, describe_media
from core.embedding.preview.query import understand
from core.embedding.preview.vectors import BLOCKS
from core.embedding.preview.vocabulary import ENTRIES
from core.model import Embedding
from tests.scene_list import SCENES
from tests.scenes import Scene, write

OTHERS = 19
TRAITS = {scene.name: scene.traits for scene in SCENES}
WORDS = [(word, entry.concept) for entry in ENTRIES for word in entry.words]
COMBINED = [
    ("red left", "red@left"), ("blue on the right", "blue@right"), ("green top", "green@top"),
    ("yellow at the bottom", "yellow@bottom"), ("white center", "white@center"), ("left red", "red@left"),
]  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Embedding]]:
    """Embeddings of every scene, drawn, encoded and described; nothing is written about any of them."""
    folder = tmp_path_factory.mktemp("scenes")

    def describe(scene: Scene) -> Sequence[Embedding]:
        path = write(scene, folder / f"{scene.name}.mp4")
        return embeddings_of(describe_media(path, cutting=cutting_for("scenes", 4.0)), (), ())

    with ThreadPoolExecutor(3) as pool:
        return dict(zip((scene.name for scene in SCENES), pool.map(describe, SCENES), strict=True))


def ranking(text: str, names: Sequence[str], described: Mapping[str, Sequence[Embedding]]) -> list[str]:
    """Return scene names, best first, by their best segment: cosines less their mean, over modalities."""
    scores = dict.fromkeys(names, 0.0)
    for modality, vector in understand(text, frozenset).vectors().by_modality.items():
        rows = {
            name: [float(each.vector @ vector) for each in described[name] if each.modality == modality]
            for name in names
        }
        mean = np.mean([cosine for cosines in rows.values() for cosine in cosines])
        for name, cosines in rows.items():
            scores[name] += max(cosines) - float(mean)
    return sorted(names, key=lambda name: -scores[name])


def rivals(concept: str) -> list[str]:
    """Return the scenes that do not legitimately answer to a concept."""
    return [name for name in TRAITS if name == concept or concept not in TRAITS[name]]


@pytest.mark.parametrize(("word", "concept"), [*WORDS, *COMBINED])
def test_each_published_word_ranks_its_scene_first(
    word: str, concept: str, described: Mapping[str, Sequence[Embedding]]
) -> None:
    """Among all scenes that are about something else, twenty and more, the word's own is the first."""
    names = rivals(concept)
    assert len(names) > OTHERS
    assert ranking(word, names, described)[:1] == [concept]


def test_compound_queries_prefer_the_scene_that_has_both(
    described: Mapping[str, Sequence[Embedding]],
) -> None:
    """Dark and night, sky and slow, sea and blue: a scene with both words comes first."""
    names = list(TRAITS)
    assert ranking("blue sea", names, described)[0] == "sea"
    assert ranking("slow sky", names, described)[0] == "sky"
    assert ranking("night white", names, described)[0] == "night"
    assert set(ranking("red left", names, described)[:2]) >= {"red@left"}


def test_partly_red_is_between_fully_red_and_not_red(
    described: Mapping[str, Sequence[Embedding]],
) -> None:
    """The scene that is half red comes after the red one and before all that have no red."""
    order = ranking("red", list(TRAITS), described)
    assert order[:2] == ["red", "red@left"]
    assert order.index("gray") > order.index("fire")


def test_every_vector_is_sound(described: Mapping[str, Sequence[Embedding]]) -> None:
    """Of every scene: finite, unit length, both modalities for each segment."""
    for embeddings in described.values():
        assert {each.modality for each in embeddings} == {"visual", "audio"}
        assert len(embeddings) == 2 * len({each.segment for each in embeddings})
        for each in embeddings:
            assert np.isfinite(each.vector).all()
            assert np.linalg.norm(each.vector) == pytest.approx(1.0, abs=1e-5)


def test_concepts_never_use_up_their_energy(described: Mapping[str, Sequence[Embedding]]) -> None:
    """No scene is so full of concepts that they would have to be weakened: cosines stay comparable."""
    for name, embeddings in described.items():
        for each in embeddings:
            blocks = BLOCKS[each.modality]
            used = float((each.vector[: len(blocks.concepts)] ** 2).sum())
            assert used < 0.95 * blocks.concept_energy, name
