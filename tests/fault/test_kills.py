"""Processes that die while they index, with everything real. `make soak` runs the long form."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.trials.kills import kill_trial
from tests.made_media import Film, made

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """After kill -9 at random moments and a restart every video is ready, no archived one was embedded
    again, rows equal those of an undisturbed run, and no file is left over."""
    films = []
    for number in range(4):
        film = Film(seconds=3.0 + number, rate=Fraction(20 + number), sound="aac" if number % 2 else None)
        films.append(tmp_path / f"film-{number}.mp4")
        films[-1].write_bytes(made(film, ".mp4"))
    # One that needs a playable copy: killed while it is made, no half copy may stay.
    films.append(tmp_path / "film-4.mkv")
    films[-1].write_bytes(made(Film(seconds=4.0, codec="mpeg4", container="matroska"), ".mkv"))
    figures = kill_trial(films, tmp_path, rounds=3, seed=11)
    assert figures.rows > 0
    assert figures.clean, figures
