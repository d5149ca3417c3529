"""The steps at the engine: the bytes go up, a task runs, its embeddings come into the archive."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from core.embedding.port import Source, TaskStatus
from core.errors import EngineError, EngineRefused, EngineUnavailable, NotFound
from core.indexing import transitions
from core.indexing.record import JobRecord
from core.indexing.workbench import Workbench
from core.model import Embedding, Job, Ticket, Video

log = logging.getLogger(__name__)


def upload(bench: Workbench, record: JobRecord) -> None:
    """Bring a job to ``embedding``: the engine has the bytes, and the ticket says where."""
    if _other_engine(bench, record):
        return
    if not _asked(record.job.ticket):
        video = bench.video(record.job)
        # Bytes that cannot be embedded today would only grow old at the engine.
        bench.ceiling.check(record.job.id, video.duration_s)
        source = bench.source(video)
        ticket = bench.embedder.upload(source, record.job.ticket, record.save_ticket, record.report)
        record.save_ticket(ticket)
    record.change(transitions.step, "embedding")


def embed(bench: Workbench, record: JobRecord) -> None:
    """Bring a job to ``storing`` once the archive has its embeddings; before that it waits.

    A crash after the archive file was written finds it, and does not embed again.
    """
    if _other_engine(bench, record):
        return
    video = bench.video(record.job)
    source = bench.source(video)
    recipe = bench.embedder.recipe(source)
    if not record.job.force and bench.archive.has(video.id, bench.embedder.space, recipe):
        archived(bench, record, recipe, video)
        return
    if not _asked(record.job.ticket) and not _is_uploaded(bench, record):
        return
    try:
        if record.job.ticket.task_id is None:
            _submit(bench, record, source)
        status = bench.embedder.poll(record.job.ticket)
        if status.state == "processing":
            _wait_for_task(bench, record, status, video)
            return
        if status.state == "failed":
            _task_failed(bench, record, status)
        embeddings = _collected(bench, record, source)
    except NotFound as exc:
        # The engine has forgotten the task, or the upload that it was to begin with: it keeps both for
        # days only.
        record.change(transitions.forget_task)
        raise _again(bench, record, "The engine no longer has this video.") from exc
    bench.archive.write(video.id, bench.embedder.space, recipe, embeddings)
    log.info("job.embedded job=%s video=%s vectors=%d", record.job.id, video.id, len(embeddings))
    archived(bench, record, recipe, video)


def archived(bench: Workbench, record: JobRecord, recipe: str, video: Video) -> None:
    """Bring a job to ``storing``, and count what its task embedded, in one transaction.

    A task is counted once, whether or not the process died between archiving its result and this.
    """
    counted = bench.embedder.billable and record.job.ticket.task_id is not None
    embedded_s = video.duration_s if counted else None
    record.change(
        transitions.archived,
        recipe,
        save=lambda job: bench.catalog.save_job(job, embedded_s=embedded_s),
    )


def release(bench: Workbench, job: Job) -> bool:
    """Delete what was left at the engine; return whether nothing is left there."""
    try:
        bench.embedder.release(job.ticket)
    except EngineError:
        log.warning("engine.not_released job=%s", job.id, exc_info=True)
        return False
    return True


def _asked(ticket: Ticket) -> bool:
    """Return whether a task was, or may have been, asked for: then it is looked for before all else."""
    return ticket.task_id is not None or ticket.intent is not None


def _is_uploaded(bench: Workbench, record: JobRecord) -> bool:
    """Return whether the engine can use what went up; else the job waits, or goes back to uploading."""
    status = bench.embedder.poll_upload(record.job.ticket)
    if status.state == "ready":
        return True
    if status.state == "processing":
        _wait(bench, record, status)
        return False
    message = status.message or "The engine could not read this video."
    if not status.retry:
        raise EngineRefused(message)
    if record.job.tasks >= bench.patience.tasks:
        raise _again(bench, record, message)
    log.warning("job.uploaded_again job=%s video=%s", record.job.id, record.job.video_id)
    record.change(transitions.forget_upload)
    return False


def _submit(bench: Workbench, record: JobRecord, source: Source) -> None:
    if _asked(record.job.ticket):
        # Whether there is a task already is for the engine to find out; its minutes are kept for it.
        record.save_ticket(bench.embedder.submit(source, record.job.ticket, record.save_ticket))
        return
    with bench.ceiling.passing(record.job.id, source.media.duration_s):
        record.save_ticket(bench.embedder.submit(source, record.job.ticket, record.save_ticket))


def _collected(bench: Workbench, record: JobRecord, source: Source) -> Sequence[Embedding]:
    embeddings = bench.embedder.collect(source, record.job.ticket, record.report)
    if not embeddings:
        raise EngineRefused("The engine found nothing to embed in this video. Try another file.")
    # No look at cancelling here: what was paid for is archived first.
    return embeddings


def _wait(bench: Workbench, record: JobRecord, status: TaskStatus, message: str | None = None) -> None:
    pause_s = max(status.poll_after_s or bench.patience.poll_s, bench.patience.least_poll_s)
    until = bench.clock() + timedelta(seconds=pause_s)
    record.change(transitions.wait, until, status.progress, message)


def _wait_for_task(bench: Workbench, record: JobRecord, status: TaskStatus, video: Video) -> None:
    """Look again later, but not for ever. A task that is given up stays known, for a later try."""
    now, patience = bench.clock(), bench.patience
    waited_s = (now - (record.job.task_since or now)).total_seconds()
    minutes = round(waited_s / 60)
    if waited_s > patience.task_s(video.duration_s):
        log.warning("job.task_overdue job=%s minutes=%d", record.job.id, minutes)
        message = (
            f"The engine has not finished this video in {minutes / 60:.0f} hours. Retry to look again; "
            "nothing is paid twice."
        )
        record.change(transitions.fail, message, retryable=True)
    elif waited_s > patience.slow_task_s + video.duration_s:
        slow = f"The engine has been working on this video for {minutes} minutes. It is still waited for."
        _wait(bench, record, status, slow)
    else:
        _wait(bench, record, status)


def _task_failed(bench: Workbench, record: JobRecord, status: TaskStatus) -> None:
    """Give up a failed task. Raises: EngineUnavailable where another one may succeed, or EngineRefused."""
    record.change(transitions.forget_task)
    message = status.message or "The engine could not embed this video."
    if status.retry:
        raise _again(bench, record, message)
    raise EngineRefused(message)


def _again(bench: Workbench, record: JobRecord, message: str) -> EngineError:
    """Return what to raise so that a new task is started, unless there were too many of them."""
    if record.job.tasks < bench.patience.tasks:
        return EngineUnavailable(f"{message} It begins again by itself.")
    return EngineRefused(f"{message} It was tried {record.job.tasks} times. Try again later.")


def _other_engine(bench: Workbench, record: JobRecord) -> bool:
    """Start over where the settings chose another engine since; its tickets mean nothing to this one."""
    if record.job.space_key == bench.embedder.space.key:
        return False
    record.change(transitions.start_over)
    return True
