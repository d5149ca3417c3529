"""The life of a job, function by function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from core.indexing import transitions
from core.indexing.transitions import IllegalTransition
from core.model import ENDED_STATES, RUNNING_STATES, Job, JobState, Ticket

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
STATES: tuple[JobState, ...] = get_args(JobState)


def job(state: JobState = "queued", **changes: object) -> Job:
    plain = Job(id="j", title="Film", created_at=NOW, updated_at=NOW, state=state, video_id="v")
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's own keywords


ACCEPTED: list[tuple[str, Callable[[Job], Job], tuple[str, ...]]] = [
    ("start", lambda j: transitions.start(j, LATER), ("queued",)),
    ("finish", lambda j: transitions.finish(j, LATER), ("storing",)),
    ("start_over", lambda j: transitions.start_over(j, LATER), RUNNING_STATES),
    (
        "recognise",
        lambda j: transitions.recognise(replace(j, source_url="u"), LATER, "v", "m"),
        ("preparing",),
    ),
    ("link", lambda j: transitions.link(j, LATER, "v", "t"), ("preparing",)),
    ("report", lambda j: transitions.report(j, LATER, 0.5), RUNNING_STATES),
    ("take_ticket", lambda j: transitions.take_ticket(j, LATER, Ticket("a")), RUNNING_STATES[1:]),
    ("forget_task", lambda j: transitions.forget_task(j, LATER), RUNNING_STATES),
    ("forget_upload", lambda j: transitions.forget_upload(j, LATER), ("embedding",)),
    ("take_in_hand", lambda j: transitions.take_in_hand(j, LATER), ("queued", *RUNNING_STATES)),
    ("put_down", lambda j: transitions.put_down(j, LATER), RUNNING_STATES),
    ("aim", lambda j: transitions.aim(j, LATER, "s"), RUNNING_STATES),
    ("wait", lambda j: transitions.wait(j, LATER, LATER, 0.5), ("embedding",)),
    ("park", lambda j: transitions.park(j, LATER, LATER, "m"), RUNNING_STATES),
    ("hold", lambda j: transitions.hold(j, LATER, "m"), ("queued", *RUNNING_STATES)),
    ("resume", lambda j: transitions.resume(j, LATER), ("queued", *RUNNING_STATES)),
    ("restart", lambda j: transitions.restart(j, LATER), RUNNING_STATES),
    ("fail", lambda j: transitions.fail(j, LATER, "m"), ("queued", *RUNNING_STATES)),
    ("request_cancel", lambda j: transitions.request_cancel(j, LATER), STATES),
    ("cancel", lambda j: transitions.cancel(j, LATER), ("queued", *RUNNING_STATES)),
    ("retry", lambda j: transitions.retry(j, LATER), tuple(s for s in STATES if s != "ready")),
]


@pytest.mark.parametrize(
    ("apply", "accepted"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
@pytest.mark.parametrize("state", STATES)
def test_each_transition_is_legal_in_its_states_only(
    apply: Callable[[Job], Job], accepted: tuple[str, ...], state: JobState
) -> None:
    """A transition accepts exactly the states that it names and refuses all others."""
    if state in accepted:
        apply(job(state))
    else:
        with pytest.raises(IllegalTransition):
            apply(job(state))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_a_finished_step_leads_forward_only(state: JobState, to: JobState) -> None:
    """A step leads to the next one, or from preparing and embedding to storing; nowhere else."""
    legal = {
        ("preparing", "uploading"), ("preparing", "storing"),
        ("uploading", "embedding"), ("embedding", "storing"),
    }  # fmt: skip
    if (state, to) in legal:
        moved = transitions.step(job(state, progress=0.7, failures=3, not_before=NOW, message="m"), LATER, to)
        assert moved == job(to, updated_at=LATER)
    else:
        with pytest.raises(IllegalTransition):
            transitions.step(job(state), LATER, to)


def test_archived_embeddings_fulfil_the_wish_to_embed_again() -> None:
    """Once the archive has the embeddings, a crash does not embed again, forced or not."""
    stored = transitions.archived(job("embedding", force=True), LATER, "r")
    assert (stored.state, stored.recipe, stored.force) == ("storing", "r", False)


def test_a_new_task_is_counted_once() -> None:
    """Each different task id counts as one task; saving the same ticket again does not."""
    one = transitions.take_ticket(job("embedding"), LATER, Ticket("a", task_id="t1"))
    again = transitions.take_ticket(one, LATER, Ticket("a", task_id="t1"))
    two = transitions.take_ticket(transitions.forget_task(again, LATER), LATER, Ticket("a", task_id="t2"))
    assert [one.tasks, again.tasks, two.tasks] == [1, 1, 2]


def test_a_failed_task_is_forgotten_and_the_upload_is_not() -> None:
    """What was uploaded is used again for another task."""
    ticket = Ticket(asset_id="a", upload_id="u", intent="i", task_id="t")
    assert transitions.forget_task(job("embedding", ticket=ticket), LATER).ticket == Ticket(
        asset_id="a", upload_id="u"
    )


@pytest.mark.parametrize("ticket", [Ticket(asset_id="a", intent="i"), Ticket(asset_id="a", task_id="t")])
def test_an_upload_is_not_forgotten_while_a_task_may_use_it(ticket: Ticket) -> None:
    """Going back to uploading drops the whole ticket, so it is illegal where that could bill twice."""
    back = transitions.forget_upload(job("embedding", ticket=Ticket("n", "a", "u"), tasks=1), LATER)
    assert (back.state, back.ticket, back.tasks) == ("uploading", Ticket(), 2)
    with pytest.raises(IllegalTransition):
        transitions.forget_upload(job("embedding", ticket=ticket), LATER)


def test_a_step_that_ends_was_not_cut_off() -> None:
    """Only deaths within one step count in a row: any way out of it, but a stop in time, begins anew."""
    twice = transitions.take_in_hand(transitions.take_in_hand(job("preparing"), NOW), NOW)
    assert twice.cut_off == 2
    assert transitions.put_down(twice, LATER).cut_off == 1
    assert transitions.restart(twice, LATER).cut_off == 2
    assert transitions.step(twice, LATER, "uploading").cut_off == 0
    assert transitions.park(twice, NOW, LATER, "Busy.").cut_off == 0
    assert transitions.fail(twice, LATER, "Broken.").cut_off == 0


def test_a_task_is_waited_for_since_it_began() -> None:
    """Looks do not move the time since which a task is waited for; forgetting it does."""
    asked = transitions.take_ticket(job("embedding"), NOW, Ticket(task_id="t"))
    waiting = transitions.wait(asked, LATER, LATER, 0.5)
    assert (asked.task_since, waiting.task_since) == (NOW, NOW)
    assert transitions.forget_task(waiting, LATER).task_since is None


def test_a_ticket_belongs_to_one_space() -> None:
    """Aiming at another space drops the ticket; aiming at the same one changes nothing."""
    aimed = job("preparing", space_key="old", ticket=Ticket("a", task_id="t"), tasks=2)
    assert transitions.aim(aimed, LATER, "old") is aimed
    other = transitions.aim(aimed, LATER, "new")
    assert (other.space_key, other.ticket, other.tasks) == ("new", Ticket(), 0)


@pytest.mark.parametrize(("told", "kept"), [(-1, 0), (0.4, 0.4), (7, 1)])
def test_progress_stays_between_0_and_1(told: float, kept: float) -> None:
    """Whatever an engine reports, the progress bar gets something between nothing and all."""
    assert transitions.report(job("uploading"), LATER, told).progress == kept


def test_a_link_is_never_changed() -> None:
    """The job of an address that turned out to be one video cannot become another one's."""
    assert transitions.link(job("preparing", video_id=None), LATER, "w", "Title").video_id == "w"
    with pytest.raises(IllegalTransition):
        transitions.link(job("preparing"), LATER, "w", "Title")


