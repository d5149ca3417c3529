"""Searches that people ran, and those that they saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.String(length=64), nullable=False),
        sa.Column("subject_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
        sa.UniqueConstraint("address_digest", name=op.f("uq_searches_address_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_searches_name")),
    )
    op.create_index(op.f("ix_searches_subject_digest"), "searches", ["subject_digest"], unique=False)
    op.create_index(op.f("ix_searches_used_at"), "searches", ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_table("searches")
