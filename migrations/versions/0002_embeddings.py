"""Collections of embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep vectors by collection; each collection gets an index of its own later."""
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("embedder", sa.String(), nullable=False),
        sa.Column("embedder_version", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("dimension BETWEEN 1 AND 4000", name=op.f("ck_collection_dimension")),
        sa.CheckConstraint(
            "metric IN ('cosine', 'l2', 'inner_product', 'hyperbolic')",
            name=op.f("ck_collection_metric"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("name", name=op.f("uq_collection_name")),
    )
    op.create_table(
        "collection_alias",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("collection", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection"],
            ["collection.id"],
            name=op.f("fk_collection_alias_collection_collection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_collection_alias")),
    )
    op.create_index(op.f("ix_collection_alias_collection"), "collection_alias", ["collection"])
    op.create_table(
        "embedding",
        sa.Column("collection", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("vector", HALFVEC(), nullable=False),
        sa.Column("metadata", JSONB(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["collection"],
            ["collection.id"],
            name=op.f("fk_embedding_collection_collection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("collection", "key", name=op.f("pk_embedding")),
    )
    op.create_index(
        op.f("ix_embedding_metadata"),
        "embedding",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )


def downgrade() -> None:
    """Drop the tables with what they hold."""
    op.drop_table("embedding")
    op.drop_table("collection_alias")
    op.drop_table("collection")
