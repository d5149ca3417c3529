"""A rebuild of the index that was cut off goes on, and what is whole stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from core import __main__ as command
from core import rebuilding_writing
from core.errors import StoreError
from core.model import Embedding, Space
from core.rebuilding import mend_index, rebuild_index
from core.rebuilding_command import rebuild_here
from core.rebuilding_record import RebuildRecord
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoFields
from tests.fault.rebuilding_child import SEGMENTS, kill_amid
from tests.moving_bench import House
from tests.vector_stores import about, clips, random_vectors

Videos = Sequence[tuple[VideoFields, Sequence[Embedding]]]

ROWS = 2 * SEGMENTS + 1


class Died(BaseException):
    """The process ends here."""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house of six videos, written two at a time."""
    monkeypatch.setattr(rebuilding_writing, "BULK_ROWS", 2 * ROWS)
    return House(tmp_path, videos=6, segments=SEGMENTS)


def dying_after(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die at the write that follows so many."""
    real, done = MilvusIndex.replace_videos, []

    def write(self: MilvusIndex, space: Space, videos: Videos) -> int:
        if len(done) == writes:
            raise Died
        done.append(videos)
        return real(self, space, videos)

    monkeypatch.setattr(MilvusIndex, "replace_videos", write)


def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list in which every video is noted whose rows are written from now on."""
    real, noted = MilvusIndex.replace_videos, []

    def write(self: MilvusIndex, space: Space, videos: Videos) -> int:
        noted.extend(fields.video_id for fields, _ in videos)
        return real(self, space, videos)

    monkeypatch.setattr(MilvusIndex, "replace_videos", write)
    return noted


def cut_off(house: House, monkeypatch: pytest.MonkeyPatch, after: int = 2) -> None:
    with monkeypatch.context() as patched, house.parts() as parts:
        dying_after(after, patched)
        with pytest.raises(Died):
            rebuild_index(parts)


# -- going on --


def test_a_rebuild_that_was_cut_off_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next rebuild writes only what is missing; the one after it writes all again."""
    cut_off(house, monkeypatch)
    noted = written(monkeypatch)
    with house.parts() as parts:
        report = rebuild_index(parts)
        assert (report.videos, report.rows, report.kept) == (6, 6 * ROWS, 4)
        assert sorted(noted) == sorted(house.video_ids)[4:]
        assert report.searches > 0
        noted.clear()
        report = rebuild_index(parts)
        assert (report.videos, report.rows, report.kept) == (6, 6 * ROWS, 0)
        assert sorted(noted) == sorted(house.video_ids)
    assert house.engine.calls == 0


def test_what_the_first_part_lost_is_written_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on keeps only videos whose rows are exactly those of the archive."""
    cut_off(house, monkeypatch)
    first, second = sorted(house.video_ids)[:2]
    with house.parts() as parts:
        parts.index.delete_video(first)
        parts.index.replace_video(house.space, about(second), clips(random_vectors(1, 3)))
        report = rebuild_index(parts)
        assert (report.videos, report.rows, report.kept) == (6, 6 * ROWS, 2)


@pytest.mark.parametrize("why", ["worked in", "another index"])
def test_a_rebuild_begins_anew(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """After the library was opened to work, or for another address, nothing of an earlier rebuild counts."""
    cut_off(house, monkeypatch)
    uri = str(tmp_path / "other.db") if why == "another index" else ""
    if why == "worked in":
        with house.parts() as parts:
            assert mend_index(parts).videos == 2
    with house.parts(uri) as parts:
        assert rebuild_index(parts).kept == 0


def test_an_unreadable_note_is_none(house: House) -> None:
    """A note that is damaged, or of another version, makes the rebuild begin anew."""
    for text in ("", "[]", '{"version": 99}', "\x00"):
        house.data.joinpath("rebuilding.json").write_text(text)
        with house.parts() as parts:
            assert not RebuildRecord(parts.layout, "x").unfinished
            assert rebuild_index(parts).kept == 0
    assert not house.data.joinpath("rebuilding.json").exists()


def test_searches_go_on_meanwhile(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While rows are written, searches and statistics answer from what is there, without an error."""
    real, counts = MilvusIndex.replace_videos, []

    def write(self: MilvusIndex, space: Space, videos: Videos) -> int:
        rows = real(self, space, videos)
        [hits] = self.search(space, "visual", random_vectors(1, 1), limit=1000)
        counts.append(len(hits))
        assert self.statistics(space, "visual").count == len(hits)
        return rows

    monkeypatch.setattr(MilvusIndex, "replace_videos", write)
    with house.parts() as parts:
        rebuild_index(parts)
    assert counts == [2 * SEGMENTS, 4 * SEGMENTS, 6 * SEGMENTS]


def test_a_damaged_file_of_our_own_is_begun_anew(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the half-written index does not open any more, the command says so and writes it from nothing."""
    cut_off(house, monkeypatch)
    for file in house.data.joinpath("milvus.db").rglob("schema.json"):
        file.write_text("not JSON")
    monkeypatch.setattr(command, "load_settings", house.settings)
    with house.fitted():
        assert command.main(["rebuild"]) == 0
    assert f"6 videos, {6 * ROWS} embeddings" in capsys.readouterr().out


# -- killed --


@pytest.mark.slow
def test_a_killed_rebuild_goes_on(tmp_path: Path) -> None:
    """After kill -9 in the middle the same work writes the rest, and rows and searches are the archive's."""
    kill_amid(tmp_path, 30)
    house = House(tmp_path, videos=30, segments=SEGMENTS)
    told: list[str] = []
    with house.fitted():
        report = rebuild_here(house.settings(), replace=False, say=told.append)
    assert told[0].startswith("Going on")
    assert (report.videos, report.rows) == (30, 30 * ROWS)
    assert 0 < report.kept < 30
    assert report.searches > 0
    assert house.engine.calls == 0


def test_a_store_that_fails_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the store ends the rebuild with its sentence, and the next one goes on."""

    def fail(self: MilvusIndex, space: Space, videos: Videos) -> int:
        raise StoreError("no more room")

    with house.parts() as parts:
        with monkeypatch.context() as failing:
            failing.setattr(MilvusIndex, "replace_videos", fail)
            with pytest.raises(StoreError, match="no more room"):
                rebuild_index(parts)
        assert RebuildRecord(parts.layout, parts.settings.milvus_address).unfinished
        assert rebuild_index(parts).rows == 6 * ROWS
