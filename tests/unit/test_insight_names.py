"""Names of groups: telling words, names that people gave, words of a vocabulary; and groups as categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from numpy.typing import NDArray

from core.embedding.port import Cue, QueryVectors
from core.errors import EngineError, InputRefused, NotFound
from core.insights.clustering import Clustering
from core.insights.naming import content_keys
from core.insights.vocabulary import DEFAULT_VOCABULARY
from core.insights.wording import texts_of
from core.library import Library
from core.library_clusters import LONGEST_NAME, MOST_WORDS
from core.model import Filters, Segment
from core.model.insights import Points, Selection
from tests.insight_bench import Planted, open_planted, result_of, scenes
from tests.insight_library import permuted, planted_groups
from tests.search_bench import axis, make_library

SEEN = Selection("visual")
SCENES = scenes(5, 3, 60)
FILMS = (
    Planted("Harbour ships", {"visual": SCENES[:10]}, tags=("water",)),
    Planted("Harbour boats", {"visual": SCENES[10:20]}, tags=("water",)),
    Planted("Mountain snow", {"visual": SCENES[20:32]}),
    Planted("Both halves", {"visual": np.concatenate([SCENES[32:40], SCENES[40:48]])}),
    Planted("Street tram", {"visual": SCENES[48:60]}),
    Planted("Mixed", {"visual": np.concatenate([SCENES[:7], SCENES[20:27], SCENES[40:46]])}, tags=("mixed",)),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_planted(tmp_path_factory.mktemp("names") / "data", FILMS) as opened:
        yield opened


def points_of(library: Library) -> Points:
    """Return the rows that groups were found among."""
    points = library._parts.insights.points(library._chosen(SEEN))
    assert points is not None
    return points


def group_of(library: Library, film: str, k: int | None = 3) -> int:
    """Return the number of the group that the first segment of a film is in."""
    found = result_of(lambda: library.clusters(SEEN, k))
    points = points_of(library)
    titles = {video.id: video.title for video in library.videos()}
    rows = (r for r in range(len(points)) if titles[points.segment(r)[0]] == film)
    return int(found.labels[next(rows)])


def test_names_need_groups(library: Library) -> None:
    """Who asks before the groups have been found is told so, and nothing is called anything."""
    nowhere = Selection("visual", Filters(categories=("none such",)))
    with pytest.raises(NotFound, match="still"):
        library.cluster_names(nowhere, 3)
    with pytest.raises(NotFound, match="still"):
        library.name_cluster(nowhere, 3, 0, "x")


def test_groups_are_told_by_their_words(library: Library) -> None:
    """Words of titles and tags that a group's videos have and others have not name it, best first."""
    result_of(lambda: library.clusters(SEEN, 3))
    names = library.cluster_names(SEEN, 3)
    assert {"harbour", "water"} <= set(names[group_of(library, "Harbour ships")].words)
    assert {"mountain", "snow"} <= set(names[group_of(library, "Mountain snow")].words)
    assert {"street", "tram"} <= set(names[group_of(library, "Street tram")].words)
    for number, name in enumerate(names):
        assert name.given is None
        assert name.seen is None
        assert name.title(number) == ", ".join(name.words)


def test_a_name_stays_with_its_segments(library: Library) -> None:
    """A given name comes before words, is shown wherever the same segments are together, and can go again."""
    for k in (None, 3):
        result_of(lambda k=k: library.clusters(SEEN, k))
    harbour = group_of(library, "Harbour boats")
    library.name_cluster(SEEN, 3, harbour, "  By the\nsea " + "x" * 200)
    told = library.cluster_names(SEEN, 3)
    assert told[harbour].given is not None
    assert told[harbour].title(harbour).startswith("By the sea x")
    assert len(told[harbour].title(harbour)) <= LONGEST_NAME
    assert [name.given for number, name in enumerate(told) if number != harbour] == [None, None]
    by_density = library.cluster_names(SEEN, None)
    assert by_density[group_of(library, "Harbour boats", None)].given == told[harbour].given
    library.name_cluster(SEEN, 3, harbour, " ")
    assert all(name.given is None for name in library.cluster_names(SEEN, 3))
    for number in (-1, 3):
        with pytest.raises(NotFound):
            library.name_cluster(SEEN, 3, number, "nobody")


def test_a_name_survives_a_restart(tmp_path: Path) -> None:
    """Names are people's: the next start shows them, and only where they were given."""
    with open_planted(tmp_path / "data", FILMS[2:5]) as library:
        number = group_of(library, "Street tram", 2)
        library.name_cluster(SEEN, 2, number, "Rails")
    with open_planted(tmp_path / "data") as library:
        assert group_of(library, "Street tram", 2) == number
        told = library.cluster_names(SEEN, 2)
        assert [name.given for name in told] == ["Rails" if place == number else None for place in range(2)]


