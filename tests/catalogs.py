"""Catalogs and videos for tests of the catalog."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from sqlalchemy import create_engine, text

from core.catalog.catalog import Catalog, NewVideo
from core.indexing import transitions
from core.model import Job, MediaInfo

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MEDIA = MediaInfo(
    duration_s=12.5,
    width=1080,
    height=1920,
    frame_rate=Fraction(30000, 1001),
    video_codec="hevc",
    audio_codec="aac",
    container="mov",
    rotation=90,
    variable_frame_rate=True,
    recorded_at=datetime(2025, 7, 1, 8, 30, tzinfo=UTC),
    playable=False,
)


class Clock:
    """A clock that a test sets; it moves a millisecond with every look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def new_video(number: int = 1, **changes: object) -> NewVideo:
    sha256 = f"{number:064x}"[::-1]
    plain = NewVideo(
        id=sha256[:32], sha256=sha256, size_bytes=5_000_000_000, title=f"Video {number}", media=MEDIA,
        path=f"/films/{number}.mov",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's own keywords


DATABASES = ("sqlite", *filter(None, [os.environ.get("CUEPOINT_TEST_DATABASE_URL")]))
"""A file for each test, and a schema of its own in the PostgreSQL that the variable names, if it does."""


@contextmanager
def catalog_url(database: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'catalog.sqlite'}"
        return
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{database}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def run_to(catalog: Catalog, job: Job, state: str) -> Job:
    """Bring a queued job to a state by the shortest way."""
    now = NOW
    if state in ("failed", "cancelled"):
        end = transitions.fail(job, now, "It broke.") if state == "failed" else transitions.cancel(job, now)
        return catalog.save_job(end)
    job = catalog.save_job(transitions.start(job, now))
    for step in ("uploading", "embedding", "storing"):
        if job.state == state:
            return job
        job = catalog.save_job(transitions.step(job, now, step))  # type: ignore[arg-type]  # literals
    return job if state == "storing" else catalog.save_job(transitions.finish(job, now))
