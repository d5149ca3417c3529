"""The embeddings of a task are checked, every one, before anything keeps them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from twelvelabs.types.embedding_data import EmbeddingData
from twelvelabs.types.embedding_task_response import EmbeddingTaskResponse

from core.config import Settings
from core.embedding.port import Source
from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.options import ModelRules
from core.embedding.twelvelabs.results import Results, UnusableResult, checked
from core.embedding.twelvelabs.tasks import Tasks
from core.embedding.twelvelabs.uploading import Uploads
from core.errors import Cancelled, EngineUnavailable, NotFound
from core.model import Segment, Ticket
from tests.marengo_jobs import TicketBook, no_report
from tests.twelvelabs_server.running import StandIn

RETRIEVE = "GET /embed-v2/tasks/{task_id}"


@pytest.fixture
def ready(server: StandIn, calls: Calls, film: Source, tmp_path: Path) -> Ticket:
    """Return the ticket of a task that is ready."""
    book = TicketBook()
    ticket = Uploads(calls, tmp_path).upload(film, book.ticket, book.save, no_report)
    tasks = Tasks(calls, ModelRules(Settings(scopes=("clip", "asset"))), frozenset)
    ticket = tasks.submit(film, ticket, book.save)
    while tasks.poll(ticket).state == "processing":
        pass
    return ticket


def row(vector: list[float], **changes: Any) -> EmbeddingData:
    given = {"embedding_option": "visual", "embedding_scope": "clip", "start_sec": 0.0, "end_sec": 4.0}
    return EmbeddingData(embedding=vector, **(given | changes))


def task(*rows: EmbeddingData, status: str = "ready") -> EmbeddingTaskResponse:
    return EmbeddingTaskResponse(id="a", status=status, data=list(rows))


def test_a_ready_task_gives_every_embedding_normalised(calls: Calls, film: Source, ready: Ticket) -> None:
    """Both modalities, both scopes; unit length, float32; the whole video from 0 to its end."""
    found = Results(calls, 512).collect(film, ready, no_report)
    assert {(one.modality, one.scope) for one in found} == {
        (modality, scope) for modality in ("visual", "audio") for scope in ("clip", "asset")
    }
    assert all(one.vector.dtype == np.float32 and one.vector.shape == (512,) for one in found)
    assert all(abs(float(np.linalg.norm(one.vector)) - 1) < 1e-6 for one in found)
    assert {one.segment for one in found if one.scope == "asset"} == {Segment(0.0, film.media.duration_s)}


@pytest.mark.parametrize("fault", ["nan", "dimension", "truncated", "500"])
def test_a_bad_result_is_fetched_again(
    server: StandIn, calls: Calls, film: Source, ready: Ticket, fault: str
) -> None:
    """What is wrong once does no harm."""
    good = Results(calls, 512).collect(film, ready, no_report)
    server.fail_next(RETRIEVE, fault)
    again = Results(calls, 512).collect(film, ready, no_report)
    assert [one.segment for one in again] == [one.segment for one in good]
    assert all(np.array_equal(one.vector, other.vector) for one, other in zip(again, good, strict=True))


@pytest.mark.parametrize("fault", ["nan", "dimension"])
def test_a_result_that_stays_bad_is_an_error(
    server: StandIn, calls: Calls, film: Source, ready: Ticket, fault: str
) -> None:
    """It is fetched three times, then the job fails for now, and nothing of it is returned."""
    before = server.statistics()["calls"][RETRIEVE]
    server.fail_next(RETRIEVE, fault, 3)
    with pytest.raises(EngineUnavailable, match="cannot be used"):
        Results(calls, 512).collect(film, ready, no_report)
    assert server.statistics()["calls"][RETRIEVE] - before == 3


def test_what_is_paid_for_is_returned_to_those_who_cancelled(
    server: StandIn, calls: Calls, film: Source, ready: Ticket
) -> None:
    """A wish to stop does not throw a good result away; it does end the waiting for a better one."""

    def stop(_progress: float) -> None:
        raise Cancelled("stop")

    assert Results(calls, 512).collect(film, ready, stop)
    server.fail_next(RETRIEVE, "nan")
    with pytest.raises(Cancelled):
        Results(calls, 512).collect(film, ready, stop)


def test_a_task_that_the_provider_has_forgotten_is_not_found(
    server: StandIn, calls: Calls, film: Source, ready: Ticket
) -> None:
    """Results are kept for days only; the job is told that there is no task any more."""
    server.control(clock_offset_s=8 * 86400.0)
    with pytest.raises(NotFound):
        Results(calls, 512).collect(film, ready, no_report)


@pytest.mark.parametrize(
    "bad",
    [
        row([0.0, 0.0]),
        row([1.0, math.inf]),
        row([1.0, math.nan]),
        row([1.0]),
        row([1.0, 0.0], embedding_option="smell"),
        row([1.0, 0.0], embedding_option=None),
        row([1.0, 0.0], embedding_scope="page"),
        row([1.0, 0.0], start_sec=4.0, end_sec=4.0),
        row([1.0, 0.0], start_sec=5.0, end_sec=4.0),
        row([1.0, 0.0], start_sec=4.0, end_sec=None),
        row([1.0, 0.0], start_sec=-1.0, end_sec=4.0),
        row([1.0, 0.0], start_sec=0.0, end_sec=4.0),
    ],
)
def test_nothing_is_left_out_silently(bad: EmbeddingData) -> None:
    """One row that cannot be kept (or one that is there twice) makes the whole result unusable."""
    with pytest.raises(UnusableResult):
        checked(task(row([0.6, 0.8]), bad), 2, 10.0)


@pytest.mark.parametrize("status", ["processing", "ready"])
def test_a_result_without_rows_is_unusable(status: str) -> None:
    """Ready with nothing in it is not an empty result."""
    with pytest.raises(UnusableResult):
        checked(task(status=status), 2, 10.0)


def test_what_lies_behind_the_end_of_the_video_is_cut_off() -> None:
    """Sound may outlast the picture: a segment ends with the video, and none begins behind it."""
    rows = [
        row([1.0, 0.0], start_sec=8.0, end_sec=12.0),
        row([1.0, 0.0], start_sec=12.0, end_sec=14.0),
        row([1.0, 0.0], start_sec=-0.2, end_sec=4.0),
    ]
    segments = [one.segment for one in checked(task(*rows), 2, 10.0)]
    assert segments == [Segment(8.0, 10.0), Segment(0.0, 4.0)]
    with pytest.raises(UnusableResult):
        checked(task(rows[1]), 2, 10.0)
