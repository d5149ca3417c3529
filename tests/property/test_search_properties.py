"""What holds of search whatever the library and the query are."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.model import Embedding, Filters, Hit, Modality, Segment
from core.search import lists, ranking
from core.search.moments import MergeRule, merge
from tests.search_bench import Weighed, reference_scores, row, unit
from tests.search_drawing import DIMENSION, MODALITIES, built, libraries, query, some_vector

CLOSE = 5e-5
"""An index may be off by 5e-7 in a cosine, and a scale may be as small as 0.02."""

steady = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read lists in small steps, so that small libraries are deepened too."""
    monkeypatch.setattr(lists, "DEPTHS", (10, 24, 64, 256, 4096))
    monkeypatch.setattr("core.search.ranking._FIRST_BATCH", 3)
    monkeypatch.setattr("core.search.calibration.DEPTH", 10)
    # The reference looks at all segments, not at those near the top alone.
    monkeypatch.setattr("core.search.fitting.LOOKED", 4096)


def assert_same_order(hits: list[Hit], scores: dict[tuple[str, Segment], float]) -> None:
    """Assert that hits are the best of these scores, best first, but for ties."""
    expected = sorted(scores.values(), reverse=True)[: len(hits)]
    for hit, value in zip(hits, expected, strict=True):
        assert math.isclose(hit.score, value, abs_tol=CLOSE, rel_tol=CLOSE)
        assert math.isclose(scores[hit.video_id, hit.segment], hit.score, abs_tol=CLOSE, rel_tol=CLOSE)


# -- exactness --


@steady
@given(
    libraries(),
    st.sampled_from([("first",), ("first", "second"), ("first", "heard"), ("heard",), ("second", "heard")]),
    st.lists(st.floats(0.1, 5), min_size=2, max_size=2),
    st.sampled_from([("visual",), ("audio",), ("visual", "audio")]),
    st.integers(1, 30),
)
def test_combination_equals_brute_force(
    tmp_path: Path,
    drawn: tuple[int, list[list[Embedding]]],
    words: tuple[str, ...],
    weights: list[float],
    modalities: tuple[Modality, ...],
    limit: int,
) -> None:
    """The best hits over several terms and modalities are those of scoring every segment."""
    library = built(tmp_path, *drawn)
    terms = list(zip(words, weights, strict=False))
    scores = reference_scores(
        library, [Weighed("text", library.engine.texts[w], weight) for w, weight in terms], modalities
    )
    hits = library.searcher.hits(query(*terms, modalities=modalities, limit=limit))
    in_reach = (
        min(limit, len(scores)) if any(set(library.engine.texts[w]) & {*modalities} for w in words) else 0
    )
    assert len(hits) == in_reach
    assert_same_order(hits, scores)


@steady
@given(libraries(), st.floats(-3, -0.1), st.integers(3, 40))
def test_penalties_are_one_sided_and_keep_to_the_pool(
    tmp_path: Path, drawn: tuple[int, list[list[Embedding]]], weight: float, pool: int
) -> None:
    """A negative term only takes away, reorders the pool of the positive ones, and lets nothing past it."""
    library = built(tmp_path, *drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "POOL", pool)
        hits = library.searcher.hits(query(("first", 1), ("second", weight)))
    first = Weighed("text", library.engine.texts["first"], 1)
    second = Weighed("text", library.engine.texts["second"], weight)
    positive = reference_scores(library, [first], MODALITIES)
    scores = reference_scores(library, [first, second], MODALITIES)
    assert len(hits) == len(scores)
    for hit in hits:
        place = hit.video_id, hit.segment
        assert math.isclose(hit.score, scores[place], abs_tol=CLOSE, rel_tol=CLOSE)
        assert hit.score <= positive[place] + CLOSE
    border = sorted(positive.values(), reverse=True)[min(pool, len(positive)) - 1]
    inside = [hit for hit in hits if positive[hit.video_id, hit.segment] >= border + CLOSE]
    clear = len(inside)
    assert {h.segment for h in hits[:clear]} <= {
        s for (_, s), value in positive.items() if value >= border - CLOSE
    }
    tier = [hit.score for hit in inside]
    assert tier == sorted(tier, reverse=True)


