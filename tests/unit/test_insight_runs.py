"""Questions to the insights: answered once, kept by content, followed, stopped, and never half."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Cancelled, InputRefused, MediaTimeout
from core.insights.keeping import MOST_SELECTIONS, AnswerFolder
from core.insights.questions import Chosen, Question
from core.insights.running import FORGOTTEN_S, LEFT_S, InsightRuns
from core.insights.serving import FIRST, FirstPicture, Outliers
from core.insights.storing import open_points, read_answer, write_answer, write_points
from core.isolation import run_isolated
from core.library import Library
from core.model import Filters, Space
from core.model.insights import Selection
from tests.insight_bench import Planted, answered, open_planted, plant, result_of, scenes
from tests.insight_library import points_of

SEEN = Selection("visual")
SPACE = Space("preview", "v1", 512)


def chosen(name: str = "a") -> Chosen:
    """Return rows that are told from others by a name."""
    return Chosen(SPACE, "visual", ((name, "recipe"),), ("now",), 100)


class Operations:
    """Stands where child processes are started: writes answers at once, or when it is told to."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.go = threading.Event()
        self.go.set()
        self.fails: Exception | None = None

    def __call__(self, operation: str, request: dict[str, Any], *, bounds: Any, report: Any) -> None:
        self.done.append(operation if operation == "insights.read" else f"{request['kind']}")
        if operation == "insights.read":
            folder = Path(request["folder"])
            points = points_of(np.eye(4, 512))
            write_answer(folder / FIRST, FirstPicture(np.zeros((4, 2), np.float32)))
            write_points(folder, points)
            return
        while not self.go.wait(0.01):
            report(0.5)
        if self.fails is not None:
            raise self.fails
        write_answer(Path(request["answer"]), Outliers(()))


@pytest.fixture
def operations() -> Operations:
    return Operations()


@pytest.fixture
def runs(tmp_path: Path, operations: Operations) -> Iterator[InsightRuns]:
    made = InsightRuns(tmp_path / "insights", tmp_path / "archive", operate=operations)
    yield made
    made.close()


