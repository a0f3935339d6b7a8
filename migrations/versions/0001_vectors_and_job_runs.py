"""Vectors and job runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow vectors in this database, and keep a row for each run of a job."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "job_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("input_fingerprint", sa.String(), nullable=True),
        sa.Column("summary", JSONB(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'failed')", name=op.f("ck_job_run_status")
        ),
        sa.CheckConstraint(
            "(status = 'running') = (finished IS NULL)", name=op.f("ck_job_run_finished")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_index(op.f("ix_job_run_job_started"), "job_run", ["job", "started"])


def downgrade() -> None:
    """Drop the table; the extension stays, for others may use it."""
    op.drop_table("job_run")
