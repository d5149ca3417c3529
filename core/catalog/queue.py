"""The queue: which job is worked on next, and how much there is to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, TypedDict, Unpack, cast

from sqlalchemy import Boolean, ColumnElement, Integer, and_, bindparam, case, func, or_, select

from core.catalog.part import CatalogPart
from core.catalog.rows import as_job
from core.catalog.tables import batches, jobs
from core.model import ENDED_STATES, RUNNING_STATES, Job

Lane: TypeAlias = Literal["work", "upload", "submit", "look"]
"""What the next step of a job takes: our own computing, a way up, a place at the engine, or a look there."""

TASK_ID: Final = jobs.c.ticket["task_id"].as_string()
ASKED: Final = or_(TASK_ID.is_not(None), jobs.c.ticket["intent"].as_string().is_not(None))
"""A task was, or may have been, started at the engine."""

_LANE: Final[ColumnElement[str]] = case(
    (jobs.c.state == "uploading", "upload"),
    (and_(jobs.c.state == "embedding", ASKED), "look"),
    (jobs.c.state == "embedding", "submit"),
    else_="work",
)
_LONG_S: Final = 30.0


def lane_of(job: Job) -> Lane:
    """Return what the next step of a job takes."""
    if job.state == "uploading":
        return "upload"
    if job.state == "embedding":
        asked = job.ticket.task_id is not None or job.ticket.intent is not None
        return "look" if asked else "submit"
    return "work"


_KEPT_BACK: Final = (
    select(batches.c.id)
    .where(batches.c.id == jobs.c.batch_id)
    .where(
        or_(
            batches.c.paused & (_LANE != "look"),
            batches.c.held & _LANE.in_(("upload", "submit")),
        )
    )
    .exists()
)
"""A job of a batch that is paused, or held before the engine. What the engine has begun is fetched."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Jobs between the queue and their end that nobody keeps back."""

    begun: int
    """Those that go on within half a minute."""
    uploaded: int
    """Those that wait for a place at the engine."""
    at_engine: int
    """Those that the engine was asked for."""


class Choosing(TypedDict, total=False):
    """What a worker has in hand and may take on."""

    busy_jobs: Collection[str]
    busy_videos: Collection[str]
    may_begin: bool
    """False leaves out the jobs that were not begun yet."""
    only_cancelled: bool
    full: Collection[Lane]


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


# Asked by every thread again and again, so each is built once. What they are asked with is bound.
_OTHER: Final = jobs.alias("other")
_VIDEO_AT_WORK: Final = (
    select(_OTHER.c.id)
    .where(_OTHER.c.video_id == jobs.c.video_id, _OTHER.c.id != jobs.c.id)
    .where(_OTHER.c.state.in_(RUNNING_STATES))
    .exists()
)
_FREE: Final = and_(
    or_(jobs.c.not_before.is_(None), jobs.c.not_before <= bindparam("now")),
    ~_KEPT_BACK,
    _LANE.not_in(bindparam("full", expanding=True)),
)
_NEXT: Final = (
    select(jobs)
    .where(jobs.c.state.not_in(ENDED_STATES), or_(jobs.c.state != "queued", ~_VIDEO_AT_WORK))
    .where(or_(jobs.c.state != "queued", bindparam("may_begin", type_=Boolean)))
    .where(or_(jobs.c.cancel_requested, and_(_FREE, ~bindparam("only_cancelled", type_=Boolean))))
    .where(jobs.c.id.not_in(bindparam("busy_jobs", expanding=True)))
    .where(or_(jobs.c.video_id.is_(None), jobs.c.video_id.not_in(bindparam("busy_videos", expanding=True))))
    .order_by(jobs.c.created_at, jobs.c.id)
    .limit(bindparam("most", type_=Integer))
)
_SOON: Final = or_(jobs.c.not_before.is_(None), jobs.c.not_before <= bindparam("soon"))
_UNDER_WAY: Final = select(
    _count(and_(~_KEPT_BACK, _SOON)),
    _count(and_(~_KEPT_BACK, _LANE == "submit")),
    _count(_LANE == "look"),
).where(jobs.c.state.in_(RUNNING_STATES), jobs.c.id.not_in(bindparam("leaving_out", expanding=True)))
_NEXT_DUE: Final = select(func.min(jobs.c.not_before)).where(
    jobs.c.state.not_in(ENDED_STATES), jobs.c.not_before > bindparam("now")
)


class QueueCatalog(CatalogPart):
    """What a worker asks."""

    def next_job(self, now: datetime, **how: Unpack[Choosing]) -> Job | None:
        """Return the first of `next_jobs`, None where there is none."""
        return next(iter(self.next_jobs(now, 1, **how)), None)

    def next_jobs(self, now: datetime, most: int, **how: Unpack[Choosing]) -> list[Job]:
        """Return the oldest jobs that can be worked on now, at most so many.

        A job can be worked on when it waits for nothing, no other job of its video is at work, its
        batch does not keep it back and its lane is not full. A cancel ends all waiting.
        """
        told = {
            "busy_jobs": list(how.get("busy_jobs", ())),
            "busy_videos": list(how.get("busy_videos", ())),
            "may_begin": how.get("may_begin", True),
            "only_cancelled": how.get("only_cancelled", False),
            "full": list(how.get("full", ())),
        }
        with self._database.read() as connection:
            found = connection.execute(_NEXT, {"now": now, "most": most, **told})
            return [as_job(row) for row in found.mappings()]

    def is_kept_back(self, job_id: str) -> bool:
        """Return whether a job must not go on now because of its batch."""
        wanted = select(jobs.c.id).where(jobs.c.id == job_id, ~jobs.c.cancel_requested, _KEPT_BACK)
        with self._database.read() as connection:
            return connection.scalar(wanted) is not None

    def under_way(self, now: datetime, *, leaving_out: Collection[str] = ()) -> UnderWay:
        """Return how many jobs stand where, without those that a thread has in hand already."""
        told = {"soon": now + timedelta(seconds=_LONG_S), "leaving_out": list(leaving_out)}
        with self._database.read() as connection:
            return UnderWay(*(int(number or 0) for number in connection.execute(_UNDER_WAY, told).one()))

    def count_active(self) -> tuple[int, int]:
        """Return how many jobs are queued, and how many are running (or waiting within a step)."""
        running = case((jobs.c.state == "queued", 0), else_=1)
        wanted = select(running, func.count()).where(jobs.c.state.not_in(ENDED_STATES)).group_by(running)
        with self._database.read() as connection:
            counts: dict[int, int] = dict(connection.execute(wanted).all())
        return counts.get(0, 0), counts.get(1, 0)

    def next_due_at(self, now: datetime) -> datetime | None:
        """Return when, after now, the first of the waiting jobs goes on; None where none waits."""
        with self._database.read() as connection:
            return cast("datetime | None", connection.scalar(_NEXT_DUE, {"now": now}))
