"""Daily figures of creatives: checked, typed, and read out as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import Categorical, CreativeDays
from attrigraph.staging.columns import FieldSql, number, number_error
from attrigraph.staging.dates import date_error, date_of

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.bindings import Binding

FIGURES: Final = ("impressions", "reach", "clicks", "conversions", "cost")
KEY: Final = "length(creative) || ':' || creative || audience || date"
CREATE: Final = f"""
CREATE TABLE creative_day (
    file INTEGER, line BIGINT, reason VARCHAR, creative VARCHAR, audience VARCHAR, date DATE,
    {", ".join(f"{name} DOUBLE" for name in FIGURES)})
"""


def write(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``prepared`` into ``creative_day``."""
    fields = FieldSql(binding)
    raw = ", ".join(f"{fields.text(name)} AS raw_{name}" for name in FIGURES)
    figures = ", ".join(number(f"raw_{name}") for name in FIGURES)
    errors = ", ".join(
        number_error(f"raw_{name}", number(f"raw_{name}"), fields.shown(name, f"raw_{name}"))
        for name in FIGURES
    )
    day = fields.shown("date", "raw_date")
    long = fields.name_error({"creative": "creative_id", "audience": "audience_id"})
    sql = f"""
        INSERT INTO creative_day
        SELECT {fields.parameter("file", file)}, line, coalesce(error, CASE
            WHEN creative IS NULL THEN 'missing-id'{fields.shown("creative_id", "creative")}
            WHEN audience IS NULL THEN 'missing-id'{fields.shown("audience_id", "audience")}
            WHEN raw_date IS NULL THEN 'bad-date'{day}
            ELSE coalesce(
                {long}, {date_error("raw_date", day)}, {errors}) END),
            creative, audience, {date_of("raw_date")}, {figures}
        FROM (
            SELECT line, error, {fields.text("creative_id")} AS creative,
                {fields.text("audience_id")} AS audience, {fields.text("date")} AS raw_date,
                {raw}
            FROM prepared)"""
    database.execute(sql, fields.used(sql))


def creative_days(database: duckdb.DuckDBPyConnection) -> CreativeDays:
    """All daily figures, by creative, audience and date."""
    figures = ", ".join(f"coalesce({name}, 'nan'::DOUBLE) AS {name}" for name in FIGURES)
    columns = database.execute(f"""
        SELECT creative, audience, date - DATE '1970-01-01' AS day, {figures}
        FROM creative_day WHERE reason IS NULL ORDER BY creative, audience, date""").fetchnumpy()
    day = np.asarray(columns["day"], dtype=np.int64).astype("datetime64[D]")
    numbers = {name: np.asarray(columns[name], dtype=np.float64) for name in FIGURES}
    return CreativeDays(
        _encoded(np.asarray(columns["creative"])),
        _encoded(np.asarray(columns["audience"])),
        day,
        **numbers,
    )


def _encoded(texts: np.ndarray) -> Categorical:
    return Categorical.encode(map(str, texts))