def test_a_groups_key_is_its_segments() -> None:
    """The key of a group changes with any of its segments, and with nothing else: no order, no number."""
    points, truth = planted_groups(1, (30, 20, 10), dimension=16, videos=6)
    labels = truth.astype(np.int32)
    found = result_keys(points, labels)
    assert len(set(found)) == 3
    order = np.random.default_rng(1).permutation(len(points))
    assert result_keys(permuted(points, order), labels[order]) == found
    swapped = np.where(labels == 0, 1, np.where(labels == 1, 0, labels)).astype(np.int32)
    assert result_keys(points, swapped) == [found[1], found[0], found[2]]
    moved = labels.copy()
    moved[np.flatnonzero(labels == 0)[0]] = 2
    changed = result_keys(points, moved)
    assert [a == b for a, b in zip(changed, found, strict=True)] == [False, True, False]
    first = next(
        row for row in np.flatnonzero(labels == 0) if 1 in labels[points.video_of == points.video_of[row]]
    )
    second = np.flatnonzero((labels == 1) & (points.video_of == points.video_of[first]))[0]
    traded = labels.copy()
    traded[[first, second]] = 1, 0
    changed = result_keys(points, traded)
    assert [a == b for a, b in zip(changed, found, strict=True)] == [False, False, True]


def result_keys(points: object, labels: NDArray[np.int32]) -> list[str]:
    groups = tuple(range(int(labels.max()) + 1))
    return list(content_keys(points, Clustering(labels, groups, 0)))  # type: ignore[arg-type]  # only counted


def test_what_is_said_belongs_to_the_segment_it_is_said_in() -> None:
    """A text is title, tags and the cues whose middle lies in the segment: each cue is told once."""
    points, _ = planted_groups(2, (4,), dimension=8, videos=1)

    class Film:
        title, tags, has_subtitles = "Film", ("one",), True

    cues = [Cue(Segment(5, 7.5), "second"), Cue(Segment(0, 2), "first"), Cue(Segment(11, 13), "third")]
    texts = texts_of(points, {points.video_ids[0]: Film()}, lambda _: cues)  # type: ignore[dict-item]  # as much of a video as is read
    assert texts == ["Film one first", "Film one second", "Film one third", "Film one"]
    assert texts_of(points, {}, lambda _: cues) == [""] * 4


# -- groups as categories ------------------------------------------------------------------------


def test_a_group_becomes_the_category_of_its_videos(library: Library) -> None:
    """Exactly the videos of which at least half of the segments are in the group get the category."""
    found = result_of(lambda: library.clusters(SEEN, 3))
    points = points_of(library)
    for number in range(3):
        inside, whole = Counter[str](), Counter[str]()
        for row, label in enumerate(found.labels):
            whole[points.segment(row)[0]] += 1
            inside[points.segment(row)[0]] += int(label == number)
        mostly = {one for one in whole if inside[one] * 2 >= whole[one]}
        changed = library.categorize_cluster(SEEN, 3, number, f" Group  {number} ")
        assert {video.id for video in changed} == mostly
        told = {video.id for video in library.videos() if video.category == f"Group {number}"}
        assert told == mostly
    half = next(video for video in library.videos() if video.title == "Both halves")
    assert half.category in {f"Group {group_of(library, film)}" for film in ("Mountain snow", "Street tram")}
    again = result_of(lambda: library.clusters(SEEN, 3))
    harbour = again.clusters[group_of(library, "Harbour ships")]
    assert harbour.categories.top == ((f"Group {harbour.id}", 20 / 27), ("", 7 / 27))


def test_what_cannot_be_a_category_is_refused(library: Library) -> None:
    """No name, no such group, and a group in which no video mostly is, each get a sentence."""
    mixed = Selection("visual", Filters(tags=("mixed",)))
    result_of(lambda: library.clusters(mixed, 3))
    before = library.videos()
    with pytest.raises(InputRefused, match="name"):
        library.categorize_cluster(mixed, 3, 0, " \n")
    with pytest.raises(NotFound):
        library.categorize_cluster(mixed, 3, 3, "x")
    with pytest.raises(InputRefused, match="mostly"):
        library.categorize_cluster(mixed, 3, 0, "x")
    assert library.videos() == before


# -- the vocabulary ------------------------------------------------------------------------------


