"""Spaces beside each other, batches of jobs, calls that are counted, and copies fitted for the engine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_table(
        "spaces",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spaces")),
    )
    op.create_table(
        "calls",
        sa.Column("space_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("space_key", "kind", "day", name=op.f("pk_calls")),
    )
    op.create_table(
        "video_spaces",
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("space_key", sa.String(length=200), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("segment_count", sa.Integer(), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_spaces_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("video_id", "space_key", name=op.f("pk_video_spaces")),
    )
    op.create_index(op.f("ix_video_spaces_space_key"), "video_spaces", ["space_key"], unique=False)
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("batch_id", sa.String(length=32), nullable=True))
        jobs.add_column(sa.Column("task_since", sa.DateTime(timezone=True), nullable=True))
        jobs.add_column(sa.Column("cut_off", sa.Integer(), server_default=sa.text("0"), nullable=False))
        jobs.create_index(op.f("ix_jobs_batch_id"), ["batch_id"], unique=False)
    with op.batch_alter_table("usage") as usage:
        usage.add_column(sa.Column("task_id", sa.String(length=200), nullable=True))
        usage.create_index(op.f("ix_usage_task_id"), ["task_id"], unique=True)
    # From here on only what costs money is counted, and there was no such engine before.
    op.execute("DELETE FROM usage WHERE space_key LIKE 'preview%'")
    # Not in batch mode: SQLite adds a column in place, while a copied table would drop what refers to it.
    op.add_column("videos", sa.Column("fit", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "INSERT INTO video_spaces (video_id, space_key, recipe, segment_count, indexed_at) "
        "SELECT id, space_key, COALESCE(recipe, ''), segment_count, indexed_at FROM videos "
        "WHERE space_key IS NOT NULL AND indexed_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_column("videos", "fit")
    with op.batch_alter_table("usage") as usage:
        usage.drop_index(op.f("ix_usage_task_id"))
        usage.drop_column("task_id")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_index(op.f("ix_jobs_batch_id"))
        jobs.drop_column("cut_off")
        jobs.drop_column("task_since")
        jobs.drop_column("batch_id")
    op.drop_index(op.f("ix_video_spaces_space_key"), table_name="video_spaces")
    op.drop_table("video_spaces")
    op.drop_table("calls")
    op.drop_table("spaces")
    op.drop_table("batches")
