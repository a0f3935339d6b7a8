"""Counts every row that was read, by what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import RejectedRow
from attrigraph.staging.columns import PART
from attrigraph.staging.csv_records import FOOTER
from attrigraph.staging.duplicates import DUPLICATE
from attrigraph.staging.reasons import describe_reason
from attrigraph.staging.sessions import MERGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from attrigraph.staging.blocks import RejectedLines

CREATE: Final = "CREATE TABLE rejected (file INTEGER, line BIGINT, reason VARCHAR)"


class Ledger:
    """Counts rows and keeps those that were rejected.

    Attributes:
        read: rows that were read.
        duplicates: rows that equal one that is taken.
        ignored: rows that the mapping leaves out.
        merged: rows that became part of another row, or of the touch of a session.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self.read = 0
        self.duplicates = 0
        self.ignored = 0
        self.merged = 0
        database.execute(CREATE)

    def reject(self, file: int, rejected: RejectedLines) -> None:
        """Keep lines of a file that hold no row; those after its rows are ignored."""
        if not len(rejected):
            return
        reasons = np.array(rejected.reasons, dtype=object)
        wrong = reasons != FOOTER
        self.ignored += int((~wrong).sum())
        columns = {"line": rejected.lines[wrong], "reason": reasons[wrong]}
        self._database.register("registered_lines", columns)
        self._database.execute(
            "INSERT INTO rejected SELECT $file, line, reason FROM registered_lines", {"file": file}
        )
        self._database.unregister("registered_lines")

    def close(self, relation: str) -> None:
        """Count the rows of a table that have a ``reason``; once per table, when resolved."""
        self._database.execute(
            f"INSERT INTO rejected SELECT file, line, reason FROM {relation} "
            f"WHERE reason IS NOT NULL AND reason NOT IN ('{DUPLICATE}', '{MERGED}')"
        )
        self.duplicates += self._count(f"{relation} WHERE reason = '{DUPLICATE}'")
        self.merged += self._count(f"{relation} WHERE reason = '{MERGED}'")

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return self._count("rejected")

    @property
    def taken(self) -> int:
        """How many rows were taken."""
        return self.read - self.duplicates - self.ignored - self.merged - self.rejected

    def _count(self, relation: str) -> int:
        return int(self._database.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def commonest_rejection(
    database: duckdb.DuckDBPyConnection, files: Sequence[str]
) -> tuple[str, int, RejectedRow]:
    """The reason of most rejected rows, their number, and the first of them.

    Raises:
        ValueError: no row is rejected.
    """
    commonest = database.execute(f"""
        SELECT split_part(reason, chr({ord(PART)}), 1) AS name, count(*), min((file, line, reason))
        FROM rejected GROUP BY name ORDER BY 2 DESC, 1 LIMIT 1""").fetchall()
    if not commonest:
        raise ValueError("no row is rejected")
    ((name, number, (file, line, reason)),) = commonest
    return name, number, RejectedRow(files[file], line, describe_reason(reason))


def rejected_rows(
    database: duckdb.DuckDBPyConnection, files: Sequence[str]
) -> Iterator[RejectedRow]:
    """The rejected rows by file and line."""
    database.execute("SELECT file, line, reason FROM rejected ORDER BY file, line, reason")
    while rows := database.fetchmany(10_000):
        for file, line, reason in rows:
            yield RejectedRow(files[file], line, describe_reason(reason))
