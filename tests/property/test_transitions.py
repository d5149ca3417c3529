"""Whatever happens to a job, in whatever order, it stays a job that makes sense."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.indexing import transitions
from core.indexing.transitions import IllegalTransition
from core.model import ENDED_STATES, RUNNING_STATES, Job, Ticket

ORDER = ("queued", *RUNNING_STATES, "ready")
messages = st.sampled_from(["Busy.", "Broken."])
progress = st.floats(allow_nan=False)
tickets = st.builds(
    Ticket,
    asset_id=st.none() | st.just("a"),
    intent=st.none() | st.just("i"),
    task_id=st.none() | st.sampled_from(["t1", "t2"]),
)


class JobLife(RuleBasedStateMachine):
    """Applies transitions in any order; those that are illegal must leave everything as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.job = Job("j", "Film", self.now, self.now)
        self.before = self.job
        self.retried = False

    @initialize(url=st.booleans(), force=st.booleans())
    def add(self, url: bool, force: bool) -> None:
        self.job = replace(
            self.job, source_url="u" if url else None, video_id=None if url else "v", force=force
        )
        self.before = self.job

    def apply(self, transition: Callable[..., Job], *told: object, **named: object) -> None:
        self.now += timedelta(seconds=1)
        self.before, self.retried = self.job, transition is transitions.retry
        with suppress(IllegalTransition):
            self.job = transition(self.job, self.now, *told, **named)

    @rule()
    def start(self) -> None:
        self.apply(transitions.start)

    @rule(to=st.sampled_from(ORDER))
    def step(self, to: str) -> None:
        self.apply(transitions.step, to)

    @rule()
    def archived(self) -> None:
        self.apply(transitions.archived, "r")

    @rule(force=st.none() | st.booleans())
    def start_over(self, force: bool | None) -> None:
        self.apply(transitions.start_over, force=force)

    @rule(message=st.none() | messages)
    def finish(self, message: str | None) -> None:
        self.apply(transitions.finish, message)

    @rule(message=messages)
    def recognise(self, message: str) -> None:
        self.apply(transitions.recognise, "v", message)

    @rule(video=st.sampled_from(["v", "w"]))
    def link(self, video: str) -> None:
        self.apply(transitions.link, video, "Film")

    @rule(progress=progress)
    def report(self, progress: float) -> None:
        self.apply(transitions.report, progress)

    @rule(ticket=tickets)
    def take_ticket(self, ticket: Ticket) -> None:
        self.apply(transitions.take_ticket, ticket)

    @rule()
    def forget_task(self) -> None:
        self.apply(transitions.forget_task)

    @rule()
    def forget_upload(self) -> None:
        self.apply(transitions.forget_upload)

    @rule()
    def take_in_hand(self) -> None:
        self.apply(transitions.take_in_hand)

    @rule()
    def put_down(self) -> None:
        self.apply(transitions.put_down)

    @rule(space=st.sampled_from(["s1", "s2"]))
    def aim(self, space: str) -> None:
        self.apply(transitions.aim, space)

    @rule(progress=st.none() | progress)
    def wait(self, progress: float | None) -> None:
        self.apply(transitions.wait, self.now + timedelta(seconds=5), progress)

    @rule(message=messages, counts=st.booleans())
    def park(self, message: str, counts: bool) -> None:
        self.apply(transitions.park, self.now + timedelta(seconds=5), message, counts=counts)

    @rule(message=messages)
    def hold(self, message: str) -> None:
        self.apply(transitions.hold, message)

    @rule()
    def resume(self) -> None:
        self.apply(transitions.resume)

    @rule()
    def restart(self) -> None:
        self.apply(transitions.restart)

    @rule(message=messages, retryable=st.booleans())
    def fail(self, message: str, retryable: bool) -> None:
        self.apply(transitions.fail, message, retryable=retryable)

    @rule()
    def request_cancel(self) -> None:
        self.apply(transitions.request_cancel)

    @rule()
    def cancel(self) -> None:
        self.apply(transitions.cancel)

    @rule()
    def retry(self) -> None:
        self.apply(transitions.retry)

    # -- what always holds --

    @invariant()
    def progress_is_a_part(self) -> None:
        assert 0 <= self.job.progress <= 1

    @invariant()
    def an_ended_job_is_at_rest(self) -> None:
        if self.job.ended:
            assert self.job.not_before is None
            assert not self.job.cancel_requested
            assert self.job.failures == 0

    @invariant()
    def only_a_retry_leaves_an_end(self) -> None:
        if self.before.state in ENDED_STATES and self.job.state != self.before.state:
            assert self.retried
            assert self.before.state != "ready"
            assert self.job.state == "queued"
            assert self.job.attempt == self.before.attempt + 1

    @invariant()
    def ready_comes_after_storing_or_recognising(self) -> None:
        if self.job.state == "ready" != self.before.state:
            assert self.before.state == "storing" or (
                self.before.state == "preparing" and self.job.source_url is not None
            )
            assert self.job.progress == 1

    @invariant()
    def what_is_indexed_is_a_video(self) -> None:
        if self.job.state in ("uploading", "embedding", "storing", "ready"):
            assert self.job.video_id is not None

    @invariant()
    def no_step_is_skipped(self) -> None:
        before, after = self.before.state, self.job.state
        if after in RUNNING_STATES and before != after and after != "preparing":
            skips = {("preparing", "storing"), ("embedding", "uploading")}
            assert ORDER.index(after) == ORDER.index(before) + 1 or (before, after) in skips

    @invariant()
    def a_queued_job_cannot_wish_to_stop(self) -> None:
        if self.job.state == "queued":
            assert not self.job.cancel_requested

    @invariant()
    def counts_only_grow(self) -> None:
        assert self.job.attempt >= self.before.attempt
        assert self.job.updated_at >= self.before.updated_at
        assert self.job.tasks >= 0
        assert self.job.failures >= 0

    @invariant()
    def identity_never_changes(self) -> None:
        kept = ("id", "created_at", "source_url", "details", "version")
        assert [getattr(self.job, name) for name in kept] == [getattr(self.before, name) for name in kept]
        if self.before.video_id is not None:
            assert self.job.video_id == self.before.video_id

    @invariant()
    def what_went_up_is_only_forgotten_where_no_task_can_be(self) -> None:
        if (self.before.state, self.job.state) == ("embedding", "uploading"):
            assert (self.before.ticket.task_id, self.before.ticket.intent) == (None, None)
            assert (self.job.ticket, self.job.tasks) == (Ticket(), self.before.tasks + 1)

    @invariant()
    def only_a_task_is_waited_for(self) -> None:
        if self.job.ticket.task_id is None:
            assert self.job.task_since is None

    @invariant()
    def a_task_of_this_space_is_only_lost_on_purpose(self) -> None:
        if self.retried:
            assert self.job.ticket == self.before.ticket


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
