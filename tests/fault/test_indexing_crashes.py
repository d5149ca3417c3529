"""Indexing is killed at random moments, again and again, and comes out as if nothing had happened."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.model import Ticket
from tests.conftest import PROJECT_ROOT
from tests.fault.indexing_child import DOOMED, PATHS, UPLOADS, URLS, open_bench

DISTINCT = len(UPLOADS) + len(PATHS) + len(URLS) - 1
"""One address leads to a film that is there by its path."""


def start(folder: Path, delay_s: float) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.fault.indexing_child", str(folder), str(delay_s)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "working\n", child.communicate()[1]
    return child


def finish(folder: Path, delay_s: float) -> None:
    child = start(folder, delay_s)
    _, errors = child.communicate(timeout=90)
    assert child.returncode == 0, errors


def rows(folder: Path) -> dict[str, object]:
    return {file.stem: json.loads(file.read_text()) for file in (folder / "rows").glob("*.json")}


def kill_at_random_moments(folder: Path, rounds: int) -> list[float]:
    moments = []
    for _ in range(rounds):
        child = start(folder, delay_s=0.3)
        moments.append(random.uniform(0, 1.5))
        time.sleep(moments[-1])
        child.send_signal(signal.SIGKILL)
        _, errors = child.communicate(timeout=20)
        assert child.returncode == -signal.SIGKILL, errors
    return moments


def check_same(killed: Path, undisturbed: Path, moments: list[float]) -> None:
    assert rows(killed) == rows(undisturbed), moments
    one, other = open_bench(killed, 0), open_bench(undisturbed, 0)
    assert [video.status for video in one.catalog.videos()] == ["ready"] * DISTINCT, moments
    assert one.files() == other.files(), moments
    assert list(one.layout.incoming.iterdir()) == []
    assert one.catalog.unsettled() == []
    assert one.catalog.count_active() == (0, 0)
    assert all(job.ticket == Ticket() for job in one.catalog.jobs() if job.state == "ready")
    # Each film was paid for once, and the deleted one at most once.
    assert DISTINCT <= one.embedder.tasks <= DISTINCT + 1, moments
    assert one.embedder.diary.count("again") == 0, moments
    seconds = {job.video_id: one.catalog.video(job.video_id).duration_s
               for job in one.catalog.jobs() if job.video_id and job.state == "ready"}  # fmt: skip
    doomed_s = one.new_video(DOOMED, playable=False).media.duration_s
    counted = sum(one.catalog.totals().values())
    assert counted - sum(seconds.values()) in (0.0, doomed_s), moments
    one.close()
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of POSIX systems")
@pytest.mark.parametrize(
    "rounds", [pytest.param(5, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.soak)]
)
def test_kills_at_random_moments_change_nothing(tmp_path: Path, rounds: int) -> None:
    """However often the process is killed, every video becomes ready, once, and no file is left over."""
    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    killed.mkdir()
    undisturbed.mkdir()
    finish(undisturbed, delay_s=0.01)
    moments = kill_at_random_moments(killed, rounds)
    finish(killed, delay_s=0.02)
    check_same(killed, undisturbed, moments)
