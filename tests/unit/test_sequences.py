"""Sequences, rule by rule: what makes a chain, what is listed, and what plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.embedding.query_cache import QueryCache
from core.errors import QueryRefused
from core.model import Embedding, Filters, Moment, Query, Segment, Text, Then
from core.search.searcher import Searcher
from core.search.sequence_ranking import LEAST
from core.vectors.port import VideoFields
from tests.search_bench import Library, make_library, row
from tests.search_scenes import BIRD, LOUD, NIGHT, RED, WORDS, noisy, video
from tests.sequence_reference import as_found, chains_of, listed, scores_by_hits
from tests.vector_stores import open_lite

OTHER = 6


def sequence(*words: str, within_s: float = 10.0, **more: Any) -> Query:
    """Return a query of one word a step."""
    first, *rest = words
    steps = tuple(Then((Text(word),), within_s) for word in rest)
    return Query((Text(first),), then=steps, **more)


def shots(*shown: tuple[int, float, float], seed: int = 0) -> list[Embedding]:
    """Return rows of (what it shows, start, end)."""
    return [row(noisy(of, 100 * seed + n), start, end) for n, (of, start, end) in enumerate(shown)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Return twenty videos that show nothing of interest; tests add what they look for."""
    made = make_library(tmp_path, 8, WORDS)
    for place in range(20, 40):
        made.add(video(place), shots((OTHER, 0, 4), (OTHER, 4, 8), seed=place))
    return made


def strong(library: Library, ask: Query) -> list[Moment]:
    """Return what is more than noise: all steps at half of a typical best match at least."""
    return [moment for moment in library.searcher.search(ask).moments if moment.score > 0.5]


def spans(moments: list[Moment]) -> list[tuple[float, float]]:
    return [(moment.start_s, moment.end_s) for moment in moments]


# -- what makes a chain --


def test_it_plays_from_the_first_start_to_the_last_end(library: Library) -> None:
    """One result, from the start of the first step to the end of the last, with a hit a step in order."""
    library.add(video(1), shots((OTHER, 0, 4), (RED, 4, 8), (OTHER, 8, 12), (NIGHT, 12, 17), (OTHER, 17, 20)))
    (moment,) = strong(library, sequence("red", "night"))
    assert (moment.video_id, moment.start_s, moment.end_s) == (video(1), 4, 17)
    assert [(hit.segment, hit.step) for hit in moment.hits] == [(Segment(4, 8), 0), (Segment(12, 17), 1)]
    assert moment.score == min(hit.score for hit in moment.hits)


@pytest.mark.parametrize(
    ("start_s", "within_s", "found"),
    [(4.0, 0.0, True), (3.999, 60.0, False), (4.001, 0.0, False), (9.5, 5.5, True), (9.501, 5.5, False)],
    ids=["touching", "overlapping", "a gap too many", "just in time", "a millisecond late"],
)
def test_the_gap_is_counted_in_milliseconds(
    library: Library, start_s: float, within_s: float, found: bool
) -> None:
    """The second step begins where the first ends or later, by at most the time that was asked for."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, start_s, 14)))
    assert bool(strong(library, sequence("red", "night", within_s=within_s))) is found


def test_the_order_counts(library: Library) -> None:
    """Night, then red is not red, then night."""
    library.add(video(1), shots((NIGHT, 0, 4), (RED, 4, 8)))
    assert strong(library, sequence("red", "night")) == []
    assert spans(strong(library, sequence("night", "red"))) == [(0, 8)]


def test_all_of_it_is_in_one_video(library: Library) -> None:
    """Steps that are found in different videos make no sequence."""
    library.add(video(1), shots((RED, 0, 4), (OTHER, 4, 8)))
    library.add(video(2), shots((OTHER, 0, 4), (NIGHT, 4, 8)))
    assert strong(library, sequence("red", "night")) == []


def test_the_same_step_twice_needs_two_segments(library: Library) -> None:
    """One segment cannot answer two steps."""
    library.add(video(1), shots((RED, 0, 4), (OTHER, 4, 8)))
    assert strong(library, sequence("red", "red")) == []
    library.add(video(2), shots((RED, 0, 4), (RED, 4, 8)))
    assert spans(strong(library, sequence("red", "red"))) == [(0, 8)]


def test_every_step_has_its_own_gap(library: Library) -> None:
    """Three steps, of which the last may come much later than the second."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 5, 9), (OTHER, 9, 50), (BIRD, 50, 54)))
    red, night, bird = (Text("red"),), (Text("night"),), (Text("bird"),)
    found = strong(library, Query(red, then=(Then(night, 1.0), Then(bird, 41.0))))
    assert spans(found) == [(0, 54)]
    assert strong(library, Query(red, then=(Then(night, 1.0), Then(bird, 40.0)))) == []
    assert strong(library, Query(red, then=(Then(night, 0.5), Then(bird, 41.0)))) == []


