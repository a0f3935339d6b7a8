"""Rows of identities: which person an anonymous id belongs to, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import FieldSql, nameless
from attrigraph.staging.stamps import stamped
from attrigraph.staging.times import millisecond, time_error

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


NAMES: Final = {"anonymous": "anonymous_id", "person": "user_id"}
"""Columns whose texts the graph indexes, and the fields that give them."""


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
    micros, source = stamped(database, fields, raw, zone=zone, unit=unit)
    shown = fields.shown("valid_from", "stamp")
    wrong = time_error("stamp", "since", shown, zone=zone is not None, unit=unit)
    sql = f"""
        INSERT INTO identity
        SELECT {fields.parameter("file", file)}, line, coalesce(error, CASE
                WHEN {nameless("anonymous")}
                    THEN 'missing-id'{fields.shown("anonymous_id", "anonymous")}
                WHEN {nameless("person")} THEN 'missing-id'{fields.shown("user_id", "person")}
                ELSE coalesce({fields.name_error(NAMES)},
                    CASE WHEN stamp IS NOT NULL THEN {wrong} END) END),
            anonymous, person, since
        FROM (SELECT *, {millisecond("micros")} AS since
            FROM (SELECT *, {micros} AS micros FROM {source}))"""
    database.execute(sql, fields.used(sql))
