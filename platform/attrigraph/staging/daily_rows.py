"""Rows of spend and of claims: checked, typed, compared with each other, and read out per day.

Rows of one file for the same days and the same campaign are parts of it, as exports by device
have them, and are added up. Rows of several files that differ contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import Categorical
from attrigraph.domain.claim_days import ClaimDays
from attrigraph.domain.spend_days import SpendDays
from attrigraph.staging.columns import FieldSql, digest, number, number_error
from attrigraph.staging.dates import DAY, date_error, date_of
from attrigraph.staging.duplicates import resolve_duplicates
from attrigraph.staging.event_currencies import currency_error
from attrigraph.staging.sessions import MERGED
from attrigraph.staging.times import check_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.options import StagingOptions

NAMES: Final = ("platform", "channel", "campaign", "campaign_name", "creative")


@dataclass(frozen=True, slots=True)
class DailyTable:
    """One kind of rows.

    Attributes:
        name: of its table.
        figures: its numbers; the first is never missing.
        has_platform: whether the platform is never missing.
        parts: columns by the field that they are read from, which name a part of a campaign and
            not what the row is for.
        part_figures: numbers of that part.
    """

    name: str
    figures: tuple[str, ...]
    has_platform: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)
    part_figures: tuple[str, ...] = ()

    @property
    def content(self) -> tuple[str, ...]:
        """Columns in which equal rows agree."""
        return ("start_date", "end_date", "zone", *NAMES, "currency", *self.figures)

    @property
    def texts(self) -> dict[str, str]:
        """Columns of text by the field that they are read from."""
        return {**_TEXTS, **self.parts}

    @property
    def create(self) -> str:
        """SQL that makes the table."""
        names = ", ".join(f"{name} VARCHAR" for name in (*NAMES, *self.parts.values()))
        figures = ", ".join(f"{name} DOUBLE" for name in (*self.figures, *self.part_figures))
        return (
            f"CREATE TABLE {self.name} (file INTEGER, line BIGINT, reason VARCHAR, "
            f"start_date DATE, end_date DATE, zone VARCHAR, {names}, currency VARCHAR, {figures})"
        )


COSTS: Final = ("cost", "impressions", "clicks")
"""Figures of spend itself; its rows may also state what the platform claims."""

ADS: Final = {
    "ad_id": "ad",
    "ad": "ad_name",
    "ad_set_id": "ad_set",
    "ad_set": "ad_set_name",
    "audience_id": "audience",
}
"""Columns of what a row of an ad names, by the field that they are read from."""

SPEND: Final = DailyTable(
    "spend_row",
    (*COSTS, "claimed_conversions", "claimed_value"),
    parts=ADS,
    part_figures=("reach",),
)
CLAIMS: Final = DailyTable("claim_row", ("conversions", "value"), has_platform=True)

_DATES: Final = ("date", "start", "end")

_TEXTS: Final = {
    "platform": "platform",
    "channel": "channel",
    "campaign_id": "campaign",
    "campaign": "campaign_name",
    "creative_id": "creative",
}
"""Columns by the field that they are read from."""


MIDNIGHT: Final = rf"{DAY}[T ]00:00(:00(\.0+)?)?( ?UTC|Z)?"
"""Regular expression of a day that is written as a time, as databases and frames have days."""

MAX_DAYS: Final = 3_660
"""Longest range of days that spend can be spread over."""

_SAME: Final = ("platform", "channel", "coalesce(campaign, campaign_name)", "creative")
"""SQL of what spend is for: an id identifies a campaign whatever its name is."""

REPORTED: Final = ("file", "start_date", "end_date", "currency", *_SAME)
"""SQL of what the parts of one row of a report have in common."""

_TARGETS: Final = ("channel", "campaign", "campaign_id", "creative_id")
"""Fields of what the money was for, of which a row has one at least."""


def write(
    database: duckdb.DuckDBPyConnection,
    table: DailyTable,
    binding: Binding,
    options: StagingOptions,
    file: int,
) -> None:
    """Put ``prepared`` into a table."""
    fields = FieldSql(binding)
    figure_names = (*table.figures, *table.part_figures)
    names = (*_DATES, *table.texts, "currency", *figure_names)
    zone = binding.table.zone or options.zone
    if zone is not None:
        check_zone(database, zone)
    raw = ", ".join(f"{_raw(fields, name)} AS raw_{name}" for name in names)
    texts = ", ".join(f"raw_{name} AS {column}" for name, column in table.texts.items())
    figures = ", ".join(f"{number(f'raw_{name}')} AS {name}" for name in figure_names)
    sql = f"""
        INSERT INTO {table.name} BY NAME
        SELECT {fields.parameter("file", file)} AS file, line,
            coalesce(error, {_error(fields, table)}) AS reason,
            start_date, end_date, {fields.parameter("zone", zone)} AS zone, currency,
            {", ".join((*NAMES, *table.parts.values(), *figure_names))}
        FROM (
            SELECT line, error, {", ".join(f"raw_{name}" for name in names)},
                {texts}, upper(trim(raw_currency)) AS currency, {figures},
                {date_of("coalesce(raw_date, raw_start)")} AS start_date,
                {date_of("coalesce(raw_date, raw_end)")} AS end_date
            FROM (SELECT line, error, {raw} FROM prepared))"""
    database.execute(sql, fields.used(sql))


def _raw(fields: FieldSql, name: str) -> str:
    """SQL of a field as text; of a day that is written as its midnight, the day."""
    text = fields.text(name)
    if name not in _DATES:
        return text
    return (
        f"CASE WHEN regexp_full_match({text}, '{MIDNIGHT}') THEN left({text}, 10) ELSE {text} END"
    )


def _error(fields: FieldSql, table: DailyTable) -> str:

    def shown(name: str) -> str:
        return fields.shown(name, f"raw_{name}")

    dates = [date_error(f"raw_{name}", shown(name)) for name in _DATES]
    missing = {
        "start_date": f"'bad-date'{shown('date')}",
        "end_date": f"'bad-date'{shown('end')}",
        f"raw_{table.figures[0]}": f"'bad-number'{shown(table.figures[0])}",
    }
    if table.has_platform:
        missing["platform"] = f"'no-platform'{shown('platform')}"
    else:  # a claim is somebody's
        stated = "CASE WHEN claimed_conversions IS NULL THEN '' ELSE platform END"
        missing[stated] = f"'no-platform'{shown('platform')}"
    absent = [f"CASE WHEN {text} IS NULL THEN {reason} END" for text, reason in missing.items()]
    numbers = [
        number_error(f"raw_{name}", name, shown(name))
        for name in (*table.figures, *table.part_figures)
    ]
    currency = currency_error("currency", shown("currency"))
    target = shown(fields.first_given(*_TARGETS))
    given = ", ".join(_TEXTS[name] for name in _TARGETS)
    no_target = f"CASE WHEN coalesce({given}) IS NULL THEN 'no-target'{target} END"
    long = fields.name_error({column: name for name, column in table.texts.items()})
    names = [long, no_target, currency]
    return ", ".join([*dates, *absent, *names, _range_error(shown), *numbers])


def _range_error(shown: Callable[[str], str]) -> str:
    """SQL of what is wrong with days that are dates each, or NULL."""
    return f"""
        CASE WHEN raw_date IS NOT NULL AND raw_start <> raw_date THEN 'two-dates'{shown("start")}
            WHEN raw_date IS NOT NULL AND raw_end <> raw_date THEN 'two-dates'{shown("end")}
            WHEN end_date < start_date THEN 'reversed-dates'{shown("end")}
            WHEN end_date - start_date >= {MAX_DAYS} THEN 'long-range'{shown("end")} END"""


def drop_duplicates(database: duckdb.DuckDBPyConnection, table: DailyTable) -> None:
    """Give a reason to rows that repeat others."""
    content = (*table.content, *table.parts.values(), *table.part_figures)
    resolve_duplicates(database, table.name, digest(*content), content)


def resolve(database: duckdb.DuckDBPyConnection, table: DailyTable) -> None:
    """Give a reason to rows that complete or contradict others, when no row repeats another."""
    name, content = table.name, table.content
    if not database.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]:
        return
    _add_up(database, table)
    resolve_duplicates(database, name, digest("start_date", "end_date", *_SAME), content)
    database.execute(f"""
        UPDATE {name} SET reason = 'overlapping-days' FROM (
            SELECT rowid AS row, start_date <= max(end_date) OVER (
                PARTITION BY {", ".join(_SAME)} ORDER BY start_date, end_date
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS overlapping
            FROM {name} WHERE reason IS NULL) AS compared
        WHERE {name}.rowid = compared.row AND overlapping""")


def _add_up(database: duckdb.DuckDBPyConnection, table: DailyTable) -> None:
    """Make the parts of one file one row, the first of them."""
    parts = ", ".join(REPORTED)
    sums = ", ".join(f"sum({name}) OVER part AS {name}" for name in table.figures)
    database.execute(f"""
        CREATE OR REPLACE TEMP TABLE daily_part AS SELECT * FROM (
            SELECT rowid AS row, row_number() OVER (part ORDER BY line) AS rank,
                count(*) OVER part AS parts, {sums}
            FROM {table.name} WHERE reason IS NULL WINDOW part AS (PARTITION BY {parts}))
        WHERE parts > 1""")
    sums = ", ".join(f"{name} = daily_part.{name}" for name in table.figures)
    database.execute(f"""
        UPDATE {table.name} SET {sums}, reason = CASE WHEN rank > 1 THEN '{MERGED}' END
        FROM daily_part WHERE {table.name}.rowid = daily_part.row""")
    database.execute("DROP TABLE daily_part")


def spend_days(database: duckdb.DuckDBPyConnection) -> SpendDays:
    """All spend per day."""
    return SpendDays(**_per_day(database, SPEND, COSTS))


def claim_days(database: duckdb.DuckDBPyConnection) -> ClaimDays:
    """All claims per day."""
    return ClaimDays(**_per_day(database, CLAIMS, CLAIMS.figures))


def _per_day(
    database: duckdb.DuckDBPyConnection, table: DailyTable, names_of_figures: tuple[str, ...]
) -> dict[str, Any]:
    """Columns of the rows that are taken, spread evenly over their days."""
    figures = ", ".join(
        f"coalesce({name} / (end_date - start_date + 1), 'nan'::DOUBLE) AS {name}"
        for name in names_of_figures
    )
    names = ("zone", *NAMES, "currency")
    columns = database.execute(f"""
        SELECT day - DATE '1970-01-01' AS date, {", ".join(names)}, {figures}
        FROM (SELECT *, unnest(range(start_date, end_date + 1, INTERVAL 1 DAY))::DATE AS day
            FROM {table.name} WHERE reason IS NULL)
        ORDER BY ALL""").fetchnumpy()
    return {
        "date": np.asarray(columns["date"], dtype=np.int64).astype("datetime64[D]"),
        **{name: _encoded(columns[name].tolist()) for name in names},
        **{name: np.asarray(columns[name], dtype=np.float64) for name in names_of_figures},
    }


def _encoded(texts: list[Any]) -> Categorical:
    return Categorical.encode(None if text is None else str(text) for text in texts)
