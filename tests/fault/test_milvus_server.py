"""A Milvus server that is killed, stands still, or is not there yet. `benchmarks.soak` has the long form."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.trials.server_kills import server_kill_trial
from core.errors import IndexUnavailable
from core.vectors.backends import SERVER
from core.vectors.milvus import MilvusIndex
from tests.milvus_server import MISSING, TOKEN, MilvusServer, available
from tests.vector_stores import SPACE, about, clips, random_vectors

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not available(), reason=MISSING)]


def test_a_killed_server_costs_nothing(tmp_path: Path) -> None:
    """After kill -9 amid indexing and amid searches every video is ready, each embedded once in one attempt,
    and every search was answered rightly or refused with a sentence; the application goes on by itself."""
    figures = server_kill_trial(tmp_path, videos=6, searches=40, kills=2, seed=5)
    assert figures.clean, figures
    assert figures.refused > 0, "no search met the dead server"


def test_a_server_that_stands_still_is_given_up_in_time(tmp_path: Path) -> None:
    """A search waits for the stated time and no longer, the next one is refused at once, and all answer
    again when the server goes on."""
    vectors = random_vectors(1, 3)
    with MilvusServer(tmp_path / "server", **{"common.session.ttl": 60}) as server:
        index = MilvusIndex(server.address, TOKEN)
        index.replace_video(SPACE, about("v1"), clips(vectors))
        limit_s = SERVER.read_timeout_s or 0.0
        server.process.suspend()
        try:
            for most_s in (limit_s + 5, 4.0):
                began = time.monotonic()
                with pytest.raises(IndexUnavailable):
                    index.search(SPACE, "visual", vectors, limit=1)
                assert time.monotonic() - began < most_s
        finally:
            server.process.resume()
        ends = time.monotonic() + 30
        found = None
        while found is None and time.monotonic() < ends:
            try:
                found = index.search(SPACE, "visual", vectors, limit=1)
            except IndexUnavailable:
                time.sleep(0.1)
        assert found is not None
        assert [len(hits) for hits in found] == [1, 1, 1]
        index.close()
