"""Attributes of customers, read out in batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import CustomerAttributes, string_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from attrigraph.staging.mapping import AttributeType

CASTS: Final[dict[AttributeType, str]] = {
    "integer": "CAST({0} AS BIGINT)",
    "number": "CAST({0} AS DOUBLE)",
    "boolean": "CAST({0} AS BOOLEAN)",
    "date": "CAST({0} AS DATE)",
    # As a number, for DuckDB needs a further package to give times with a zone to Python.
    "time": "epoch_us(CAST({0} AS TIMESTAMPTZ))",
    "text": "{0}",
}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def customer_attributes(
    database: duckdb.DuckDBPyConnection,
    attributes: Sequence[str],
    types: Mapping[str, AttributeType],
    size: int,
) -> Iterator[CustomerAttributes]:
    """Attributes of ``size`` customers at a time, by bucket and id."""
    columns = [
        CASTS[types[name]].format(f"f{number}")
        for number, name in enumerate(attributes)
        if name in types
    ]
    database.execute(
        f"SELECT {', '.join(['customer.id', 'bucket', *columns])} "
        "FROM customer_attribute JOIN customer ON customer.raw_id = customer_attribute.customer "
        "WHERE reason IS NULL ORDER BY customer.code"
    )
    names = [name for name in attributes if name in types]
    while rows := database.fetchmany(size):
        ids, bucket, *values = zip(*rows, strict=True)
        yield CustomerAttributes(
            string_array(ids),
            np.array(bucket, dtype=np.int32),
            {
                name: string_array(_as_times(column) if types[name] == "time" else column)
                for name, column in zip(names, values, strict=True)
            },
        )


def _as_times(column: Sequence[int | None]) -> list[datetime | None]:
    return [None if at is None else as_time(at) for at in column]


def as_time(micros: int) -> datetime:
    """Microseconds since 1970-01-01 UTC, as ``CASTS`` give a time."""
    return EPOCH + timedelta(microseconds=micros)
