"""Time stamps of tables whose rows are no events: identities and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging.local_times import LocalTimes
from attrigraph.staging.times import check_zone, local_time, zoned_time

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.columns import FieldSql
    from attrigraph.staging.options import TimeUnit


def stamped(
    database: duckdb.DuckDBPyConnection,
    fields: FieldSql,
    raw: str,
    *,
    zone: str | None,
    unit: TimeUnit | None,
) -> tuple[str, str]:
    """SQL of the microseconds of a time stamp, and of the rows that it is of.

    Args:
        database: where.
        fields: of the file; it has the parameters of ``raw``.
        raw: a SELECT with the text of a time as ``stamp``.
        zone: of times without an offset; None for none.
        unit: of times that are numbers; None for none.
    """
    micros, source = zoned_time("stamp", unit), f"({raw})"
    if zone is None:
        return micros, source
    check_zone(database, zone)
    local = f"CREATE OR REPLACE TEMP TABLE stamped AS SELECT *, {local_time('stamp')} AS local"
    database.execute(f"{local} FROM {source}", fields.used(source))
    LocalTimes(database, zone).cover("local", "stamped")
    source = (
        "(SELECT stamped.*, ahead, status AS local_status FROM stamped "
        "ASOF LEFT JOIN local_segment ON local >= start)"
    )
    micros = (
        f"CASE WHEN local IS NULL THEN {micros} "
        "WHEN local_status IS NULL THEN epoch_us(local) - ahead * 1000000 END"
    )
    return micros, source
