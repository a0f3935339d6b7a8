"""Adapters of predictions, and predictions that wait for feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what was learnt, and what was predicted and observed."""
    op.create_table(
        "adapter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", JSONB(), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_adapter")),
    )
    op.execute(sa.schema.CreateSequence(sa.Sequence("trajectory_feedback")))
    op.create_table(
        "trajectory",
        sa.Column("adapter", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("x", sa.LargeBinary(), nullable=False),
        sa.Column("frozen", sa.LargeBinary(), nullable=False),
        sa.Column("served", sa.LargeBinary(), nullable=False),
        sa.Column("propensity", sa.Double(), nullable=True),
        sa.Column("context", sa.LargeBinary(), nullable=True),
        sa.Column("feedback", sa.BigInteger(), nullable=True),
        sa.Column("observed", sa.LargeBinary(), nullable=True),
        sa.Column("observed_at", sa.Double(), nullable=True),
        sa.Column("weight", sa.Double(), nullable=True),
        sa.Column("score_offset", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'answered', 'expired', 'dropped')",
            name=op.f("ck_trajectory_status"),
        ),
        sa.CheckConstraint(
            "(status = 'answered') = (feedback IS NOT NULL)", name=op.f("ck_trajectory_feedback")
        ),
        sa.ForeignKeyConstraint(
            ["adapter"],
            ["adapter.name"],
            name=op.f("fk_trajectory_adapter_adapter"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adapter", "id", name=op.f("pk_trajectory")),
    )
    op.create_index(
        op.f("ix_trajectory_adapter_status_at"), "trajectory", ["adapter", "status", "at"]
    )


def downgrade() -> None:
    """Drop what was learnt."""
    op.drop_table("trajectory")
    op.execute(sa.schema.DropSequence(sa.Sequence("trajectory_feedback")))
    op.drop_table("adapter")
