"""Which campaign each creative is part of, and the rows that say otherwise.

What is known already decides, then the table of creatives where it names a campaign; else the
campaign that most touches name with the creative, of several the one that sorts first. So the order
of rows decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

CREATE: Final = "CREATE TABLE part_of (creative VARCHAR, campaign VARCHAR)"


def settle_part_of(
    database: duckdb.DuckDBPyConnection, stated: Mapping[str, str], known: Mapping[str, str]
) -> None:
    """Fill ``part_of`` and refuse events that contradict it.

    Args:
        database: where.
        stated: campaign by creative, as the table of creatives says.
        known: campaign by creative, as it was known before; of use for creatives that events name.
    """
    _insert(database, stated, "true")
    _insert(
        database,
        known,
        "creative NOT IN (SELECT creative FROM part_of) AND creative IN "
        "(SELECT creative FROM event WHERE reason IS NULL)",
    )
    database.execute("""
        INSERT INTO part_of
        SELECT creative, campaign FROM (
            SELECT creative, campaign, row_number() OVER (
                PARTITION BY creative ORDER BY count(*) DESC, campaign) AS rank
            FROM event
            WHERE reason IS NULL AND (NOT conversion OR also_touch)
                AND campaign IS NOT NULL AND creative IS NOT NULL
                AND creative NOT IN (SELECT creative FROM part_of)
            GROUP BY creative, campaign)
        WHERE rank = 1""")
    database.execute("""
        UPDATE event SET reason = 'other-campaign' FROM part_of
        WHERE event.reason IS NULL AND (NOT conversion OR also_touch)
            AND event.creative = part_of.creative
            AND event.campaign <> part_of.campaign""")


def _insert(
    database: duckdb.DuckDBPyConnection, campaigns: Mapping[str, str], condition: str
) -> None:
    given = {
        "creative": np.array(list(campaigns), dtype=object).astype(str),
        "campaign": np.array(list(campaigns.values()), dtype=object).astype(str),
    }
    database.register("given_part_of", given)
    database.execute(
        f"INSERT INTO part_of SELECT creative, campaign FROM given_part_of WHERE {condition}"
    )
    database.unregister("given_part_of")
