"""Taking up what an earlier process left, with care for a job that may be what ended it."""

from __future__ import annotations

import logging
from datetime import timedelta

from core.indexing import transitions
from core.indexing.workbench import Workbench
from core.model import Job

log = logging.getLogger(__name__)


def take_up(bench: Workbench, job: Job) -> Job:
    """Return a running job as this process continues it, saved.

    One that was at work each of the last times that the process died waits, so that others go
    first, and fails in the end: a file that brings Cuepoint down must not do so for ever. What a
    job was waiting for is looked at anew: the settings may be others now. Raises: JobChanged.
    """
    now, patience = bench.clock(), bench.patience
    beyond = job.cut_off - patience.cut_offs_borne
    if job.cut_off >= patience.cut_offs:
        log.error("job.poisonous job=%s state=%s cut_off=%d", job.id, job.state, job.cut_off)
        message = (
            f"Cuepoint stopped {job.cut_off} times while it worked on this file, so it is left alone. "
            "Convert the file to MP4 (H.264), or retry."
        )
        return bench.catalog.save_job(transitions.fail(job, now, message, retryable=True))
    if beyond > 0:
        wait_s = min(patience.longest_cut_off_s, patience.cut_off_s * 2.0 ** (beyond - 1))
        until = now + timedelta(seconds=wait_s)
        message = "Cuepoint stopped several times while it worked on this file. Others go first."
        return bench.catalog.save_job(transitions.restart(job, now, until, message))
    log.info("job.resumed job=%s state=%s", job.id, job.state)
    return bench.catalog.save_job(transitions.restart(job, now))
