"""A search as a link: written into an address, read out of it, whatever somebody typed there."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.address_values import EARLIEST, LATEST, tidy
from components.search_address import (
    FILTERS,
    LONGEST_LIST,
    MOST_DAYS,
    VIEWS,
    Place,
    SearchRequest,
    read_place,
    read_request,
    write_request,
)
from components.senses import SENSES

ids = st.text("0123456789abcdef", min_size=1, max_size=32)
times = st.integers(0, 9_999_000).map(lambda ms: ms / 1000)
lengths = st.integers(1, 30_000).map(lambda ms: ms / 1000)
places = st.builds(
    lambda video, start, length: Place(video, start, round(start + length, 3)), ids, times, lengths
)
words = st.text(min_size=1, max_size=40).map(tidy).filter(bool)
days = st.none() | st.dates(EARLIEST, LATEST)
durations = st.none() | st.integers(1, 100_000_000).map(lambda ms: ms / 1000)


def several(one: st.SearchStrategy[object], *, unique: bool = True) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(one, unique=unique, max_size=4).map(tuple)


samples = st.one_of(
    st.just({}), st.builds(lambda place: {"like": place}, places), st.builds(lambda id_: {"sample": id_}, ids)
)
requests = st.builds(
    lambda sample, **rest: SearchRequest(**sample, **rest),
    samples,
    text=st.text(max_size=50).map(tidy),
    words_percent=st.integers(0, 20).map(lambda step: step * 5),
    together=st.booleans(),
    sense=st.sampled_from(SENSES),
    categories=several(st.text(min_size=1, max_size=20)),
    tags=several(st.text(min_size=1, max_size=20)),
    video_ids=several(ids),
    at=st.none() | places,
    anyway=st.booleans(),
    limit=st.integers(1, LONGEST_LIST),
    more=several(places),
    less=several(places),
    without=several(words),
    then=several(words, unique=False),
    within_s=st.integers(0, 3_600_000).map(lambda ms: ms / 1000),
    recorded_from=days,
    recorded_to=days,
    indexed_from=days,
    indexed_to=days,
    last_days=st.none() | st.integers(1, MOST_DAYS),
    min_duration_s=durations,
    max_duration_s=durations,
    view=st.sampled_from(VIEWS),
)


def as_parameters(request: SearchRequest) -> dict[str, list[str]]:
    return {
        name: [value] if isinstance(value, str) else value for name, value in write_request(request).items()
    }


@given(requests)
@example(SearchRequest())
def test_an_address_holds_the_whole_search(request: SearchRequest) -> None:
    """What is written into an address is read out of it again, the very same request."""
    assert read_request(as_parameters(request)) == request


def test_a_search_of_nothing_has_no_parameters() -> None:
    """What nobody changed is not in the address."""
    assert write_request(SearchRequest()) == {}


names = st.sampled_from(
    (
        *FILTERS,
        *("q", "words", "together", "in", "like", "sample", "at", "anyway", "n", "view", "other"),
        *("more", "less", "without", "then", "within"),
    )
)
typed = (
    st.text()
    | st.integers().map(str)
    | st.floats().map(str)
    | st.dates().map(str)
    | st.sampled_from(["9" * 5000, "a@1-2", "a@2-1", "２０", "true", "2026-02-30", "1e3", "\x00", ""])
)


@given(st.dictionaries(names, st.lists(typed, max_size=30)))
def test_nothing_typed_by_hand_breaks_the_reading(params: dict[str, list[str]]) -> None:
    """Any address is a request, and writing that one again changes nothing more."""
    request = read_request(params)
    assert read_request(as_parameters(request)) == request
    assert request.filters.on(date(2026, 11, 22)).last_days is None


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (
            {"q": "blue", "words": "70", "like": "ab@4.000-8.000"},
            SearchRequest("blue", 70, like=Place("ab", 4, 8)),
        ),
        ({"q": "a", "in": "See"}, SearchRequest("a", sense="see")),
        ({"q": "a", "in": "See and hear"}, SearchRequest("a", sense="both")),
        ({"q": "a", "in": "All together"}, SearchRequest("a", sense="fused")),
        (
            {"category": "Interview", "videos": "ab"},
            SearchRequest(categories=("Interview",), video_ids=("ab",)),
        ),
        (
            {"sample": "0f" * 16, "q": "a", "together": "true", "anyway": "1", "n": "40"},
            SearchRequest("a", sample="0f" * 16, together=True, anyway=True, limit=40),
        ),
        ({"like": "broken", "sample": "0f"}, SearchRequest()),
    ],
)
def test_old_links_keep_their_meaning(params: dict[str, str], expected: SearchRequest) -> None:
    """The parameters of earlier versions say what they said."""
    assert read_request({name: [value] for name, value in params.items()}) == expected


@given(st.text())
@example("a@1-2")
@example("a@2-1")
@example("a@1e9-2e9")
@example("a/b@1-2")
@example("a@１-２")
def test_no_address_breaks_the_reading_of_places(text: str) -> None:
    """Any text either names a place with its start before its end, or none."""
    place = read_place(text)
    assert place is None or (place.start_s < place.end_s and re.fullmatch(r"[\w-]+", place.video_id))