@steady
@given(libraries(min_videos=2), st.booleans())
def test_a_filter_never_reorders(
    tmp_path: Path, drawn: tuple[int, list[list[Embedding]]], negative: bool
) -> None:
    """Filtered hits are the unfiltered ones that remain, in the same order and with the same scores."""
    library = built(tmp_path, *drawn)
    terms = [("first", 0.7), ("second", -0.5 if negative else 0.3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "POOL", 10)
        everything = library.searcher.hits(query(*terms))
        odd = library.searcher.hits(query(*terms, filters=Filters(categories=("odd",))))
    assert odd == [hit for hit in everything if int(hit.video_id, 16) % 2]


@steady
@given(libraries(), st.integers(1, 12), st.sampled_from([1, 2, 3, None]))
def test_a_longer_limit_continues_the_list(
    tmp_path: Path, drawn: tuple[int, list[list[Embedding]]], limit: int, cap: int | None
) -> None:
    """Asking for more moments gives the same ones first, so pages neither repeat nor drop any."""
    library = built(tmp_path, *drawn)
    ask = query(("first", 1), ("heard", 0.5), per_video=cap, limit=limit)
    some = library.searcher.search(ask).moments
    more = library.searcher.search(replace(ask, limit=limit + 7)).moments
    assert more[: len(some)] == some
    places = [(hit.video_id, hit.segment) for moment in more for hit in moment.hits]
    assert len(places) == len(set(places))


@steady
@given(libraries(), st.sampled_from([1, 2, 500]))
def test_moments_equal_merging_everything(
    tmp_path: Path, drawn: tuple[int, list[list[Embedding]]], cap: int
) -> None:
    """The moments are those of merging all segments of the library, the cap applied in order."""
    library = built(tmp_path, *drawn)
    terms = (("first", 1.0), ("heard", 0.5))
    hits = library.searcher.hits(query(*terms))
    assume(len({hit.score for hit in hits}) == len(hits))  # Among equals, any may come first.
    found = library.searcher.search(query(*terms, per_video=cap)).moments
    expected, counts = [], dict.fromkeys(library.rows, 0)
    for group in merge(hits, MergeRule()):
        counts[group[0].video_id] += 1
        if counts[group[0].video_id] <= cap:
            expected.append(group)
    assert [moment.hits for moment in found] == expected


# -- weights --


@steady
@given(libraries(), st.booleans(), st.booleans())
def test_weight_zero_changes_nothing(
    tmp_path: Path, drawn: tuple[int, list[list[Embedding]]], fold: bool, by_video: bool
) -> None:
    """A term of weight 0 leaves the whole answer as it is: the ends of the slider are pure."""
    library = built(tmp_path, *drawn)
    how = {"fold": fold, "by_video": by_video, "limit": 4}
    alone = library.searcher.search(query(("first", 1), **how))
    beside = library.searcher.search(query(("first", 1), ("second", 0), **how))
    assert replace(beside, terms=(), took_ms=0) == replace(alone, terms=(), took_ms=0)
    assert beside.terms[1].share == 0


@steady
@given(libraries(), st.floats(1e-6, 1e4), st.floats(0.05, 1), st.floats(-1, 1))
def test_scaling_all_weights_changes_nothing(
    tmp_path: Path, drawn: tuple[int, list[list[Embedding]]], factor: float, a: float, b: float
) -> None:
    """Only the proportion of weights counts."""
    library = built(tmp_path, *drawn)
    before = library.searcher.search(query(("first", a), ("second", b)))
    after = library.searcher.search(query(("first", factor * a), ("second", factor * b)))
    assert len(before.moments) == len(after.moments)
    for one, other in zip(before.moments, after.moments, strict=True):
        assert math.isclose(one.score, other.score, abs_tol=1e-9)
    assert [(m.video_id, m.start_s) for m in before.moments] == [
        (m.video_id, m.start_s) for m in after.moments
    ]


# -- the edges --


@pytest.mark.parametrize("count", [1, 3, 10, 11])
@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize(
    "words", [("first",), ("first", "second"), ("nothing", "first"), ("first", "against")]
)
def test_few_rows(tmp_path: Path, count: int, same: bool, words: tuple[str, ...]) -> None:
    """Scores are finite, answers repeat, and nothing is lost, with few rows, identical rows and odd terms."""
    rng = np.random.default_rng(count)
    library = built(tmp_path, 5, [])
    library.engine.texts["against"] = {m: -vector for m, vector in library.engine.texts["first"].items()}
    library.engine.texts["nothing"] = {"visual": unit(np.eye(DIMENSION)[7])}
    constant = unit([*some_vector(rng)[:-1], 0.0])
    for place in range(count):
        vector = constant if same else unit([*some_vector(rng)[:-1], 0.0])
        library.add(f"{place:064x}", [row(vector, 0, 4)])
    results = library.searcher.search(query(*((word, 1) for word in words)))
    assert len(results.moments) == count
    assert all(math.isfinite(moment.score) for moment in results.moments)
    if same:
        assert {moment.score for moment in results.moments} == {results.moments[0].score}
    again = library.searcher.search(query(*((word, 1) for word in words)))
    assert again.moments == results.moments
    folded = library.searcher.search(query(*((word, 1) for word in words), fold=True))
    assert sum(1 + len(moment.similar) for moment in folded.moments) == count
    assert not same or len(folded.moments) == 1


@pytest.mark.parametrize("count", [1, 3, 10, 11])
@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("other", ["second", "nothing", "against"])
def test_pure_ends_with_few_rows(tmp_path: Path, count: int, same: bool, other: str) -> None:
    """At 0 and 100 the slider gives the pure lists to the last digit, with few rows and odd terms too."""
    rng = np.random.default_rng(count)
    library = built(tmp_path, 5, [])
    library.engine.texts["against"] = {m: -vector for m, vector in library.engine.texts["first"].items()}
    library.engine.texts["nothing"] = {"visual": unit(np.eye(DIMENSION)[7])}
    constant = unit([*some_vector(rng)[:-1], 0.0])
    for place in range(count):
        vector = constant if same else unit([*some_vector(rng)[:-1], 0.0])
        library.add(f"{place:064x}", [row(vector, 0, 4)])
    hits = library.searcher.hits
    assert hits(query(("first", 1), (other, 0))) == hits(query(("first", 1)))
    pure = hits(query((other, 1)))
    beside = hits(query(("first", 0), (other, 1)))
    assert [(hit.video_id, hit.segment, hit.score) for hit in beside] == [
        (hit.video_id, hit.segment, hit.score) for hit in pure
    ]
    assert all(math.isfinite(hit.score) for hit in pure)


@steady
@given(libraries(min_videos=2), st.integers(0, 6), st.booleans(), st.booleans(), st.integers(0, 3))
def test_deleting_a_video_removes_every_trace(
    tmp_path: Path,
    drawn: tuple[int, list[list[Embedding]]],
    chosen: int,
    fold: bool,
    by_video: bool,
    offset: int,
) -> None:
    """After a video is deleted the next answer is that of a library that never had it."""
    library = built(tmp_path, *drawn)
    gone = sorted(library.rows)[chosen % len(library.rows)]
    # A copy of what goes: it may be folded now, and must stand alone afterwards.
    library.add("c" * 64, library.rows[gone])
    terms = ("first", 0.6), ("heard", 0.4)
    ask = query(*terms, fold=fold, by_video=by_video, offset=offset, limit=5)
    library.searcher.search(ask)
    library.delete(gone)
    after = library.searcher.search(ask)
    other = built(tmp_path, drawn[0], [])
    for video_id, rows in library.rows.items():
        other.add(video_id, rows)
    expected = other.searcher.search(ask)
    assert replace(after, took_ms=0) == replace(expected, took_ms=0)
    assert gone not in str(after)
