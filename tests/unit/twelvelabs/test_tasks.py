"""A task is started once: whatever fails, and wherever the process dies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config import Settings
from core.embedding.port import Source
from core.embedding.twelvelabs.asking import Ages
from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.failures import failed_status
from core.embedding.twelvelabs.options import ModelRules
from core.embedding.twelvelabs.tasks import Tasks
from core.embedding.twelvelabs.uploading import Uploads
from core.errors import (
    EngineBusy,
    EngineOutcomeUnknown,
    EngineRefused,
    EngineUnauthorized,
    EngineUnavailable,
    NotFound,
)
from core.model import Ticket
from tests.marengo_jobs import Killed, TicketBook, as_new, calls_to, film_of, no_report
from tests.twelvelabs_server.running import StandIn

CREATE = "POST /embed-v2/tasks"
GRACE_S = 0.6


@pytest.fixture
def server(running: StandIn) -> Iterator[StandIn]:
    running.control(retry_after_s=-1.0)
    yield running
    as_new(running)


@pytest.fixture
def uploaded(calls: Calls, film: Source, tmp_path: Path) -> Ticket:
    return Uploads(calls, tmp_path).upload(film, Ticket(), TicketBook().save, no_report)


def tasks_of(
    calls: Calls, known: Callable[[], frozenset[str]] = frozenset, *, model: str = "marengo3.5"
) -> Tasks:
    return Tasks(calls, ModelRules(Settings.model_validate({"model": model})), known, grace_s=GRACE_S)


def started(server: StandIn, ticket: Ticket) -> list[str]:
    """Return the tasks that exist for this ticket's file."""
    told = server.statistics()["tasks"]
    return [task["id"] for task in told if task["filename"] == ticket.name]


def until_known(tasks: Tasks, film: Source, book: TicketBook) -> Ticket:
    """Submit again and again, waiting as long as each error says, until there is a task."""
    for _ in range(40):
        try:
            return tasks.submit(film, book.ticket, book.save)
        except EngineUnavailable as exc:
            time.sleep(exc.retry_after_s or 0.2)
    raise AssertionError("it never came to a task")


def test_the_intent_is_saved_before_and_the_id_after(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket
) -> None:
    """First what is wanted, then (one write) the task's id without the intent."""
    book = TicketBook(uploaded)
    ticket = tasks_of(calls).submit(film, uploaded, book.save)
    first, second = book.saves
    assert first.task_id is None
    assert json.loads(first.intent or "")["name"] == uploaded.name
    assert second == ticket == replace(uploaded, task_id=started(server, uploaded)[0])


def test_a_ticket_with_a_task_starts_none(server: StandIn, calls: Calls, film: Source) -> None:
    """Nothing is asked of the provider."""
    before = server.statistics()["calls_in_all"]
    ticket = Ticket(name="cuepoint-1.mp4", asset_id="a", task_id="t")
    assert tasks_of(calls).submit(film, ticket, TicketBook().save) == ticket
    assert server.statistics()["calls_in_all"] == before


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2])
@pytest.mark.parametrize("names", ["list", "retrieve", "none"])
def test_a_crash_at_any_save_starts_one_task(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket, names: str, dies_at: int, written: bool
) -> None:
    """Whatever was written last, there is one task in the end, and the ticket has it."""
    server.control(names=names)
    known = frozenset(task["id"] for task in server.statistics()["tasks"])
    book = TicketBook(uploaded, dies_at=dies_at, written=written)
    with pytest.raises(Killed):
        tasks_of(calls, lambda: known).submit(film, book.ticket, book.save)
    again = TicketBook(book.ticket)
    ticket = until_known(tasks_of(calls, lambda: known), film, again)
    assert started(server, uploaded) == [ticket.task_id]
    if again.saves:
        assert again.ticket == ticket


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "truncated", "500", "503"])
@pytest.mark.parametrize("names", ["list", "retrieve", "none"])
def test_an_unknown_outcome_is_looked_up(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket, fault: str, names: str
) -> None:
    """The request is not repeated blindly: the error says to look, and one task comes of it."""
    server.control(names=names)
    known = frozenset(task["id"] for task in server.statistics()["tasks"])
    server.fail_next(CREATE, fault)
    book, tasks = TicketBook(uploaded), tasks_of(calls, lambda: known)
    with pytest.raises(EngineOutcomeUnknown) as told:
        tasks.submit(film, book.ticket, book.save)
    assert told.value.retry_after_s == GRACE_S
    assert book.ticket.intent is not None
    ticket = until_known(tasks, film, book)
    assert started(server, uploaded) == [ticket.task_id]
    assert book.ticket == ticket
    assert ticket.intent is None


