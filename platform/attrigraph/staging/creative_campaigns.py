"""The campaign that each creative is part of, and the rows that contradict it.

What is stored already decides, then the table of creatives where it names a campaign; else the
campaign that most touches name with the creative, of several the one that sorts first. So the order
of rows decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

CREATE: Final = "CREATE TABLE creative_campaigns (creative VARCHAR, campaign VARCHAR)"


def resolve(
    database: duckdb.DuckDBPyConnection, stated: Mapping[str, str], stored: Mapping[str, str]
) -> None:
    """Fill ``creative_campaigns`` and reject events that contradict it.

    Args:
        database: where.
        stated: campaign by creative, from the table of creatives.
        stored: campaign by creative, as stored before; used for creatives that events name.
    """
    _insert(database, stated, "true")
    _insert(
        database,
        stored,
        "creative NOT IN (SELECT creative FROM creative_campaigns) AND creative IN "
        "(SELECT creative FROM event WHERE reason IS NULL)",
    )
    database.execute("""
        INSERT INTO creative_campaigns
        SELECT creative, campaign FROM (
            SELECT creative, campaign, row_number() OVER (
                PARTITION BY creative ORDER BY count(*) DESC, campaign) AS rank
            FROM event
            WHERE reason IS NULL AND (NOT conversion OR also_touch)
                AND campaign IS NOT NULL AND creative IS NOT NULL
                AND creative NOT IN (SELECT creative FROM creative_campaigns)
            GROUP BY creative, campaign)
        WHERE rank = 1""")
    database.execute("""
        UPDATE event_store SET reason = 'other-campaign'
        FROM event_label JOIN creative_campaigns USING (creative)
        WHERE event_store.label = event_label.label AND event_store.reason IS NULL
            AND (NOT conversion OR also_touch)
            AND event_label.campaign <> creative_campaigns.campaign""")


def _insert(
    database: duckdb.DuckDBPyConnection, campaigns: Mapping[str, str], condition: str
) -> None:
    columns = {
        "creative": np.array(list(campaigns), dtype=object).astype(str),
        "campaign": np.array(list(campaigns.values()), dtype=object).astype(str),
    }
    database.register("registered_campaigns", columns)
    database.execute(
        "INSERT INTO creative_campaigns SELECT creative, campaign FROM registered_campaigns "
        f"WHERE {condition}"
    )
    database.unregister("registered_campaigns")
