"""Windows of scheduled jobs, their attempts, and the files that jobs have loaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep which windows are owed, who runs them, and what became of them."""
    op.create_table(
        "scheduled_job",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_job")),
    )
    op.create_table(
        "job_window",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'running', 'done', 'unchanged', 'skipped', 'failed')",
            name=op.f("ck_job_window_state"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (owner IS NOT NULL)", name=op.f("ck_job_window_owner")
        ),
        sa.CheckConstraint('start <= "end"', name=op.f("ck_job_window_end")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_window")),
        sa.UniqueConstraint("job", "start", "end", name=op.f("uq_job_window_job_start_end")),
    )
    op.create_index(op.f("ix_job_window_state"), "job_window", ["state"])
    op.add_column("job_run", sa.Column("window", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_job_run_window"), "job_run", ["window"])
    op.create_foreign_key(
        op.f("fk_job_run_window_job_window"),
        "job_run",
        "job_window",
        ["window"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_table(
        "file_watermark",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "path", name=op.f("pk_file_watermark")),
    )


def downgrade() -> None:
    """Drop the windows and their attempts."""
    op.drop_table("file_watermark")
    op.execute('DELETE FROM job_run WHERE "window" IS NOT NULL')
    op.drop_constraint(op.f("fk_job_run_window_job_window"), "job_run", type_="foreignkey")
    op.drop_index(op.f("ix_job_run_window"), "job_run")
    op.drop_column("job_run", "window")
    op.drop_table("job_window")
    op.drop_table("scheduled_job")
