"""Path counts straight from files of paths: no journey is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain import PathCounts

if TYPE_CHECKING:
    import duckdb


def path_counts(database: duckdb.DuckDBPyConnection, separator: str) -> PathCounts:
    """The counts of all distinct paths, channels by name."""
    columns = database.execute(
        "SELECT path, conversions, value, nulls FROM path WHERE conversions + nulls > 0"
    ).fetchnumpy()
    paths = list(map(str, columns["path"]))
    lengths = [path.count(separator) + 1 if path else 0 for path in paths]
    # All paths are split as one text, several times as fast as each for itself. No path holds NUL,
    # so that nothing is taken for a separator that lies across two of them.
    joined = "\0".join(filter(None, paths))
    steps = joined.replace(separator, "\0").split("\0") if joined else []
    keys = sorted(set(steps))
    code = {channel: place for place, channel in enumerate(keys)}
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    codes = np.fromiter(map(code.__getitem__, steps), dtype=np.int32, count=len(steps))
    conversions, value, nulls = (
        np.asarray(columns[name], dtype=np.float64) for name in ("conversions", "value", "nulls")
    )
    return PathCounts(tuple(keys), offsets, codes, conversions, value, nulls)


def channels(database: duckdb.DuckDBPyConnection, separator: str) -> list[str]:
    """All channels of the paths, sorted."""
    rows = database.execute(
        "SELECT DISTINCT unnest(string_split(path, $separator)) AS channel FROM path "
        "WHERE path <> '' AND conversions + nulls > 0 ORDER BY channel",
        {"separator": separator},
    )
    return [row[0] for row in rows.fetchall()]


def totals(database: duckdb.DuckDBPyConnection, separator: str) -> tuple[int, int, int]:
    """Touches, conversions and journeys that the paths represent."""
    touches, conversions, journeys = database.execute(
        "SELECT sum(journeys::HUGEINT * steps), sum(conversions), sum(journeys) FROM ("
        "SELECT conversions, conversions + nulls AS journeys, "
        "CASE WHEN path = '' THEN 0 ELSE len(string_split(path, $separator)) END AS steps "
        "FROM path)",
        {"separator": separator},
    ).fetchall()[0]
    return int(touches or 0), int(conversions or 0), int(journeys or 0)
