"""From the rows of a file to those that are read: what a mapping states about rows as a whole.

``chunk`` becomes ``prepared``: words for missing values are missing, rows that are not wanted are
left out and counted, expressions are the columns ``x0``, ``x1``, ..., and the lines of one order
are one row.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrigraph.staging.expressions import SqlWriter, Sum, parse, sums_of
from attrigraph.staging.number_notations import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.chunks import Chunk
    from attrigraph.staging.expressions import Node

LINES: Final = "grouped_lines"
NO_SUMS: Final[Mapping[Sum, str]] = MappingProxyType({})


class Preparation:
    """Prepares the chunks of one file.

    Attributes:
        ignored: rows left out by ``where`` and ``ignore`` so far.
        merged: rows that became part of the row of another line so far.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
        self.ignored = 0
        self.merged = 0
        self._database = database
        self._binding = binding
        self._file = file

    def each(self, chunks: Iterable[Chunk], count: Callable[[Chunk], None]) -> Iterator[None]:
        """Make ``prepared`` again and again, until the file is read.

        Args:
            chunks: the file's chunks, each of them ``chunk`` when it comes.
            count: called with each of them before its rows are prepared.
        """
        group = self._binding.table.group
        gathered = False
        for chunk in chunks:
            count(chunk)
            self._clean()
            if group is None:
                self._keep("cleaned")
                self._make_prepared()
                yield
            else:
                self._gather(first=not gathered)
                gathered = True
        if group is not None and gathered:
            sums = self._merge(parse(group))
            self._keep("merged_lines")
            self._make_prepared(sums)
            yield

    def _writer(self, name: str, sums: Mapping[Sum, str] = NO_SUMS) -> SqlWriter:
        columns = {column: f"c{i}" for i, column in enumerate(self._binding.read)}
        return SqlWriter(
            self._database,
            columns,
            name=f"{name}_{self._file}",
            sums=sums,
            conversions=self._binding.table.conversions,
            null=self._binding.table.null,
            plain_number=lambda text: plain_number(text, self._binding.table.numbers),
        )

    def _clean(self) -> None:
        """Make the view ``cleaned``, whose columns have no words for missing values."""
        columns = [f"c{i}" for i in range(len(self._binding.read))]
        if self._binding.table.null:
            words = self._writer("null").variable(list(self._binding.table.null))
            columns = [
                f"CASE WHEN NOT list_contains({words}, {c}) THEN {c} END AS {c}" for c in columns
            ]
        columns += self._binding.typed
        self._view("cleaned", f"SELECT {', '.join(['line', 'error', *columns])} FROM chunk")

    def _keep(self, rows: str) -> None:
        """Make the view ``wanted`` of the rows that fulfil the conditions; count the others."""
        writer = self._writer("wanted")
        conditions = self._conditions(writer)
        grouped = self._binding.table.group is not None
        if not conditions:
            self._view("wanted", f"SELECT * FROM {rows}")
        else:
            keep = f"({' AND '.join(conditions)}) OR error IS NOT NULL"
            self._view(
                "judged", f"SELECT *, {keep} AS keep FROM ({_checked(rows, writer)}) AS checked"
            )
            self._view("wanted", "SELECT * EXCLUDE (keep) FROM judged WHERE keep")
            lines = "sum(lines)" if grouped else "count(*)"
            self.ignored += self._number(lines, "judged WHERE NOT keep")
            if self._binding.table.link_ignored:
                self._link("judged WHERE NOT keep AND error IS NULL")
        if grouped:
            self.merged += self._number("sum(lines - 1)", "wanted")

    def _conditions(self, writer: SqlWriter) -> list[str]:
        """SQL of what the rows that are read fulfil; never NULL."""
        table = self._binding.table
        conditions = []
        if table.where is not None:
            conditions.append(
                f"coalesce({writer.value(parse(table.where, kind='boolean'))}, false)"
            )
        kind = self._binding.node("kind") if table.ignore else None
        if kind is not None:
            words = writer.variable(list(table.ignore))
            conditions.append(f"NOT coalesce(list_contains({words}, {writer.value(kind)}), false)")
        return conditions

    def _link(self, rows: str) -> None:
        """Put the ids of rows that are left out into ``ignored_link``, where they have two."""
        nodes = self._binding.node("customer_id"), self._binding.node("user_id")
        if nodes[0] is None or nodes[1] is None:
            return
        writer = self._writer("linked")
        customer, user = writer.text(nodes[0]), writer.text(nodes[1])
        self._database.execute(
            f"INSERT INTO ignored_link SELECT DISTINCT {customer} AS anonymous, {user} AS person "
            f"FROM {rows} AND anonymous IS NOT NULL AND person IS NOT NULL"
        )

    def _make_prepared(self, sums: Mapping[Sum, str] = NO_SUMS) -> None:
        writer = self._writer("prepared", sums)
        values = self._values(writer)
        self._view("prepared", f"SELECT *{values} FROM ({_checked('wanted', writer)}) AS checked")

    def _values(self, writer: SqlWriter) -> str:
        computed = self._binding.computed.values()
        return "".join(f", {writer.text(node)} AS x{i}" for i, node in enumerate(computed))

    def _gather(self, *, first: bool) -> None:
        verb = f"CREATE OR REPLACE TEMP TABLE {LINES} AS" if first else f"INSERT INTO {LINES}"
        self._database.execute(f"{verb} SELECT * FROM cleaned")

    def _merge(self, group: Node) -> dict[Sum, str]:
        """Make ``merged_lines``, one row per group; lines without a group stay by themselves.

        Returns:
            The column of each sum over lines.
        """
        writer = self._writer("group")
        key = writer.text(group)
        sums = {node: f"s{i}" for i, node in enumerate(self._sums())}
        added = "".join(f", {writer.value(node.part)} AS {name}" for node, name in sums.items())
        self._view("keyed", f"SELECT *, {key} AS key{added} FROM ({_checked(LINES, writer)}) AS l")
        columns = [f"c{i}" for i in range(len(self._binding.read))]
        firsts = [f"arg_min({column}, line) AS {column}" for column in ["error", *columns]]
        totals = [f"sum({name}) AS {name}" for name in sums.values()]
        self._view(
            "merged_lines",
            f"SELECT {', '.join(['min(line) AS line', *firsts, *totals])}, count(*) AS lines "
            "FROM keyed GROUP BY key, CASE WHEN key IS NULL THEN line END",
        )
        return sums

    def _sums(self) -> list[Sum]:
        nodes = [node for each in self._binding.computed.values() for node in sums_of(each)]
        return list(dict.fromkeys(nodes))

    def _view(self, name: str, sql: str) -> None:
        self._database.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    def _number(self, number: str, rows: str) -> int:
        sql = f"SELECT coalesce({number}, 0) FROM {rows}"
        return int(self._database.execute(sql).fetchall()[0][0])


def _checked(rows: str, writer: SqlWriter) -> str:
    """SQL of rows with the reasons to reject them that the writer's expressions found."""
    if not writer.checks:
        return f"SELECT * FROM {rows}"
    checks = ", ".join(writer.checks)
    return f"SELECT * REPLACE (coalesce(error, {checks}) AS error) FROM {rows}"
