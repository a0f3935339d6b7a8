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
    steps = [path.split(separator) if path else [] for path in map(str, columns["path"])]
    keys = sorted({channel for path in steps for channel in path})
    code = {channel: place for place, channel in enumerate(keys)}
    lengths = np.fromiter(map(len, steps), dtype=np.int64, count=len(steps))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    codes = np.fromiter(
        (code[channel] for path in steps for channel in path), dtype=np.int32, count=offsets[-1]
    )
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
    """Touches, conversions and journeys that the paths stand for."""
    touches, conversions, journeys = database.execute(
        "SELECT sum(walked * steps), sum(conversions), sum(walked) FROM ("
        "SELECT conversions, conversions + nulls AS walked, "
        "CASE WHEN path = '' THEN 0 ELSE len(string_split(path, $separator)) END AS steps "
        "FROM path)",
        {"separator": separator},
    ).fetchall()[0]
    return int(touches or 0), int(conversions or 0), int(journeys or 0)
