"""What the catalog promises about videos that come and go, and about what was embedded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.errors import (
    JobChanged,
    NotFound,
)
from core.indexing import transitions
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


# -- coming and going --------------------------------------------------------------------------------


def test_a_deleted_video_leaves_a_note_until_it_is_settled(catalog: Catalog) -> None:
    """Deleting removes row, paths and ended jobs, and notes what is still to be cleaned up."""
    video, job = catalog.add_video_with_job(new_video())
    run_to(catalog, job, "ready")
    catalog.forget_video(video.id, keep_embeddings=True)
    assert catalog.find(video.id) is None
    assert catalog.jobs() == []
    assert [(left.video_id, left.keep_embeddings) for left in catalog.unsettled()] == [(video.id, True)]
    catalog.settle(video.id)
    assert catalog.unsettled() == []


def test_deleting_asks_a_running_job_to_stop(catalog: Catalog) -> None:
    """A running job outlives its video so that it can clean up; a queued one goes with it."""
    video, job = catalog.add_video_with_job(new_video(1))
    run_to(catalog, job, "embedding")
    other, _ = catalog.add_video_with_job(new_video(2))
    catalog.forget_video(video.id, keep_embeddings=False)
    catalog.forget_video(other.id, keep_embeddings=False)
    assert [(left.id, left.cancel_requested) for left in catalog.jobs()] == [(job.id, True)]
    with pytest.raises(NotFound):
        catalog.retry(catalog.save_job(transitions.cancel(catalog.job(job.id), NOW)).id)
    catalog.drop_jobs_of_deleted_videos()
    assert catalog.jobs() == []


def test_adding_again_strikes_out_the_deletion(catalog: Catalog) -> None:
    """A video that is added while its deletion is not finished is not noted as unsettled any more."""
    new = new_video()
    catalog.add_video(new)
    catalog.forget_video(new.id, keep_embeddings=False)
    with catalog.arrival(new.id):
        assert [left.keep_embeddings for left in catalog.unsettled()] == [False]
        catalog.add_video_with_job(new)
    assert catalog.unsettled() == []


def test_an_arrival_that_is_cut_short_is_known(catalog: Catalog) -> None:
    """Where files were being put in place and no row was added, the catalog names the video."""
    with pytest.raises(RuntimeError), catalog.arrival("a" * 32):
        raise RuntimeError("the process died")
    assert [(left.video_id, left.keep_embeddings) for left in catalog.unsettled()] == [("a" * 32, True)]
    catalog.add_video(new_video())
    with catalog.arrival(new_video().id):
        pass
    assert len(catalog.unsettled()) == 1


def test_arrivals_and_deletions_go_one_after_the_other(catalog: Catalog) -> None:
    """While one thread puts a video in place, another that deletes one waits."""
    video = catalog.add_video(new_video(1))
    order: list[str] = []

    def delete() -> None:
        catalog.forget_video(video.id, keep_embeddings=False)
        order.append("deleted")

    with catalog.arrival("b" * 32):
        thread = threading.Thread(target=delete)
        thread.start()
        thread.join(0.2)
        order.append("arrived")
    thread.join(5)
    assert order == ["arrived", "deleted"]


# -- usage -------------------------------------------------------------------------------------------


def test_embedded_seconds_are_counted_once_and_kept(catalog: Catalog) -> None:
    """A save counts its seconds exactly when it succeeds, and deleting the video keeps the count."""
    video, job = catalog.add_video_with_job(new_video())
    job = replace(run_to(catalog, job, "embedding"), space_key="s1")
    catalog.save_job(job, embedded_s=12.5)
    with pytest.raises(JobChanged):
        catalog.save_job(job, embedded_s=12.5)
    catalog.record_usage("s2", video.id, 3.0, NOW - timedelta(days=2))
    catalog.forget_video(video.id, keep_embeddings=False)
    assert catalog.totals() == {"s1": 12.5, "s2": 3.0}
    assert catalog.totals(since=NOW) == {"s1": 12.5}
