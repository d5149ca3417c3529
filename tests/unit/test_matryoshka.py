"""Another dimension of a model that may be cut: from the archive, without a call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SpaceMismatch
from core.model import Embedding, Segment, Space
from core.vectors.archive import Archive, cut
from core.vectors.matryoshka import derive, is_known, longer_spaces
from tests.vector_stores import clips, random_vectors, unit

RECIPE = "scenes4-visual-audio-clip"


def marengo(dimension: int, model: str = "marengo3.5") -> Space:
    return Space("twelvelabs", model, dimension)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 512),
    st.integers(2, 512),
    st.floats(1e-3, 1e3),
)
def test_cutting_equals_embedding_at_that_length(seed: int, one: int, other: int, scale: float) -> None:
    """The first components at unit length, whatever the length before, and however often it is cut."""
    shorter, longer = sorted((one, other))
    whole = np.random.default_rng(seed).normal(size=512) * scale
    direct = whole[:shorter] / np.linalg.norm(whole[:shorter])
    embedding = Embedding(unit(whole), Segment(1.0, 3.5), "audio", "clip")
    [found] = cut([embedding], shorter)
    [twice] = cut(cut([embedding], longer), shorter)
    assert found.vector.dtype == np.float32
    np.testing.assert_allclose(found.vector, direct, atol=2e-7)
    np.testing.assert_allclose(twice.vector, direct, atol=4e-7)
    assert np.linalg.norm(found.vector.astype(np.float64)) == pytest.approx(1.0, abs=1e-6)
    assert (found.segment, found.modality, found.scope) == (Segment(1.0, 3.5), "audio", "clip")


def test_a_shorter_space_is_cut_from_the_longest_that_is_archived(archive: Archive) -> None:
    """Of several lengths the longest is taken; the file is then the shorter space's own."""
    long, middle = clips(random_vectors(1, 3, 512)), clips(random_vectors(2, 3, 256))
    archive.write("v", marengo(512), RECIPE, long)
    archive.write("v", marengo(256), RECIPE, middle)
    assert [space.dimension for space in longer_spaces(archive, "v", marengo(128), RECIPE)] == [512, 256]
    assert is_known(archive, "v", marengo(128), RECIPE)
    assert not archive.has("v", marengo(128), RECIPE)
    assert derive(archive, "v", marengo(128), RECIPE)
    found = archive.read("v", marengo(128), RECIPE)
    for one, expected in zip(found, cut(long, 128), strict=True):
        assert one.vector.tobytes() == expected.vector.tobytes()


def test_a_damaged_file_is_passed_over(archive: Archive) -> None:
    """Where the longest file is damaged, the next one is cut; where all are, nothing is made up."""
    archive.write("v", marengo(512), RECIPE, clips(random_vectors(1, 3, 512))).write_bytes(b"PAR1 no more")
    assert not derive(archive, "v", marengo(64), RECIPE)
    archive.write("v", marengo(256), RECIPE, clips(random_vectors(2, 3, 256)))
    assert derive(archive, "v", marengo(64), RECIPE)
    assert archive.read("v", marengo(64), RECIPE)[0].vector.shape == (64,)


@pytest.mark.parametrize(
    ("kept", "wanted", "recipe"),
    [
        (marengo(256), marengo(512), RECIPE),
        (marengo(512), marengo(256), "fixed6-visual-clip"),
        (marengo(512, "marengo3.0"), marengo(256, "marengo3.0"), RECIPE),
        (marengo(512, "marengo3.0"), marengo(256), RECIPE),
        (Space("preview", "v1", 512), Space("preview", "v1", 256), RECIPE),
    ],
    ids=["longer", "other recipe", "not trained for it", "other model", "other engine"],
)
def test_nothing_else_is_cut(archive: Archive, kept: Space, wanted: Space, recipe: str) -> None:
    """Only a shorter dimension of the same model, embedded in the same way."""
    archive.write("v", kept, RECIPE, clips(random_vectors(1, 3, kept.dimension)))
    assert not is_known(archive, "v", wanted, recipe)
    assert not derive(archive, "v", wanted, recipe)
    assert not archive.has("v", wanted, recipe)


def test_nothing_is_left_to_cut() -> None:
    """A vector that is too short is refused."""
    with pytest.raises(SpaceMismatch, match="cannot be cut to 32"):
        cut(clips(random_vectors(1, 1, 16)), 32)
