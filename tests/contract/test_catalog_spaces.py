"""What the catalog promises about spaces and calls, on SQLite and, where one is named, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.errors import NotFound, SpaceMismatch
from core.model import Space, Video
from tests.catalogs import DATABASES, NOW, Clock, catalog_url, new_video

OLD, NEW = Space("one", "a", 8), Space("two", "b", 16)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=DATABASES, ids=lambda url: str(url).split(":")[0])
def catalog(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Catalog]:
    with catalog_url(request.param, tmp_path) as url:
        opened = Catalog(url, clock=clock)
        yield opened
        opened.close()


def indexed(catalog: Catalog, video: Video, space: Space, recipe: str = "r", at: datetime = NOW) -> None:
    catalog.mark_indexed(video.id, recipe=recipe, space=space, segment_count=3, indexed_at=at)


def test_a_video_is_noted_in_every_space_that_it_was_stored_in(catalog: Catalog) -> None:
    """Storing a video in a second space leaves the first one noted; storing again writes over."""
    video = catalog.add_video(new_video())
    indexed(catalog, video, OLD)
    indexed(catalog, video, NEW, "r1")
    indexed(catalog, video, NEW, "r2")
    assert {(one.space_key, one.recipe) for one in catalog.spaces_of(video.id)} == {
        (OLD.key, "r"),
        (NEW.key, "r2"),
    }
    assert catalog.known_spaces() == [OLD, NEW]
    assert catalog.space_counts() == ({OLD.key: 1, NEW.key: 1}, 1)
    assert catalog.video(video.id).space_key == NEW.key


def test_missing_are_the_indexed_videos_without_rows(catalog: Catalog) -> None:
    """A video that was never indexed is missing nowhere; one with rows elsewhere is, until it has some."""
    first, second, _queued = (catalog.add_video(new_video(number)) for number in (1, 2, 3))
    indexed(catalog, first, OLD)
    indexed(catalog, second, OLD)
    indexed(catalog, first, NEW)
    assert catalog.space_counts() == ({OLD.key: 2, NEW.key: 1}, 2)
    assert catalog.missing_in(OLD.key) == []
    assert catalog.missing_in(NEW.key) == [second.id]
    assert [one.video_id for one in catalog.indexed_in(NEW.key)] == [first.id]
    catalog.forget_rows(OLD.key, second.id)
    assert catalog.missing_in(OLD.key) == [second.id]


def test_the_space_that_was_written_to_last_comes_first(catalog: Catalog) -> None:
    """Counts are in the order in which the spaces were last written to, the newest first."""
    first, second = (catalog.add_video(new_video(number)) for number in (1, 2))
    indexed(catalog, first, OLD, at=NOW)
    indexed(catalog, first, NEW, at=NOW + timedelta(hours=1))
    assert list(catalog.space_counts()[0]) == [NEW.key, OLD.key]
    indexed(catalog, second, OLD, at=NOW + timedelta(hours=2))
    assert list(catalog.space_counts()[0]) == [OLD.key, NEW.key]


def test_a_deleted_video_is_in_no_space(catalog: Catalog) -> None:
    """Deleting a video takes its rows out of all spaces; the spaces stay known."""
    video = catalog.add_video(new_video())
    indexed(catalog, video, OLD)
    indexed(catalog, video, NEW)
    catalog.forget_video(video.id, keep_embeddings=False)
    assert catalog.space_counts() == ({}, 0)
    assert catalog.spaces_of(video.id) == []
    assert catalog.known_spaces() == [OLD, NEW]
    with pytest.raises(NotFound):
        indexed(catalog, video, OLD)
    assert catalog.space_counts() == ({}, 0)


def test_a_forgotten_space_is_not_known_any_more(catalog: Catalog) -> None:
    """Forgetting a space strikes out its rows and its name, and nothing of another one."""
    video = catalog.add_video(new_video())
    indexed(catalog, video, OLD)
    indexed(catalog, video, NEW)
    catalog.record_call(OLD.key, "text")
    catalog.forget_space(OLD.key)
    assert catalog.known_spaces() == [NEW]
    assert catalog.space_counts() == ({NEW.key: 1}, 1)
    assert catalog.call_totals() == {(OLD.key, "text"): 1}


def test_two_spaces_never_share_a_key(catalog: Catalog) -> None:
    """A space whose key belongs to another one is refused: they would share a collection."""
    catalog.note_space(Space("one", "a.b", 8))
    catalog.note_space(Space("one", "a.b", 8))
    with pytest.raises(SpaceMismatch, match=r"Set another CUEPOINT_MODEL"):
        catalog.note_space(Space("one", "a-b", 8))
    assert catalog.known_spaces() == [Space("one", "a.b", 8)]


def test_calls_are_counted_by_space_kind_and_day(catalog: Catalog, clock: Clock) -> None:
    """Calls of a day add up, also those of many threads; a day (UTC) can be asked for alone."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: catalog.record_call(OLD.key, "text"), range(24)))
    catalog.record_call(OLD.key, "clip")
    clock.now += timedelta(days=1)
    catalog.record_call(OLD.key, "text")
    catalog.record_call(NEW.key, "text")
    assert catalog.call_totals() == {
        (OLD.key, "text"): 25,
        (OLD.key, "clip"): 1,
        (NEW.key, "text"): 1,
    }
    assert catalog.call_totals(since=clock.now.date()) == {(OLD.key, "text"): 1, (NEW.key, "text"): 1}
