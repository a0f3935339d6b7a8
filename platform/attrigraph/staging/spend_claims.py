"""Claims that rows of spend state: reports of platforms have both, cost and claimed conversions.

They become rows of claims once spend is resolved, and are counted as rows of spend alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

STATED: Final = (
    "reason IS NULL AND platform IN (SELECT platform FROM claim_row WHERE reason IS NULL)"
)
"""SQL of rows of a platform whose claims a table of claims has."""

CREATE: Final = f"""
CREATE OR REPLACE TEMP TABLE claimed_spend AS
SELECT * REPLACE (
        CASE WHEN conversions_known THEN coalesce(claimed_conversions, 0) END
            AS claimed_conversions,
        CASE WHEN value_known THEN coalesce(claimed_value, 0) END AS claimed_value),
    {STATED} AS stated
FROM (
    SELECT *, count(claimed_conversions) OVER report > 0 AS conversions_known,
        count(claimed_value) OVER report > 0 AS value_known
    FROM spend_row WHERE reason IS NULL WINDOW report AS (PARTITION BY file, platform))
WHERE conversions_known OR value_known
"""
"""Rows of platforms whose reports have claims; where others have them, a missing one is 0."""

INSERT: Final = """
INSERT INTO claim_row BY NAME
SELECT file, line, start_date, end_date, zone, platform, channel, campaign, campaign_name, creative,
    currency, claimed_conversions AS conversions, claimed_value AS value
FROM claimed_spend WHERE conversions_known AND NOT stated
"""

COUNTS: Final = """
SELECT count(*) FILTER (stated), count(*) FILTER (NOT conversions_known) FROM claimed_spend
"""


def add_claims(database: duckdb.DuckDBPyConnection) -> None:
    """Put what rows of spend claim into ``claim_row``; call it when both are resolved.

    A table of claims counts for its platforms, as both would state the same conversions.
    """
    database.execute(CREATE)
    database.execute(INSERT)


def claim_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Sentences about claims of spend that have no effect."""
    stated, without = database.execute(COUNTS).fetchall()[0]
    if stated:
        yield (
            f"{counted(stated, 'row')} of spend with claims of platforms that a table of claims "
            "has too; those of the table count"
        )
    if without:
        yield (
            f"{counted(without, 'row')} of spend with a claimed value and no claimed conversions, "
            "without effect"
        )
