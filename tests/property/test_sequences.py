"""Sequences equal an exhaustive reference, whatever the library and the query are."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from core.model import Embedding, Filters, Modality, Query, Text, Then
from core.search import lists
from tests.search_bench import Weighed, reference_scores
from tests.search_drawing import built, libraries
from tests.sequence_reference import as_found, chains_of, found_of, listed, scores_by_hits

CLOSE = 5e-5
"""As in test_search_properties."""

Drawn = tuple[int, list[list[Embedding]]]

steady = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read lists in small steps, so that small libraries are deepened too."""
    monkeypatch.setattr(lists, "DEPTHS", (10, 24, 64, 256, 4096))
    monkeypatch.setattr("core.search.ranking._FIRST_BATCH", 3)
    monkeypatch.setattr("core.search.calibration.DEPTH", 10)
    monkeypatch.setattr("core.search.fitting.LOOKED", 4096)
    monkeypatch.setattr("core.search.sequence_ranking._AT_ONCE", 2)


WORDS = ("first", "second", "heard")


@st.composite
def some_terms(draw: st.DrawFn, *, negative: bool) -> tuple[Text, ...]:
    """Draw the terms of a step: one or two words, and perhaps one to do without."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True))
    weights = draw(st.lists(st.floats(0.1, 5), min_size=3, max_size=3))
    terms = [Text(word, weight) for word, weight in zip(words, weights, strict=False)]
    if negative and len(terms) > 1 and draw(st.booleans()):
        terms[-1] = replace(terms[-1], weight=-terms[-1].weight)
    return tuple(terms)


@st.composite
def sequences(draw: st.DrawFn, *, negative: bool = True) -> Query:
    """Draw a query of two or three steps."""
    gaps = draw(st.lists(st.sampled_from([0.0, 0.1, 2.0, 10.0, 60.0]), min_size=1, max_size=2))
    filters = draw(
        st.sampled_from(
            [
                Filters(),
                Filters(),
                Filters(categories=("odd",)),
                Filters(video_ids=(f"{0:064x}",)),
                Filters(video_ids=(f"{0:064x}", f"{1:064x}")),
            ]
        )
    )
    modalities: tuple[Modality, ...] = draw(
        st.sampled_from([("visual",), ("audio",), ("visual", "audio"), ("visual", "audio")])
    )
    return Query(
        draw(some_terms(negative=negative)),
        modalities,
        filters,
        limit=500,
        per_video=draw(st.sampled_from([1, 2, 500])),
        then=tuple(Then(draw(some_terms(negative=negative)), gap) for gap in gaps),
    )


@steady
@given(libraries(), sequences())
def test_the_list_equals_an_exhaustive_reference(tmp_path: Path, drawn: Drawn, ask: Query) -> None:
    """The sequences are those of trying every tuple of the steps' raw hits, to the last bit and in order."""
    library = built(tmp_path, *drawn)
    expected = chains_of(ask, scores_by_hits(library.searcher, ask))
    results = library.searcher.search(ask)
    event("found some" if expected else "found none")
    assert as_found(results.moments) == listed(expected, ask.per_video)
    assert not results.more


@steady
@given(libraries(), sequences())
def test_scores_equal_brute_force(tmp_path: Path, drawn: Drawn, ask: Query) -> None:
    """The same holds of scores that are computed from all vectors of the library, without any search."""
    library = built(tmp_path, *drawn)
    passing = {
        video_id
        for place, video_id in enumerate(library.rows)
        if (not ask.filters.categories or place % 2) and video_id in (ask.filters.video_ids or (video_id,))
    }
    scores = []
    for terms in (ask.terms, *(then.terms for then in ask.then)):
        weighed = [Weighed("text", library.engine.texts[term.text], term.weight) for term in terms]
        # Without a positive term in these modalities nothing was understood of the step.
        asked = any(one.weight > 0 and {*one.vectors} & {*ask.modalities} for one in weighed)
        every = reference_scores(library, weighed, ask.modalities) if asked else {}
        scores.append({place: round(value, 9) for place, value in every.items() if place[0] in passing})
    values = sorted({0.0, *(value for some in scores for value in some.values())})
    # What is not quite equal, and nearer than an index computes, may come in any order.
    assume(all(b - a > CLOSE * max(1, b) for a, b in itertools.pairwise(values)))
    expected = listed(chains_of(ask, scores), ask.per_video)
    found = as_found(library.searcher.search(ask).moments)
    assert [(one.video_id, one.segments) for one in found] == [
        (one.video_id, one.segments) for one in expected
    ]
    for one, other in zip(found, expected, strict=True):
        assert all(
            math.isclose(a, b, abs_tol=CLOSE, rel_tol=CLOSE)
            for a, b in zip(one.scores, other.scores, strict=True)
        )


