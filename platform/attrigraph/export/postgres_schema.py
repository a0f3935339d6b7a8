"""An export as the tables of a schema in Postgres, replaced in one transaction.

The tables stay and their rows are replaced, so that views and permissions on them stay too.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from psycopg import sql

from attrigraph.errors import ExportError, InputError
from attrigraph.export.schema import SCHEMA_VERSION, TABLES
from attrigraph.export.tables_file import BATCH, definition, open_tables, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    from sqlalchemy import Engine

    from attrigraph.export.schema import Table

DEFAULT_SCHEMA: Final = "attrigraph_export"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES_OF_SCHEMA: Final = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('attrigraph export'), hashtext(%s))"
_COLUMNS: Final = (
    "SELECT column_name FROM information_schema.columns "
    "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"
)


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """A schema that has nothing but the tables of an export.

    Attributes:
        engine: of the database.
        schema: its name.
    """

    engine: Engine
    schema: str = DEFAULT_SCHEMA

    @contextmanager
    def prepared(self) -> Iterator[Path]:
        """See ``Destination``."""
        with self._transaction() as connection:
            _check(connection, self.schema)
        with tempfile.TemporaryDirectory(prefix="attrigraph-export-") as folder:
            yield Path(folder)

    def publish(self, tables: Path) -> None:
        """See ``Destination``."""
        with (
            open_tables(tables) as source,
            self._transaction() as connection,
        ):
            connection.execute(_LOCK, [self.schema])
            _check(connection, self.schema)
            connection.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.schema))
            )
            for table in TABLES:
                _replace(connection, self.schema, table, source)

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        with self.engine.begin() as connection:
            try:
                yield cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            except psycopg.Error as error:
                raise ExportError(
                    f"Postgres does not take the export in schema {self.schema!r}: "
                    f"{str(error).splitlines()[0]}"
                ) from error


def _check(connection: psycopg.Connection[Any], schema: str) -> None:
    """Check that a schema is missing, empty, or an export of this version of the tables."""
    if schema.startswith("pg_") or schema == "information_schema":
        raise InputError(f"the schema {schema!r} is one of Postgres' own; name another one")
    held = {name for (name,) in connection.execute(_TABLES_OF_SCHEMA, [schema])}
    if not held:
        return
    if "export_info" not in held:
        raise InputError(
            f"the schema {schema!r} holds tables that are no export of attrigraph; name another "
            "one with --schema"
        )
    statement = sql.SQL("SELECT schema_version FROM {}").format(_named(schema, "export_info"))
    versions = [version for (version,) in connection.execute(statement)]
    if versions != [SCHEMA_VERSION]:
        raise InputError(
            f"the schema {schema!r} holds an export of version {versions[0] if versions else '?'}, "
            f"and this is version {SCHEMA_VERSION}; drop the schema, or name another one with "
            "--schema"
        )


def _replace(
    connection: psycopg.Connection[Any],
    schema: str,
    table: Table,
    source: duckdb.DuckDBPyConnection,
) -> None:
    name = _named(schema, table.name)
    columns = [column for (column,) in connection.execute(_COLUMNS, [schema, table.name])]
    if not columns:
        connection.execute(
            sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(_definition(table)))
        )
    for column in table.columns:
        if columns and column.name not in columns:
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(
                    name, sql.Identifier(column.name), sql.SQL(column.type)
                )
            )
    # TRUNCATE would make readers wait, and show those that began before an empty table
    connection.execute(sql.SQL("DELETE FROM {}").format(name))
    listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    copy_in = sql.SQL("COPY {} ({}) FROM STDIN").format(name, listed)
    with connection.cursor() as cursor, cursor.copy(copy_in) as copy:
        for row in _rows(source, table):
            copy.write_row(row)


def _rows(source: duckdb.DuckDBPyConnection, table: Table) -> Iterator[list[Any]]:
    """Rows of a table; DuckDB gives instants with another package alone, so they are numbers."""
    instants = [n for n, column in enumerate(table.columns) if column.type == "TIMESTAMPTZ"]
    names = [f'"{column.name}"' for column in table.columns]
    for n in instants:
        names[n] = f"epoch_us({names[n]})"
    found = source.execute(ordered(table, ", ".join(names)))
    while batch := found.fetchmany(BATCH):
        for values in batch:
            row = list(values)
            for n in instants:
                row[n] = None if row[n] is None else _EPOCH + timedelta(microseconds=row[n])
            yield row


def _definition(table: Table) -> str:
    key = {column.name for column in table.columns if column.required}
    primary = f", PRIMARY KEY ({', '.join(table.key)})" if key >= set(table.key) else ""
    return f"{definition(table)}{primary}"


def _named(schema: str, table: str) -> sql.Composed:
    return sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(table))
