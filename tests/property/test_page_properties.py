"""What holds of pages, folding and lists of videos, whatever the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.model import Embedding, Modality, Moment, Query, Results, Segment, Vector
from core.search import lists
from core.search.folding import ALIKE
from tests.search_bench import Library, reference_join, row, unit
from tests.search_drawing import MODALITIES, built, libraries, query

Drawn: TypeAlias = tuple[int, list[list[Embedding]]]
_Place: TypeAlias = tuple[str, float, float]

steady = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read lists in small steps, and look at few segments at once, so that small libraries need several."""
    monkeypatch.setattr(lists, "DEPTHS", (10, 24, 64, 256, 4096))
    monkeypatch.setattr("core.search.ranking._FIRST_BATCH", 3)
    monkeypatch.setattr("core.search.calibration.DEPTH", 10)
    monkeypatch.setattr("core.search.gathering._AT_ONCE", 2)


@st.composite
def repeating(draw: st.DrawFn) -> Drawn:
    """Draw a library in which some videos are copies of others, a little noise apart."""
    seed, videos = draw(libraries(min_videos=2))
    rng = np.random.default_rng(seed + 2)
    for source in draw(st.lists(st.integers(0, len(videos) - 1), max_size=4)):
        noise = draw(st.sampled_from([0.001, 0.02, 0.08]))
        videos.append(
            [
                row(unit(one.vector + noise * rng.normal(size=len(one.vector))), one.segment.start_s,
                    one.segment.end_s, one.modality)
                for one in videos[source]
            ]
        )  # fmt: skip
    return seed, videos


queries = st.builds(
    lambda words, **more: query(*words, **more),
    st.sampled_from(
        [
            (("first", 1.0),),
            (("first", 0.6), ("heard", 0.4)),
            (("first", 0.5), ("second", 0.5)),
            (("first", 1.0), ("second", -0.7)),
        ]
    ),
    fold=st.booleans(),
    per_video=st.sampled_from([None, 1, 2, 500]),
)


def place_of(moment: Moment) -> _Place:
    return moment.video_id, moment.start_s, moment.end_s


def bare(moment: Moment) -> Moment:
    return replace(moment, similar=())


def pages_of(ask: Callable[[Query], Results], query: Query, size: int) -> list[Results]:
    """Return all pages, each asked for by itself, and assert that none but the first is empty."""
    pages = [ask(replace(query, limit=size))]
    while pages[-1].more:
        pages.append(ask(replace(query, limit=size, offset=size * len(pages))))
        assert pages[-1].moments
    return pages


@steady
@given(repeating(), queries, st.integers(1, 7))
def test_pages_partition_the_list(tmp_path: Path, drawn: Drawn, ask: Query, size: int) -> None:
    """Pages one after the other are the long list; what is folded appears once, on the page that meets it."""
    search = built(tmp_path, *drawn).searcher.search
    whole = search(ask)
    assert not whole.more
    assert not whole.echoes
    pages = pages_of(search, ask, size)
    assert [bare(one) for page in pages for one in page.moments] == [bare(one) for one in whole.moments]
    assert all(len(page.moments) == size for page in pages[:-1])
    folded = [place_of(s) for page in pages for one in page.moments for s in one.similar]
    folded += [place_of(one) for page in pages for one in page.echoes]
    expected = [place_of(s) for one in whole.moments for s in one.similar]
    assert len(folded) == len(set(folded))
    assert sorted(folded) == sorted(expected)
    assert not pages[0].echoes
    told = [page.good_match for page in pages]
    assert told == sorted(told)  # A page knows the list down to its end.
    assert told[-1] == whole.good_match
    assert {page.confidence for page in pages} == {whole.confidence}
    after = search(replace(ask, offset=len(whole.moments), limit=size))
    assert not after.moments
    assert not after.more


@steady
@given(repeating(), queries, st.integers(1, 4))
def test_pages_of_videos_partition_the_videos(tmp_path: Path, drawn: Drawn, ask: Query, size: int) -> None:
    """By video, pages one after the other are all videos in the order of their best moments."""
    search = built(tmp_path, *drawn).searcher.search
    ask = replace(ask, by_video=True)
    plain = search(replace(ask, by_video=False)).moments
    order = list(dict.fromkeys(one.video_id for one in plain))
    pages = pages_of(search, ask, size)
    met: list[str] = []
    for page in pages:
        videos = list(dict.fromkeys(one.video_id for one in page.moments))
        met += videos
        for video_id in videos:
            own = [bare(one) for one in page.moments if one.video_id == video_id]
            assert own == [bare(one) for one in plain if one.video_id == video_id][: len(own)]
        grouped = [one.video_id for one in page.moments]
        assert grouped == sorted(grouped, key=videos.index)
        assert {video_id for video_id, _ in page.more_by_video} <= set(videos)
    assert met == order
    assert all(len({one.video_id for one in page.moments}) == size for page in pages[:-1])


