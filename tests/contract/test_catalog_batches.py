"""Batches in the catalog: what they hold back, and that cancelling always gets through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.catalog.queue import lane_of
from core.errors import NotFound
from core.indexing import transitions
from core.model import Job, Ticket
from tests.catalogs import DATABASES, NOW, Clock, catalog_url, new_video, run_to

ASKED = Ticket(asset_id="a", intent="i", task_id="t")


@pytest.fixture(params=DATABASES, ids=lambda url: url.split(":")[0])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    with catalog_url(request.param, tmp_path) as url:
        catalog = Catalog(url, clock=Clock())
        yield catalog
        catalog.close()


def added(catalog: Catalog, state: str, batch_id: str | None, number: int = 1, **changes: object) -> Job:
    _, job = catalog.add_video_with_job(new_video(number), batch_id=batch_id)
    job = job if state == "queued" else run_to(catalog, job, state)
    return catalog.save_job(replace(job, **changes)) if changes else job  # type: ignore[arg-type]  # a test's


def test_a_batch_is_made_once(catalog: Catalog) -> None:
    """A batch that is opened again under its id, by another file of the same drop, stays as it is."""
    batch = catalog.open_batch("Holidays", held=True)
    assert (batch.name, batch.held, batch.paused) == ("Holidays", True, False)
    catalog.change_batch(batch.id, held=False)
    again = catalog.open_batch("Other", held=True, batch_id=batch.id)
    assert (again.name, again.held) == ("Holidays", False)
    assert catalog.batch(batch.id) == again
    with pytest.raises(NotFound):
        catalog.batch("0" * 32)


@pytest.mark.parametrize(
    ("state", "ticket", "held", "paused"),
    [
        ("queued", Ticket(), True, False),
        ("preparing", Ticket(), True, False),
        ("uploading", Ticket(), False, False),
        ("embedding", Ticket(asset_id="a"), False, False),
        ("embedding", ASKED, True, True),
        ("storing", ASKED, True, False),
    ],
)
def test_what_a_batch_keeps_back(
    catalog: Catalog, state: str, ticket: Ticket, held: bool, paused: bool
) -> None:
    """Held, a job does all that is free; paused, it begins nothing; what is at the engine is fetched."""
    batch = catalog.open_batch("Films")
    job = added(catalog, state, batch.id, ticket=ticket)
    for change, goes_on in (({"held": True}, held), ({"held": False, "paused": True}, paused)):
        catalog.change_batch(batch.id, **change)
        assert (catalog.next_job(NOW) is not None) is goes_on
        assert catalog.is_kept_back(job.id) is not goes_on
    catalog.change_batch(batch.id, paused=False)
    assert catalog.next_job(NOW) is not None
    assert not catalog.is_kept_back(job.id)


def test_a_cancel_gets_through(catalog: Catalog) -> None:
    """A job that is asked to stop is chosen although its batch stands and its lane is full."""
    batch = catalog.open_batch("Films", held=True)
    job = added(catalog, "uploading", batch.id)
    catalog.change_batch(batch.id, paused=True)
    assert catalog.next_job(NOW, full=["upload"]) is None
    catalog.request_cancel(job.id)
    found = catalog.next_job(NOW, full=["upload"])
    assert found is not None
    assert not catalog.is_kept_back(job.id)


def test_cancelling_a_batch_cancels_its_unfinished_jobs_only(catalog: Catalog) -> None:
    """Queued ones end at once, running ones are asked to stop, and others are not touched."""
    batch = catalog.open_batch("Films", held=True)
    jobs = [added(catalog, state, batch.id, n) for n, state in enumerate(["queued", "uploading", "ready"])]
    other = added(catalog, "queued", None, 7)
    assert {job.id for job in catalog.cancel_batch(batch.id)} == {jobs[0].id, jobs[1].id}
    queued, running, ready = (catalog.job(job.id) for job in jobs)
    assert (queued.state, running.state, running.cancel_requested) == ("cancelled", "uploading", True)
    assert (ready.state, catalog.job(other.id).state) == ("ready", "queued")
    assert not catalog.batch(batch.id).held


def test_a_batch_is_active_until_its_jobs_have_ended(catalog: Catalog) -> None:
    """A batch without unfinished jobs is no longer listed among the active ones."""
    old, new = catalog.open_batch("Old"), catalog.open_batch("New")
    job = added(catalog, "storing", old.id)
    assert [batch.id for batch in catalog.batches(active_only=True)] == [old.id]
    catalog.save_job(transitions.finish(job, NOW))
    assert catalog.batches(active_only=True) == []
    assert [batch.id for batch in catalog.batches()] == [new.id, old.id]
    (member,) = catalog.batch_jobs(old.id)
    assert (member.job.id, member.job.state, member.duration_s) == (job.id, "ready", 12.5)


def test_a_retry_can_bring_a_job_into_another_batch(catalog: Catalog) -> None:
    """A failed video that is added again goes with the batch that it is added with, held or not."""
    job = added(catalog, "failed", None)
    batch = catalog.open_batch("Again", held=True)
    assert catalog.retry(job.id, batch_id=batch.id).batch_id == batch.id
    other = catalog.open_batch("Later")
    assert catalog.retry(job.id, batch_id=other.id).batch_id == batch.id


@pytest.mark.parametrize("lane", ["work", "upload", "submit", "look"])
def test_a_full_lane_is_left_out(catalog: Catalog, lane: str) -> None:
    """A job whose next step needs a lane that is full is passed over, and the others are not."""
    states = {"work": "storing", "upload": "uploading", "submit": "embedding", "look": "embedding"}
    jobs = {}
    for number, (name, state) in enumerate(states.items()):
        jobs[name] = added(catalog, state, None, number, ticket=ASKED if name == "look" else Ticket())
        assert lane_of(jobs[name]) == name
    found = catalog.next_jobs(NOW + timedelta(days=1), 9, full=[lane])  # type: ignore[list-item]  # literals
    assert {job.id for job in found} == {job.id for name, job in jobs.items() if name != lane}


def test_what_is_under_way_is_counted_by_where_it_is(catalog: Catalog) -> None:
    """Jobs that their batch keeps back or that wait for long do not count as begun."""
    held = catalog.open_batch("Held", held=True)
    added(catalog, "uploading", held.id, 1)
    added(catalog, "uploading", None, 2, not_before=NOW + timedelta(hours=1))
    mine = added(catalog, "embedding", None, 3, ticket=Ticket(asset_id="a"))
    added(catalog, "embedding", None, 4, ticket=ASKED)
    added(catalog, "queued", None, 5)
    counted = catalog.under_way(NOW)
    assert (counted.begun, counted.uploaded, counted.at_engine) == (2, 1, 1)
    assert catalog.under_way(NOW, leaving_out=[mine.id]).uploaded == 0


# -- what is asked for and not counted yet -----------------------------------------------------------


def test_minutes_in_flight_are_those_that_were_asked_for(catalog: Catalog) -> None:
    """A task counts from its intent until it is counted; one that was left behind, for its day."""
    added(catalog, "uploading", None, 1, ticket=Ticket(asset_id="a"))
    added(catalog, "embedding", None, 2, ticket=Ticket(intent="i"))
    job = added(catalog, "embedding", None, 3, ticket=ASKED, space_key="s")
    added(catalog, "failed", None, 4, ticket=replace(ASKED, task_id="u"), updated_at=NOW)
    assert catalog.in_flight_s(NOW) == 3 * 12.5
    assert catalog.in_flight_s(NOW + timedelta(days=1)) == 2 * 12.5
    assert catalog.in_flight_s(NOW + timedelta(days=1), leaving_out=[job.id]) == 12.5
    catalog.save_job(job, embedded_s=12.5)
    assert catalog.in_flight_s(NOW + timedelta(days=1)) == 12.5
    assert catalog.embedded_s() == 12.5


def test_a_task_is_counted_once(catalog: Catalog) -> None:
    """Seconds that were counted for a task are not counted again, for the same job or another one."""
    job = added(catalog, "embedding", None, ticket=ASKED, space_key="s")
    job = catalog.save_job(job, embedded_s=12.5)
    catalog.save_job(job, embedded_s=12.5)
    assert catalog.totals() == {"s": 12.5}


def test_tasks_stay_known_after_their_ticket_is_gone(catalog: Catalog) -> None:
    """A task that was counted belongs to its video for good, so that no other one takes it for its own."""
    job = added(catalog, "embedding", None, ticket=ASKED, space_key="s")
    assert catalog.known_tasks() == {"t"}
    job = catalog.save_job(job, embedded_s=12.5)
    catalog.save_job(replace(job, ticket=Ticket()))
    assert catalog.known_tasks() == {"t"}
