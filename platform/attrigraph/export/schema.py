"""The tables of an export, with columns, types and keys: what BI tools may rely on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

SCHEMA_VERSION: Final = 1
"""Changes when a column is removed, renamed, or gets another type or meaning; not by new ones."""

Type = Literal["TEXT", "TEXT[]", "BIGINT", "DOUBLE PRECISION", "BOOLEAN", "DATE", "TIMESTAMPTZ"]
"""Types by the names that Postgres and DuckDB have in common."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: of the column.
        type: of its values.
        required: whether it is never null.
    """

    name: str
    type: Type
    required: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an export.

    Attributes:
        name: of the table, and of its file in Parquet.
        columns: in order.
        key: columns whose values no two rows share; null is a value among them.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


def _table(name: str, key: str, *columns: str) -> Table:
    """A table of columns, each a name with its type; an asterisk marks those that may be null."""
    return Table(name, tuple(map(_column, columns)), tuple(key.split()))


def _column(text: str) -> Column:
    name, _, kind = text.partition(" ")
    return Column(name, cast("Type", kind.removesuffix("*")), required=not kind.endswith("*"))


TABLES: Final = (
    _table(
        "export_info",
        "schema_version",
        "schema_version BIGINT",
        "run TEXT",
        "window_start DATE*",
        "window_end DATE*",
        "zone TEXT",
        "currency TEXT*",
    ),
    _table(
        "run",
        "run",
        "run TEXT",
        "name TEXT*",
        "kind TEXT*",
        "models TEXT[]",
        "touch_model TEXT*",
        "window_start TIMESTAMPTZ*",
        "window_end TIMESTAMPTZ*",
        "started TIMESTAMPTZ",
        "finished TIMESTAMPTZ*",
        "code_version TEXT",
        "fingerprint TEXT",
        "published BOOLEAN",
        "version BIGINT",
    ),
    _table(
        "credit",
        "run level model key",
        "run TEXT",
        "level TEXT",
        "model TEXT",
        "key TEXT",
        "name TEXT*",
        "conversions DOUBLE PRECISION",
        "value DOUBLE PRECISION",
        "low DOUBLE PRECISION*",
        "high DOUBLE PRECISION*",
        "chance_low DOUBLE PRECISION*",
        "chance_high DOUBLE PRECISION*",
        "value_low DOUBLE PRECISION*",
        "value_high DOUBLE PRECISION*",
        "identified BOOLEAN*",
        "reasons TEXT[]*",
        "captured DOUBLE PRECISION*",
        "captured_value DOUBLE PRECISION*",
        "prob_ranked_above_next DOUBLE PRECISION*",
        "touches BIGINT*",
        "priced BIGINT*",
        "cost DOUBLE PRECISION*",
        "cost_coverage DOUBLE PRECISION*",
        "cost_per_conversion DOUBLE PRECISION*",
        "roas DOUBLE PRECISION*",
        "roas_low DOUBLE PRECISION*",
        "roas_high DOUBLE PRECISION*",
        "share_of_credit DOUBLE PRECISION*",
        "share_of_spend DOUBLE PRECISION*",
        "currency TEXT*",
    ),
    _table(
        "credit_total",
        "run level model",
        "run TEXT",
        "level TEXT",
        "model TEXT",
        "observed_conversions DOUBLE PRECISION",
        "observed_value DOUBLE PRECISION",
        "baseline_conversions DOUBLE PRECISION",
        "baseline_value DOUBLE PRECISION",
        "unknown_conversions DOUBLE PRECISION",
        "unknown_value DOUBLE PRECISION",
        "unknown_captured DOUBLE PRECISION",
        "unknown_captured_value DOUBLE PRECISION",
        "incremental BOOLEAN",
    ),
    _table(
        "credit_by_day",
        "run level model key day",
        "run TEXT",
        "level TEXT",
        "model TEXT",
        "key TEXT",
        "day DATE*",
        "conversions DOUBLE PRECISION",
        "value DOUBLE PRECISION",
    ),
    _table(
        "touch_credit",
        "run touch conversion",
        "run TEXT",
        "touch TEXT",
        "conversion TEXT",
        "customer TEXT",
        "model TEXT",
        "touched TIMESTAMPTZ*",
        "position BIGINT",
        "kind TEXT*",
        "channel TEXT*",
        "campaign TEXT*",
        "creative TEXT*",
        "converted TIMESTAMPTZ*",
        "day DATE*",
        "conversion_kind TEXT*",
        "conversion_value DOUBLE PRECISION*",
        "credit DOUBLE PRECISION",
        "value DOUBLE PRECISION",
        "captured DOUBLE PRECISION*",
    ),
    _table(
        "path_by_day",
        "run day path",
        "run TEXT",
        "day DATE*",
        "path TEXT[]",
        "touches BIGINT",
        "conversions BIGINT",
        "value DOUBLE PRECISION",
    ),
    _table(
        "spend_by_day",
        "spend",
        "spend TEXT",
        "day DATE",
        "zone TEXT*",
        "platform TEXT*",
        "channel TEXT*",
        "campaign TEXT*",
        "campaign_name TEXT*",
        "creative TEXT*",
        "cost DOUBLE PRECISION",
        "currency TEXT*",
        "impressions DOUBLE PRECISION*",
        "clicks DOUBLE PRECISION*",
    ),
    _table(
        "touches_by_day",
        "day channel kind",
        "day DATE",
        "channel TEXT*",
        "kind TEXT*",
        "touches BIGINT",
        "priced BIGINT",
        "cost DOUBLE PRECISION",
    ),
    _table(
        "conversions_by_day",
        "day kind",
        "day DATE",
        "kind TEXT*",
        "conversions BIGINT",
        "value DOUBLE PRECISION",
    ),
)
"""All tables, in the order of the documentation."""
