"""Measuring all rows of a modality at once says of each what a search would say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.model import Embedding, Like, Modality, Query, Text
from core.model.queries import Term
from core.search import measuring
from core.search.calibration import Background
from core.search.confidence import FEW, POSSIBLE, Judge, standing
from core.search.measuring import standings_of
from core.search.yardsticks import Yardstick
from tests.search_drawing import built, libraries

WEIGHTS = st.floats(0.1, 5)
SHARES = st.floats(-1, 1)


@st.composite
def terms_of(draw: st.DrawFn, videos: list[list[Embedding]]) -> tuple[Term, ...]:
    """Draw words and moments to look for, and perhaps one to keep away from."""
    words = draw(st.lists(st.sampled_from(["first", "second", "heard", "unknown"]), max_size=3, unique=True))
    terms: list[Term] = [Text(word, draw(WEIGHTS)) for word in words]
    if not terms or draw(st.booleans()):
        segment = draw(st.sampled_from([row.segment for row in videos[0]]))
        terms.append(Like(f"{0:064x}", segment.start_s, segment.end_s, draw(WEIGHTS)))
    if draw(st.booleans()):
        terms.append(Text(draw(st.sampled_from(["first", "second"])), -draw(WEIGHTS)))
    return tuple(terms)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.data(), libraries(), st.sampled_from(["made", "preview", "twelvelabs"]),
    st.sampled_from(["visual", "audio"]),
)  # fmt: skip
def test_every_row_is_told_what_a_search_tells_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: st.DataObject,
    drawn: tuple[int, list[list[Embedding]]],
    engine: str,
    modality: Modality,
) -> None:
    """Score, standing, band and words that were not understood are the search's own, for every row."""
    monkeypatch.setattr(measuring, "_BLOCK", 7)
    library = built(tmp_path, *drawn, engine)
    query = Query(data.draw(terms_of(drawn[1])), modalities=(modality,), limit=500, fold=False, per_video=500)
    rows = {
        (video_id, row.segment): row.vector
        for video_id, own in library.rows.items()
        for row in own
        if row.modality == modality
    }
    vectors = np.stack(list(rows.values())) if rows else np.zeros((0, 8), np.float32)
    found = library.searcher.measure(query, vectors)
    hits = {(hit.video_id, hit.segment): hit for hit in library.searcher.hits(query)}
    results = library.searcher.search(query)
    assert found.ignored == tuple(word for report in results.terms for word in report.ignored)
    if not hits:
        assert not found.scores.any()
        assert not found.good.any()
        return
    assert hits.keys() == rows.keys()
    judge = Judge(library.searcher._planner.plan(library.engine.space, query, (modality,)).parts)
    for place, where in enumerate(rows):
        assert found.scores[place] == pytest.approx(hits[where].score, abs=1e-5, rel=1e-6)
        told = judge.standing(hits[where].parts)
        assert found.standings[place] == pytest.approx(told, abs=1e-5)
        if told == POSSIBLE or abs(told - POSSIBLE) > 1e-5:
            assert found.good[place] == (judge.band(hits[where].parts) != "weak")
    for moment in results.moments:
        first = (moment.hits[0].video_id, moment.hits[0].segment)
        if abs(judge.standing(moment.hits[0].parts) - POSSIBLE) > 1e-5:
            assert found.good[list(rows).index(first)] == (moment.band != "weak")


@settings(max_examples=400, deadline=None)
@given(
    st.lists(SHARES, min_size=1, max_size=20),
    st.one_of(st.integers(0, FEW + 1), st.integers(0, 100_000)),
    st.tuples(SHARES, st.floats(0, 1), st.floats(1e-6, 1)),
    st.sampled_from([(None, None), (0.0, None), (0.0, 0.12), (0.3, 0.85), (-0.2, 0.9)]),
    st.booleans(),
)
def test_standings_of_many_rows_are_those_of_each(
    cosines: list[float],
    count: int,
    measured: tuple[float, float, float],
    known: tuple[float | None, float | None],
    activation: bool,
) -> None:
    """Whatever is known of the engine and however many rows there are, both ways agree to the last digit."""
    mean, spread, noise = measured
    background = Background(
        count=count, mean=mean, lift=0.1, crowd=0.1, spread=spread, best=mean, others=mean, low_spread=spread
    )
    yardstick = Yardstick(0.02, noise, unrelated=known[0], certain=known[1], activation=activation)
    each = [standing(cosine, background, yardstick) for cosine in cosines]
    assert standings_of(np.array(cosines), background, yardstick).tolist() == each
