"""Rows of experiments: checked, typed, and read out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain import EXPERIMENT_KINDS, Experiment
from attrigraph.staging.columns import (
    FieldSql,
    number,
    number_error,
    whole,
    whole_error,
)
from attrigraph.staging.dates import date_error, date_of
from attrigraph.staging.event_currencies import currency_error, currency_of

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding

CONTENT: Final = (
    "kind",
    "channel",
    "campaign",
    "lift",
    "standard_error",
    "start_date",
    "end_date",
    "spend",
    "currency",
    "population",
    "source",
)
"""Columns that rows of one experiment must agree in."""

CREATE: Final = """
CREATE TABLE experiment (
    file INTEGER, line BIGINT, reason VARCHAR, id VARCHAR, kind VARCHAR, channel VARCHAR,
    campaign VARCHAR, lift DOUBLE, standard_error DOUBLE, start_date DATE, end_date DATE,
    spend DOUBLE, currency VARCHAR, population BIGINT, source VARCHAR)
"""

_FIELDS: Final = (
    "id",
    "kind",
    "channel",
    "campaign",
    "lift",
    "standard_error",
    "start",
    "end",
    "spend",
    "currency",
    "population",
    "source",
)


def write(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``prepared`` into ``experiment``; without an id, its content gives one."""
    fields = FieldSql(binding)
    raw = ", ".join(f"{fields.text(name)} AS raw_{name}" for name in _FIELDS)
    sql = f"""
        INSERT INTO experiment
        SELECT {fields.parameter("file", file)}, line, coalesce(error, {_errors(fields)}), id,
            {", ".join(CONTENT)}
        FROM (
            SELECT *, coalesce(
                raw_id, concat(channel, campaign, ' ', start_date, '..', end_date)) AS id
            FROM (
                SELECT line, error, raw_id, coalesce(raw_kind, 'holdout') AS kind,
                    raw_channel AS channel, raw_campaign AS campaign,
                    raw_lift, {number("raw_lift")} AS lift,
                    raw_standard_error, {number("raw_standard_error")} AS standard_error,
                    raw_start, {date_of("raw_start")} AS start_date,
                    raw_end, {date_of("raw_end")} AS end_date,
                    raw_spend, {number("raw_spend")} AS spend, raw_currency,
                    {currency_of("raw_currency")} AS currency,
                    raw_population, {whole("raw_population")} AS population, raw_source AS source
                FROM (SELECT line, error, {raw} FROM prepared)))"""
    database.execute(sql, fields.used(sql))


def _errors(fields: FieldSql) -> str:
    """The checks of a row, the first that fails names its error."""
    kinds = fields.parameter("kinds", list(EXPERIMENT_KINDS))
    unknown = f"'unknown-experiment'{fields.shown('kind', 'kind')}"
    campaign = fields.shown("campaign", "campaign")
    people = whole_error("raw_population", fields.shown("population", "raw_population"))
    return ", ".join(
        [
            fields.name_error({name: name for name in ("id", "channel", "campaign")}),
            f"CASE WHEN (channel IS NULL) = (campaign IS NULL) THEN 'bad-target'{campaign} END",
            f"CASE WHEN NOT list_contains({kinds}::VARCHAR[], kind) THEN {unknown} END",
            _lift_error(fields.shown("lift", "raw_lift")),
            _standard_error_error(fields.shown("standard_error", "raw_standard_error")),
            date_error("raw_start", fields.shown("start", "raw_start")),
            date_error("raw_end", fields.shown("end", "raw_end")),
            _range_error(fields),
            number_error("raw_spend", "spend", fields.shown("spend", "raw_spend")),
            currency_error("currency", fields.shown("currency", "raw_currency")),
            f"CASE WHEN raw_population IS NOT NULL THEN {people} END",
        ]
    )


def _range_error(fields: FieldSql) -> str:
    start, end = fields.shown("start", "raw_start"), fields.shown("end", "raw_end")
    return (
        f"CASE WHEN start_date IS NULL THEN 'bad-date'{start} "
        f"WHEN end_date IS NULL THEN 'bad-date'{end} "
        f"WHEN end_date < start_date THEN 'reversed-dates'{end} END"
    )


def _lift_error(shown: str) -> str:
    return (
        f"CASE WHEN lift IS NULL THEN 'bad-number'{shown} "
        f"WHEN NOT isfinite(lift) THEN 'not-finite'{shown} END"
    )


def _standard_error_error(shown: str) -> str:
    return (
        "CASE WHEN standard_error IS NULL OR NOT isfinite(standard_error) OR standard_error <= 0 "
        f"THEN 'bad-standard-error'{shown} END"
    )


def experiments(database: duckdb.DuckDBPyConnection) -> tuple[Experiment, ...]:
    """All experiments, by id."""
    rows = database.execute(
        f"SELECT id, {', '.join(CONTENT)} FROM experiment WHERE reason IS NULL ORDER BY id"
    ).fetchall()
    names = ("id", *(name.removesuffix("_date") for name in CONTENT))
    return tuple(Experiment(**dict(zip(names, row, strict=True))) for row in rows)
