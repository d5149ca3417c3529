"""Looking for a task that may have been started: what is taken for ours, and what is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import Settings
from core.embedding.port import Source
from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.options import ModelRules
from core.embedding.twelvelabs.outstanding import Others, Outstanding
from core.embedding.twelvelabs.tasks import Tasks
from core.embedding.twelvelabs.uploading import Uploads
from core.errors import EngineOutcomeUnknown, EngineUnavailable
from core.model import Ticket
from tests.marengo_jobs import Killed, TicketBook, as_new, film_of, no_report
from tests.twelvelabs_server.running import StandIn

CREATE = "POST /embed-v2/tasks"
GRACE_S = 0.6


@pytest.fixture
def server(running: StandIn) -> Iterator[StandIn]:
    """Give the stand-in without a single task."""
    yield running
    running.control(results_kept_s=-1000.0)
    assert ids(running) == []
    as_new(running)


Upload = Callable[[], Ticket]


@pytest.fixture
def upload(calls: Calls, film: Source, tmp_path: Path) -> Upload:
    """Return a function that sends the film under a new name."""
    return lambda: Uploads(calls, tmp_path).upload(film, Ticket(), TicketBook().save, no_report)


def tasks_of(calls: Calls, known: Callable[[], frozenset[str]] = frozenset, **settings: object) -> Tasks:
    return Tasks(calls, ModelRules(Settings.model_validate(settings)), known, grace_s=GRACE_S)


def unanswered(
    server: StandIn, tasks: Tasks, film: Source, ticket: Ticket, fault: str = "reset-after"
) -> TicketBook:
    """Submit with a fault that leaves the outcome unknown; return what the catalog then has."""
    server.fail_next(CREATE, fault)
    book = TicketBook(ticket)
    with pytest.raises(EngineOutcomeUnknown):
        tasks.submit(film, ticket, book.save)
    return book


def until_known(tasks: Tasks, film: Source, book: TicketBook) -> Ticket:
    for _ in range(60):
        try:
            return tasks.submit(film, book.ticket, book.save)
        except EngineUnavailable as exc:
            time.sleep(exc.retry_after_s or 0.2)
    raise AssertionError("it never came to a task")


def ids(server: StandIn, ticket: Ticket | None = None) -> list[str]:
    told = server.statistics()["tasks"]
    return [task["id"] for task in told if ticket is None or task["filename"] == ticket.name]


def test_our_name_is_found_on_any_page(server: StandIn, calls: Calls, film: Source, upload: Upload) -> None:
    """Among 120 newer tasks of others, the one with our file's name is taken."""
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    other = upload()
    request = ModelRules(Settings()).task_request(film, other.asset_id or "")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: calls.sdk.embed.v_2.tasks.create(**request), range(120)))
    assert until_known(tasks_of(calls), film, book).task_id in ids(server, ticket)
    assert len(ids(server, ticket)) == 1


@pytest.mark.parametrize("offset_s", [-300.0, 300.0])
def test_clocks_may_differ(
    server: StandIn, calls: Calls, film: Source, upload: Upload, offset_s: float
) -> None:
    """Five minutes either way hide no task."""
    server.control(clock_offset_s=offset_s)
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    assert ids(server, ticket) == [until_known(tasks_of(calls), film, book).task_id]


def test_a_task_that_failed_is_not_taken(server: StandIn, calls: Calls, film: Source, upload: Upload) -> None:
    """It would only fail the job; another one is started."""
    ticket = upload()
    server.fail_next(CREATE, "task-fails")
    failed = tasks_of(calls).submit(film, ticket, TicketBook().save)
    book = TicketBook(ticket, dies_at=1, written=True)
    with pytest.raises(Killed):
        tasks_of(calls).submit(film, ticket, book.save)
    found = until_known(tasks_of(calls), film, TicketBook(book.ticket))
    assert found.task_id != failed.task_id
    assert len(ids(server, ticket)) == 2


