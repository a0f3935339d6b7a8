"""Rows of paths with counts: checked, and added up over equal paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.quantities import counted
from attrigraph.staging.columns import (
    MAX_NAME_BYTES,
    FieldSql,
    number,
    number_error,
    whole,
    whole_error,
)

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding

MAX_COUNT: Final = 2**53
"""The largest count up to which all whole numbers are floats."""

CREATE: Final = """
CREATE TEMP TABLE path_row (
    file INTEGER, line BIGINT, reason VARCHAR, path VARCHAR, conversions BIGINT, value DOUBLE,
    nulls BIGINT)
"""


class PathWriter:
    """Writes the chunks of one file of paths."""

    def __init__(
        self, database: duckdb.DuckDBPyConnection, binding: Binding, separator: str, file: int
    ) -> None:
        self._database = database
        self._fields = FieldSql(binding)
        self._file = file
        self._separator = separator

    def write(self) -> None:
        """Put ``prepared`` into ``path_row``."""
        fields = self._fields
        file, separator = (
            fields.parameter("file", self._file),
            fields.parameter("separator", self._separator),
        )
        # Without such a column there is nothing to count; in a column every row must have a count.
        nulls = fields.text("total_null") if fields.has("total_null") else "'0'"
        conversions, value = fields.text("total_conversions"), fields.text("total_conversion_value")
        sql = f"""
            INSERT INTO path_row
            SELECT {file}, line, coalesce(error, {_reason(fields, separator)}), path, conversions,
                coalesce(value, 0), nulls
            FROM (
                SELECT line, error, coalesce({fields.text("path")}, '') AS path,
                    {conversions} AS raw_conversions, {value} AS raw_value,
                    {nulls} AS raw_nulls, {whole("raw_conversions")} AS conversions,
                    {number("raw_value")} AS value, {whole("raw_nulls")} AS nulls
                FROM prepared)"""
        self._database.execute(sql, fields.used(sql))


def _reason(fields: FieldSql, separator: str) -> str:
    shown = {
        name: fields.shown(name, f"raw_{text}")
        for name, text in (
            ("total_conversions", "conversions"),
            ("total_null", "nulls"),
            ("total_conversion_value", "value"),
        )
    }
    longest = (
        f"list_filter(string_split(path, {separator}), "
        f"lambda channel: strlen(channel) > {MAX_NAME_BYTES})[1]"
    )
    return f"""coalesce(
        {whole_error("raw_conversions", shown["total_conversions"])},
        {whole_error("raw_nulls", shown["total_null"])},
        {number_error("raw_value", "value", shown["total_conversion_value"])},
        CASE WHEN conversions = 0 AND value > 0
                THEN 'value-without-conversion'{shown["total_conversion_value"]}
            WHEN starts_with(path, {separator}) OR ends_with(path, {separator})
                OR contains(path, {separator} || {separator})
                THEN 'empty-channel'{fields.shown("path", "path")}
            WHEN strlen(path) > {MAX_NAME_BYTES} AND {longest} IS NOT NULL
                THEN 'long-name'{fields.shown("path", longest)} END)"""


def add_up(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``path``: each path once, by the path, with its conversions, value and nulls.

    Values are added in rising order, so that the order of rows decides nothing.

    Raises:
        InputError: the counts or values of a path are too large to be added.
    """
    database.execute("""
        CREATE TABLE path AS
        SELECT path, TRY_CAST(sum(conversions) AS BIGINT) AS conversions,
            CASE WHEN count(*) = 1 THEN min(value) ELSE list_sum(list_sort(list(value))) END
                AS value,
            TRY_CAST(sum(nulls) AS BIGINT) AS nulls
        FROM path_row WHERE reason IS NULL GROUP BY path ORDER BY path""")
    too_large = database.execute(
        f"SELECT count(*) FROM path WHERE NOT coalesce(conversions <= {MAX_COUNT} "
        f"AND nulls <= {MAX_COUNT} AND isfinite(value), false)"
    ).fetchall()[0][0]
    if too_large:
        raise InputError(
            f"the rows of {counted(too_large, 'path')} add up to more than {MAX_COUNT:,} journeys, "
            "or to a value that is no finite number; check their counts and values"
        )