def test_steps_may_be_found_in_different_modalities(library: Library) -> None:
    """A loud sound, then something red: the boundaries of what is heard need not be those of what is seen."""
    sounds = [row(noisy(LOUD, 7), 1, 3.5, "audio"), row(noisy(OTHER, 8), 3.5, 12, "audio")]
    library.add(video(1), [*shots((OTHER, 0, 4), (RED, 4, 8)), *sounds])
    (moment,) = strong(library, sequence("loud", "red"))
    assert (moment.start_s, moment.end_s) == (1, 8)
    assert [hit.modality for hit in moment.hits] == ["audio", "visual"]


# -- what is listed --


def test_one_pair_is_listed_once(library: Library) -> None:
    """Of chains that overlap in time only the best is listed, not one for every night near the red."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 4, 8), (NIGHT, 8, 12), (OTHER, 12, 40)))
    assert len(strong(library, sequence("red", "night"))) == 1
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 4, 8), (RED, 8, 12), (NIGHT, 12, 16)))
    assert sorted(spans(strong(library, sequence("red", "night")))) == [(0, 8), (8, 16)]


def test_of_equal_chains_the_larger_sum_comes_first(library: Library) -> None:
    """Two nights after one weak red: the better night is taken, although both chains are as weak."""
    weak = row(noisy(RED, 1, 0.7), 0, 4)
    nights = [row(noisy(NIGHT, 2, 0.8), 4, 8), row(noisy(NIGHT, 3, 1.2), 8, 12)]
    library.add(video(1), [weak, *nights])
    library.add(video(2), shots((RED, 0, 4), (OTHER, 4, 90)))
    (moment,) = [one for one in strong(library, sequence("red", "night")) if one.video_id == video(1)]
    assert moment.score == moment.hits[0].score < moment.hits[1].score
    assert moment.hits[1].segment == Segment(8, 12)


def test_what_is_not_above_the_background_is_no_match(library: Library) -> None:
    """What meets both steps a little is listed; with a mere trace of one step, or none, it is not."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 4, 8)))
    library.add(video(2), [row(noisy(RED, 1, 0.2), 0, 4), row(noisy(NIGHT, 2, 0.2), 4, 8)])
    library.add(video(3), shots((RED, 0, 4), (OTHER, 4, 8)))
    library.add(video(4), [row(noisy(RED, 3), 0, 4), row(noisy(NIGHT, 4, 0.06), 4, 8)])
    moments = library.searcher.search(sequence("red", "night", limit=500, per_video=500)).moments
    assert [moment.video_id for moment in moments] == [video(1), video(2)]
    assert all(hit.score > LEAST for moment in moments for hit in moment.hits)


def test_the_cap_holds_and_says_what_it_held_back(library: Library) -> None:
    """At most so many sequences of one video are listed, and the further ones are counted."""
    pair = [(RED, 0, 4), (NIGHT, 4, 8), (OTHER, 8, 40)]
    library.add(video(1), shots(*((of, 40 * n + a, 40 * n + b) for n in range(6) for of, a, b in pair)))
    library.add(video(2), shots((RED, 0, 4), (NIGHT, 4, 8)))
    results = library.searcher.search(sequence("red", "night"))
    assert [m.video_id for m in results.moments if m.score > 0.5].count(video(1)) == 3
    assert results.more_by_video == ((video(1), 3),)
    alone = Filters(video_ids=(video(1),))
    found = library.searcher.search(sequence("red", "night", filters=alone)).moments
    assert len([moment for moment in found if moment.score > 0.5]) == 6
    capped = library.searcher.search(sequence("red", "night", filters=alone, per_video=1))
    assert (len(capped.moments), capped.more_by_video, capped.more) == (1, ((video(1), 5),), False)


