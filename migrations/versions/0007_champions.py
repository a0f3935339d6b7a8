"""Which fitted model of each kind is the champion, and which were before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep promotions of fitted models."""
    op.create_table(
        "model_promotion",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("artifact", sa.Uuid(), nullable=False),
        sa.Column("promoted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_model_promotion")),
        sa.ForeignKeyConstraint(
            ["artifact"],
            ["model_artifact.id"],
            name=op.f("fk_model_promotion_artifact_model_artifact"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_model_promotion_model"), "model_promotion", ["model"])
    op.create_index(op.f("ix_model_promotion_artifact"), "model_promotion", ["artifact"])


def downgrade() -> None:
    """Drop the promotions."""
    op.drop_table("model_promotion")
