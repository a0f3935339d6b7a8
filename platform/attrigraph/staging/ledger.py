"""The ledger of a staging: every row that was read and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import RejectedRow
from attrigraph.staging.reasons import sentence
from attrigraph.staging.repeats import REPEATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from attrigraph.staging.blocks import RejectedLines

CREATE: Final = "CREATE TABLE refused (file INTEGER, line BIGINT, reason VARCHAR)"


class Ledger:
    """Counts rows and keeps those that were refused.

    Attributes:
        read: rows that were read.
        repeated: rows that equal one that is taken.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self.read = 0
        self.repeated = 0
        database.execute(CREATE)

    def reject(self, file: int, rejected: RejectedLines) -> None:
        """Keep lines of a file that hold no row."""
        if not len(rejected):
            return
        columns = {"line": rejected.lines, "reason": np.array(rejected.reasons, dtype=object)}
        self._database.register("registered_lines", columns)
        self._database.execute(
            "INSERT INTO refused SELECT $file, line, reason FROM registered_lines", {"file": file}
        )
        self._database.unregister("registered_lines")

    def close(self, relation: str) -> None:
        """Enter the rows of a table that have a ``reason``; once a table, when all is settled."""
        self._database.execute(
            f"INSERT INTO refused SELECT file, line, reason FROM {relation} "
            f"WHERE reason IS NOT NULL AND reason <> '{REPEATED}'"
        )
        self.repeated += self._count(f"{relation} WHERE reason = '{REPEATED}'")

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return self._count("refused")

    @property
    def accepted(self) -> int:
        """How many rows were taken."""
        return self.read - self.repeated - self.refused

    def _count(self, relation: str) -> int:
        return int(self._database.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def refusals(database: duckdb.DuckDBPyConnection, files: Sequence[str]) -> Iterator[RejectedRow]:
    """The refused rows by file and line."""
    database.execute("SELECT file, line, reason FROM refused ORDER BY file, line, reason")
    while rows := database.fetchmany(10_000):
        for file, line, reason in rows:
            yield RejectedRow(files[file], line, sentence(reason))
