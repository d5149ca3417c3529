"""Reading vectors for the insights: what is archived, filtered as a search does it, sampled evenly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog.spaces import IndexedIn
from core.insights.reading import read_points
from core.insights.selecting import chosen_recipes, selected_videos
from core.model import Embedding, Filters, MediaInfo, Segment, Video
from core.vectors.archive import Archive
from core.vectors.port import VideoFields
from tests.property.test_expressions import filters_for, satisfies, videos
from tests.vector_stores import SPACE, random_vectors

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)
TODAY = date(2024, 5, 20)
RECIPE = "test"


def video(video_id: str, duration_s: float = 60.0, category: str | None = None) -> Video:
    """Return a video as the catalog has it."""
    media = MediaInfo(duration_s, 640, 360, Fraction(25), "h264")
    return Video(video_id, video_id, video_id, 1, media, NOW, category=category, indexed_at=NOW)


def filled(folder: Path, counts: dict[str, int]) -> tuple[Archive, list[Video], list[IndexedIn]]:
    """Archive so many seen and heard segments of each video, latest first, and one vector of the whole."""
    archive = Archive(folder / "archive")
    for number, (video_id, count) in enumerate(counts.items()):
        vectors = random_vectors(number, 2 * count + 1) * 3
        rows = [
            Embedding(vectors[2 * place + heard], Segment(place * 6.0, place * 6.0 + 6), modality)
            for place in reversed(range(count))
            for heard, modality in enumerate(("visual", "audio"))
        ]
        whole = Embedding(vectors[-1], Segment(0.0, 6.0 * count), "visual", "asset")
        archive.write(video_id, SPACE, RECIPE, [whole, *rows])
    entries = [IndexedIn(video_id, SPACE.key, RECIPE, 2 * n + 1, NOW) for video_id, n in counts.items()]
    return archive, [video(video_id) for video_id in counts], entries


def chosen(
    known: list[Video], entries: list[IndexedIn], filters: Filters | None = None
) -> list[tuple[str, str]]:
    """Return the videos to read, as the catalog's entries and the filters say."""
    return chosen_recipes(known, entries, filters or Filters(), TODAY)


def test_segments_come_by_video_and_time_with_their_own_vectors(tmp_path: Path) -> None:
    """Every clip segment of the modality is there once, of unit length, in order, with its vector."""
    archive, known, entries = filled(tmp_path, {"b": 4, "a": 3})
    points = read_points(chosen(known, entries), archive, SPACE, "audio")
    assert (points.video_ids, points.total, points.sampled) == (("a", "b"), 7, False)
    expected = {
        (video_id, each.segment): each.vector / np.linalg.norm(each.vector)
        for video_id in ("a", "b")
        for each in archive.read(video_id, SPACE, RECIPE)
        if each.modality == "audio" and each.scope == "clip"
    }
    places = [points.segment(row) for row in range(7)]
    assert places == sorted(expected)
    for row, place in enumerate(places):
        assert points.vectors[row] == pytest.approx(expected[place], abs=1e-6)


def test_a_sample_keeps_the_vectors_of_its_rows(tmp_path: Path) -> None:
    """Beyond the limit a sample comes, of every video, each row with its own vector; the total is told."""
    archive, known, entries = filled(tmp_path, {"a": 30, "b": 10, "c": 1})
    everything = read_points(chosen(known, entries), archive, SPACE, "visual")
    some = read_points(chosen(known, entries), archive, SPACE, "visual", most=20)
    assert (len(some), some.total, some.sampled) == (20, 41, True)
    assert set(some.video_of.tolist()) == {0, 1, 2}
    rows = {everything.segment(row): row for row in range(41)}
    for row in range(20):
        assert np.array_equal(some.vectors[row], everything.vectors[rows[some.segment(row)]])


def test_filters_choose_the_videos(tmp_path: Path) -> None:
    """Only segments of videos that satisfy the filters are read; `total` counts only those."""
    archive, known, entries = filled(tmp_path, {"a": 3, "b": 4})
    known[1] = replace(known[1], category="road")
    filters = Filters(categories=("road",))
    points = read_points(chosen(known, entries, filters), archive, SPACE, "visual")
    assert (points.video_ids, points.total) == (("b",), 4)


def test_what_the_archive_lacks_is_left_out(tmp_path: Path) -> None:
    """A damaged file, a missing one and a video that is in another space only are no reason to fail."""
    archive, known, entries = filled(tmp_path, {"a": 3, "b": 4, "c": 2})
    path = archive.entries()[0].path
    path.write_bytes(path.read_bytes()[:-20])
    archive.forget("b")
    known.append(video("elsewhere"))
    points = read_points(chosen(known, entries), archive, SPACE, "visual")
    assert (points.video_ids, points.total) == (("c",), 2)


def test_of_two_segments_with_equal_times_the_later_counts(tmp_path: Path) -> None:
    """As in the index a row is told by whole milliseconds, and the one written last stays."""
    archive = Archive(tmp_path)
    vectors = random_vectors(1, 2)
    rows = [Embedding(vectors[n], Segment(0.0001 * n, 2.0), "visual") for n in range(2)]
    archive.write("a", SPACE, RECIPE, rows)
    entry = IndexedIn("a", SPACE.key, RECIPE, 2, NOW)
    points = read_points(chosen([video("a")], [entry]), archive, SPACE, "visual")
    assert len(points) == points.total == 1
    assert points.vectors[0] == pytest.approx(vectors[1], abs=1e-6)


def test_an_empty_library_has_no_points(tmp_path: Path) -> None:
    """Nothing indexed gives arrays of length 0 with the dimension of the space; progress still ends at 1."""
    heard: list[float] = []
    archive = Archive(tmp_path)
    points = read_points([], archive, SPACE, "visual", report=heard.append)
    assert points.vectors.shape == (0, SPACE.dimension)
    assert (len(points), points.total, points.video_ids, heard[-1]) == (0, 0, (), 1.0)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_filters_mean_what_python_means(data: st.DataObject) -> None:
    """Random filters choose the same videos as plain Python, and so the same as a search."""
    library = data.draw(videos(6), "library")
    filters = data.draw(filters_for(library), "filters")
    chosen = selected_videos([catalogued(each) for each in library], filters, TODAY)
    assert [each.id for each in chosen] == sorted(
        each.video_id for each in library if satisfies(each, filters)
    )


def test_last_days_count_from_today() -> None:
    """A relative filter means the days up to the one that is given."""
    found = [video("a"), video("b")]
    assert selected_videos(found, Filters(last_days=4), TODAY) == found
    assert selected_videos(found, Filters(last_days=3), TODAY) == []


def catalogued(fields: VideoFields) -> Video:
    """Return the video that has these fields in the index."""
    recorded = fields.recorded_on
    return replace(
        video(fields.video_id, fields.duration_s, fields.category),
        tags=fields.tags,
        recorded_at=None
        if recorded is None
        else datetime(recorded.year, recorded.month, recorded.day, tzinfo=UTC),
        indexed_at=fields.indexed_at,
    )
