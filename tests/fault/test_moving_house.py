"""A library moves to a Milvus server and back: the same answers in all three places, and no call."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from core.errors import SettingsError
from core.rebuilding_command import rebuild_here
from core.vectors.milvus import MilvusIndex
from tests.fault.rebuilding_child import SEGMENTS, kill_amid
from tests.milvus_server import TOKEN
from tests.moving_bench import House
from tests.moving_rankings import Ranking, differing, nearest, searched

VIDEOS = 40
SEARCHES = 25
"""Whole ones; `benchmarks.trials.moving` has 200."""
ROWS = VIDEOS * (2 * SEGMENTS + 1)


@pytest.mark.slow
def test_a_library_moves_to_a_server_and_back(tmp_path: Path, milvus_address: str) -> None:
    """Lite, server (killed on the way there) and Lite again: the same best 50 of all searches, no call."""
    house = House(tmp_path, videos=VIDEOS, segments=SEGMENTS, engine=f"moving{uuid4().hex[:8]}")
    before: dict[str, list[Ranking]] = {}
    calls = 0
    for turn, uri in enumerate(("", milvus_address, str(tmp_path / "new.db"))):
        if uri == milvus_address:
            kill_amid(tmp_path, VIDEOS, milvus_address, house.space.engine)
        with house.fitted():
            report = rebuild_here(house.settings(uri), replace=False, say=lambda _: None)
        assert (report.videos, report.rows) == (VIDEOS, ROWS)
        assert (0 < report.kept < VIDEOS) == (uri == milvus_address)
        assert report.searches > 0
        assert house.engine.calls == calls, "a rebuild asks no engine"
        with house.parts(uri) as parts:
            now = {"searches": searched(parts, house, SEARCHES), "rows": nearest(parts, house, 200)}
            assert any(len(ranking) == 50 for ranking in now["searches"])
            if turn:
                assert differing(before["searches"], now["searches"], 1e-4) == []
                assert differing(before["rows"], now["rows"], 1e-6) == []
            before, calls = now, house.engine.calls
            if uri == milvus_address:
                parts.index.drop(house.space)
    assert calls == house.engine.diary.count("embed_text") <= 2 * SEARCHES, "words are embedded once for all"


def test_a_database_that_is_not_there_is_named(milvus_address: str) -> None:
    """An address may end in the name of a database; one that does not exist is a wrong setting."""
    with pytest.raises(SettingsError, match="no database of the name"):
        MilvusIndex(f"{milvus_address}/nobody", TOKEN).close()
    MilvusIndex(f"{milvus_address}/default", TOKEN).close()


def test_the_comparison_tells_rankings_apart() -> None:
    """Another thing, another order or another score is a difference; a tie that is turned round is none."""
    ranking = [("a", 0.9), ("b", 0.5), ("c", 0.5), ("d", 0.1)]
    for same in (
        ranking,
        [("a", 0.9), ("c", 0.5), ("b", 0.5), ("d", 0.1)],
        [("a", 0.9), ("b", 0.5), ("c", 0.5), ("e", 0.1)],
    ):
        assert differing([ranking], [same], 1e-6) == []
    for other in (
        [("b", 0.9), ("a", 0.5), ("c", 0.5), ("d", 0.1)],
        [("e", 0.9), ("b", 0.5), ("c", 0.5), ("d", 0.1)],
        [("a", 0.9), ("b", 0.5), ("c", 0.4), ("d", 0.1)],
        ranking[:3],
        [],
    ):
        assert differing([ranking], [other], 1e-6) == [0]
