"""Rows of the lines of orders: ``order_line`` holds them by the id of their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain.order_lines import KEY_PART, OrderLine
from attrigraph.staging.columns import FieldSql, digest, nameless, number, number_error
from attrigraph.staging.duplicates import resolve_duplicates
from attrigraph.staging.event_currencies import currency_error, currency_of
from attrigraph.staging.refund_rows import stated
from attrigraph.staging.stamps import stamped
from attrigraph.staging.times import millisecond, time_error

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.options import StagingOptions

CREATE: Final = """
CREATE TEMP TABLE order_line (
    file INTEGER, line BIGINT, reason VARCHAR, id VARCHAR, order_id VARCHAR, product VARCHAR,
    name VARCHAR, quantity DOUBLE, value DOUBLE, time BIGINT, currency VARCHAR)
"""

CONTENT: Final = ("product", "quantity", "value")
"""Columns in which equal rows agree."""

KEY: Final = f"concat(order_id, chr({ord(KEY_PART)}), id)"
"""SQL of what rows of one line agree in."""

SHARED_CURRENCY: Final = """
UPDATE order_line SET currency = of_order FROM (
    SELECT order_id AS named, min(currency) AS of_order FROM order_line WHERE reason IS NULL
    GROUP BY named HAVING count(DISTINCT currency) = 1)
WHERE order_id = named AND currency IS NULL
"""
"""SQL that gives lines the currency of the others: shops state it once per order."""


def write(
    database: duckdb.DuckDBPyConnection, binding: Binding, options: StagingOptions, file: int
) -> None:
    """Put ``prepared`` of a table of lines into ``order_line``."""
    fields = FieldSql(binding)
    raw = (
        f"SELECT line, error, {stated(fields, 'line_id')} AS id, "
        f"{stated(fields, 'order_id')} AS order_id, {stated(fields, 'product')} AS product, "
        f"{fields.text('product_name')} AS name, {fields.text('quantity')} AS raw_quantity, "
        f"{fields.text('value')} AS raw_value, {fields.text('timestamp')} AS stamp, "
        f"{currency_of(fields.text('currency'))} AS currency FROM prepared"
    )
    unit, zone = binding.table.time_unit or options.time_unit, binding.table.zone or options.zone
    micros, source = stamped(database, fields, raw, zone=zone, unit=unit)
    shown = {name: fields.shown(name, text) for name, text in SHOWN.items()}
    names = {"id": "line_id", "order_id": "order_id", "product": "product", "name": "product_name"}
    wrong_time = time_error("stamp", "time", shown["timestamp"], zone=zone is not None, unit=unit)
    typed = f"""
        SELECT *, {millisecond("micros")} AS time, {number("raw_value")} AS value,
            {number("raw_quantity")} AS quantity
        FROM (SELECT *, {micros} AS micros FROM {source})"""
    sql = f"""
        INSERT INTO order_line
        SELECT {fields.parameter("file", file)}, line, coalesce(error, CASE
                WHEN {nameless("order_id")} THEN 'missing-order'{shown["order_id"]}
                WHEN {nameless("product")} THEN 'missing-product'{shown["product"]}
                WHEN raw_value IS NULL THEN 'missing-value'{shown["value"]}
                ELSE coalesce({fields.name_error(names)},
                    CASE WHEN stamp IS NOT NULL THEN {wrong_time} END,
                    {currency_error("currency", shown["currency"])},
                    {number_error("raw_value", "value", shown["value"])},
                    {number_error("raw_quantity", "quantity", shown["quantity"])})
                END),
            coalesce(id, {digest(*CONTENT)}), order_id, product, name, quantity, value, time,
            currency
        FROM ({typed})"""
    database.execute(sql, fields.used(sql))


SHOWN: Final = {
    "order_id": "order_id",
    "product": "product",
    "value": "raw_value",
    "quantity": "raw_quantity",
    "currency": "currency",
    "timestamp": "stamp",
}
"""SQL of the text of fields, as reasons show it."""


def resolve(database: duckdb.DuckDBPyConnection) -> None:
    """Leave one row per line without ``reason``, each with the currency of its order."""
    resolve_duplicates(database, "order_line", KEY, CONTENT, prefer=("name", "currency"))
    database.execute(SHARED_CURRENCY)


def keep_taken(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``order_line_taken``, which outlives the rows as read."""
    database.execute(
        f"CREATE TABLE order_line_taken AS SELECT *, {KEY} AS key FROM order_line "
        "WHERE reason IS NULL"
    )


def order_lines(database: duckdb.DuckDBPyConnection) -> tuple[OrderLine, ...]:
    """All lines that are taken, by order and id."""
    rows = database.execute(
        "SELECT id, order_id, product, name, quantity, value FROM order_line_taken "
        "ORDER BY order_id, id"
    ).fetchall()
    return tuple(OrderLine(*row) for row in rows)
