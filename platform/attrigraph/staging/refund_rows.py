"""Rows of refunds and cancellations: of a table of their own, and among events.

``refund`` holds them by the id of their order. A conversion may also state what was refunded of it
so far, or that it was cancelled; ``refunds`` reads both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain.placeholders import MISSING_WORDS
from attrigraph.domain.refunds import Refund, Sale
from attrigraph.staging.columns import (
    FieldSql,
    digest,
    flag,
    nameless,
    number,
    number_error,
)
from attrigraph.staging.duplicates import DUPLICATE, resolve_duplicates
from attrigraph.staging.event_currencies import currency_error, currency_of
from attrigraph.staging.event_ids import own_id, with_recorded
from attrigraph.staging.placeholders import stated_id
from attrigraph.staging.sessions import MERGED
from attrigraph.staging.stamps import stamped
from attrigraph.staging.times import millisecond, time_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.options import StagingOptions

CREATE: Final = """
CREATE TEMP TABLE refund (
    file INTEGER, line BIGINT, reason VARCHAR, id VARCHAR, order_id VARCHAR, kind VARCHAR,
    amount DOUBLE, time BIGINT, currency VARCHAR)
"""

CONTENT: Final = ("order_id", "kind", "amount", "time")
"""Columns in which equal rows agree; ``amount`` is NULL for the whole value."""

BARE: Final = f"""
UPDATE refund SET reason = '{MERGED}' FROM (
    SELECT rowid AS row, amount IS NULL AND max(amount) OVER same IS NOT NULL AS bare
    FROM refund WHERE reason IS NULL
    WINDOW same AS (PARTITION BY id, order_id, kind, time))
WHERE refund.rowid = row AND bare
"""
"""SQL that merges rows of a refund without an amount into those that have it."""

KINDS: Final = ("refund", "cancellation")
"""Kinds of events that are no touch and no conversion, but change a conversion."""

STATED: Final = f"""
CREATE TABLE stated AS
WITH taken AS (
    SELECT {own_id("event")} AS order_id, refunded, cancelled, time
    FROM event JOIN known_id ON known_id.raw_id = event.customer {with_recorded("event")}
    WHERE conversion AND (refunded > 0 OR cancelled)
        AND (reason IS NULL OR reason = '{DUPLICATE}'))
SELECT concat_ws('-', order_id, 'refunded', refunded) AS id, order_id, 'refunded' AS kind,
    refunded AS amount, NULL::BIGINT AS time
FROM taken WHERE refunded > 0
UNION
SELECT concat_ws('-', order_id, 'cancelled'), order_id, 'cancellation', NULL, NULL
FROM taken WHERE cancelled
"""
"""What conversions state about themselves; rows that are equal otherwise may state other sums."""


def write(
    database: duckdb.DuckDBPyConnection, binding: Binding, options: StagingOptions, file: int
) -> None:
    """Put ``prepared`` of a table of refunds into ``refund``."""
    fields = FieldSql(binding)
    raw = (
        f"SELECT line, error, {stated(fields, 'refund_id')} AS id, "
        f"{stated(fields, 'order_id')} AS order_id, "
        f"{flag(fields.text('cancelled'))} AS cancelled, {fields.text('cancelled')} AS flag, "
        f"CASE WHEN cancelled THEN 'cancellation' ELSE 'refund' END AS kind, "
        f"{fields.text('amount')} AS raw_amount, {fields.text('timestamp')} AS stamp, "
        f"{currency_of(fields.text('currency'))} AS currency FROM prepared"
    )
    _insert(database, binding, options, fields, raw, file, amount="amount")


def write_events(
    database: duckdb.DuckDBPyConnection,
    binding: Binding,
    options: StagingOptions,
    fields: FieldSql,
    source: str,
    file: int,
) -> None:
    """Put the refunds among events into ``refund``.

    Args:
        database: where.
        binding: of the file.
        options: how to read it.
        fields: of the file.
        source: SQL of the rows that are refunds, with ``stamp`` and ``raw_kind``.
        file: its number.
    """
    raw = (
        f"SELECT line, error, {stated(fields, 'event_id')} AS id, "
        f"{stated(fields, 'order_id')} AS order_id, NULL::VARCHAR AS flag, raw_kind AS kind, "
        f"{fields.text('value')} AS raw_amount, stamp, "
        f"{currency_of(fields.text('currency'))} AS currency FROM {source}"
    )
    _insert(database, binding, options, fields, raw, file, amount="value")


def _insert(
    database: duckdb.DuckDBPyConnection,
    binding: Binding,
    options: StagingOptions,
    fields: FieldSql,
    raw: str,
    file: int,
    *,
    amount: str,
) -> None:
    unit, zone = binding.table.time_unit or options.time_unit, binding.table.zone or options.zone
    micros, source = stamped(database, fields, raw, zone=zone, unit=unit)
    shown = fields.shown("timestamp", "stamp")
    order, cancelled = fields.shown("order_id", "order_id"), fields.shown("cancelled", "flag")
    wrong = time_error("stamp", "time", shown, zone=zone is not None, unit=unit)
    own = "refund_id" if binding.table.rows == "refunds" else "event_id"
    # that of a cancellation is checked, and means nothing further
    wrong_amount = number_error("raw_amount", "stated_amount", fields.shown(amount, "raw_amount"))
    typed = f"""
        SELECT *, {millisecond("micros")} AS time,
            {number("raw_amount")} AS stated_amount,
            CASE WHEN kind = 'refund' THEN stated_amount END AS amount
        FROM (SELECT *, {micros} AS micros FROM {source})"""
    sql = f"""
        INSERT INTO refund
        SELECT {fields.parameter("file", file)}, line, coalesce(error, CASE
                WHEN {nameless("order_id")} THEN 'missing-order'{order}
                WHEN flag IS NOT NULL AND {flag("flag")} IS NULL THEN 'bad-flag'{cancelled}
                ELSE coalesce({fields.name_error({"id": own, "order_id": "order_id"})},
                    CASE WHEN stamp IS NOT NULL THEN {wrong} END,
                    {currency_error("currency", fields.shown("currency", "currency"))},
                    {wrong_amount})
                END),
            coalesce(id, {digest(*CONTENT)}), order_id, kind, amount, time, currency
        FROM ({typed})"""
    database.execute(sql, fields.used(sql))


def stated(fields: FieldSql, name: str) -> str:
    """SQL of an id, NULL where it is a word for a missing one."""
    return stated_id(fields.text(name), fields.parameter("missing_ids", list(MISSING_WORDS)))


def resolve(database: duckdb.DuckDBPyConnection) -> None:
    """Leave one row per refund without ``reason``, with its amount if any row has it.

    A table of all events, as Segment's ``tracks``, has refunds without their amounts.
    ``graph.refunds`` does the same with separate loads.
    """
    database.execute(BARE)
    resolve_duplicates(database, "refund", "id", CONTENT)


def keep_taken(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``stated`` and ``refund_taken``, which outlive ``event``; customers are numbered."""
    database.execute(STATED)
    database.execute("CREATE TABLE refund_taken AS SELECT * FROM refund WHERE reason IS NULL")


