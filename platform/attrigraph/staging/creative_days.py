"""Daily figures of creatives: checked, typed, and read out as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import Categorical, CreativeDays
from attrigraph.staging.columns import FieldSql, number, number_error, whole_error
from attrigraph.staging.dates import date_error, date_of
from attrigraph.staging.event_currencies import currency_error, currency_of

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding

FIGURES: Final = ("impressions", "reach", "clicks", "conversions", "cost")
COUNTS: Final = ("impressions", "reach", "clicks")
"""Figures that are whole numbers."""

LABELS: Final = {
    "channel": "channel",
    "ad_set_id": "ad_set",
    "campaign_id": "campaign",
    "currency": "currency",
}
"""Columns by the field that they are read from; NULL where unknown."""

CONTENT: Final = ("creative", "audience", "date", *LABELS.values(), *FIGURES)
"""Columns in which equal rows agree."""

KEY: Final = "length(creative) || ':' || creative || audience || date"
CREATE: Final = f"""
CREATE TABLE creative_day (
    file INTEGER, line BIGINT, reason VARCHAR, creative VARCHAR, audience VARCHAR, date DATE,
    {", ".join(f"{name} VARCHAR" for name in LABELS.values())},
    {", ".join(f"{name} DOUBLE" for name in FIGURES)})
"""


def write(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``prepared`` into ``creative_day``."""
    fields = FieldSql(binding)
    raw = ", ".join(f"{fields.text(name)} AS raw_{name}" for name in FIGURES)
    figures = ", ".join(number(f"raw_{name}") for name in FIGURES)
    labels = ", ".join(f"{_label(fields, name)} AS {column}" for name, column in LABELS.items())
    sql = f"""
        INSERT INTO creative_day
        SELECT {fields.parameter("file", file)}, line, coalesce(error, {_error(fields)}),
            creative, audience, {date_of("raw_date")}, {", ".join(LABELS.values())}, {figures}
        FROM (
            SELECT line, error, {fields.text("creative_id")} AS creative,
                {fields.text("audience_id")} AS audience, {fields.text("date")} AS raw_date,
                {labels}, {raw}
            FROM prepared)"""
    database.execute(sql, fields.used(sql))


def _label(fields: FieldSql, name: str) -> str:
    text = fields.text(name)
    return currency_of(text) if name == "currency" else text


def _error(fields: FieldSql) -> str:
    """SQL of what is wrong with a row, or NULL."""
    day = fields.shown("date", "raw_date")
    names = {"creative": "creative_id", "audience": "audience_id"}
    names |= {column: name for name, column in LABELS.items() if name != "currency"}
    too_many = f"{number('raw_clicks')} > {number('raw_impressions')}"
    clicks = fields.shown("clicks", "raw_clicks")
    errors = ", ".join(
        [
            fields.name_error(names),
            date_error("raw_date", day),
            currency_error("currency", fields.shown("currency", "currency")),
            *(_figure_error(name, fields) for name in FIGURES),
            f"CASE WHEN {too_many} THEN 'clicks-above-impressions'{clicks} END",
        ]
    )
    return f"""CASE
        WHEN creative IS NULL THEN 'missing-id'{fields.shown("creative_id", "creative")}
        WHEN audience IS NULL THEN 'missing-id'{fields.shown("audience_id", "audience")}
        WHEN raw_date IS NULL THEN 'bad-date'{day}
        ELSE coalesce({errors}) END"""


def _figure_error(name: str, fields: FieldSql) -> str:
    raw = f"raw_{name}"
    shown = fields.shown(name, raw)
    error = number_error(raw, number(raw), shown)
    if name not in COUNTS:
        return error
    return f"coalesce({error}, CASE WHEN {raw} IS NOT NULL THEN {whole_error(raw, shown)} END)"


def creative_days(database: duckdb.DuckDBPyConnection) -> CreativeDays:
    """All daily figures, by creative, audience and date."""
    figures = ", ".join(f"coalesce({name}, 'nan'::DOUBLE) AS {name}" for name in FIGURES)
    names = ("creative", "audience", *LABELS.values())
    columns = database.execute(f"""
        SELECT date - DATE '1970-01-01' AS day, {", ".join(names)}, {figures}
        FROM creative_day WHERE reason IS NULL ORDER BY creative, audience, date""").fetchnumpy()
    parts: dict[str, Any] = {
        "date": np.asarray(columns["day"], dtype=np.int64).astype("datetime64[D]"),
        **{name: _encoded(columns[name].tolist()) for name in names},
        **{name: np.asarray(columns[name], dtype=np.float64) for name in FIGURES},
    }
    return CreativeDays(**parts)


def _encoded(texts: list[Any]) -> Categorical:
    return Categorical.encode(texts)
