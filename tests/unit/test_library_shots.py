"""Shots on the frames of their file: what the façade makes of the times that it is given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Settings
from core.errors import InputRefused, NotFound
from core.library import Library, open_library
from core.library_shots import on_frames
from core.model import MediaInfo, Video
from core.timecode import clock_of
from tests.catalogs import NOW
from tests.unit.test_timecode import RATES

PLAIN = Video("a" * 32, "Film", "a" * 64, 1000, MediaInfo(60.0, 320, 180, Fraction(25), "h264"), NOW)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(Settings(_env_file=None, data_dir=tmp_path / "data", engine="preview")) as library:
        yield library


@given(st.floats(0, 70), st.floats(0.001, 30), st.sampled_from(RATES))
def test_in_and_out_lie_on_frames_and_within_the_file(
    start_s: float, length_s: float, rate: Fraction
) -> None:
    """Whatever is asked, at least one frame of the file is kept, and moving it again changes nothing."""
    video = replace(PLAIN, media=replace(PLAIN.media, frame_rate=rate))
    first_s, after_s = on_frames(video, start_s, start_s + length_s)
    clock = clock_of(video.media)
    first, after = clock.frames(first_s, after_s)
    assert 0 <= first < after <= math.ceil(60 * rate)
    assert (clock.seconds_at(first), clock.seconds_at(after)) == (first_s, after_s)
    assert on_frames(video, first_s, after_s) == (first_s, after_s)
    if start_s < 59:
        assert first_s <= start_s + 0.0006
        assert after_s >= min(start_s + length_s, 60.0) - 0.0006


@given(st.floats(0, 70), st.floats(0.001, 30))
def test_where_frames_come_unevenly_times_stay(start_s: float, length_s: float) -> None:
    """A file of a varying rate has no grid: times within it are kept as they are."""
    video = replace(PLAIN, media=replace(PLAIN.media, variable_frame_rate=True))
    first_s, after_s = on_frames(video, start_s, start_s + length_s)
    assert 0 <= first_s < after_s
    if start_s + length_s < 60 and length_s > 0.04:
        assert (first_s, after_s) == (start_s, start_s + length_s)


@pytest.mark.parametrize("place", [(2.0, 2.0), (3.0, 1.0), (math.nan, 2.0), (0.0, math.inf)])
def test_what_is_no_stretch_is_refused(place: tuple[float, float]) -> None:
    """Out has to come after In, and both have to be times."""
    with pytest.raises(InputRefused):
        on_frames(PLAIN, *place)


def test_a_shot_is_kept_changed_and_outlives_its_video(library: Library, made_film: Path) -> None:
    """Words and times change; a shot whose video was deleted stays, and its times stand still."""
    video = library.add_file(made_film, title="Night")
    made = library.create_shot_list("  My\nreel ")
    assert made.name == "My reel"
    kept = library.keep_shots(made.id, [(video.id, 1.013, 2.0)], note=" look\there ")
    (shot,) = kept.shots
    rate = float(video.media.frame_rate)
    assert shot.start_s == int(1.013 * rate) / rate
    assert (shot.title, shot.note, shot.rating) == ("Night", "look here", 0)
    changed = library.change_shot(made.id, shot.id, end_s=3.0, note="gone?", rating=4).shots[0]
    assert (changed.start_s, changed.end_s, changed.note, changed.rating) == (shot.start_s, 3.0, "gone?", 4)
    for wrong in ({"rating": 6}, {"rating": -1}, {"start_s": 3.5}):
        with pytest.raises(InputRefused):
            library.change_shot(made.id, shot.id, **wrong)  # type: ignore[arg-type]  # one keyword each
    library.wait()
    library.delete(video.id)
    assert library.change_shot(made.id, shot.id, rating=1).shots[0].title == "Night"
    with pytest.raises(InputRefused):
        library.change_shot(made.id, shot.id, start_s=0.0)
    with pytest.raises(NotFound):
        library.keep_shots(made.id, [(video.id, 0.0, 1.0)])
    with pytest.raises(InputRefused):
        library.rename_shot_list(made.id, " \n ")


def test_lists_survive_a_restart(tmp_path: Path, made_film: Path) -> None:
    """What was kept and in which order is there when the library is opened again."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", engine="preview")
    with open_library(settings) as library:
        video = library.add_file(made_film)
        made = library.create_shot_list()
        kept = library.keep_shots(made.id, [(video.id, n / 2, n / 2 + 0.5) for n in range(4)])
        before = library.order_shots(made.id, [shot.id for shot in reversed(kept.shots)])
    with open_library(settings) as library:
        assert library.shot_list(made.id) == before
