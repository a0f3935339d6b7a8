"""Data frames as files to stage, so that they get the checks that files get.

pandas, polars and Arrow tables are written as Parquet. A frame of touchpoints or conversions has
the columns of the preset ``events``, or those of ``domain.Touchpoint`` and ``domain.Conversion``;
one of customers has the columns of the preset ``customers``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import duckdb

from attrigraph.errors import InputError, MissingExtraError
from attrigraph.staging.chunks import quoted
from attrigraph.staging.mapping import Table
from attrigraph.staging.parquet_reader import parquet_source

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.staging.fields import Rows

ID_COLUMN: Final = "id"
"""What the classes of the domain call ``event_id``."""


def is_frame(data: object) -> bool:
    """Whether this is a pandas or polars frame or an Arrow table."""
    return hasattr(data, "__arrow_c_stream__")


def write_touchpoints(frame: Any, folder: Path, *, all_touches: bool = True) -> tuple[Path, Table]:
    """A frame of touchpoints as a file, and how to read it.

    The rows may include conversions, with the column ``kind`` as in the preset ``events``.

    Args:
        frame: of touchpoints.
        folder: for the file.
        all_touches: whether rows of a frame without the column ``kind`` are touches, because
            conversions are given apart; else that column is needed, as in a file.

    Raises:
        InputError: the column is needed and missing.
    """
    path, table = _written(frame, folder / "touchpoints.parquet", "events", kind="touch")
    if "kind" in table.constants and not all_touches:
        raise InputError(
            "the frame of touchpoints has no column 'kind', which marks conversions as"
            " 'conversion'; add it, or give conversions as a frame of their own"
        )
    return path, table


def write_conversions(frame: Any, folder: Path) -> tuple[Path, Table]:
    """A frame of conversions as a file, and how to read it.

    A kind is ``signup`` or the like; ``refund`` and ``cancellation`` are those of an ``order_id``.
    """
    path, table = _written(frame, folder / "conversions.parquet", "events", kind="conversion")
    if "kind" in table.constants:
        return path, table
    marked = path.with_name("marked.parquet")
    duckdb.sql(
        "COPY (SELECT * REPLACE (CASE WHEN coalesce(kind, '') IN ('', 'conversion') "
        "THEN 'conversion' WHEN starts_with(kind, 'conversion:') OR kind IN "
        "('refund', 'cancellation') THEN kind "
        f"ELSE 'conversion:' || kind END AS kind) FROM {parquet_source(path)}) "
        f"TO {quoted(str(marked))} (FORMAT parquet)"
    )
    marked.replace(path)
    return path, table


def write_customers(frame: Any, folder: Path) -> tuple[Path, Table]:
    """A frame of customers as a file, and how to read it."""
    return _written(frame, folder / "customers.parquet", "customers")


def write_spend(frame: Any, folder: Path) -> tuple[Path, Table]:
    """A frame of spend as a file, and how to read it."""
    path, table = _written(frame, folder / "spend.parquet", "spend")
    # times of a frame are in UTC, and its days are those of UTC too
    return path, table.model_copy(update={"zone": None})


def _written(frame: Any, path: Path, rows: Rows, *, kind: str | None = None) -> tuple[Path, Table]:
    zone = None
    if _is_pandas(frame):
        columns, zone = [*map(str, frame.columns)], _write_pandas(frame, path)
    elif hasattr(frame, "write_parquet"):
        columns = frame.columns
        frame.write_parquet(path)
    else:
        columns = _write_arrow(frame, path)
    renamed = ID_COLUMN in columns and "event_id" not in columns and rows == "events"
    return path, Table(
        rows=rows,
        files=path.name,
        columns={"event_id": ID_COLUMN} if renamed else {},
        constants={"kind": kind} if kind is not None and "kind" not in columns else {},
        zone=zone,
    )


def _is_pandas(frame: object) -> bool:
    return type(frame).__module__.partition(".")[0] == "pandas"


def _write_pandas(frame: Any, path: Path) -> str | None:
    """Write a pandas frame; the zone of its times, as DuckDB keeps nanoseconds without one only."""
    zone = None
    if getattr(frame.dtypes.get("timestamp"), "tz", None) is not None:
        times = frame["timestamp"].dt.tz_convert("UTC").dt.tz_localize(None)
        frame, zone = frame.assign(timestamp=times), "UTC"
    duckdb.from_df(frame).write_parquet(str(path))
    return zone


def _write_arrow(source: Any, path: Path) -> list[str]:
    """Write anything that exports an Arrow stream; the names of its columns."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "Arrow tables need the package pyarrow: pip install pyarrow"
        ) from error
    table = pyarrow.table(source)
    pyarrow.parquet.write_table(table, path)
    return list(table.column_names)