def test_only_the_job_of_an_address_can_turn_out_to_be_known() -> None:
    """A job that was made for a video is done by indexing it, not by recognising it."""
    with pytest.raises(IllegalTransition):
        transitions.recognise(job("preparing"), LATER, "v", "m")


def test_waiting_for_the_engine_is_not_failing() -> None:
    """A look that finds the task at work ends a row of failures and keeps the known progress."""
    waiting = transitions.wait(job("embedding", failures=3, message="m", progress=0.3), LATER, LATER, None)
    assert (waiting.failures, waiting.message, waiting.progress, waiting.not_before) == (0, None, 0.3, LATER)


def test_a_parked_job_says_why_and_until_when() -> None:
    """Parking counts a failure, unless what failed is bounded by nothing (a full disk, a quota)."""
    parked = transitions.park(job("uploading"), NOW, LATER, "Busy.")
    assert (parked.failures, parked.not_before, parked.message) == (1, LATER, "Busy.")
    assert transitions.park(job("uploading"), NOW, LATER, "Full.", counts=False).failures == 0
    assert transitions.resume(parked, LATER).not_before is None


def test_cancelling_is_a_wish_until_the_work_hears_it() -> None:
    """A queued job is cancelled at once; a running one only has the wish noted; an ended one is itself."""
    assert transitions.request_cancel(job("queued"), LATER).state == "cancelled"
    running = transitions.request_cancel(job("embedding"), LATER)
    assert (running.state, running.cancel_requested) == ("embedding", True)
    for state in ENDED_STATES:
        ended = job(state)
        assert transitions.request_cancel(ended, LATER) is ended


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_retry_keeps_what_was_paid_for(state: JobState) -> None:
    """A retried job starts at the queue with its ticket, so nothing is uploaded or billed twice."""
    ticket = Ticket("a", task_id="t")
    ended = job(
        state, attempt=2, failures=7, message="m", retryable=True, progress=0.5, tasks=2, ticket=ticket
    )
    again = transitions.retry(ended, LATER)
    assert again == job("queued", attempt=3, ticket=ticket, updated_at=LATER)


def test_a_retry_of_a_waiting_job_ends_the_waiting() -> None:
    """Retrying a job that waits lets it go on at once, in the same attempt."""
    parked = job("uploading", not_before=LATER, message="Busy.", failures=3)
    assert transitions.retry(parked, NOW) == job("uploading")


def test_an_ended_job_waits_for_nothing() -> None:
    """However a job ends, no waiting and no wish to cancel is left in it."""
    waiting = job("storing", not_before=LATER, cancel_requested=True, message="m")
    for ended in (
        transitions.finish(waiting, LATER),
        transitions.fail(waiting, LATER, "Broken."),
        transitions.cancel(waiting, LATER),
    ):
        assert ended.ended
        assert ended.not_before is None
        assert not ended.cancel_requested
