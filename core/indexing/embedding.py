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
from core.model import Embedding, Job

log = logging.getLogger(__name__)


def upload(bench: Workbench, record: JobRecord) -> None:
    """Bring a job to ``embedding``: the engine has the bytes, and the ticket says where."""
    if _other_engine(bench, record):
        return
    source = bench.source(bench.video(record.job))
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
        # A task of this very job: the process died between archiving its result and counting it.
        uncounted = record.job.ticket.task_id is not None
        _archived(bench, record, recipe, video.duration_s if uncounted else None)
        return
    if record.job.ticket.task_id is None:
        record.save_ticket(bench.embedder.submit(source, record.job.ticket, record.save_ticket))
    try:
        status = bench.embedder.poll(record.job.ticket)
        if status.state == "processing":
            _wait(bench, record, status)
            return
        if status.state == "failed":
            _task_failed(bench, record, status)
        embeddings = _collected(bench, record, source)
    except NotFound as exc:
        # The engine has forgotten the task (results are kept for days only).
        record.change(transitions.forget_task)
        raise _again(bench, record, "The engine no longer has this task; it is started again.") from exc
    bench.archive.write(video.id, bench.embedder.space, recipe, embeddings)
    log.info("job.embedded job=%s video=%s vectors=%d", record.job.id, video.id, len(embeddings))
    _archived(bench, record, recipe, video.duration_s)


def _archived(bench: Workbench, record: JobRecord, recipe: str, embedded_s: float | None) -> None:
    """Bring a job to ``storing`` and count what was embedded for it, in one transaction."""
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


def _collected(bench: Workbench, record: JobRecord, source: Source) -> Sequence[Embedding]:
    embeddings = bench.embedder.collect(source, record.job.ticket, record.report)
    if not embeddings:
        raise EngineRefused("The engine found nothing to embed in this video. Try another file.")
    # No look at cancelling here: what was paid for is archived first.
    return embeddings


def _wait(bench: Workbench, record: JobRecord, status: TaskStatus) -> None:
    pause_s = max(status.poll_after_s or bench.patience.poll_s, bench.patience.least_poll_s)
    record.change(transitions.wait, bench.clock() + timedelta(seconds=pause_s), status.progress)


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
        return EngineUnavailable(message)
    return EngineRefused(f"{message} It was tried {record.job.tasks} times. Try again later.")


def _other_engine(bench: Workbench, record: JobRecord) -> bool:
    """Start over where the settings chose another engine since; its tickets mean nothing to this one."""
    if record.job.space_key == bench.embedder.space.key:
        return False
    record.change(transitions.start_over)
    return True
