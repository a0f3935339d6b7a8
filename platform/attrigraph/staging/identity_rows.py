"""Rows of identities: which person an anonymous id belongs to, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import FieldSql, name_error, nameless
from attrigraph.staging.local_times import LocalTimes
from attrigraph.staging.times import check_zone, local_time, millisecond, time_error, zoned_time

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.options import StagingOptions

CREATE: Final = """
CREATE TEMP TABLE identity (
    file INTEGER, line BIGINT, reason VARCHAR, anonymous VARCHAR, person VARCHAR, since BIGINT)
"""

CONTENT: Final = ("anonymous", "person", "since")
"""Columns in which equal rows agree; ``since`` is epoch milliseconds, NULL for always."""


def write(
    database: duckdb.DuckDBPyConnection, binding: Binding, options: StagingOptions, file: int
) -> None:
    """Put ``prepared`` into ``identity``."""
    fields = FieldSql(binding)
    unit = binding.table.time_unit or options.time_unit
    zone = binding.table.zone or options.zone
    raw = (
        f"SELECT line, error, {fields.text('anonymous_id')} AS anonymous, "
        f"{fields.text('user_id')} AS person, {fields.text('valid_from')} AS stamp FROM prepared"
    )
    micros, source = zoned_time("stamp", unit), f"({raw})"
    if zone is not None:
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
    shown = fields.shown("valid_from", "stamp")
    wrong = time_error("stamp", "since", shown, zone=zone is not None, unit=unit)
    sql = f"""
        INSERT INTO identity
        SELECT {fields.parameter("file", file)}, line, coalesce(error, CASE
                WHEN {nameless("anonymous")} OR {nameless("person")} THEN 'missing-id'
                ELSE coalesce({name_error("anonymous", "person")},
                    CASE WHEN stamp IS NOT NULL THEN {wrong} END) END),
            anonymous, person, since
        FROM (SELECT *, {millisecond("micros")} AS since
            FROM (SELECT *, {micros} AS micros FROM {source}))"""
    database.execute(sql, fields.used(sql))
