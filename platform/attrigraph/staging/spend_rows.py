"""Rows of spend: checked, typed, compared with each other, and read out per day.

Rows of one file for the same days and the same campaign are parts of it, as exports by device
have them, and are added up. Rows of several files that differ contradict each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import Categorical
from attrigraph.domain.spend_days import SpendDays
from attrigraph.staging.columns import FieldSql, digest, name_error, number, number_error
from attrigraph.staging.dates import date_error, date_of
from attrigraph.staging.duplicates import resolve_duplicates
from attrigraph.staging.sessions import MERGED
from attrigraph.staging.times import check_zone

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.options import StagingOptions

NAMES: Final = ("platform", "channel", "campaign", "campaign_name", "creative")
FIGURES: Final = ("cost", "impressions", "clicks")

_DATES: Final = ("date", "start", "end")

_TEXTS: Final = {
    "platform": "platform",
    "channel": "channel",
    "campaign_id": "campaign",
    "campaign": "campaign_name",
    "creative_id": "creative",
}
"""Columns by the field that they are read from."""

_FIELDS: Final = (*_DATES, *_TEXTS, "currency", *FIGURES)

MAX_DAYS: Final = 3_660
"""Longest range of days that spend can be spread over."""

CREATE: Final = f"""
CREATE TABLE spend_row (
    file INTEGER, line BIGINT, reason VARCHAR, start_date DATE, end_date DATE, zone VARCHAR,
    {", ".join(f"{name} VARCHAR" for name in NAMES)}, currency VARCHAR,
    {", ".join(f"{name} DOUBLE" for name in FIGURES)})
"""

_SAME: Final = ("platform", "channel", "coalesce(campaign, campaign_name)", "creative")
"""SQL of what spend is for: an id identifies a campaign whatever its name is."""

CONTENT: Final = ("start_date", "end_date", "zone", *NAMES, "currency", *FIGURES)

_ERROR: Final = f"""
    CASE WHEN coalesce(channel, campaign, campaign_name, creative) IS NULL THEN 'no-target' END,
    CASE WHEN currency IS NOT NULL AND NOT regexp_full_match(currency, '[A-Z]{{3}}')
        THEN 'bad-currency' END,
    CASE WHEN end_date < start_date THEN 'reversed-dates'
        WHEN end_date - start_date >= {MAX_DAYS} THEN 'long-range' END"""


def write(
    database: duckdb.DuckDBPyConnection, binding: Binding, options: StagingOptions, file: int
) -> None:
    """Put ``prepared`` into ``spend_row``."""
    fields = FieldSql(binding)
    zone = binding.table.zone or options.zone
    if zone is not None:
        check_zone(database, zone)
    raw = ", ".join(f"{fields.text(name)} AS raw_{name}" for name in _FIELDS)
    texts = ", ".join(f"raw_{name} AS {column}" for name, column in _TEXTS.items())
    figures = ", ".join(f"{number(f'raw_{name}')} AS {name}" for name in FIGURES)
    sql = f"""
        INSERT INTO spend_row
        SELECT {fields.parameter("file", file)}, line, coalesce(error, {_error(fields)}),
            start_date, end_date, {fields.parameter("zone", zone)}, {", ".join(NAMES)}, currency,
            {", ".join(FIGURES)}
        FROM (
            SELECT line, error, {", ".join(f"raw_{name}" for name in _FIELDS)},
                {texts}, upper(trim(raw_currency)) AS currency, {figures},
                {date_of("coalesce(raw_date, raw_start)")} AS start_date,
                {date_of("coalesce(raw_date, raw_end)")} AS end_date
            FROM (SELECT line, error, {raw} FROM prepared))"""
    database.execute(sql, fields.used(sql))


def _error(fields: FieldSql) -> str:
    dates = [date_error(f"raw_{name}", fields.shown(name, f"raw_{name}")) for name in _DATES]
    missing = {
        "start_date": f"'bad-date'{fields.shown('date', 'raw_date')}",
        "end_date": f"'bad-date'{fields.shown('end', 'raw_end')}",
        "raw_cost": f"'bad-number'{fields.shown('cost', 'raw_cost')}",
    }
    absent = [f"CASE WHEN {text} IS NULL THEN {reason} END" for text, reason in missing.items()]
    numbers = [
        number_error(f"raw_{name}", name, fields.shown(name, f"raw_{name}")) for name in FIGURES
    ]
    return ", ".join([*dates, *absent, name_error(*NAMES), _ERROR, *numbers])


def resolve(database: duckdb.DuckDBPyConnection) -> None:
    """Give a reason to rows that repeat, complete or contradict others."""
    if not database.execute("SELECT count(*) FROM spend_row").fetchall()[0][0]:
        return
    resolve_duplicates(database, "spend_row", digest(*CONTENT), CONTENT)
    _add_up(database)
    resolve_duplicates(database, "spend_row", digest("start_date", "end_date", *_SAME), CONTENT)
    database.execute(f"""
        UPDATE spend_row SET reason = 'overlapping-days' FROM (
            SELECT rowid AS row, start_date <= max(end_date) OVER (
                PARTITION BY {", ".join(_SAME)} ORDER BY start_date, end_date
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS overlapping
            FROM spend_row WHERE reason IS NULL) AS compared
        WHERE spend_row.rowid = compared.row AND overlapping""")


def _add_up(database: duckdb.DuckDBPyConnection) -> None:
    """Make the parts of one file one row, the first of them."""
    parts = f"file, start_date, end_date, currency, {', '.join(_SAME)}"
    sums = ", ".join(f"sum({name}) OVER part AS {name}" for name in FIGURES)
    database.execute(f"""
        CREATE OR REPLACE TEMP TABLE spend_part AS SELECT * FROM (
            SELECT rowid AS row, row_number() OVER (part ORDER BY line) AS rank,
                count(*) OVER part AS parts, {sums}
            FROM spend_row WHERE reason IS NULL WINDOW part AS (PARTITION BY {parts}))
        WHERE parts > 1""")
    sums = ", ".join(f"{name} = spend_part.{name}" for name in FIGURES)
    database.execute(f"""
        UPDATE spend_row SET {sums}, reason = CASE WHEN rank > 1 THEN '{MERGED}' END
        FROM spend_part WHERE spend_row.rowid = spend_part.row""")
    database.execute("DROP TABLE spend_part")


def spend_days(database: duckdb.DuckDBPyConnection) -> SpendDays:
    """All spend per day."""
    figures = ", ".join(
        f"coalesce({name} / (end_date - start_date + 1), 'nan'::DOUBLE) AS {name}"
        for name in FIGURES
    )
    names = ("zone", *NAMES, "currency")
    columns = database.execute(f"""
        SELECT day - DATE '1970-01-01' AS date, {", ".join(names)}, {figures}
        FROM (SELECT *, unnest(range(start_date, end_date + 1, INTERVAL 1 DAY))::DATE AS day
            FROM spend_row WHERE reason IS NULL)
        ORDER BY ALL""").fetchnumpy()
    read: dict[str, Any] = {
        **{name: _encoded(columns[name].tolist()) for name in names},
        **{name: np.asarray(columns[name], dtype=np.float64) for name in FIGURES},
    }
    date = np.asarray(columns["date"], dtype=np.int64).astype("datetime64[D]")
    return SpendDays(date=date, **read)


def _encoded(texts: list[Any]) -> Categorical:
    return Categorical.encode(None if text is None else str(text) for text in texts)
