"""Where exports go, by the name of the form: a folder, a file, or tables in Postgres."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrigraph.export.duckdb_file import DuckDBFile
from attrigraph.export.parquet_folder import ParquetFolder
from attrigraph.export.postgres_schema import DEFAULT_SCHEMA, PostgresSchema
from attrigraph.store.engine import open_engine, sql_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.export.destination import Destination

ExportForm = Literal["parquet", "duckdb", "postgres"]


@contextmanager
def open_destination(
    form: ExportForm, target: str, *, schema: str | None = None
) -> Iterator[Destination]:
    """A destination, open during the block.

    Args:
        form: of the export.
        target: a folder for ``parquet``, a file for ``duckdb``, else the address of a Postgres.
        schema: of the tables in Postgres; None for the default one.

    Raises:
        InputError: the address is none.
        StoreError: Postgres fails during the block.
    """
    if form == "parquet":
        yield ParquetFolder(Path(target))
    elif form == "duckdb":
        yield DuckDBFile(Path(target))
    else:
        engine = open_engine(target)
        try:
            with sql_errors(engine.url):
                yield PostgresSchema(engine, schema or DEFAULT_SCHEMA)
        finally:
            engine.dispose()
