"""The catalog's tables, in types that SQLite and PostgreSQL both have.

A change here needs a migration beside it in ``migrations/versions``; a test compares the two.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from core.catalog.columns import PathText, PlainText, UtcDateTime

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


videos: Final = Table(
    "videos",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("size_bytes", BigInteger, nullable=False),
    # what people wrote
    Column("title", PlainText, nullable=False),
    Column("category", PlainText),
    Column("tags", JSON, nullable=False),
    Column("recorded_at", UtcDateTime),
    Column("has_subtitles", Boolean, nullable=False),
    Column("source_url", PlainText),
    Column("added_at", UtcDateTime, nullable=False, index=True),
    # what probing found
    Column("duration_s", Float, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frame_rate", String(40), nullable=False),
    Column("video_codec", String(40), nullable=False),
    Column("audio_codec", String(40)),
    Column("container", String(100), nullable=False),
    Column("rotation", Integer, nullable=False),
    Column("variable_frame_rate", Boolean, nullable=False),
    Column("container_recorded_at", UtcDateTime),
    Column("playable", Boolean, nullable=False),
    Column("start_timecode", String(20)),
    Column("file_name", PlainText),
    # what indexing made
    Column("indexed_at", UtcDateTime),
    Column("recipe", PlainText),
    Column("space_key", PlainText),
    Column("segment_count", Integer, nullable=False),
    # what people want done for the engine
    Column("fit", Boolean, nullable=False, server_default=false()),
)

video_paths: Final = Table(
    "video_paths",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("video_id", String(32), ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
    Column("path", PathText, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    UniqueConstraint("video_id", "path"),
)

# A job outlives its video: deleting a video ends its running job, which then still cleans up. So
# there is no foreign key.
jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", PlainText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("state", String(12), nullable=False),
    Column("video_id", String(32), index=True),
    Column("source_url", PlainText),
    Column("progress", Float, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("not_before", UtcDateTime),
    Column("message", PlainText),
    Column("retryable", Boolean, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("force", Boolean, nullable=False),
    Column("details", PlainText, nullable=False),
    Column("ticket", JSON, nullable=False),
    Column("tasks", Integer, nullable=False),
    Column("space_key", PlainText),
    Column("recipe", PlainText),
    Column("batch_id", String(32), index=True),
    Column("task_since", UtcDateTime),
    Column("cut_off", Integer, nullable=False, server_default=text("0")),
    Column("version", Integer, nullable=False),
    Index("ix_jobs_state_created_at", "state", "created_at"),
)

batches: Final = Table(
    "batches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
)

# Every space that vectors were ever stored in; the key alone does not tell its parts.
spaces: Final = Table(
    "spaces",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("engine", PlainText, nullable=False),
    Column("model", PlainText, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("first_used_at", UtcDateTime, nullable=False),
)

# Which videos have rows in which space. `videos.space_key` names the newest of a video's.
video_spaces: Final = Table(
    "video_spaces",
    metadata,
    Column("video_id", String(32), ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("space_key", String(200), primary_key=True, index=True),
    Column("recipe", PlainText, nullable=False),
    Column("segment_count", Integer, nullable=False),
    Column("indexed_at", UtcDateTime, nullable=False),
)

# Calls for queries, by day (UTC, as 2026-01-31) and kind of query.
calls: Final = Table(
    "calls",
    metadata,
    Column("space_key", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("count", Integer, nullable=False),
)

# Minutes that were embedded stay counted after their video is gone: the money is spent. A task is
# counted once, however often its result is fetched.
usage: Final = Table(
    "usage",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("space_key", PlainText, nullable=False),
    Column("video_id", String(32), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("embedded_at", UtcDateTime, nullable=False, index=True),
    Column("task_id", String(200)),
    Index("ix_usage_task_id", "task_id", unique=True),
)

# Videos whose files may lie in the data folder although no row in `videos` names them: they are just
# arriving, or are being deleted. Written before the first file is touched, so that a crash leaves a
# trace and nothing has to be guessed from what lies about.
unsettled: Final = Table(
    "unsettled",
    metadata,
    Column("video_id", String(32), primary_key=True),
    Column("keep_embeddings", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

# What people searched for. A search without a name is a recent one, and the oldest of those go; one
# with a name stays until it is removed. The digests stand for texts that are too long for an index.
searches: Final = Table(
    "searches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", PlainText, unique=True),
    Column("label", PlainText, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_digest", String(64), nullable=False, unique=True),
    Column("subject_digest", String(64), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
)

shot_lists: Final = Table(
    "shot_lists",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", PlainText, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

# A shot outlives its video, which may come back with the same bytes: so there is no foreign key to it.
shots: Final = Table(
    "shots",
    metadata,
    Column("id", String(32), primary_key=True),
    Column(
        "list_id", String(32), ForeignKey("shot_lists.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("position", Integer, nullable=False),
    Column("video_id", String(32), nullable=False),
    Column("title", PlainText, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("note", PlainText, nullable=False),
    Column("rating", Integer, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)


preferences: Final = Table(
    "preferences",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("value", PlainText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""What people chose for the whole library, by names of ours."""
