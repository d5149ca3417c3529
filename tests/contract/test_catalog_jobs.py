"""What the catalog promises about jobs, and which of them is worked on next."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.errors import (
    JobChanged,
)
from core.indexing import transitions
from core.indexing.transitions import IllegalTransition
from core.model import Ticket
from tests.catalogs import DATABASES, NOW, Clock, catalog_url, new_video, run_to


@pytest.fixture(params=DATABASES, ids=lambda url: str(url).split(":")[0])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with catalog_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    catalog = Catalog(url, clock=Clock())
    yield catalog
    catalog.close()


# -- jobs --------------------------------------------------------------------------------------------


def test_a_job_comes_back_as_it_was_saved(catalog: Catalog) -> None:
    """Every field of a job survives, the ticket included."""
    _, job = catalog.add_video_with_job(new_video())
    told = replace(
        job, state="embedding", progress=0.25, attempt=3, failures=2, not_before=NOW, message="Wait.",
        retryable=True, cancel_requested=True, force=True, details='{"a": 1}', tasks=2,
        space_key="s", recipe="r",
        ticket=Ticket(asset_id="a", upload_id="u", intent="i", task_id="t"), source_url="https://x.y",
    )  # fmt: skip
    saved = catalog.save_job(told)
    assert saved == replace(told, version=told.version + 1)
    assert catalog.job(job.id) == saved


def test_a_save_of_an_older_version_is_refused(catalog: Catalog) -> None:
    """Who read a job before somebody else changed it cannot save over that change."""
    _, job = catalog.add_video_with_job(new_video())
    catalog.save_job(transitions.start(job, NOW))
    with pytest.raises(JobChanged):
        catalog.save_job(transitions.cancel(job, NOW))
    assert catalog.job(job.id).state == "preparing"


def test_a_cancel_survives_a_save_at_the_same_moment(catalog: Catalog) -> None:
    """A wish to cancel that comes between reading and saving is still there afterwards."""
    _, job = catalog.add_video_with_job(new_video())
    job = run_to(catalog, job, "uploading")
    catalog.request_cancel(job.id)
    with pytest.raises(JobChanged):
        catalog.save_job(transitions.report(job, NOW, 0.5))
    assert catalog.job(job.id).cancel_requested


def test_many_threads_change_one_job_and_none_is_lost(catalog: Catalog) -> None:
    """Of saves that race, each that succeeds is based on the one before: no update disappears."""
    _, job = catalog.add_video_with_job(new_video())
    job = catalog.save_job(transitions.start(job, NOW))

    def add_one(_: int) -> None:
        while True:
            fresh = catalog.job(job.id)
            try:
                catalog.save_job(replace(fresh, failures=fresh.failures + 1))
            except JobChanged:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(64)))
    assert catalog.job(job.id).failures == 64


def test_cancelling(catalog: Catalog) -> None:
    """A queued job is cancelled at once, a running one is asked to stop, an ended one stays as it is."""
    jobs = {state: catalog.add_video_with_job(new_video(number))[1]
            for number, state in enumerate(("queued", "uploading", "ready"), start=1)}  # fmt: skip
    for state in ("uploading", "ready"):
        run_to(catalog, jobs[state], state)
    assert catalog.request_cancel(jobs["queued"].id).state == "cancelled"
    running = catalog.request_cancel(jobs["uploading"].id)
    assert (running.state, running.cancel_requested) == ("uploading", True)
    ready = catalog.job(jobs["ready"].id)
    assert catalog.request_cancel(ready.id) == ready


def test_retrying_queues_the_same_job_again(catalog: Catalog) -> None:
    """A failed job goes back to the queue under its own id with one attempt more."""
    _, job = catalog.add_video_with_job(new_video())
    run_to(catalog, job, "failed")
    again = catalog.retry(job.id)
    assert (again.id, again.state, again.attempt, again.message) == (job.id, "queued", 2, None)


def test_retrying_what_is_ready_is_refused(catalog: Catalog) -> None:
    """A job that is ready cannot be retried; the sentence says what to do instead."""
    _, job = catalog.add_video_with_job(new_video())
    run_to(catalog, job, "ready")
    with pytest.raises(IllegalTransition, match="re-index"):
        catalog.retry(job.id)


def test_a_video_has_one_job_at_a_time(catalog: Catalog) -> None:
    """Asking twice gives the same job, which takes over the wish to embed again while it is queued."""
    video, job = catalog.add_video_with_job(new_video())
    assert catalog.add_job(video.id).id == job.id
    forced = catalog.add_job(video.id, force=True)
    assert (forced.id, forced.force) == (job.id, True)
    run_to(catalog, catalog.job(job.id), "failed")
    other = catalog.add_job(video.id)
    assert other.id != job.id
    assert catalog.retry(job.id).id == other.id


def test_an_address_is_downloaded_once_at_a_time(catalog: Catalog) -> None:
    """Adding the same address again while it is on its way gives the job that brings it."""
    job = catalog.add_job(source_url="https://x.y/a.mp4", details="{}")
    assert catalog.add_job(source_url="https://x.y/a.mp4").id == job.id
    assert catalog.add_job(source_url="https://x.y/b.mp4").id != job.id
    assert job.title == "https://x.y/a.mp4"


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((), "queued"),
        (("queued",), "queued"),
        (("ready", "failed"), "failed"),
        (("failed", "ready"), "ready"),
        (("ready", "embedding"), "embedding"),
        (("ready", "queued"), "queued"),
    ],
)
def test_a_video_has_the_state_of_its_newest_job(
    catalog: Catalog, states: tuple[str, ...], status: str
) -> None:
    """The status is that of the job at work, or else of the one that ended last."""
    video = catalog.add_video(new_video())
    for state in states:
        job = catalog.add_job(video.id)
        job = job if state == "queued" else run_to(catalog, job, state)
        catalog.save_job(replace(job, updated_at=NOW + timedelta(days=states.index(state))))
    assert catalog.video(video.id).status == status
    assert [found.status for found in catalog.videos()] == [status]
    newest = catalog.newest_job(video.id)
    assert (newest.state if newest else "queued") == status


def test_jobs_are_listed_newest_first(catalog: Catalog) -> None:
    """Jobs come newest first, and can be narrowed to the unfinished ones and to one video."""
    added = [catalog.add_video_with_job(new_video(number)) for number in (1, 2, 3)]
    run_to(catalog, added[1][1], "ready")
    ids = [job.id for _, job in added]
    assert [job.id for job in catalog.jobs()] == ids[::-1]
    assert [job.id for job in catalog.jobs(active_only=True)] == [ids[2], ids[0]]
    assert [job.id for job in catalog.jobs(video_id=added[1][0].id)] == [ids[1]]
    assert [job.id for job in catalog.jobs(limit=2)] == ids[:0:-1]
    assert catalog.count_active() == (2, 0)


# -- choosing what to work on ------------------------------------------------------------------------


def test_the_oldest_job_is_next(catalog: Catalog) -> None:
    """Jobs are worked on in the order in which they were added."""
    ids = [catalog.add_video_with_job(new_video(number))[1].id for number in (1, 2, 3)]
    chosen: list[str] = []
    while job := catalog.next_job(NOW, busy_jobs=chosen):
        chosen.append(job.id)
    assert chosen == ids


def test_a_waiting_job_is_left_alone_until_its_time(catalog: Catalog) -> None:
    """A job that waits is not chosen before its time, unless it was cancelled."""
    _, job = catalog.add_video_with_job(new_video())
    job = run_to(catalog, job, "uploading")
    until = NOW + timedelta(minutes=5)
    catalog.save_job(transitions.park(job, NOW, until, "Busy."))
    assert catalog.next_job(NOW) is None
    assert catalog.next_due_at(NOW) == until
    assert catalog.next_due_at(until) is None
    found = catalog.next_job(until)
    assert found is not None
    assert found.id == job.id
    catalog.request_cancel(job.id)
    assert catalog.next_job(NOW, only_cancelled=True) is not None


def test_one_job_of_a_video_at_a_time(catalog: Catalog) -> None:
    """A job is not begun while another of its video is at work or in somebody's hand."""
    video, first = catalog.add_video_with_job(new_video())
    running = run_to(catalog, first, "uploading")
    catalog.request_cancel(running.id)
    second = catalog.add_job(video.id)
    assert second.id != first.id
    assert catalog.next_job(NOW, busy_jobs=[first.id]) is None
    catalog.save_job(transitions.cancel(catalog.job(first.id), NOW))
    found = catalog.next_job(NOW)
    assert found is not None
    assert found.id == second.id
    assert catalog.next_job(NOW, busy_videos=[video.id]) is None


def test_nothing_new_is_begun_when_enough_is_under_way(catalog: Catalog) -> None:
    """Without leave to begin, only jobs that were begun are chosen."""
    catalog.add_video_with_job(new_video(1))
    _, begun = catalog.add_video_with_job(new_video(2))
    assert catalog.next_job(NOW, may_begin=False) is None
    run_to(catalog, begun, "preparing")
    found = catalog.next_job(NOW, may_begin=False)
    assert found is not None
    assert found.id == begun.id
