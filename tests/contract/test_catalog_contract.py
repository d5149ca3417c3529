"""What the catalog promises about videos, on SQLite and, where one is named, on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from core.catalog.catalog import Catalog
from core.catalog.tables import metadata
from core.errors import (
    CatalogUnavailable,
    NotFound,
    StoreError,
)
from core.model import Space
from tests.catalogs import DATABASES, MEDIA, NOW, Clock, catalog_url, new_video


@pytest.fixture(params=DATABASES, ids=lambda url: str(url).split(":")[0])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with catalog_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    catalog = Catalog(url, clock=Clock())
    yield catalog
    catalog.close()


# -- videos ------------------------------------------------------------------------------------------


def test_a_video_comes_back_as_it_was_added(catalog: Catalog, url: str) -> None:
    """Every field of a video survives being written, closed and opened again."""
    new = new_video(
        title="Üben 🎻 <b>", category="road", tags=("a", "ü"), has_subtitles=True, source_url="https://x.y/z",
        recorded_at=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    )  # fmt: skip
    added = catalog.add_video(new)
    with_another = Catalog(url)
    found = with_another.video(new.id)
    with_another.close()
    assert found == added
    assert found.media == MEDIA
    assert (found.title, found.category, found.tags, found.source_url, found.recorded_at) == (
        new.title, "road", ("a", "ü"), "https://x.y/z", new.recorded_at,
    )  # fmt: skip
    assert found.paths == ("/films/1.mov",)
    assert found.added_at > NOW
    assert found.has_subtitles


def test_recorded_time_comes_from_the_container_when_nobody_gave_one(catalog: Catalog) -> None:
    """Without a recorded date from a person, the container's creation time is taken."""
    assert catalog.add_video(new_video()).recorded_at == MEDIA.recorded_at


