"""Times of rows: text to epoch microseconds and the nanoseconds within them, nothing guessed.

Text is ISO 8601 with date and time of day, ``T`` or a blank between, and a zone: ``Z`` or an
offset, perhaps after a blank, or `` UTC``. A text without zone is a local time of the zone that is
stated, if one is. A date alone is a day of that zone. A bare number counts from 1970-01-01 UTC in
the unit that is stated, if one is. Digits finer than nanoseconds are cut.
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

FIRST: Final = -62_135_596_800_000_000
LAST: Final = 253_402_300_799_999_999
"""The first and the last microsecond that a date can name."""

MICROSECONDS: Final[dict[TimeUnit, str]] = {
    "s": "1000000",
    "ms": "1000",
    "us": "1",
    "ns": "CAST('0.001' AS DECIMAL(9, 3))",
}
"""SQL of how many microseconds a unit has."""

TO_MICROSECONDS: Final = 26
"""Characters of a time whose fraction of a second has at most 6 digits and no zone follows."""


def is_naive(text: str) -> str:
    """SQL of whether a text is a local time without zone, or a date alone."""
    return f"(regexp_full_match({text}, '{NAIVE}') OR {is_date(text)})"


def is_date(text: str) -> str:
    """SQL of whether a text is a date without a time of day."""
    return f"(length({text}) = 10 AND regexp_full_match({text}, '{DAY}'))"


def local_time(text: str) -> str:
    """SQL of a text without zone as a TIMESTAMP, of a date its midnight; NULL where neither."""
    full = f"regexp_replace({text}, '([T ]{MINUTE})$', '\\1:00')"
    return f"CASE WHEN {is_naive(text)} THEN TRY_CAST({full} AS TIMESTAMP) END"


def zoned_time(text: str, unit: TimeUnit | None) -> str:
    """SQL of a text with zone, or a number, as epoch microseconds; NULL where it is neither."""
    cases = f"WHEN regexp_full_match({text}, '{ZONED}') THEN {_instant(text)} "
    closed = (
        f"replace(replace(replace(replace({text}, ' UTC', 'Z'), ' Z', 'Z'), ' +', '+'), ' -', '-')"
    )
    full = f"regexp_replace({closed}, '([T ]{MINUTE})([Z+-])', '\\1:00\\2')"
    cases += f"WHEN regexp_full_match({text}, '{LOOSE}') THEN {_instant(full)} "
    if unit is not None:
        scaled = _scaled(text, unit)
        cases += (
            f"WHEN regexp_full_match({text}, '{NUMBER}') THEN TRY_CAST(floor({scaled}) AS BIGINT) "
        )
    return f"CASE {cases} END"


def instant_micros(instant: str) -> str:
    """SQL of a TIMESTAMPTZ as epoch microseconds; NULL where it is infinite."""
    return f"CASE WHEN isfinite({instant}) THEN epoch_us({instant}) END"


def finer_digits(text: str, unit: TimeUnit | None) -> str:
    """SQL of the nanoseconds of a time within its microsecond, 0 to 999."""
    digits = f"regexp_extract({text}, '\\.[0-9]{{6}}([0-9]{{1,3}})', 1)"
    finer = f"WHEN length({text}) > {TO_MICROSECONDS} THEN rpad({digits}, 3, '0')::INTEGER"
    if unit is None:
        return f"CASE {finer} ELSE 0 END"
    scaled = _scaled(text, unit)
    part = f"floor(({scaled} - floor({scaled})) * 1000)"
    return (
        f"CASE WHEN regexp_full_match({text}, '{NUMBER}') THEN TRY_CAST({part} AS INTEGER) "
        f"{finer} ELSE 0 END"
    )


def millisecond(micros: str) -> str:
    """SQL of epoch microseconds as milliseconds, NULL outside of the years 1 to 9999."""
    # counted from the first year, since a division rounds towards 0
    whole = f"({micros} - {FIRST}) // 1000 + {FIRST // 1000}"
    return f"CASE WHEN {in_calendar(micros)} THEN {whole} END"


def in_calendar(micros: str) -> str:
    """SQL of whether epoch microseconds lie in the years 1 to 9999."""
    return f"({micros} BETWEEN {FIRST} AND {LAST})"


def nanosecond(micros: str, time: str, finer: str) -> str:
    """SQL of the nanoseconds of epoch microseconds within ``time``, their millisecond."""
    return f"coalesce(({micros} - {time} * 1000) * 1000 + {finer}, 0)::INTEGER"


def _scaled(text: str, unit: TimeUnit) -> str:
    """SQL of a number as microseconds; a decimal, for nanoseconds have more digits than a float."""
    return f"(TRY_CAST({text} AS DECIMAL(28, 9)) * {MICROSECONDS[unit]})"


def _instant(text: str) -> str:
    """SQL of text with a zone as epoch microseconds, what is finer cut off."""
    return f"epoch_us(TRY_CAST({text} AS TIMESTAMPTZ))"


def time_error(text: str, time: str, shown: str, *, zone: bool, unit: TimeUnit | None) -> str:
    """SQL of what is wrong with a time, or NULL.

    Args:
        text: SQL of the text.
        time: SQL of the epoch milliseconds that were made of it.
        shown: SQL that adds the column and its text to the name of the reason.
        zone: whether local times are accepted; ``local_status`` is then the reason why one is not.
        unit: whether bare numbers are taken.
    """
    naive = "" if zone else f"WHEN {is_naive(text)} THEN 'naive-time'{shown} "
    local = f"WHEN local_status IS NOT NULL THEN local_status{shown} " if zone else ""
    bare = (
        "" if unit else f"WHEN regexp_full_match({text}, '{NUMBER}') THEN 'unitless-time'{shown} "
    )
    return (
        f"CASE WHEN {time} IS NOT NULL THEN NULL WHEN {text} IS NULL THEN 'missing-time'{shown} "
        f"{naive}{local}{bare} ELSE 'bad-time'{shown} END"
    )


def check_zone(database: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Check that a zone is known.

    Raises:
        InputError: when it is not.
    """
    matches = database.execute(
        # escaped, because DuckDB takes no lone surrogates; no zone's name has a backslash
        "SELECT 1 FROM pg_timezone_names() WHERE name = $zone",
        {"zone": zone.encode(errors="backslashreplace").decode()},
    ).fetchall()
    if not matches:
        raise InputError(
            f"the zone must be an IANA name such as Europe/Berlin or UTC, got {zone!r}"
        )
