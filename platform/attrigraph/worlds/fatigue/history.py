"""A fatigue world as what models read, without a way through files and the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.fatigue.history import FatigueHistory, Genomes
from attrigraph.similarity.near_pairs import near_pairs
from attrigraph.worlds.fatigue.files import START, audience_id, campaign_id, creative_id
from attrigraph.worlds.fatigue.genome import KINDS
from attrigraph.worlds.fatigue.simulation import CHANNELS

if TYPE_CHECKING:
    from attrigraph.worlds.fatigue.simulation import FatigueWorld

SIMILAR = 0.65
"""Least cosine of the hooks of a pair."""


def history_of(world: FatigueWorld) -> FatigueHistory:
    """All days of a world; units keep their numbers."""
    hooks = world.genomes.vectors["hook"]
    audiences = [
        np.unique(world.creative[world.audience == number]).tolist()
        for number in range(len(world.reach))
    ]
    pairs = near_pairs(hooks, SIMILAR, audiences)
    observed = world.impressions > 0
    return FatigueHistory(
        first_day=START,
        creatives=tuple(map(creative_id, range(len(world.campaign)))),
        campaigns=tuple(map(campaign_id, range(len(world.channel)))),
        audiences=tuple(map(audience_id, range(len(world.reach)))),
        channels=CHANNELS,
        campaign=world.campaign,
        creative=world.creative,
        audience=world.audience,
        channel=world.channel[world.campaign][world.creative],
        observed=observed,
        impressions=world.impressions.astype(np.float64),
        clicks=world.clicks.astype(np.float64),
        reach=np.where(observed, world.reached, np.nan),
        cost=np.where(observed, world.cost, np.nan),
        genomes=Genomes(
            KINDS, np.stack([world.genomes.vectors[kind] for kind in KINDS], axis=1, dtype="f4")
        ),
        similar=np.stack([pairs.first, pairs.second]),
        similarity=pairs.cosine,
    )