def test_times_are_utc_whatever_zone_they_came_in(catalog: Catalog) -> None:
    """A time of another zone, or of none, comes back as the same moment in UTC."""
    video = catalog.add_video(
        new_video(recorded_at=datetime(2024, 6, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    )
    assert video.recorded_at == datetime(2024, 6, 1, 10, tzinfo=UTC)
    edited = catalog.edit_video(video.id, recorded_at=datetime(2024, 6, 1, 12))
    assert edited.recorded_at == datetime(2024, 6, 1, 12, tzinfo=UTC)
    assert edited.recorded_at.tzinfo is UTC


def test_videos_are_listed_newest_first(catalog: Catalog) -> None:
    """The video that was added last is the first of the list."""
    ids = [catalog.add_video(new_video(number)).id for number in range(1, 6)]
    assert [video.id for video in catalog.videos()] == ids[::-1]


def test_the_same_bytes_are_one_video(catalog: Catalog) -> None:
    """Adding a video that is there already is refused, and writes no job for it either."""
    catalog.add_video_with_job(new_video())
    with pytest.raises(StoreError):
        catalog.add_video_with_job(new_video(title="Again"))
    assert len(catalog.videos()) == 1
    assert len(catalog.jobs()) == 1


def test_editing_changes_the_named_fields_only(catalog: Catalog) -> None:
    """A field that is not named keeps its value; None empties one that can be empty."""
    video = catalog.add_video(new_video(category="road", tags=("one", "two")))
    edited = catalog.edit_video(video.id, tags=("two", " two ", "", "three"))
    assert edited == replace(video, tags=("two", "three"))
    emptied = catalog.edit_video(video.id, category=None, recorded_at=None, title="  ")
    assert (emptied.category, emptied.recorded_at, emptied.title) == (None, None, video.title)


def test_hostile_text_is_stored_as_harmless_text(catalog: Catalog) -> None:
    """Lone surrogates, NUL and direction overrides neither break the catalog nor survive in it."""
    video = catalog.add_video(
        new_video(title="a\ud800b\x00c\u202ed", category="\x00", tags=("\udfff", "ok\x00"))
    )
    assert video.title.encode("utf-8").decode() == video.title
    assert "\x00" not in video.title
    assert "\u202e" not in video.title
    assert video.category is None
    assert video.tags == ("ok",)


def test_a_path_that_is_not_unicode_is_remembered_exactly(catalog: Catalog) -> None:
    """A file name of bytes that are no UTF-8 comes back as the same path."""
    path = os.fsdecode(b"/films/\xff\xfe.mov")
    assert catalog.add_video(new_video(path=path)).paths == (path,)


def test_every_path_is_remembered_newest_first(catalog: Catalog) -> None:
    """A path that is seen again becomes the first one, and is not listed twice."""
    video = catalog.add_video(new_video())
    catalog.remember_path(video.id, "/b.mov")
    assert catalog.remember_path(video.id, "/c.mov").paths == ("/c.mov", "/b.mov", "/films/1.mov")
    assert catalog.remember_path(video.id, "/films/1.mov").paths == ("/films/1.mov", "/c.mov", "/b.mov")


def test_marking_a_video_as_indexed(catalog: Catalog) -> None:
    """What indexing made of a video is kept with it."""
    video = catalog.add_video(new_video())
    space = Space("one", "a", 8)
    marked = catalog.mark_indexed(video.id, recipe="r1", space=space, segment_count=7, indexed_at=NOW)
    assert marked == catalog.video(video.id)
    assert (marked.recipe, marked.space_key, marked.segment_count) == ("r1", space.key, 7)
    assert marked.indexed_at == NOW
    assert marked.status == "ready"


def test_categories_and_tags_in_use(catalog: Catalog) -> None:
    """The lists to choose from hold each category and tag once, in alphabetical order."""
    catalog.add_video(new_video(1, category="road", tags=("b", "A")))
    catalog.add_video(new_video(2, category="Harbour", tags=("b", "c")))
    catalog.add_video(new_video(3))
    assert catalog.categories() == ["Harbour", "road"]
    assert catalog.tags() == ["A", "b", "c"]


def test_the_words_of_a_library(catalog: Catalog) -> None:
    """Titles and tags of every video are given to engines that know a library's own words."""
    catalog.add_video(new_video(1, title="Red boat", tags=("sea",)))
    assert set(catalog.word_sources()) == {"Red boat", "sea"}


@pytest.mark.parametrize(
    "ask", ["video", "edit_video", "remember_path", "mark_indexed", "forget_video", "add_job"]
)
def test_an_unknown_video_is_not_found(catalog: Catalog, ask: str) -> None:
    """Whoever names a video that is not there gets NotFound with a sentence, and nothing is written."""
    calls = {
        "video": lambda: catalog.video("0" * 32),
        "edit_video": lambda: catalog.edit_video("0" * 32, title="x"),
        "remember_path": lambda: catalog.remember_path("0" * 32, "/x"),
        "mark_indexed": lambda: catalog.mark_indexed(
            "0" * 32, recipe="r", space=Space("one", "a", 8), segment_count=1, indexed_at=NOW
        ),
        "forget_video": lambda: catalog.forget_video("0" * 32, keep_embeddings=False),
        "add_job": lambda: catalog.add_job("0" * 32),
    }
    with pytest.raises(NotFound, match="library"):
        calls[ask]()
    assert catalog.find("0" * 32) is None
    assert catalog.jobs() == []
    assert catalog.unsettled() == []


# -- the database itself -----------------------------------------------------------------------------


def test_threads_may_write_at_the_same_time(catalog: Catalog) -> None:
    """Thirty-two threads that read and write at once neither fail nor lose a row."""

    def add(number: int) -> None:
        video, _ = catalog.add_video_with_job(new_video(number))
        catalog.edit_video(video.id, category=f"c{number}")
        catalog.videos()

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(add, range(1, 97)))
    assert len(catalog.videos()) == 96
    assert len(catalog.categories()) == 96


def test_the_migrations_make_the_tables_that_the_code_expects(url: str) -> None:
    """The schema that migrations build is the one in tables.py, and opening it again changes nothing."""
    Catalog(url).close()
    Catalog(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_closed_catalog_says_so(url: str) -> None:
    """After closing, every call is refused instead of quietly opening the database again."""
    catalog = Catalog(url)
    catalog.close()
    with pytest.raises(CatalogUnavailable, match="closed"):
        catalog.videos()
