"""From one space to the next: what is missing, what it would cost, and what old spaces leave behind."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.catalog.catalog import Catalog
from core.composition import open_embedder, open_engine_of
from core.config import Settings
from core.errors import InputRefused, SettingsError
from core.layout import Layout
from core.model import Query, Space, Text
from tests.spaces_bench import SpacesBench, bench

__all__ = ["bench"]

OUTDATED = Space("preview", "v0", 8)


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_missing_videos_are_embedded_when_a_person_says_so(bench: SpacesBench) -> None:
    """The estimate names minutes; the batch has a job for each missing video, and nothing is sent twice."""
    with bench.open(bench.engine("old", billable=False)) as library:
        videos = bench.add(library, "one", "two", "three")
    new = bench.engine("new")
    with bench.open(new, bench.engine("old", billable=False)) as library:
        library.reindex(videos[0].id, force=False)
        library.wait(60)
        estimate = library.estimate_missing()
        assert (estimate.videos, estimate.known_videos) == (2, 0)
        assert estimate.minutes == pytest.approx(16 / 60)
        batch = library.embed_missing()
        library.wait(60)
        [progress] = library.batches(active_only=False)
        assert (progress.batch.id, progress.jobs, progress.ready) == (batch.id, 2, 2)
        [state] = [one for one in library.spaces() if one.chosen]
        assert (state.videos, state.missing, state.searched) == (3, 0, True)
        assert new.tasks == 3
        assert library.estimate_missing().videos == 0
        with pytest.raises(InputRefused, match="Every video is in the chosen space"):
            library.embed_missing()


def test_a_held_batch_of_missing_videos_waits(bench: SpacesBench) -> None:
    """Held, nothing is sent before a person has seen the price; what the archive has is stored at once."""
    with bench.open(bench.engine("new")) as library:
        bench.add(library, "one", "two")
        new_space = library.spaces()[0].space
    with bench.open(bench.engine("old", billable=False)) as library:
        library.wait(60)
        third = bench.add(library, "three")[0]
        library.drop_space(new_space.key)
    new = bench.engine("new")
    with bench.open(new, bench.engine("old", billable=False)) as library:
        estimate = library.estimate_missing()
        assert (estimate.videos, estimate.known_videos) == (1, 2)
        batch = library.embed_missing(hold=True)
        assert batch.held
        wait_until(lambda: {one.video_id for one in library.jobs(active_only=True)} == {third.id})
        assert library.spaces()[0].videos == 2
        assert new.diary.count("upload", third.id) == 0
        library.release(batch.id)
        library.wait(60)
        assert new.tasks == 3
        assert new.diary.count("upload", third.id) == 1


def test_a_shorter_dimension_costs_no_call(bench: SpacesBench) -> None:
    """Vectors of a model that may be cut come from the archive: known, free, searched, never asked for."""
    long, short = bench.engine("long"), bench.engine("short")
    long.space = Space("twelvelabs", "marengo3.5", 8)
    short.space = Space("twelvelabs", "marengo3.5", 4)
    with bench.open(long) as library:
        bench.add(library, "one", "two")
    again = bench.engine("long")
    again.space = long.space
    with bench.open(short, again) as library:
        estimate = library.estimate_missing()
        assert (estimate.videos, estimate.known_videos) == (0, 2)
        library.embed_missing()
        library.wait(60)
        assert short.tasks == short.diary.count("upload") == 0
        [chosen, other] = library.spaces()
        assert (chosen.videos, chosen.searched, other.videos) == (2, True, 2)
        assert len(library.search(Query(terms=(Text("a lighthouse"),))).moments) > 0
        assert library.usage().minutes_total == pytest.approx(16 / 60)


def test_rows_of_an_earlier_preview_engine_go_when_nothing_needs_them(bench: SpacesBench) -> None:
    """They stay while videos are missing in the present space, and are gone at the start after that."""
    old = bench.engine("old", billable=False)
    old.space = OUTDATED
    with bench.open(old) as library:
        bench.add(library, "one")
    with bench.open(bench.engine("present", billable=False)) as library:
        library.wait(60)
        assert [state.space for state in library.spaces()][1:] == [OUTDATED]
    with bench.open(bench.engine("present", billable=False)) as library:
        assert len(library.spaces()) == 1
        assert library._parts.index.count(OUTDATED) == 0
        assert len(library.search(Query(terms=(Text("a lighthouse"),))).moments) > 0


def test_spaces_of_a_catalog_that_did_not_name_them_are_told_by_their_keys(bench: SpacesBench) -> None:
    """A library of an earlier version knows only the key of its space; it is searched all the same."""
    with bench.open(bench.engine("old", billable=False)) as library:
        bench.add(library, "one")
        space = library.spaces()[0].space
        data = library.layout.root
    with sqlite3.connect(data / "catalog.sqlite") as connection:
        connection.execute("DELETE FROM spaces")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        assert [state.space.key for state in library.spaces() if state.searched] == [space.key]


# -- the real engines ------------------------------------------------------------------------------


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    yield opened
    opened.close()


def settings(folder: Path, **told: object) -> Settings:
    return Settings(data_dir=folder, **told)


def test_the_settings_choose_the_engine(catalog: Catalog, tmp_path: Path) -> None:
    """With a key it is Marengo in the dimension that is set, without one the preview engine."""
    layout = Layout(tmp_path)
    key = SecretStr("tlk_test_0")
    chosen = {
        name: open_embedder(one, catalog, layout)
        for name, one in {
            "none": settings(tmp_path),
            "key": settings(tmp_path, twelve_labs_api_key=key, dimension=256),
            "3.0": settings(tmp_path, twelve_labs_api_key=key, model="marengo3.0", dimension=256),
            "forced": settings(tmp_path, twelve_labs_api_key=key, engine="preview"),
        }.items()
    }
    assert {name: engine.space.key for name, engine in chosen.items()} == {
        "none": "preview_v1_512",
        "key": "twelvelabs_marengo3_5_256",
        "3.0": "twelvelabs_marengo3_0_512",
        "forced": "preview_v1_512",
    }
    for engine in chosen.values():
        engine.close()


def test_the_engine_of_any_space_is_opened_where_it_can_be(catalog: Catalog, tmp_path: Path) -> None:
    """Whatever model is set, another space's engine opens in its own model and dimension."""
    told = settings(
        tmp_path, twelve_labs_api_key=SecretStr("tlk_test_0"), modalities=("visual", "transcription"),
        model="marengo3.0",
    )  # fmt: skip
    spaces = [
        Space("preview", "v1", 512),
        Space("twelvelabs", "marengo3.5", 512),
        Space("twelvelabs", "marengo3.5", 128),
        Space("twelvelabs", "marengo3.0", 512),
    ]
    for space in spaces:
        engine = open_engine_of(space, told, catalog, Layout(tmp_path))
        assert engine.space == space
        engine.close()


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (Space("twelvelabs", "marengo3.5", 512), "Set TWELVE_LABS_API_KEY"),
        (OUTDATED, "cannot search what preview v0 made"),
        (Space("twelvelabs", "marengo2.7", 1024), "cannot search what twelvelabs marengo2.7 made"),
        (Space("other", "x", 4), "cannot search what other x made"),
    ],
    ids=lambda value: value.key if isinstance(value, Space) else "",
)
def test_why_an_engine_cannot_be_opened_is_said(
    catalog: Catalog, tmp_path: Path, space: Space, sentence: str
) -> None:
    """No key, an earlier version and an unknown engine: each is one sentence with what to do."""
    with pytest.raises(SettingsError, match=sentence):
        open_engine_of(space, settings(tmp_path), catalog, Layout(tmp_path))
