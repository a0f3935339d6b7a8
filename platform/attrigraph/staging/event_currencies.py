"""Amounts of events in one currency: values and costs, and what was paid back.

Where all amounts are in one currency, that is the one of the answer. Others are converted at the
rate of their day, UTC. Amounts without a currency are in that of the answer.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.columns import string_array
from attrigraph.errors import InputError
from attrigraph.spend.rates import answer_currency
from attrigraph.staging.duplicates import DUPLICATE

if TYPE_CHECKING:
    import duckdb

    from attrigraph.spend.rates import Rates

CURRENCY: Final = "[A-Z]{3}"
"""Regular expression of codes."""

EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

AMOUNTS: Final = {
    "event_row": ("value", "cost", "refunded"),
    "refund": ("amount",),
    "order_line": ("value",),
}
"""Tables with a currency, and their amounts in it."""

STORES: Final = {"event_row": "event_store", "refund": "refund", "order_line": "order_line"}
"""What is changed to change these tables."""

DAY: Final = "CAST(floor(time / 86400000.0) AS BIGINT)"
"""SQL of the day of an amount, days since 1970-01-01, UTC."""

TAKEN: Final = f"(reason IS NULL OR reason = '{DUPLICATE}')"
"""SQL of whether a row counts; of equal rows each may state another sum that was paid back."""


def currency_of(text: str) -> str:
    """SQL of a currency in capitals without blanks."""
    return f"upper(trim({text}))"


def currency_error(code: str, shown: str) -> str:
    """SQL of what is wrong with a currency that should be missing or a code, or NULL."""
    return (
        f"CASE WHEN {code} IS NOT NULL AND NOT regexp_full_match({code}, '{CURRENCY}') "
        f"THEN 'bad-currency'{shown} END"
    )


def convert(
    database: duckdb.DuckDBPyConnection, stated: str | None, rates: Rates | None
) -> str | None:
    """Convert all amounts into one currency.

    Args:
        database: where; ids of events are derived from the amounts as they are in the files.
        stated: the currency of the answer; None for that of the amounts.
        rates: rates into it.

    Returns:
        The currency of all amounts, None if no row has one and none is stated.

    Raises:
        InputError: amounts are in several currencies or in another than the stated one and there
            are no rates, a rate is missing, or a refund has no currency where others are converted.
    """
    codes = {code for name in AMOUNTS for code in _codes(database, name)}
    target = answer_currency(codes, stated, rates, "amounts of events")
    foreign = codes - {target}
    if not foreign or rates is None:
        return target
    if _rows(database, "refund", "currency IS NULL"):
        raise InputError(
            "a refund has no currency, and values are converted; give each refund its currency"
        )
    for name, amounts in AMOUNTS.items():
        _convert(database, name, amounts, sorted(foreign), rates)
    return target


def _codes(database: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """The currencies of the amounts of a table."""
    return {code for (code,) in _rows(database, table, "currency IS NOT NULL")}


def _rows(database: duckdb.DuckDBPyConnection, table: str, condition: str) -> list[tuple[str]]:
    """The different currencies of rows with an amount that fulfil a condition."""
    amounts = " OR ".join(f"coalesce({name}, 0) <> 0" for name in AMOUNTS[table])
    return database.execute(
        f"SELECT DISTINCT currency FROM {table} WHERE {condition} AND {TAKEN} AND ({amounts})"
    ).fetchall()


def _convert(
    database: duckdb.DuckDBPyConnection,
    table: str,
    amounts: tuple[str, ...],
    foreign: list[str],
    rates: Rates,
) -> None:
    days = database.execute(
        f"SELECT DISTINCT currency, {DAY} FROM {table} "
        f"WHERE {TAKEN} AND list_contains($foreign, currency)",
        {"foreign": foreign},
    ).fetchall()
    if not days:
        return
    columns = {
        "code": string_array([code for code, _ in days]),
        "day": np.ma.array(
            [0 if day is None else day for _, day in days],
            np.int64,
            mask=[day is None for _, day in days],
        ),
        "rate": np.array([_rate(rates, code, day) for code, day in days], np.float64),
    }
    database.register("registered_rates", columns)
    converted = ", ".join(f"{name} = {name} * rate" for name in amounts)
    database.execute(
        f"UPDATE {STORES[table]} SET {converted} FROM registered_rates AS known WHERE {TAKEN} "
        f"AND currency = known.code AND {DAY} IS NOT DISTINCT FROM known.day"
    )
    database.unregister("registered_rates")


def _rate(rates: Rates, code: str, day: int | None) -> float:
    if day is not None:
        return rates.rate(code, date.fromordinal(EPOCH_DAY + day))
    try:  # a rate for all times
        return rates.rate(code, date.min)
    except InputError as error:
        raise InputError(
            f"an amount in {code} has no time, and its rate depends on it; give it one"
        ) from error
