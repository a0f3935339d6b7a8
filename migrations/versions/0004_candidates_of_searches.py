"""How many candidates a search in the index of a collection keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep it where it was measured; the indexes that there are have not been."""
    op.add_column("collection", sa.Column("ef_search", sa.Integer(), nullable=True))
    op.add_column("collection", sa.Column("ef_search_rows", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("collection", "ef_search_rows")
    op.drop_column("collection", "ef_search")