@steady
@given(libraries(), sequences(), st.integers(1, 4))
def test_pages_partition_the_list(tmp_path: Path, drawn: Drawn, ask: Query, size: int) -> None:
    """Pages laid end to end are the list; every page but the last says that there is another."""
    library = built(tmp_path, *drawn)
    whole = library.searcher.search(ask).moments
    met = []
    for offset in range(0, max(1, len(whole)), size):
        page = library.searcher.search(replace(ask, limit=size, offset=offset))
        assert page.more == (offset + size < len(whole))
        met += page.moments
    assert tuple(met) == whole


@steady
@given(libraries(min_videos=2), sequences(), st.integers(1, 3))
def test_pages_by_video_partition_the_videos(tmp_path: Path, drawn: Drawn, ask: Query, size: int) -> None:
    """By video, a page has the next videos of the list in order, each with the best of its sequences."""
    library = built(tmp_path, *drawn)
    whole = library.searcher.search(ask).moments
    videos = list(dict.fromkeys(moment.video_id for moment in whole))
    met: list[str] = []
    for offset in range(0, max(1, len(videos)), size):
        page = library.searcher.search(replace(ask, limit=size, offset=offset, by_video=True))
        assert page.more == (offset + size < len(videos))
        groups = [
            (video_id, list(some)) for video_id, some in itertools.groupby(page.moments, lambda m: m.video_id)
        ]
        for video_id, some in groups:
            own = [moment for moment in whole if moment.video_id == video_id]
            assert some == own[: len(some)]
        met += [video_id for video_id, _ in groups]
    assert met == videos


@steady
@given(libraries(), sequences(), st.integers(1, 6))
def test_hits_are_those_of_the_best_sequences(tmp_path: Path, drawn: Drawn, ask: Query, limit: int) -> None:
    """Raw hits are the segments of the best sequences in order, and no cap holds."""
    library = built(tmp_path, *drawn)
    expected = listed(chains_of(ask, scores_by_hits(library.searcher, ask)))[:limit]
    hits = library.searcher.hits(replace(ask, limit=limit))
    length = 1 + len(ask.then)
    found = [found_of(hits[place : place + length]) for place in range(0, len(hits), length)]
    assert found == expected


@steady
@given(libraries(), sequences())
def test_what_is_held_back_is_no_more_than_the_cap_left_out(tmp_path: Path, drawn: Drawn, ask: Query) -> None:
    """Held back are only sequences that would be listed without a cap."""
    library = built(tmp_path, *drawn)
    free = library.searcher.search(replace(ask, per_video=500))
    capped = library.searcher.search(replace(ask, per_video=1))
    for video_id, count in capped.more_by_video:
        own = [moment for moment in free.moments if moment.video_id == video_id]
        assert 0 < count <= len([moment for moment in own[1:] if moment.band != "weak"])


@steady
@given(libraries(), sequences(), st.floats(1e-6, 1e4))
def test_only_proportions_within_a_step_count(
    tmp_path: Path, drawn: Drawn, ask: Query, factor: float
) -> None:
    """Scaling the weights of one step changes nothing: steps are not weighed against each other."""
    library = built(tmp_path, *drawn)
    scaled = tuple(replace(term, weight=factor * term.weight) for term in ask.terms)
    before = library.searcher.search(ask)
    after = library.searcher.search(replace(ask, terms=scaled))
    for one, other in zip(before.moments, after.moments, strict=True):
        assert math.isclose(one.score, other.score, abs_tol=1e-9)
    assert [report.share for report in before.terms] == pytest.approx(
        [report.share for report in after.terms]
    )