def test_a_task_that_is_listed_within_the_grace_is_taken(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """The list may lag behind a little."""
    server.control(list_late_s=GRACE_S / 2)
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    assert ids(server, ticket) == [until_known(tasks_of(calls), film, book).task_id]


def test_the_window_that_cannot_be_closed(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """A task that the provider lists later than the grace is not found: the video is billed twice."""
    server.control(list_late_s=60.0)
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    found = until_known(tasks_of(calls), film, book)
    assert ids(server, ticket)[-1] == found.task_id
    assert len(ids(server, ticket)) == 2


def test_of_two_of_our_own_the_older_is_taken(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """After that window, whatever of ours is there is better than a third."""
    ticket = upload()
    server.control(list_late_s=60.0)
    book = unanswered(server, tasks_of(calls), film, ticket)
    time.sleep(GRACE_S)
    server.fail_next(CREATE, "reset-after")
    with pytest.raises(EngineOutcomeUnknown):
        tasks_of(calls).submit(film, book.ticket, book.save)
    server.control(list_late_s=0.0)
    assert until_known(tasks_of(calls), film, book).task_id == ids(server, ticket)[0]
    assert len(ids(server, ticket)) == 2


@pytest.mark.parametrize(
    "settings", [{"scene_min_s": 5}, {"modalities": "visual"}, {"model": "marengo3.0"}, {"dimension": 256}]
)
def test_a_task_of_other_options_is_not_taken(
    server: StandIn, calls: Calls, film: Source, upload: Upload, settings: dict[str, object]
) -> None:
    """Settings changed since the intent: what was started then is not what is wanted now."""
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    found = until_known(tasks_of(calls, **settings), film, book)
    assert ids(server, ticket)[-1] == found.task_id
    assert len(ids(server, ticket)) == 2


def test_an_upload_that_was_repeated_changes_nothing(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """The task of the first asset has the same bytes: it is taken, though the ticket has another asset."""
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    book.ticket = replace(book.ticket, asset_id=upload().asset_id)
    assert ids(server) == [until_known(tasks_of(calls), film, book).task_id]


# -- where the provider names no files --


def test_without_names_the_only_unknown_task_of_this_length_is_taken(
    server: StandIn, calls: Calls, film: Source, upload: Upload, tmp_path: Path
) -> None:
    """Those that other jobs hold, and those of another length, are not in the way."""
    server.control(names="none")
    other = tasks_of(calls).submit(film, upload(), TicketBook().save)
    longer = film_of(tmp_path / "longer.mp4", seconds=8.0)
    ticket = Uploads(calls, tmp_path).upload(longer, Ticket(), TicketBook().save, no_report)
    tasks_of(calls).submit(longer, ticket, TicketBook().save)
    known = frozenset([other.task_id or ""])
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    assert ids(server, ticket) == [until_known(tasks_of(calls, lambda: known), film, book).task_id]


def test_without_names_two_unknown_tasks_of_one_length_are_not_guessed_at(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """Another video's embeddings under ours are worse than paying twice."""
    server.control(names="none")
    tasks_of(calls).submit(film, upload(), TicketBook().save)
    ticket = upload()
    book = unanswered(server, tasks_of(calls), film, ticket)
    before = ids(server)
    assert until_known(tasks_of(calls), film, book).task_id not in before


def test_without_names_a_job_never_takes_the_task_of_another_that_waits_too(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """Two unknown outcomes, one task of that length: it may be either's, so it is nobody's."""
    server.control(names="none")
    tasks = tasks_of(calls)
    theirs = unanswered(server, tasks, film, upload())
    ours = unanswered(server, tasks, film, upload(), "reset-before")
    [orphan] = ids(server)
    assert until_known(tasks, film, ours).task_id != orphan
    # Now only one is left that it can belong to.
    assert until_known(tasks, film, TicketBook(theirs.ticket)).task_id != ours.ticket.task_id


def test_without_names_a_new_process_lets_the_others_come_forward(
    server: StandIn, calls: Calls, film: Source, upload: Upload
) -> None:
    """After a crash the first job to look waits for the grace before it takes a task by length alone."""
    server.control(names="none")
    book = unanswered(server, tasks_of(calls), film, upload())
    time.sleep(GRACE_S * 1.5)
    tasks = tasks_of(calls)
    with pytest.raises(EngineOutcomeUnknown):
        tasks.submit(film, book.ticket, book.save)
    assert ids(server) == [until_known(tasks, film, book).task_id]


def test_requests_that_have_no_answer_yet_are_known_to_each_other() -> None:
    """On its way, without an answer, settled, forgotten after an hour."""
    now = [0.0]
    outstanding = Outstanding(lambda: now[0])
    with outstanding.sending("a", 6.0):
        assert outstanding.others("b", 6.4) == Others(1, 0)
        assert outstanding.others("a", 6.0) == Others(0, 0)
        assert outstanding.others("b", 60.0) == Others(0, 0)
    assert outstanding.others("b", 6.0) == Others(0, 1)
    now[0] = 5.0
    assert outstanding.visit("a", 6.0) == 5.0
    outstanding.settle("a")
    assert outstanding.others("b", 6.0) == Others(0, 0)
    outstanding.visit("c", 6.0)
    now[0] = 4000.0
    outstanding.visit("d", 6.0)
    assert outstanding.others("b", 6.0) == Others(0, 1)
