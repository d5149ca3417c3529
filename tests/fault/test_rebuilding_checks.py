"""A rebuilt index is compared with the archive, and the rows of others are spared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import __main__ as command
from core import rebuilding_writing
from core.errors import SettingsError
from core.model import Embedding, Filters, Space
from core.presence import Ownership, RunningApplication
from core.rebuilding import rebuild_index
from core.standing import library_status
from core.tokens import Tokens
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoFields
from tests.fault.rebuilding_child import SEGMENTS
from tests.moving_bench import House
from tests.vector_stores import about, clips, random_vectors

Videos = Sequence[tuple[VideoFields, Sequence[Embedding]]]

ROWS = 2 * SEGMENTS + 1


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house of six videos, written two at a time."""
    monkeypatch.setattr(rebuilding_writing, "BULK_ROWS", 2 * ROWS)
    return House(tmp_path, videos=6, segments=SEGMENTS)


# -- comparing --


def turned(embedding: Embedding) -> Embedding:
    return replace(embedding, vector=np.roll(embedding.vector, 1))


WRONGS: dict[str, Callable[[list[Embedding]], list[Embedding]]] = {
    "a row is missing": lambda rows: rows[1:],
    "all rows are missing": lambda _rows: [],
    "a row too many": lambda rows: [*rows, *clips(random_vectors(1, SEGMENTS + 1))[SEGMENTS:]],
    "another modality": lambda rows: [replace(rows[0], modality="fused"), *rows[1:]],
    "other vectors": lambda rows: [turned(each) for each in rows],
}


@pytest.mark.parametrize("wrong", WRONGS.values(), ids=WRONGS.keys())
def test_an_index_that_differs_is_told(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: Callable[[list[Embedding]], list[Embedding]],
) -> None:
    """Where the index holds something else than the archive, the command says so and exits with 1."""
    real, victim = MilvusIndex.replace_videos, sorted(house.video_ids)[2]

    def write(self: MilvusIndex, space: Space, videos: Videos) -> int:
        spoilt = [(f, wrong(list(rows)) if f.video_id == victim else rows) for f, rows in videos]
        return real(self, space, spoilt)

    monkeypatch.setattr(command, "load_settings", house.settings)
    with monkeypatch.context() as patched, house.fitted():
        patched.setattr(MilvusIndex, "replace_videos", write)
        assert command.main(["rebuild"]) == 1
    assert "not what the archive holds" in capsys.readouterr().err
    with house.fitted():
        assert command.main(["rebuild"]) == 0, "the next rebuild begins anew"
    said = capsys.readouterr().out
    assert f"6 videos, {6 * ROWS} embeddings, none embedded again" in said
    assert "6 of 6 videos" in said


def test_a_damaged_archive_file_is_no_difference(house: House) -> None:
    """A video that the archive lost counts as missing; the others are compared and right."""
    lost = house.video_ids[0]
    with house.parts() as parts:
        for file in parts.layout.archive.rglob(f"{lost}*"):
            file.write_bytes(b"")
        report = rebuild_index(parts)
        assert (report.videos, report.rows) == (5, 5 * ROWS)
        assert lost not in {entry.video_id for entry in parts.catalog.indexed_in(house.space.key)}


def test_edits_during_a_rebuild_stay(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A video that is edited or deleted while its rows are written is in the end as it is then."""
    real, todo = MilvusIndex.replace_videos, [True]
    edited, deleted = house.video_ids[:2]

    with house.parts() as parts:

        def write(self: MilvusIndex, space: Space, videos: Videos) -> int:
            rows = real(self, space, videos)
            if todo and len(parts.index.video_ids(space)) == 6:
                todo.clear()
                parts.catalog.edit_video(edited, category="new words")
                parts.catalog.forget_video(deleted, keep_embeddings=True)
            return rows

        monkeypatch.setattr(MilvusIndex, "replace_videos", write)
        rebuild_index(parts)
        assert parts.index.video_ids(house.space) == {*house.video_ids} - {deleted}
        [hits] = parts.index.search(
            house.space, "visual", random_vectors(1, 1), limit=99, filters=Filters(categories=("new words",))
        )
        assert {hit.row.video_id for hit in hits} == {edited}


# -- strangers and neighbours --


def test_rows_of_another_library_are_spared(house: House, tmp_path: Path) -> None:
    """An index that holds videos which the catalog does not know is left alone, until told otherwise."""
    uri = str(tmp_path / "shared.db")
    with house.parts(uri) as parts:
        rebuild_index(parts)
        parts.index.replace_video(house.space, about("somebody"), clips(random_vectors(1, 3)))
        with pytest.raises(SettingsError, match=r"also holds 1 video .* MILVUS_URI=.*--replace"):
            rebuild_index(parts)
        assert parts.index.count(house.space) == 6 * ROWS + 3
        assert "does not know" in library_status(parts).index_message
        assert rebuild_index(parts, replace=True).rows == 6 * ROWS
        assert parts.index.video_ids(house.space) == {*house.video_ids}
        assert library_status(parts).index_message == "The search index answers."


def test_a_file_elsewhere_is_not_removed(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command removes only the index file of its own data folder; another one is opened and looked at."""
    file = tmp_path / "shared.db"
    monkeypatch.setattr(command, "load_settings", lambda: house.settings(str(file)))
    with house.parts(str(file)) as parts:
        parts.index.replace_video(house.space, about("somebody"), clips(random_vectors(1, 3)))
    with house.fitted():
        assert command.main(["rebuild"]) == 1
        assert "does not know" in capsys.readouterr().err
        assert command.main(["rebuild", "--replace"]) == 0


def test_a_folder_in_use_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While another process works in the data folder, the command refuses, and the index stays."""
    with house.parts() as parts:
        rebuild_index(parts)
        layout = parts.layout
    monkeypatch.setattr(command, "load_settings", house.settings)
    ownership = Ownership(layout)
    with house.fitted():
        assert command.main(["rebuild"]) == 1
    assert "Another process is using this data folder" in capsys.readouterr().err
    ownership.release()
    with house.parts() as parts:
        assert parts.index.count(house.space) == 6 * ROWS


def test_a_running_application_is_not_told_to_replace(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A running application is asked to rebuild; to remove what it does not know, it has to be stopped."""
    asked: list[str] = []

    def ask(_self: RunningApplication, work: str) -> dict[str, object]:
        asked.append(work)
        return {"message": "Done there."}

    running = RunningApplication("http://127.0.0.1:8501", Tokens(b"0" * 32, lifetime_s=60))
    monkeypatch.setattr(RunningApplication, "ask", ask)
    monkeypatch.setattr(command, "_running", lambda _settings: running)
    monkeypatch.setattr(command, "load_settings", house.settings)
    assert command.main(["rebuild", "--replace"]) == 1
    assert "Stop it first" in capsys.readouterr().err
    assert asked == []
    assert command.main(["rebuild"]) == 0
    assert "Done there." in capsys.readouterr().out
    assert asked == ["rebuild"]
