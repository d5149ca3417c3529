"""Filters on the real Milvus Lite find what plain Python finds, whatever people call things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.model import Filters, Space
from core.vectors.expressions import quoted, search_expression, tags_as_text
from core.vectors.fields import TEXT_BYTES, stored_text
from core.vectors.memory import MemoryIndex
from core.vectors.port import VectorIndex, VideoFields
from tests.vector_stores import SPACE, clips, found, open_lite, open_lite_like_server, random_vectors

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
"""Any code points at all: control characters, quotes, lone surrogates, emoji."""
NAMES = st.sampled_from(
    [
        "road",
        "Road",
        'a"b',
        "a\\",
        "\\",
        "%",
        "_",
        "{x}",
        "|",
        "two\nlines",
        "",
        "Größe",
        "🎬",
        "x" * 200,
        "🎬" * 200,
    ]
)
DAYS = st.dates(date(1960, 1, 1), date(2030, 12, 31)) | st.sampled_from([date.min, date.max])
SECONDS = st.sampled_from([0.0, 1.0, 1.0004, 9.9996, 10.0, 3600.0]) | st.floats(0, 20_000)


def videos(count: int) -> st.SearchStrategy[list[VideoFields]]:
    """Return libraries of so many videos with any fields."""
    fields = st.builds(
        VideoFields,
        video_id=st.just("?"),
        duration_s=SECONDS,
        category=st.none() | NAMES | ANY_TEXT,
        tags=st.lists(NAMES | ANY_TEXT, max_size=4).map(tuple),
        recorded_on=st.none() | DAYS,
        indexed_at=st.none()
        | st.datetimes(datetime(2020, 1, 1), datetime(2020, 1, 9), timezones=st.just(UTC)),
    )
    return st.lists(fields, min_size=count, max_size=count).map(
        lambda found: [
            VideoFields(f"v{i}", f.duration_s, f.category, f.tags, f.recorded_on, f.indexed_at)
            for i, f in enumerate(found)
        ]
    )


def filters_for(library: list[VideoFields]) -> st.SearchStrategy[Filters]:
    """Return filters that name what the library has, and what it has not."""
    categories = st.sampled_from([each.category or "" for each in library]) | NAMES | ANY_TEXT
    tags = st.sampled_from([tag for each in library for tag in each.tags] or ["none"]) | NAMES | ANY_TEXT
    ids = st.sampled_from([each.video_id for each in library]) | ANY_TEXT
    days = DAYS | st.sampled_from([each.recorded_on or date(2000, 1, 1) for each in library])
    indexed = st.dates(date(2019, 12, 30), date(2020, 1, 10)) | DAYS
    lengths = SECONDS | st.sampled_from([each.duration_s for each in library])
    return st.builds(
        Filters,
        categories=st.lists(categories, max_size=3).map(tuple),
        tags=st.lists(tags, max_size=3).map(tuple),
        video_ids=st.lists(ids, max_size=4).map(tuple),
        recorded_from=st.none() | days,
        recorded_to=st.none() | days,
        indexed_from=st.none() | indexed,
        indexed_to=st.none() | indexed,
        min_duration_s=st.none() | lengths,
        max_duration_s=st.none() | lengths,
    )


def satisfies(video: VideoFields, filters: Filters) -> bool:
    """Say in plain Python what a filter means; nothing of the code under test is used."""
    day = video.indexed_at.astimezone(UTC).date() if video.indexed_at else None
    length = round(video.duration_s * 1000)
    return (
        (not filters.categories or (video.category or "") in filters.categories)
        and (not filters.tags or bool(set(filters.tags) & set(video.tags)))
        and (not filters.video_ids or video.video_id in filters.video_ids)
        and between(video.recorded_on, filters.recorded_from, filters.recorded_to)
        and between(day, filters.indexed_from, filters.indexed_to)
        and (filters.min_duration_s is None or length >= round(filters.min_duration_s * 1000))
        and (filters.max_duration_s is None or length <= round(filters.max_duration_s * 1000))
    )


def between(day: date | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    return day is not None and (first or date.min) <= day <= (last or date.max)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[VectorIndex]]:
    """Milvus Lite with tags as text, with tags as arrays, and the index in memory."""
    opened: list[VectorIndex] = [
        open_lite(tmp_path_factory.mktemp("text")),
        open_lite_like_server(tmp_path_factory.mktemp("array")),
        MemoryIndex(),
    ]
    yield opened
    for store in opened:
        store.close()


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_filters_mean_what_python_means(stores: list[VectorIndex], data: st.DataObject) -> None:
    """Random filters over random videos find the same videos in every store as in plain Python."""
    library = data.draw(videos(8), "library")
    space = Space("property", "filters", SPACE.dimension)
    for store in stores:
        store.drop(space)
        for number, video in enumerate(library):
            store.replace_video(space, video, clips(random_vectors(number, 1)))
    for filters in data.draw(st.lists(filters_for(library), min_size=12, max_size=12), "filters"):
        expected = {video.video_id for video in library if satisfies(video, filters)}
        for store in stores:
            assert found(store, space, filters) == expected, filters


@settings(max_examples=30, deadline=None)
@given(name=ANY_TEXT, other=ANY_TEXT)
@example(name="\x00", other="\\u0000")
@example(name="a\n", other="a\\n")
@example(name="\ud83c", other="🎬")
@example(name="é", other="é")
def test_any_name_finds_itself_alone(stores: list[VectorIndex], name: str, other: str) -> None:
    """Any text as category and tag finds its own video, and a different text's never."""
    space = Space("property", "names", SPACE.dimension)
    for store in stores:
        store.replace_video(
            space, VideoFields("v", 1, category=name, tags=(name,)), clips(random_vectors(1, 1))
        )
        assert found(store, space, Filters(categories=(name,))) == {"v"}
        assert found(store, space, Filters(tags=(name,))) == {"v"}
        if other != name:
            assert found(store, space, Filters(categories=(other,))) == set()
            assert found(store, space, Filters(tags=(other,))) == set()


