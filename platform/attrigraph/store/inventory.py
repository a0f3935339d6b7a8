"""How many rows each table of Postgres has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from attrigraph.store.models import Base

if TYPE_CHECKING:
    from sqlalchemy import Engine


def count_tables(engine: Engine) -> dict[str, int]:
    """Rows by table."""
    with engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in sorted(Base.metadata.tables.items())
        }
