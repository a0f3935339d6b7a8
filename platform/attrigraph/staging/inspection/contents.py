"""What the values of a column are: numbers, times or text, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.staging.chunks import quoted
from attrigraph.staging.number_notations import SEPARATORS, Notation, plain_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from attrigraph.staging.options import TimeUnit

ContentType = Literal["empty", "number", "date", "time", "nested", "text"]

MAX_VALUES: Final = 50
"""Different values of a column that are kept."""

MISSING: Final = ("-", "--", "n/a", "N/A", "NA", "null", "NULL", "None", "NaN", "nan")
"""Words that stand for a missing number or time in exports."""

ISO_DATE: Final = r"\d{4}-\d{2}-\d{2}"
ISO_TIME: Final = rf"{ISO_DATE}[T ]\d{{2}}:\d{{2}}(:\d{{2}}([.,]\d+)?)?"
ZONE: Final = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
NUMBER: Final = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"

FORMATS: Final = (
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"),
    *("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p"),
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y%m%d"),
    *("%b %d, %Y", "%d %b %Y", "%B %d, %Y", "%d %B %Y"),
)
"""Formats of times and dates that are tried where text is not ISO 8601."""

UNITS: Final[dict[TimeUnit, float]] = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}

SECONDS: Final = (500_000_000, 4_000_000_000)
"""Numbers between these, the years 1985 to 2096, may be seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Content:
    """Values of a column.

    Attributes:
        type: what they are; ``empty`` if there are none.
        distinct: number of different values.
        values: some of them, the most frequent first.
        has_zone: whether times state their zone.
        formats: formats of ``strptime`` that fit all times; empty for ISO 8601.
        notations: notations that fit all numbers.
        units: unit of numbers that may be times since 1970.
        missing: words among the values that stand for a missing one.
    """

    type: ContentType
    distinct: int = 0
    values: tuple[str, ...] = ()
    has_zone: bool = False
    formats: tuple[str, ...] = ()
    notations: tuple[Notation, ...] = ()
    units: tuple[TimeUnit, ...] = ()
    missing: tuple[str, ...] = ()


def content_of(database: duckdb.DuckDBPyConnection, column: str) -> Content:
    """What a column of the table ``sample`` holds.

    Args:
        database: where the table is.
        column: SQL name of the column.
    """
    tests = dict(_tests())
    counts = ", ".join(f"count(*) FILTER ({sql})" for sql in tests.values())
    [(filled, distinct, lowest, highest, *fitting)] = database.execute(
        f"""SELECT count(*), count(DISTINCT v), min(try_cast(v AS DOUBLE)),
            max(try_cast(v AS DOUBLE)), {counts}
        FROM (SELECT {column} AS v FROM sample)
        WHERE v IS NOT NULL AND NOT list_contains($missing::VARCHAR[], v)""",
        {"missing": list(MISSING)},
    ).fetchall()
    values = _frequent(database, column)
    if not filled:
        return Content("empty", values=values)
    fits = {name for name, count in zip(tests, fitting, strict=True) if count == filled}
    missing = tuple(value for value in values if value in MISSING)
    return _content(fits, distinct, values, missing, (lowest, highest))


def _content(
    fits: set[str],
    distinct: int,
    values: tuple[str, ...],
    missing: tuple[str, ...],
    ends: tuple[float | None, float | None],
) -> Content:
    formats = tuple(form for form in FORMATS if form in fits)
    if fits & {"date", "time", "zoned"}:
        kind: ContentType = "date" if "date" in fits else "time"
        return Content(kind, distinct, values, "zoned" in fits, missing=missing)
    if formats:
        kind = "time" if "%H" in formats[0] or "%I" in formats[0] else "date"
        return Content(kind, distinct, values, formats=formats, missing=missing)
    if notations := _notations(fits):
        units = _units(*ends) if "number" in fits else ()
        return Content("number", distinct, values, False, (), notations, units, missing)
    return Content("nested" if "nested" in fits else "text", distinct, values)


def _notations(fits: set[str]) -> tuple[Notation, ...]:
    others: tuple[Notation, ...] = tuple(one for one in SEPARATORS if one in fits)
    return ("1234.56",) if "number" in fits else others


def _tests() -> Iterator[tuple[str, str]]:
    """Names of forms of values, with SQL of whether ``v`` has the form."""
    yield "number", _matches(NUMBER)
    yield "date", _matches(ISO_DATE)
    yield "time", _matches(f"{ISO_TIME}({ZONE})?")
    yield "zoned", _matches(ISO_TIME + ZONE)
    yield "nested", "left(v, 1) IN ('[', '{') AND json_valid(v)"
    for notation in SEPARATORS:
        yield notation, f"NOT starts_with({plain_number('v', notation)}, 'no number: ')"
    for form in FORMATS:
        yield form, f"try_strptime(v, {quoted(form)}) IS NOT NULL"


def _matches(pattern: str) -> str:
    return f"regexp_full_match(v, {quoted(pattern)})"


def _units(lowest: float | None, highest: float | None) -> tuple[TimeUnit, ...]:
    if lowest is None or highest is None:
        return ()
    first, last = SECONDS
    return tuple(
        unit
        for unit, factor in UNITS.items()
        if first * factor <= lowest and highest <= last * factor
    )


def _frequent(database: duckdb.DuckDBPyConnection, column: str) -> tuple[str, ...]:
    rows = database.execute(
        f"""SELECT {column} FROM sample WHERE {column} IS NOT NULL
        GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT {MAX_VALUES}"""
    ).fetchall()
    return tuple(row[0] for row in rows)
