"""Real Marengo 2.7 vectors with published cosines: metric, sign and order are right from end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.model import Embedding, Segment, Space
from core.vectors.archive import Archive
from core.vectors.port import ScoredRow, VectorIndex
from tests.conftest import PROJECT_ROOT
from tests.vector_stores import STORES, Opener, about

FILE = PROJECT_ROOT.parent / "shared" / "twelvelabs" / "marengo27_vectors.json"
SPACE = Space("twelvelabs", "Marengo-retrieval-2.7", 1024)
PUBLISHED_SCORE = 0.44936937
"""What a real OpenSearch gave for the text against the first bird clip: 1 / (1 + |a - b|^2)."""


@pytest.fixture(scope="module")
def vectors() -> dict[str, list[np.ndarray]]:
    """Return the vectors by label, as they were printed, in the order of the file."""
    if not FILE.is_file():
        pytest.skip(
            "the real vectors (../shared/twelvelabs/marengo27_vectors.json) are not beside the project"
        )
    found: dict[str, list[np.ndarray]] = {}
    for each in json.loads(FILE.read_text()):
        found.setdefault(each["label"], []).append(np.asarray(each["embedding"], dtype=np.float64))
    return found


def embeddings() -> dict[str, list[Embedding]]:
    """Return the embeddings of the two videos."""
    found: dict[str, list[Embedding]] = {}
    for each in json.loads(FILE.read_text()):
        if each["kind"] == "video":
            segment = Segment(each["start_offset_sec"], each["end_offset_sec"])
            vector = np.asarray(each["embedding"], dtype=np.float32)
            found.setdefault(each["label"], []).append(Embedding(vector, segment, "visual"))
    return found


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def index(request: pytest.FixtureRequest, tmp_path: Path, vectors: dict[str, Any]) -> Iterator[VectorIndex]:
    """Each store with the clips of both videos, by way of the archive."""
    opener: Opener = request.param
    index, archive = opener(tmp_path), Archive(tmp_path / "archive")
    for label, clips in embeddings().items():
        archive.write(label, SPACE, "2.7", clips)
        index.replace_video(SPACE, about(label), archive.read(label, SPACE, "2.7"))
    yield index
    index.drop(SPACE)
    index.close()


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def hits_of(index: VectorIndex, query: np.ndarray) -> list[ScoredRow]:
    [hits] = index.search(SPACE, "visual", query.astype(np.float32)[None], limit=10)
    assert len(hits) == 6
    return hits


def test_the_published_score_is_reproduced(index: VectorIndex, vectors: dict[str, list[np.ndarray]]) -> None:
    """The text against the first bird clip gives the score that a real OpenSearch gave, to 1e-6."""
    text, clip = vectors["Bird eating food"][0], vectors["robin-bird.mp4"][0]
    hits = {hit.row.key: hit.cosine for hit in hits_of(index, text)}
    lengths = np.linalg.norm(text), np.linalg.norm(clip)
    distance = lengths[0] ** 2 + lengths[1] ** 2
    distance -= 2 * hits["robin-bird.mp4:clip:visual:0:6000"] * lengths[0] * lengths[1]
    assert 1 / (1 + distance) == pytest.approx(PUBLISHED_SCORE, abs=1e-6)


def test_every_query_has_its_true_cosines(index: VectorIndex, vectors: dict[str, list[np.ndarray]]) -> None:
    """Text, audio and pictures against all clips: cosines right to 1e-6, best first, negatives kept."""
    videos = ("robin-bird.mp4", "island.mp4")
    for label, queries in vectors.items():
        if label in videos:
            continue
        truth = {
            f"{video}:{number}": cosine(queries[0], clip)
            for video in videos
            for number, clip in enumerate(vectors[video])
        }
        hits = hits_of(index, queries[0])
        found = {f"{hit.row.video_id}:{hit.row.segment.start_ms // 6000}": hit.cosine for hit in hits}
        assert found == pytest.approx(truth, abs=1e-6), label
        assert list(found) == sorted(truth, key=lambda key: -truth[key]), label


@pytest.mark.parametrize(
    ("query", "video", "least", "most"),
    [
        ("Bird eating food", "robin-bird.mp4", 0.31, 0.39),
        ("Bird eating food", "island.mp4", 0.10, 0.13),
        ("ocean-5294270_1280.jpg", "island.mp4", 0.60, 0.61),
        ("425556__t_roy_920__rock-808-beat.mp3", "robin-bird.mp4", -0.28, -0.25),
        ("425556__t_roy_920__rock-808-beat.mp3", "island.mp4", -0.28, -0.25),
    ],
)
def test_known_ranges_hold(
    index: VectorIndex,
    vectors: dict[str, list[np.ndarray]],
    query: str,
    video: str,
    least: float,
    most: float,
) -> None:
    """The cosines that are known of these pairs come out of the index, negative ones as negative."""
    cosines = [hit.cosine for hit in hits_of(index, vectors[query][0]) if hit.row.video_id == video]
    assert cosines
    assert all(least <= each <= most for each in cosines), cosines


def test_times_keep_their_milliseconds(index: VectorIndex) -> None:
    """The last bird clip ends at 21.087732 s: the archive has it exactly, the index to the millisecond."""
    assert embeddings()["robin-bird.mp4"][-1].segment.end_s == 21.087732
    assert index.rows(SPACE, "robin-bird.mp4")[-1].segment == Segment(18.0, 21.088)
