"""Counts every row that was read, by what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import RejectedRow
from attrigraph.staging.columns import PART
from attrigraph.staging.csv_records import FOOTER
from attrigraph.staging.duplicates import DUPLICATE
from attrigraph.staging.reasons import describe_reason
from attrigraph.staging.sessions import MERGED
from attrigraph.staging.tombstones import ERASED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from attrigraph.staging.blocks import RejectedLines

CREATE: Final = "CREATE TABLE rejected (file INTEGER, line BIGINT, reason VARCHAR)"

REJECTED: Final = f"reason IS NOT NULL AND reason NOT IN ('{DUPLICATE}', '{MERGED}', '{ERASED}')"
"""SQL of whether a row was rejected; DuckDB skips blocks of rows that are all taken."""

OUTCOMES: Final = f"""
SELECT file, count(*) FILTER (reason = '{DUPLICATE}'), count(*) FILTER (reason = '{MERGED}'),
    count(*) FILTER (reason = '{ERASED}'), count(*) FILTER ({REJECTED})
FROM {{}} WHERE reason IS NOT NULL GROUP BY file
"""
"""SQL of how many rows of each file are duplicates, merged, of erased customers and rejected."""

LOST: Final = f"""
CREATE TABLE lost_conversion AS SELECT file, line, reason FROM event WHERE conversion AND {REJECTED}
"""
"""SQL that keeps which of the rejected rows are conversions."""


class Ledger:
    """Counts rows and keeps those that were rejected.

    Attributes:
        read: rows that were read.
        duplicates: rows that equal one that is taken.
        ignored: rows that the mapping leaves out, and those of erased customers.
        erased: the latter.
        merged: rows that became part of another row, or of the touch of a session.
        wanted: rows of each file, by its number, that are neither ignored nor merged.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self.read = 0
        self.duplicates = 0
        self.ignored = 0
        self.erased = 0
        self.merged = 0
        self.wanted: Counter[int] = Counter()
        database.execute(CREATE)

    def count(self, file: int, *, read: int = 0, ignored: int = 0, merged: int = 0) -> None:
        """Count rows of a file."""
        self.read += read
        self.ignored += ignored
        self.merged += merged
        self.wanted[file] += read - ignored - merged

    def reject(self, file: int, rejected: RejectedLines) -> None:
        """Keep lines of a file that hold no row; those after its rows are ignored."""
        if not len(rejected):
            return
        reasons = np.array(rejected.reasons, dtype=object)
        wrong = reasons != FOOTER
        self.count(file, ignored=int((~wrong).sum()))
        columns = {"line": rejected.lines[wrong], "reason": reasons[wrong]}
        self._database.register("registered_lines", columns)
        self._database.execute(
            "INSERT INTO rejected SELECT $file, line, reason FROM registered_lines", {"file": file}
        )
        self._database.unregister("registered_lines")

    def close(self, relation: str) -> None:
        """Count the rows of a table that have a ``reason``; once per table, when resolved."""
        outcomes = self._database.execute(OUTCOMES.format(relation)).fetchall()
        for file, duplicates, merged, erased, _ in outcomes:
            self.duplicates += duplicates
            self.erased += erased
            self.count(file, merged=merged, ignored=erased)
        if any(rejected for *_, rejected in outcomes):
            self._database.execute(
                f"INSERT INTO rejected SELECT file, line, reason FROM {relation} WHERE {REJECTED}"
            )

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


@dataclass(frozen=True, slots=True)
class FileRejections:
    """How many rows of one file were rejected, and why most of them.

    Attributes:
        wanted: rows that are neither ignored nor merged.
        rejected: rows that were rejected, at least one.
        reason: name of the reason of most of them.
        alike: rejected rows of that reason.
        first: the first of those.
    """

    wanted: int
    rejected: int
    reason: str
    alike: int
    first: RejectedRow


def rejections(
    database: duckdb.DuckDBPyConnection,
    files: Sequence[str],
    wanted: Mapping[int, int],
    relation: str = "rejected",
) -> list[FileRejections]:
    """The rejections of each file that has any, in the order of the files.

    Args:
        database: where the rejected rows are.
        files: names of the files, by number.
        wanted: rows of each file that are neither ignored nor merged, by its number.
        relation: the rejected rows: all, or some of them.
    """
    rows = database.execute(f"""
        SELECT file, sum(alike)::BIGINT, max_by(name, (alike, -code)), max(alike),
            max_by(first, (alike, -code))
        FROM (SELECT *, row_number() OVER (ORDER BY name) AS code FROM (
            SELECT file, split_part(reason, chr({ord(PART)}), 1) AS name, count(*) AS alike,
                min((line, reason)) AS first
            FROM {relation} GROUP BY file, name))
        GROUP BY file ORDER BY file""").fetchall()
    return [
        FileRejections(
            wanted[file], number, name, alike, RejectedRow(files[file], line, describe_reason(why))
        )
        for file, number, name, alike, (line, why) in rows
    ]


def rejected_rows(
    database: duckdb.DuckDBPyConnection, files: Sequence[str]
) -> Iterator[RejectedRow]:
    """The rejected rows by file and line."""
    database.execute("SELECT file, line, reason FROM rejected ORDER BY file, line, reason")
    while rows := database.fetchmany(10_000):
        for file, line, reason in rows:
            yield RejectedRow(files[file], line, describe_reason(reason))