def test_the_vocabulary_is_kept(tmp_path: Path) -> None:
    """Words are kept once each, survive a restart, and none brings back the first ones."""
    with open_planted(tmp_path / "data") as library:
        assert library.insight_vocabulary() == DEFAULT_VOCABULARY
        library.set_insight_vocabulary(["sea, Harbour", " sea ", "tram stop", ""])
        with pytest.raises(InputRefused):
            library.set_insight_vocabulary([f"word {number}" for number in range(MOST_WORDS + 1)])
    with open_planted(tmp_path / "data") as library:
        assert library.insight_vocabulary() == ("sea", "Harbour", "tram stop")
        library.set_insight_vocabulary([" ", ","])
        assert library.insight_vocabulary() == DEFAULT_VOCABULARY


def test_an_engine_of_few_words_offers_no_vocabulary(library: Library) -> None:
    """Where the engine understands its own words only, nothing is named by a vocabulary."""
    library.use_insight_vocabulary(True)
    assert not library.insight_vocabulary_offered
    assert not library.insight_vocabulary_on
    library.use_insight_vocabulary(False)


class AnyWords:
    """What an engine that understands any words says to each, and how often it was asked."""

    def __init__(self, library: Library, patch: pytest.MonkeyPatch) -> None:
        chance = np.random.default_rng(9)
        self.asked: list[str] = []
        self.down = False
        self.means = {
            "ships": SCENES[:20].mean(axis=0), "snow": SCENES[20:40].mean(axis=0),
            "tram": SCENES[40:].mean(axis=0), "any": SCENES.mean(axis=0),
        } | {f"noise {n}": SCENES.mean(axis=0) + chance.standard_normal(512) for n in range(6)}  # fmt: skip
        engine = library._parts.spaces.engine()
        patch.setattr(engine, "vocabulary", tuple, raising=False)
        patch.setattr(engine, "embed_text", self.embed_text)

    def embed_text(self, text: str) -> QueryVectors:
        if self.down:
            raise EngineError("The engine does not answer. Try again later.")
        self.asked.append(text)
        if text not in self.means:
            return QueryVectors({}, (), (text,))
        return QueryVectors({"visual": self.vector(text)}, (text,))

    def vector(self, word: str) -> NDArray[np.float32]:
        return (self.means[word] / np.linalg.norm(self.means[word])).astype(np.float32)


def test_groups_are_told_by_what_is_seen(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is switched on, each group has the word of the greatest lift; no word is embedded twice."""
    engine = AnyWords(library, monkeypatch)
    words = ("unknown", *engine.means)
    library.set_insight_vocabulary(words)
    for k in (None, 3):
        result_of(lambda k=k: library.clusters(SEEN, k))
        library.cluster_names(SEEN, k)
    assert engine.asked == [], "nothing is spent before somebody switches it on"
    library.use_insight_vocabulary(True)
    engine.down = True
    with pytest.raises(EngineError):
        library.cluster_names(SEEN, 3)
    engine.down = False
    names = library.cluster_names(SEEN, 3)
    assert sorted(engine.asked) == sorted(words)
    found = result_of(lambda: library.clusters(SEEN, 3))
    points = points_of(library)
    for number, name in enumerate(names):
        lifts = {}
        middle = points.vectors[found.labels == number].mean(axis=0, dtype=float)
        for word in engine.means:
            usual = np.mean([engine.vector(word) @ row for row in points.vectors])
            lifts[word] = engine.vector(word) @ middle / np.linalg.norm(middle) - usual
        assert name.seen == max(lifts, key=lambda word: lifts[word])
        assert name.title(number) == name.seen
    library.cluster_names(SEEN, None)
    library.cluster_names(SEEN, 3)
    assert len(engine.asked) == len(words)
    library.set_insight_vocabulary([*words, "noise 99"])
    library.cluster_names(SEEN, 3)
    assert engine.asked[len(words) :] == ["noise 99"]
    library.use_insight_vocabulary(False)
    assert {name.seen for name in library.cluster_names(SEEN, 3)} == {None}


def test_words_of_a_vocabulary_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Two words are asked for at once, come back in their order, and are asked for once."""
    library = make_library(tmp_path, texts={"red": {"visual": axis(0)}, "loud": {"audio": axis(1)}})
    together, plain = Barrier(2, timeout=10), library.engine.embed_text

    def embed_text(text: str) -> QueryVectors:
        together.wait()
        return plain(text)

    library.engine.embed_text = embed_text  # type: ignore[method-assign]  # the same, but only in pairs
    for _ in range(2):
        red, loud = library.searcher.word_vectors(["red", "loud"], "visual")
        assert red is not None
        assert red.tolist() == axis(0).tolist()
        assert loud is None
    assert sorted(library.engine.calls) == ["loud", "red"]