@steady
@given(repeating(), queries, st.booleans(), st.integers(0, 5), st.integers(1, 6))
def test_a_page_asks_and_answers_the_same_again(
    tmp_path: Path, drawn: Drawn, ask: Query, by_video: bool, offset: int, limit: int
) -> None:
    """A page does not depend on what was asked before, only on the library."""
    ask = replace(ask, by_video=by_video, offset=offset, limit=limit)
    one, other = built(tmp_path, *drawn), built(tmp_path, *drawn)
    other.searcher.search(replace(ask, offset=0, limit=30))
    answers = [replace(made.searcher.search(ask), took_ms=0) for made in (one, other, one)]
    assert answers[0] == answers[1] == answers[2]


@steady
@given(repeating(), st.integers(1, 20), st.sampled_from([1, 2, 500]))
def test_raw_hits_are_paged_too(tmp_path: Path, drawn: Drawn, size: int, cap: int) -> None:
    """Pages of raw hits one after the other are the list of all."""
    library = built(tmp_path, *drawn)
    ask = query(("first", 1), ("heard", 0.3), per_video=cap)
    whole = library.searcher.hits(ask)
    parts = [library.searcher.hits(replace(ask, offset=n, limit=size)) for n in range(0, len(whole), size)]
    assert [hit for part in parts for hit in part] == whole


# -- folding --


def vectors_of(library: Library, modalities: tuple[Modality, ...]) -> dict[tuple[str, Segment], Any]:
    """Return the vectors of every joined segment, the plain way."""
    found: dict[tuple[str, Segment], dict[Modality, Vector]] = {}
    for video_id, rows in library.rows.items():
        for segment, members in reference_join(rows, modalities):
            found[video_id, segment] = {
                modality: unit(np.sum([one.vector * overlap for one, overlap in met], axis=0))
                for modality, met in members.items()
            }
    return found


def likeness(one: dict[Modality, Vector], other: dict[Modality, Vector]) -> float:
    """Return the smallest cosine of two segments, 0 where they differ in their modalities."""
    if one.keys() != other.keys():
        return 0.0
    return min(float(one[modality] @ other[modality]) for modality in one)


@steady
@given(repeating(), st.sampled_from([1, 2, 500]))
def test_folding_equals_comparing_everything(tmp_path: Path, drawn: Drawn, cap: int) -> None:
    """Going down the list of all moments, those whose best segment repeats that of a listed one fold."""
    library = built(tmp_path, *drawn)
    terms = (("first", 1.0), ("heard", 0.5))
    hits = library.searcher.hits(query(*terms))
    assume(len({hit.score for hit in hits}) == len(hits))  # Among equals, any may be the best one.
    vectors = vectors_of(library, MODALITIES)
    heads: list[Moment] = []
    similar: dict[_Place, list[Moment]] = {}
    counts = dict.fromkeys(library.rows, 0)
    for moment in library.searcher.search(query(*terms, per_video=500)).moments:
        own = vectors[moment.video_id, moment.hits[0].segment]
        likes = [likeness(own, vectors[one.video_id, one.hits[0].segment]) for one in heads]
        assume(all(abs(like - ALIKE) > 1e-6 for like in likes))
        head = next((one for one, like in zip(heads, likes, strict=True) if like > ALIKE), None)
        if head is not None:
            similar[place_of(head)].append(moment)
        elif counts[moment.video_id] < cap:
            counts[moment.video_id] += 1
            heads.append(moment)
            similar[place_of(moment)] = []
    found = library.searcher.search(query(*terms, per_video=cap, fold=True)).moments
    assert [bare(one) for one in found] == heads
    if cap == 500:
        assert [list(one.similar) for one in found] == [similar[place_of(one)] for one in heads]


@steady
@given(repeating(), queries, st.integers(1, 12))
def test_a_longer_list_begins_with_the_shorter(tmp_path: Path, drawn: Drawn, ask: Query, limit: int) -> None:
    """Reading on adds moments below and repeats under those above, and changes nothing else."""
    search = built(tmp_path, *drawn).searcher.search
    some, more = search(replace(ask, limit=limit)), search(replace(ask, limit=limit + 7))
    for one, other in zip(some.moments, more.moments, strict=False):
        assert bare(one) == bare(other)
        assert other.similar[: len(one.similar)] == one.similar
    assert len(some.moments) == min(limit, len(more.moments))
    assert some.more == (len(more.moments) > limit)
