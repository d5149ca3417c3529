"""Short forms of the trials against the stand-in Twelve Labs server; `make soak` runs them in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.trials.provider import index_films, kill_films, make_films
from benchmarks.trials.throughput import throughput_trial
from tests.twelvelabs_server.running import standing_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HURRIED = {"CUEPOINT_ENGINE_TIMEOUT_S": "2"}


def test_failing_calls_cost_time_but_nothing_else(tmp_path: Path) -> None:
    """With 30 % of all calls failing in every way, each video becomes ready, or fails where the provider
    said so for good; each is billed once, and the library counts what was billed."""
    films = make_films(tmp_path, 12)
    with standing_in(
        fault_share=0.3, task_s=0.5, slow_s=4.0, permanent_share=0.1, transient_share=0.1
    ) as server:
        figures = index_films(server, films, tmp_path / "data", HURRIED)
    assert figures.faults > 0
    assert figures.clean, figures


def test_killed_processes_are_billed_once(tmp_path: Path) -> None:
    """After kill -9 at random moments all videos are ready, and each was billed once."""
    films = make_films(tmp_path, 12)
    with standing_in(task_s=1.0) as server:
        figures = kill_films(
            server, films, tmp_path / "data", kills=5, seed=7, settings={"CUEPOINT_TASKS": "4"}
        )
    assert figures.clean, figures
    assert figures.ready == len(films)


def test_many_videos_share_the_provider(tmp_path: Path) -> None:
    """As many videos as allowed are at the provider at once, never more; all become ready."""
    films = make_films(tmp_path, 9)
    with standing_in(task_s=1.0) as server:
        figures = throughput_trial(
            server, films, tmp_path, provider_s=1.0, at_once=3, beside_plain_script=False
        )
        peak = server.statistics()["peak_processing"]
    assert peak == 3, figures