def test_a_crash_right_after_an_unknown_outcome(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket
) -> None:
    """The second save of the intent need not arrive: the first one says enough."""
    server.fail_next(CREATE, "reset-after")
    book = TicketBook(uploaded, dies_at=2)
    with pytest.raises(Killed):
        tasks_of(calls).submit(film, book.ticket, book.save)
    again = TicketBook(book.ticket)
    assert started(server, uploaded) == [until_known(tasks_of(calls), film, again).task_id]


@pytest.mark.parametrize("fault", ["429", "429-empty"])
def test_what_certainly_did_not_happen_leaves_no_intent(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket, fault: str
) -> None:
    """A refusal is no unknown outcome: nothing has to be looked for the next time."""
    server.control(retry_after_s=30.0)
    server.fail_next(CREATE, fault)
    book = TicketBook(uploaded)
    with pytest.raises(EngineBusy) as told:
        tasks_of(calls).submit(film, book.ticket, book.save)
    assert not isinstance(told.value, EngineOutcomeUnknown)
    assert book.ticket == uploaded
    assert started(server, uploaded) == []


def test_a_refused_video_leaves_no_intent(
    server: StandIn, calls: Calls, film: Source, tmp_path: Path
) -> None:
    """A 400 is the file's fault and says why; no task exists."""
    short = film_of(tmp_path / "short.mp4", seconds=3.0)
    ticket = Uploads(calls, tmp_path).upload(short, Ticket(), TicketBook().save, no_report)
    book = TicketBook(ticket)
    with pytest.raises(EngineRefused, match="too short"):
        tasks_of(calls).submit(short, ticket, book.save)
    assert book.ticket == ticket


def test_a_wrong_key_leaves_no_intent(server: StandIn, film: Source, uploaded: Ticket) -> None:
    """It stops the queue, and the job is as it was."""
    book = TicketBook(uploaded)
    with calls_to(server, twelve_labs_api_key="wrong") as calls, pytest.raises(EngineUnauthorized):
        tasks_of(calls).submit(film, uploaded, book.save)
    assert book.ticket == uploaded


def test_an_asset_that_vanished_is_no_end(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket
) -> None:
    """Deleted between the look and the task: the job comes back to ask about the upload."""
    calls.sdk.assets.delete(uploaded.asset_id or "")
    book = TicketBook(uploaded)
    with pytest.raises(EngineUnavailable, match="no longer has the uploaded file") as told:
        tasks_of(calls).submit(film, uploaded, book.save)
    assert not isinstance(told.value, EngineOutcomeUnknown)
    assert book.ticket == uploaded


# -- asking --


def test_a_task_is_asked_about_until_it_is_ready(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket
) -> None:
    """Processing says when to ask again; a task that the provider has forgotten is not found."""
    server.control(task_s=0.5)
    tasks = tasks_of(calls)
    ticket = tasks.submit(film, uploaded, TicketBook().save)
    status = tasks.poll(ticket)
    assert (status.state, status.poll_after_s) == ("processing", 0.3)
    while status.state == "processing":
        time.sleep(0.05)
        status = tasks.poll(ticket)
    assert status.state == "ready"
    with pytest.raises(NotFound):
        tasks.poll(replace(ticket, task_id="0" * 24))


def test_a_task_that_fails_says_whether_to_try_again(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket
) -> None:
    """The provider's trouble is worth another task."""
    server.fail_next(CREATE, "task-fails")
    tasks = tasks_of(calls)
    ticket = tasks.submit(film, uploaded, TicketBook().save)
    while (status := tasks.poll(ticket)).state == "processing":
        pass
    assert (status.state, status.retry) == ("failed", True)


def test_questions_come_less_often_with_age() -> None:
    """A tenth of the age, from 0.3 to 15 seconds; forgetting begins anew; memory is bounded."""
    now = [0.0]
    ages = Ages(lambda: now[0])
    asked = []
    for now[0] in (0.0, 2.0, 10.0, 100.0, 1000.0):
        asked.append(ages.ask_again_after_s("t"))
    assert asked == [0.3, 0.3, 1.0, 10.0, 15.0]
    for number in range(5000):
        ages.age_s(str(number))
    assert ages.ask_again_after_s("t") == 0.3