def test_filters_hold_for_every_step(library: Library) -> None:
    """Only videos that pass the filter give sequences, with the same scores as without it."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 4, 8), seed=1), category="even")
    library.add(video(2), shots((RED, 0, 4), (NIGHT, 4, 8), seed=2), category="odd")
    every = strong(library, sequence("red", "night"))
    odd = strong(library, sequence("red", "night", filters=Filters(categories=("odd",))))
    assert {moment.video_id for moment in every} == {video(1), video(2)}
    assert odd == [moment for moment in every if moment.video_id == video(2)]


# -- what is said of it --


def test_a_sequence_is_as_sure_as_its_weakest_step(library: Library) -> None:
    """The band is that of the weakest step: a sure red before a hint of night is no strong match."""
    library.add(video(1), [row(noisy(RED, 1), 0, 4), row(noisy(NIGHT, 2), 4, 8)])
    library.add(video(2), [row(noisy(RED, 3), 0, 4), row(noisy(NIGHT, 4, 0.08), 4, 8)])
    results = library.searcher.search(sequence("red", "night"))
    bands = {moment.video_id: moment.band for moment in results.moments}
    assert (bands[video(1)], bands[video(2)]) == ("strong", "possible")
    assert results.good_match
    only = library.searcher.search(sequence("red", "night", filters=Filters(video_ids=(video(2),))))
    assert only.confidence < results.confidence
    for word in ("red", "night"):
        assert results.confidence <= library.searcher.search(Query((Text(word),))).confidence


def test_terms_of_all_steps_are_reported(library: Library) -> None:
    """Reports follow the terms of every step; shares add up within one, and parts name the terms."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 4, 8)))
    ask = Query((Text("red", 3), Text("bird", 1)), then=(Then((Text("night", 0.2),)),))
    results = library.searcher.search(ask)
    assert [report.term for report in results.terms] == list(ask.all_terms)
    assert [report.share for report in results.terms] == [0.75, 0.25, 1.0]
    first, second = results.moments[0].hits
    assert ({part.term for part in first.parts}, {part.term for part in second.parts}) == ({0, 1}, {2})


def test_a_step_that_is_not_understood_leaves_nothing(library: Library) -> None:
    """Where nothing of a step was understood there is no sequence, and its report says why."""
    library.add(video(1), shots((RED, 0, 4), (NIGHT, 4, 8)))
    results = library.searcher.search(sequence("red", "qwertz"))
    assert (results.moments, results.good_match, results.more) == ((), False, False)
    assert [report.matches_nothing for report in results.terms] == [False, True]


def test_relevance_is_that_of_the_best_step(library: Library) -> None:
    """Over a whole video a segment is worth what it is to the step that it answers best."""
    library.add(video(1), shots((RED, 0, 4), (OTHER, 4, 8), (NIGHT, 8, 12)))
    found = library.searcher.relevance(sequence("red", "night"), video(1))
    alone = [dict(library.searcher.relevance(Query((Text(word),)), video(1))) for word in ("red", "night")]
    assert [segment.start_s for segment, _ in found] == [0, 4, 8]
    assert dict(found) == {segment: max(some[segment] for some in alone) for segment in alone[0]}


# -- what is refused --


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([Then((Text("red"),))] * 5, "at most 5"),
        ([Then(())], "Step 2"),
        ([Then((Text("red"),)), Then((Text("red", -1),))], "Step 3"),
        ([Then((Text("red"),), -0.1)], "0 to 3,600"),
        ([Then((Text("red"),), float("nan"))], "0 to 3,600"),
        ([Then((Text("red"),), 3_601)], "0 to 3,600"),
        ([Then((Text("  "),))], "empty"),
        ([Then(tuple(Text("red") for _ in range(20)))], "21 parts"),
    ],
)
def test_what_cannot_be_searched_is_refused(library: Library, steps: list[Then], says: str) -> None:
    """Too many steps or terms, a step that looks for nothing, and an unusable time are refused in words."""
    with pytest.raises(QueryRefused, match=says):
        library.searcher.search(Query((Text("red"),), then=tuple(steps)))


# -- the real store --


def test_milvus_lite_gives_the_same(tmp_path: Path) -> None:
    """Some hundred rows in Milvus Lite give the sequences of the exhaustive reference."""
    made = make_library(tmp_path, 8, WORDS)
    index = open_lite(tmp_path)
    searcher = Searcher(index, made.engine, QueryCache(tmp_path / "cache"))
    shown = np.random.default_rng(3).choice([RED, NIGHT, BIRD, OTHER], size=(12, 30))
    for place, own in enumerate(shown.tolist()):
        made.add(video(place), shots(*((of, 4.0 * n, 4.0 * n + 4) for n, of in enumerate(own)), seed=place))
    try:
        for video_id, rows in made.rows.items():
            index.replace_video(made.engine.space, VideoFields(video_id, 120.0), rows)
        for ask in (
            sequence("red", "night", limit=500, per_video=2),
            sequence("night", "bird", "red", within_s=20, limit=500, per_video=500),
        ):
            expected = listed(chains_of(ask, scores_by_hits(searcher, ask)), ask.per_video)
            assert len(expected) > 20
            assert as_found(searcher.search(ask).moments) == expected
    finally:
        index.close()