@given(st.text(st.characters(exclude_categories=()), max_size=2000), st.text(max_size=2000))
def test_stored_text_is_short_and_unique(one: str, other: str) -> None:
    """What is stored fits a VARCHAR in bytes, holds no character that needs \\u, and is never shared."""
    stored = stored_text(one)
    assert len(stored.encode()) <= TEXT_BYTES
    assert "\\u" not in quoted(stored).replace("\\\\", "")
    assert stored == one or stored_text(stored) != stored
    if one != other:
        assert stored != stored_text(other)


@given(st.lists(st.text(), max_size=20))
def test_tags_as_text_hold_no_wildcard(tags: list[str]) -> None:
    """Tags in the text style are hexadecimal between bars, so LIKE finds whole tags only."""
    text = tags_as_text(tags)
    assert set(text) <= set("|0123456789abcdef")
    assert text.count("|") == (len(tags) + 1 if tags else 0)


@given(
    st.builds(
        Filters, categories=st.lists(ANY_TEXT, max_size=3).map(tuple), tags=st.lists(ANY_TEXT).map(tuple)
    )
)
def test_no_text_of_a_user_stands_outside_quotes(filters: Filters) -> None:
    """With its string literals taken out, an expression is made of our own words alone."""
    for style in ("text", "array"):
        expression = search_expression(filters, style)
        bare, inside, escaped = [], False, False
        for character in expression:
            if inside:
                inside = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif character == '"':
                inside = True
            else:
                bare.append(character)
        assert not inside
        words = set("".join(bare).replace(",", " ").replace("(", " ").replace(")", " ").split())
        assert words <= {
            "and", "or", "category", "in", "[", "]", "[]", "tags", "like",
            "array_contains_any",
        }  # fmt: skip


def test_a_day_ends_at_midnight_utc() -> None:
    """The last millisecond of a day is in it, the first of the next is not."""
    store = MemoryIndex()
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    for name, moment in (("in", midnight - timedelta(milliseconds=1)), ("out", midnight)):
        store.replace_video(SPACE, VideoFields(name, 1, indexed_at=moment), clips(random_vectors(1, 1)))
    assert found(store, SPACE, Filters(indexed_to=date(2026, 2, 28))) == {"in"}
    assert found(store, SPACE, Filters(indexed_from=date(2026, 3, 1))) == {"out"}