def test_what_was_done_lately_says_when_to_ask() -> None:
    """No question before the fastest of late was nearly done, more around its end, and then as ever."""
    now = [0.0]
    ages = Ages(lambda: now[0])
    for name, took_s in (("slow", 30.0), ("fast", 10.0)):
        now[0] = 0.0
        ages.age_s(name)
        now[0] = took_s
        ages.done(name)
    now[0] = 0.0
    asked = []
    for now[0] in (0.0, 8.0, 10.0, 15.0, 20.0, 100.0):
        asked.append(ages.ask_again_after_s("next"))
    assert asked == pytest.approx([9.0, 1.0, 0.4, 0.6, 2.0, 10.0])
    ages.done("never asked about")
    assert ages.ask_again_after_s("other") == 9.0


@pytest.mark.parametrize(
    "message",
    [
        "The embedding service is temporarily unstable. Please try again later.",
        "The embedding task failed. Please try again later.",
        "The embedding task could not complete processing.",
        "failed to fetch or materialize source media",
        "Something nobody has documented.",
        None,
    ],
)
def test_trouble_of_the_provider_is_worth_another_try(message: str | None) -> None:
    """Documented as passing, or not documented at all: tried again, with a sentence of ours."""
    status = failed_status(message)
    assert (status.state, status.retry) == ("failed", True)
    assert status.message == "Twelve Labs could not finish this video."


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            "Duration (35.0 seconds) exceeds maximum limit of 30 seconds (0 minutes)",
            "Twelve Labs does not take this video: its duration is 35.0 seconds, and the most is 30 seconds. "
            "Cut or convert it, and add that.",
        ),
        (
            "File size (33.6 MB) exceeds maximum limit of 32 MB",
            "Twelve Labs does not take this video: its file size is 33.6 MB, and the most is 32 MB. "
            "Cut or convert it, and add that.",
        ),
        (
            "The media exceeds the maximum allowed size for embedding.",
            "This file is larger than Twelve Labs takes. Convert it at a lower bit rate, and add that.",
        ),
        (
            "Content exceeds the model's context window.",
            "This video holds more than Marengo takes at once. Cut it into shorter files and add those.",
        ),
        (
            "The embedding request was invalid.",
            "Twelve Labs does not accept how this video is to be embedded. Check the model's settings.",
        ),
        (
            "We could not process your media for embedding. Please verify the input file and try again.",
            "Twelve Labs could not process this file; it may be damaged. "
            "Convert it to an MP4 (H.264, AAC) and add that.",
        ),
        (
            "The aspect ratio is unsupported, see https://bucket.test/x?signature=secret for more",
            "Twelve Labs could not embed this video: The aspect ratio is unsupported, see … for more. "
            "Convert or cut it, and add that.",
        ),
    ],
)
def test_what_is_the_files_own_fault_is_said(message: str, sentence: str) -> None:
    """Not tried again; the provider's numbers are in the sentence, its addresses are not."""
    status = failed_status(message)
    assert (status.state, status.retry, status.message) == ("failed", False, sentence)


def test_a_result_that_is_gone_is_a_task_that_is_gone() -> None:
    """The job embeds again instead of failing."""
    with pytest.raises(NotFound):
        failed_status("The embedding result is no longer available and cannot be retrieved.")


def test_an_intent_of_any_age_is_looked_up(
    server: StandIn, calls: Calls, film: Source, uploaded: Ticket
) -> None:
    """One that cannot be read may be as old as the provider keeps tasks; a clock may have run ahead."""
    ticket = tasks_of(calls).submit(film, uploaded, TicketBook().save)
    for intent in ("{}", "no json", "[]", json.dumps({"name": uploaded.name, "at": "yesterday"})):
        book = TicketBook(replace(uploaded, intent=intent))
        assert until_known(tasks_of(calls), film, book).task_id == ticket.task_id
    future = (datetime.now(UTC) + timedelta(minutes=9)).isoformat()
    digest = json.loads(_intent_of(calls, film, uploaded))["request"]
    ahead = json.dumps({"name": uploaded.name, "at": future, "request": digest})
    book = TicketBook(replace(uploaded, intent=ahead))
    assert until_known(tasks_of(calls), film, book).task_id == ticket.task_id


def _intent_of(calls: Calls, film: Source, ticket: Ticket) -> str:
    book = TicketBook(ticket, dies_at=1, written=True)
    with pytest.raises(Killed):
        tasks_of(calls).submit(film, ticket, book.save)
    return book.ticket.intent or ""
