"""Rows of campaigns and creatives that contradict the campaign tree.

What is stored already decides. The campaign of a new ad set is the one that most of its creatives
name in their table, of several the one that sorts first. So the order of rows decides nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrigraph.staging.reference_rows import reject

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from attrigraph.staging.options import StagingOptions
    from attrigraph.staging.reference_rows import MergedEntity

    Entities = dict[str, MergedEntity]


def reject_moved(
    database: duckdb.DuckDBPyConnection, entities: Mapping[str, Entities], options: StagingOptions
) -> None:
    """Reject the rows of entities that are part of something else than they name.

    Args:
        database: where.
        entities: of all tables, by kind and id; those that are rejected are removed.
        options: with the tree as it is stored.
    """

    def reject_others(rows: str, name: str, parents: Mapping[str, str], reason: str) -> None:
        others = [
            key
            for key, entity in entities[rows].items()
            if entity.attributes[name] not in (None, parents.get(key, entity.attributes[name]))
        ]
        reject(database, rows, entities[rows], others, reason)

    reject_others("campaigns", "account_id", options.campaign_accounts, "other-account")
    reject_others("creatives", "campaign", options.creative_campaigns, "other-campaign")
    reject_others("creatives", "ad_set_id", options.creative_ad_sets, "other-ad-set")
    by_ad_set = _campaigns_by_ad_set(entities["creatives"], options.ad_set_campaigns)
    reject_others("creatives", "campaign", by_ad_set, "other-campaign")


def _campaigns_by_ad_set(creatives: Entities, stored: Mapping[str, str]) -> dict[str, str]:
    """The campaign of the ad set of each creative that has one."""
    ad_sets = {
        key: str(creative.attributes["ad_set_id"])
        for key, creative in creatives.items()
        if creative.attributes["ad_set_id"] is not None
    }
    named = Counter(
        (ad_set, str(creatives[key].attributes["campaign"])) for key, ad_set in ad_sets.items()
    )
    campaigns = dict(stored)
    for ad_set, campaign in sorted(named, key=lambda pair: (-named[pair], pair)):
        campaigns.setdefault(ad_set, campaign)
    return {key: campaigns[ad_set] for key, ad_set in ad_sets.items()}
