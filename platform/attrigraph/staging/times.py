"""Times of rows: text to epoch milliseconds by stated rules, nothing guessed.

Text is ISO 8601 with date and time of day, ``T`` or a blank between, and a zone: ``Z`` or an
offset, perhaps after a blank, or `` UTC``. A text without zone is a local time of the zone that is
stated, if one is. A bare number counts from 1970-01-01 UTC in the unit that is stated, if one is.
Digits finer than milliseconds are cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.staging.dates import DAY

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.options import TimeUnit

MINUTE: Final = r"[0-9]{2}:[0-9]{2}"
SECOND: Final = r":[0-9]{2}(\.[0-9]{1,9})?"
OFFSET: Final = r"(Z|[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)"
ZONED: Final = f"{DAY}[T ]{MINUTE}{SECOND}{OFFSET}"
LOOSE: Final = f"{DAY}[T ]{MINUTE}({SECOND})?( UTC| ?{OFFSET})"
NAIVE: Final = f"{DAY}[T ]{MINUTE}({SECOND})?"
NUMBER: Final = r"[+-]?[0-9]+(\.[0-9]+)?"

FIRST: Final = -62_135_596_800_000
LAST: Final = 253_402_300_799_999
"""The first and the last millisecond that a date can name."""

MILLISECONDS: Final[dict[TimeUnit, str]] = {
    "s": "1000",
    "ms": "1",
    "us": "CAST('0.001' AS DECIMAL(9, 3))",
    "ns": "CAST('0.000001' AS DECIMAL(9, 6))",
}
"""SQL of how many milliseconds a unit has."""


def is_naive(text: str) -> str:
    """SQL of whether a text is a local time without zone."""
    return f"regexp_full_match({text}, '{NAIVE}')"


def local_time(text: str) -> str:
    """SQL of a text without zone as a TIMESTAMP; NULL where it is none."""
    full = f"regexp_replace({text}, '([T ]{MINUTE})$', '\\1:00')"
    return f"CASE WHEN {is_naive(text)} THEN TRY_CAST({full} AS TIMESTAMP) END"


def zoned_time(text: str, unit: TimeUnit | None) -> str:
    """SQL of a text with zone, or a number, as epoch milliseconds; NULL where it is neither."""
    cases = f"WHEN regexp_full_match({text}, '{ZONED}') THEN {_instant(text)} "
    closed = (
        f"replace(replace(replace(replace({text}, ' UTC', 'Z'), ' Z', 'Z'), ' +', '+'), ' -', '-')"
    )
    full = f"regexp_replace({closed}, '([T ]{MINUTE})([Z+-])', '\\1:00\\2')"
    cases += f"WHEN regexp_full_match({text}, '{LOOSE}') THEN {_instant(full)} "
    if unit is not None:
        # As decimals, for the digits of nanoseconds are more than a float holds.
        scaled = f"TRY_CAST({text} AS DECIMAL(28, 9)) * {MILLISECONDS[unit]}"
        cases += (
            f"WHEN regexp_full_match({text}, '{NUMBER}') THEN TRY_CAST(floor({scaled}) AS BIGINT) "
        )
    return within_calendar(f"CASE {cases} END")


def within_calendar(time: str) -> str:
    """SQL of a time in epoch milliseconds, NULL where it lies outside of the years 1 to 9999."""
    return f"CASE WHEN {time} BETWEEN {FIRST} AND {LAST} THEN {time} END"


def _instant(text: str) -> str:
    """SQL of text with a zone as epoch milliseconds, what is finer cut off."""
    micros = f"epoch_us(TRY_CAST({text} AS TIMESTAMPTZ))"
    return f"({micros} - (({micros} % 1000) + 1000) % 1000) // 1000"


def time_fault(text: str, time: str, *, zone: bool, unit: TimeUnit | None) -> str:
    """SQL of what is wrong with a time, or NULL.

    Args:
        text: SQL of the text.
        time: SQL of the epoch milliseconds that were made of it.
        zone: whether local times are taken, and ``local_status`` says what became of them.
        unit: whether bare numbers are taken.
    """
    naive = "" if zone else f"WHEN {is_naive(text)} THEN 'naive-time' "
    local = "WHEN local_status IS NOT NULL THEN local_status " if zone else ""
    bare = "" if unit else f"WHEN regexp_full_match({text}, '{NUMBER}') THEN 'unitless-time' "
    return (
        f"CASE WHEN {time} IS NOT NULL THEN NULL WHEN {text} IS NULL THEN 'missing-time' "
        f"{naive}{local}{bare} ELSE 'bad-time' END"
    )


def check_zone(database: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Make sure that a zone is known.

    Raises:
        InputError: when it is not.
    """
    known = database.execute(
        "SELECT 1 FROM pg_timezone_names() WHERE name = $zone", {"zone": zone}
    ).fetchall()
    if not known:
        raise InputError(
            f"the zone must be an IANA name such as Europe/Berlin or UTC, got {zone!r}"
        )
