"""The life of a job, as pure functions from one frozen `Job` to the next.

    queued -> preparing -> uploading -> embedding -> storing -> ready
                        |           ^------'            ^       | failed | cancelled, from any of them
                        `-------------------------------'

Nothing else changes a job. ``now`` is when it happens (UTC). Each function names the states that it
accepts and raises `IllegalTransition` in all others.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from core.errors import CuepointError
from core.model import RUNNING_STATES, Job, JobState, Ticket

_NEXT: Final[dict[JobState, tuple[JobState, ...]]] = {
    "preparing": ("uploading", "storing"),
    "uploading": ("embedding",),
    "embedding": ("storing",),
}
"""Where a finished step leads. From ``preparing`` straight to ``storing`` when the archive has it all."""


class IllegalTransition(CuepointError):
    """A job was asked for something that its state does not allow."""


# -- the way forward -----------------------------------------------------------------------------


def start(job: Job, now: datetime) -> Job:
    """Return a queued job as ``preparing``."""
    _expect(job, "queued")
    return _moved(job, now, "preparing")


def step(job: Job, now: datetime, to: JobState) -> Job:
    """Return a job whose present step is done, in the state of the next one.

    Beyond ``preparing``, a job has a video.
    """
    if to not in _NEXT.get(job.state, ()) or job.video_id is None:
        raise _illegal(job)
    return _moved(job, now, to)


def archived(job: Job, now: datetime, recipe: str) -> Job:
    """Return a job whose embeddings lie in the archive under ``recipe``: only storing is left.

    A wish to embed again is fulfilled by then, so a crash from here on does not embed once more.
    """
    return replace(step(job, now, "storing"), recipe=recipe, force=False)


def start_over(job: Job, now: datetime, *, force: bool | None = None) -> Job:
    """Return a running job at ``preparing``: what it had made is no longer what is wanted.

    ``force`` says whether to embed although the archive has a file; None leaves that as it is.
    """
    _expect(job, *RUNNING_STATES)
    return _moved(job, now, "preparing", recipe=None, force=job.force if force is None else force)


def finish(job: Job, now: datetime, message: str | None = None) -> Job:
    """Return a stored job as ``ready``. A cancel that came too late to save anything is dropped."""
    _expect(job, "storing")
    return _ended(job, now, "ready", progress=1.0, message=message)


def recognise(job: Job, now: datetime, video_id: str, message: str) -> Job:
    """Return the job of a URL as ``ready``, for bytes that the library already has as this video."""
    _expect(job, "preparing")
    if job.source_url is None or job.video_id not in (None, video_id):
        raise _illegal(job)
    return _ended(job, now, "ready", video_id=video_id, progress=1.0, message=message)


# -- within a step -------------------------------------------------------------------------------


def link(job: Job, now: datetime, video_id: str, title: str) -> Job:
    """Return the job of a URL with the video that the download turned out to be."""
    _expect(job, "preparing")
    if job.video_id not in (None, video_id):
        raise _illegal(job)
    return replace(job, updated_at=now, video_id=video_id, title=title, cut_off=0)


def report(job: Job, now: datetime, progress: float) -> Job:
    """Return a running job with its progress, kept within 0 and 1."""
    _expect(job, *RUNNING_STATES)
    return replace(job, updated_at=now, progress=min(1.0, max(0.0, progress)))


def take_ticket(job: Job, now: datetime, ticket: Ticket) -> Job:
    """Return a running job with what the engine said; a new task is counted."""
    _expect(job, "uploading", "embedding", "storing")
    is_new = ticket.task_id is not None and ticket.task_id != job.ticket.task_id
    since = now if is_new else job.task_since if ticket.task_id is not None else None
    failures = 0 if is_new else job.failures
    taken = replace(job, updated_at=now, ticket=ticket, tasks=job.tasks + is_new)
    return replace(taken, task_since=since, failures=failures)


def forget_task(job: Job, now: datetime) -> Job:
    """Return a job without its task, which failed or is gone; what was uploaded stays."""
    _expect(job, *RUNNING_STATES)
    kept = replace(job.ticket, task_id=None, intent=None)
    return replace(job, updated_at=now, ticket=kept, task_since=None)


def forget_upload(job: Job, now: datetime) -> Job:
    """Return an embedding job at ``uploading``: what went up is gone, or of no use to the engine.

    It counts like a task. Not while a task may have been asked for: that one is looked for first.
    """
    _expect(job, "embedding")
    if job.ticket.task_id is not None or job.ticket.intent is not None:
        raise _illegal(job)
    return _moved(job, now, "uploading", ticket=Ticket(), tasks=job.tasks + 1)


def aim(job: Job, now: datetime, space_key: str) -> Job:
    """Return a running job that embeds into this space; a ticket of another space is dropped."""
    _expect(job, *RUNNING_STATES)
    if job.space_key == space_key:
        return job
    return replace(job, updated_at=now, space_key=space_key, ticket=Ticket(), tasks=0, task_since=None)


# -- waiting -------------------------------------------------------------------------------------


def wait(job: Job, now: datetime, until: datetime, progress: float | None, message: str | None = None) -> Job:
    """Return an embedding job that is looked at again later; it has not failed."""
    _expect(job, "embedding")
    waiting = report(job, now, job.progress if progress is None else progress)
    since = (job.task_since or now) if job.ticket.task_id is not None else None
    return replace(waiting, not_before=until, failures=0, message=message, task_since=since)


def park(job: Job, now: datetime, until: datetime, message: str, *, counts: bool = True) -> Job:
    """Return a running job that waits after a transient failure; ``counts`` where tries are bounded."""
    _expect(job, *RUNNING_STATES)
    failures = job.failures + bool(counts)
    return replace(job, updated_at=now, not_before=until, message=message, failures=failures, cut_off=0)


def hold(job: Job, now: datetime, message: str) -> Job:
    """Return a job that stands because the whole queue does; nobody knows until when."""
    _expect(job, "queued", *RUNNING_STATES)
    return replace(job, updated_at=now, not_before=None, message=message, cut_off=0)


def resume(job: Job, now: datetime) -> Job:
    """Return a job whose waiting is over, without the sentence that explained it."""
    _expect(job, "queued", *RUNNING_STATES)
    if job.not_before is None and job.message is None:
        return job
    return replace(job, updated_at=now, not_before=None, message=None)


def take_in_hand(job: Job, now: datetime) -> Job:
    """Return a job as `resume` does, noted as cut off until its step is done: the process may die."""
    return replace(resume(job, now), updated_at=now, cut_off=job.cut_off + 1)


def put_down(job: Job, now: datetime) -> Job:
    """Return a job that was taken in hand and is let go on purpose before its step was done."""
    _expect(job, *RUNNING_STATES)
    return replace(job, updated_at=now, cut_off=max(0, job.cut_off - 1))


def restart(job: Job, now: datetime, until: datetime | None = None, message: str | None = None) -> Job:
    """Return a running job as the next process takes it up, in the same state; it waits ``until`` then."""
    _expect(job, *RUNNING_STATES)
    return replace(job, updated_at=now, attempt=job.attempt + 1, not_before=until, message=message)


# -- the other ends ------------------------------------------------------------------------------


def fail(job: Job, now: datetime, message: str, *, retryable: bool = False) -> Job:
    """Return a job as ``failed``; ``retryable`` where trying again may help by itself."""
    _expect(job, "queued", *RUNNING_STATES)
    return _ended(job, now, "failed", message=message, retryable=retryable)


def request_cancel(job: Job, now: datetime) -> Job:
    """Return a queued job as ``cancelled``, a running one with the wish noted, an ended one as it is."""
    if job.ended:
        return job
    if job.state == "queued":
        return cancel(job, now)
    return replace(job, updated_at=now, cancel_requested=True)


def cancel(job: Job, now: datetime) -> Job:
    """Return a job as ``cancelled``."""
    _expect(job, "queued", *RUNNING_STATES)
    return _ended(job, now, "cancelled")


def retry(job: Job, now: datetime) -> Job:
    """Return a failed or cancelled job as ``queued`` again; one that only waits need not wait longer.

    The ticket is kept, so that nothing is uploaded or billed twice.
    """
    if job.state == "ready":
        raise IllegalTransition("This video is ready. To embed it again, re-index it.")
    if not job.ended:
        return replace(resume(job, now), failures=0)
    again = _moved(job, now, "queued", attempt=job.attempt + 1, tasks=0, task_since=None)
    return replace(again, retryable=False, cancel_requested=False)


# -- parts ---------------------------------------------------------------------------------------


def _moved(job: Job, now: datetime, to: JobState, **changes: Any) -> Job:
    fresh = replace(job, updated_at=now, state=to, progress=0.0, failures=0, not_before=None, message=None)
    return replace(fresh, **{"cut_off": 0, **changes})


def _ended(job: Job, now: datetime, to: JobState, **changes: Any) -> Job:
    ended = replace(_moved(job, now, to, progress=job.progress), cancel_requested=False)
    return replace(ended, **changes)


def _expect(job: Job, *states: JobState) -> None:
    if job.state not in states:
        raise _illegal(job)


def _illegal(job: Job) -> IllegalTransition:
    if job.ended:
        return IllegalTransition("This work has ended already. Load the page again.")
    return IllegalTransition(f"This cannot be done while the work is at “{job.state}”. Try again later.")