def refunds(database: duckdb.DuckDBPyConnection) -> tuple[Refund, ...]:
    """All refunds that are taken, by id."""
    rows = database.execute(
        "SELECT id, order_id, kind, amount, time FROM refund_taken UNION ALL "
        "SELECT id, order_id, kind, amount, time FROM stated ORDER BY ALL"
    ).fetchall()
    return tuple(Refund(*row) for row in rows)


def sales(database: duckdb.DuckDBPyConnection, orders: Sequence[str]) -> list[Sale]:
    """The conversions of the files that these orders are, or that belong to them."""
    rows = database.execute(
        "WITH named AS (SELECT unnest($orders) AS name) "
        "SELECT conversion.id, order_id, key_kind.name, value FROM conversion "
        "JOIN key_kind ON key_kind.code = kind "
        "WHERE id IN (SELECT name FROM named) OR order_id IN (SELECT name FROM named)",
        {"orders": list(orders)},
    ).fetchall()
    return [Sale(*row) for row in rows]


def purchases(database: duckdb.DuckDBPyConnection) -> list[str]:
    """The id of the order of each conversion, or else its own; each once and sorted."""
    rows = database.execute(
        "SELECT DISTINCT coalesce(order_id, id) AS name FROM conversion ORDER BY name"
    ).fetchall()
    return [name for (name,) in rows]


def names_of_orders(database: duckdb.DuckDBPyConnection) -> list[str]:
    """What refunds may name: the ids of conversions and of their orders, each once and sorted."""
    return _names(database, "order_id")


def names_of_messages(database: duckdb.DuckDBPyConnection) -> list[str]:
    """The ids of conversions and of their messages, each once and sorted."""
    return _names(database, "message_id")


def _names(database: duckdb.DuckDBPyConnection, further: str) -> list[str]:
    rows = database.execute(
        f"SELECT id FROM conversion UNION "
        f"SELECT {further} FROM conversion WHERE {further} IS NOT NULL ORDER BY id"
    ).fetchall()
    return [name for (name,) in rows]


def orders(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The ids of the orders of conversions that have an id of their own, by that id."""
    return _by_conversion(database, "order_id")


def messages(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The ids of the messages of conversions that have an id of their own, by that id."""
    return _by_conversion(database, "message_id")


def _by_conversion(database: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    rows = database.execute(
        f"SELECT id, {name} FROM conversion WHERE {name} IS NOT NULL ORDER BY id"
    ).fetchall()
    return dict(rows)