def until(condition: Any) -> None:
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_many_who_ask_the_same_share_one_answer(runs: InsightRuns, operations: Operations) -> None:
    """However often and from however many threads a question is asked, it is worked out once."""
    question = Question(chosen(), "outliers", {"kind": "library"})
    threads = [threading.Thread(target=lambda: answered(lambda: runs.ask(question))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert operations.done == ["insights.read", "outliers"]
    assert len({runs.ask(question).id for _ in range(3)}) == 1


def test_rows_are_read_once_for_all_questions(runs: InsightRuns, operations: Operations) -> None:
    """Another question about the same rows does not read them again; one about other rows does."""
    for kind in ("library", "video"):
        answered(lambda kind=kind: runs.ask(Question(chosen(), "outliers", {"kind": kind})))
    assert operations.done.count("insights.read") == 1
    answered(lambda: runs.ask(Question(chosen("b"), "outliers", {"kind": "video"})))
    assert operations.done.count("insights.read") == 2


def test_the_next_start_finds_the_answers(tmp_path: Path, operations: Operations) -> None:
    """What was answered before is read from the disk: no child is started for it."""
    question = Question(chosen(), "outliers", {"kind": "library"})
    for _ in range(2):
        runs = InsightRuns(tmp_path / "insights", tmp_path / "archive", operate=operations)
        assert answered(lambda runs=runs: runs.ask(question)).state == "ready"
        runs.close()
    assert operations.done == ["insights.read", "outliers"]


def test_a_run_is_stopped_and_taken_up_again(runs: InsightRuns, operations: Operations) -> None:
    """Cancelling ends the work at once; it begins anew only when somebody wants it."""
    operations.go.clear()
    question = Question(chosen(), "outliers", {"kind": "library"})
    until(lambda: runs.ask(question).state == "running" and operations.done[-1:] == ["outliers"])
    runs.cancel(runs.ask(question).id)
    until(lambda: runs.ask(question).state == "cancelled")
    assert runs.ask(question).result is None
    operations.go.set()
    runs.again(runs.ask(question).id)
    assert answered(lambda: runs.ask(question)).state == "ready"


def test_a_failure_is_a_sentence_and_can_be_tried_again(runs: InsightRuns, operations: Operations) -> None:
    """What goes wrong is told without the words of a decoder or a traceback; the next try may succeed."""
    question = Question(chosen(), "outliers", {"kind": "library"})
    for fault in (MediaTimeout("Reading this file took too long"), RuntimeError("secret")):
        operations.fails = fault
        run = answered(lambda: runs.ask(question))
        assert run.state == "failed"
        assert run.message is not None
        assert "file" not in run.message
        assert "secret" not in run.message
        runs.again(run.id)
    operations.fails = None
    assert answered(lambda: runs.ask(question)).state == "ready"


def test_what_was_asked_last_comes_first_and_the_forgotten_never(tmp_path: Path) -> None:
    """Of waiting questions the newest is next; one of which nobody has heard for long is dropped."""
    operations, now = Operations(), [0.0]
    operations.go.clear()
    runs = InsightRuns(tmp_path / "i", tmp_path / "a", operate=operations, clock=lambda: now[0])
    asked = [Question(chosen(), "outliers", {"kind": str(number)}) for number in range(4)]
    until(lambda: runs.ask(asked[0]).state == "running")
    for question in asked[1:3]:
        runs.ask(question)
    now[0] = FORGOTTEN_S + 1
    runs.ask(asked[2])
    runs.ask(asked[3])
    operations.go.set()
    for question in (asked[2], asked[3]):
        assert answered(lambda question=question: runs.ask(question)).state == "ready"
    until(lambda: len(operations.done) >= 4)
    assert len(operations.done) == 4, "one read, and three answers: nobody waited for the second question"
    runs.close()


def test_who_left_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """What nobody looks at any more is given up for what somebody waits for, and begun anew when asked."""
    operations, now = Operations(), [0.0]
    operations.go.clear()
    runs = InsightRuns(tmp_path / "i", tmp_path / "a", operate=operations, clock=lambda: now[0])
    left, wanted = (Question(chosen(name), "outliers", {"kind": "library"}) for name in "ab")
    until(lambda: runs.ask(left).state == "running" and operations.done[-1:] == ["outliers"])
    runs.ask(wanted)
    now[0] = LEFT_S + 1
    until(lambda: runs.ask(wanted).state == "running" and len(operations.done) == 4)
    operations.go.set()
    assert answered(lambda: runs.ask(wanted)).state == "ready"
    assert answered(lambda: runs.ask(left)).state == "ready"
    runs.close()


def test_closing_does_not_wait_for_the_answer(tmp_path: Path, operations: Operations) -> None:
    """A library that is closed ends what is worked out, however long it would take."""
    operations.go.clear()
    runs = InsightRuns(tmp_path / "insights", tmp_path / "archive", operate=operations)
    question = Question(chosen(), "outliers", {"kind": "library"})
    until(lambda: runs.ask(question).state == "running")
    runs.close()
    assert runs.ask(question).state == "cancelled"


def test_a_child_that_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    """Rows whose writing was cut off are not there; the next question reads them again."""
    folder = tmp_path / "rows"
    folder.mkdir()
    write_points(folder, points_of(np.eye(5, 512)))
    (folder / "rows.npz").unlink()
    assert open_points(folder) is None
    write_points(folder, points_of(np.eye(5, 512)))
    whole = (folder / "rows.npz").read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        (folder / "rows.npz").write_bytes(whole[:cut])
        assert open_points(folder) is None, cut
    (folder / "answer.npz").write_bytes(b"PK\x03\x04 no zip")
    assert read_answer(folder / "answer.npz", Outliers) is None


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    """Only so many selections are kept, the newest among them."""
    folder = AnswerFolder(tmp_path)
    for number in range(MOST_SELECTIONS + 5):
        one = folder.of(chosen(str(number)))
        folder.make_room(one)
        write_points(one, points_of(np.eye(2, 512)))
        os.utime(one, (number, number))
    kept = {path.name for path in tmp_path.iterdir()}
    assert len(kept) == MOST_SELECTIONS
    assert kept == {chosen(str(number)).key for number in range(5, MOST_SELECTIONS + 5)}


# -- over a real library -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    vectors = scenes(1, 4, 40)
    videos = [
        Planted(f"film {number}", {"visual": vectors[number::4], "audio": vectors[number::4][:3]})
        for number in range(4)
    ]
    with open_planted(tmp_path_factory.mktemp("insights") / "data", videos) as opened:
        yield opened


def test_the_first_picture_comes_before_the_map(library: Library) -> None:
    """A survey shows something as soon as the rows are read; the same rows are in the final map."""
    seen = []
    run = answered(lambda: seen.append(library.survey(SEEN)) or seen[-1])
    first = next(one.result for one in seen if one.result is not None)
    assert run.result is not None
    assert run.result.final
    assert len(first.points) == len(run.result.points) == 40
    assert run.result.points.vectors.shape == (40, 0), "a page needs no vectors"
    assert first.final or not first.mapped.any()


def test_an_answer_is_not_worked_out_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking again starts no child, whether the question is about rows, groups or outliers."""
    before = result_of(lambda: library.clusters(SEEN)), result_of(lambda: library.outliers(SEEN))
    monkeypatch.setattr(library._parts.insights, "_operate", None)
    again = result_of(lambda: library.clusters(SEEN)), result_of(lambda: library.outliers(SEEN))
    assert before[0].sizes == again[0].sizes
    assert before[1] == again[1]


def test_an_empty_selection_says_why(library: Library) -> None:
    """Filters that nothing satisfies, and what the videos have not, are told in a sentence at once."""
    nowhere = library.survey(Selection("visual", Filters(categories=("none such",))))
    assert nowhere.state == "ready"
    assert nowhere.message is not None
    assert "filters" in nowhere.message
    fused = answered(lambda: library.survey(Selection("fused")))
    assert fused.message is not None
    assert fused.result is not None
    assert len(fused.result.points) == 0


@pytest.mark.parametrize("k", [0, 1, 51])
def test_only_sensible_numbers_of_groups_are_taken(library: Library, k: int) -> None:
    """Fewer than two groups or more than fifty are refused with a sentence."""
    with pytest.raises(InputRefused):
        library.clusters(SEEN, k)


def test_what_changes_is_seen_at_once(tmp_path: Path) -> None:
    """A new video, one indexed again and one deleted each give another answer; an edit moves no point."""
    vectors = scenes(2, 3, 12)
    with open_planted(tmp_path / "data", [Planted("one", {"visual": vectors})]) as library:

        def rows() -> int:
            """Return how many rows were read to answer a question of now."""
            result_of(lambda: library.outliers(SEEN))
            found = library._parts.insights.points(library._chosen(SEEN))
            assert found is not None
            return len(found)

        assert rows() == 12
        second = plant(library, Planted("two", {"visual": vectors[:5]}))
        assert rows() == 17
        plant(library, Planted("two", {"visual": vectors[:7]}))
        assert rows() == 19
        before = library.outliers(SEEN).id
        library.edit(second.id, category="edited")
        assert library.outliers(SEEN).id == before
        library.delete(second.id)
        assert rows() == 12


def test_a_real_child_can_be_stopped(tmp_path: Path) -> None:
    """What raises while it is told of progress ends the child, and no answer is left."""
    folder = tmp_path / "rows"
    folder.mkdir()
    write_points(folder, points_of(scenes(3, 8, 4000)))
    target = folder / "map.npz"

    def stop(share: float) -> None:
        raise Cancelled("enough")

    request = {"folder": str(folder), "kind": "map", "asked": {}, "answer": str(target)}
    with pytest.raises(Cancelled):
        run_isolated("insights.answer", request, report=stop)
    assert not target.exists()
