"""Small histories of creatives, written out or simulated."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.fatigue.history import FatigueHistory, Genomes
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS
from attrigraph.worlds.fatigue.history import history_of
from attrigraph.worlds.fatigue.simulation import FatigueWorld, simulate_fatigue

if TYPE_CHECKING:
    from collections.abc import Sequence

    Table = Sequence[Sequence[float]] | np.ndarray


def history(
    impressions: Table,
    clicks: Table | None = None,
    *,
    reach: Table | None = None,
    creative: Sequence[int] | None = None,
    audience: Sequence[int] | None = None,
    channel: Sequence[int] | None = None,
    campaign: Sequence[int] | None = None,
    similar: Sequence[tuple[int, int]] = (),
    similarity: Sequence[float] = (),
) -> FatigueHistory:
    """A history of these figures; one audience, channel and campaign, unless others are given.

    Days with impressions have rows. Clicks are a hundredth of the impressions, unless given.
    """
    shown = np.asarray(impressions, float)
    units = len(shown)
    zeros = [0] * units
    of_creative = np.array(range(units) if creative is None else creative, dtype=np.int64)
    creatives = int(of_creative.max()) + 1
    of_campaign = np.array([0] * creatives if campaign is None else campaign, dtype=np.int64)
    of_audience = np.array(zeros if audience is None else audience, dtype=np.int64)
    of_channel = np.array(zeros if channel is None else channel, dtype=np.int64)
    unknown = np.full(shown.shape, np.nan)
    return FatigueHistory(
        first_day=np.datetime64("2024-03-01"),
        creatives=_names("creative", creatives),
        campaigns=_names("campaign", int(of_campaign.max()) + 1),
        audiences=_names("audience", int(of_audience.max()) + 1),
        channels=_names("channel", int(of_channel.max()) + 1),
        campaign=of_campaign,
        creative=of_creative,
        audience=of_audience,
        channel=of_channel,
        observed=shown > 0,
        impressions=shown,
        clicks=shown / 100 if clicks is None else np.asarray(clicks, float),
        reach=unknown if reach is None else np.asarray(reach, float),
        cost=unknown,
        genomes=Genomes(("hook",), np.zeros((creatives, 1, 4), np.float32)),
        similar=np.array(similar, dtype=np.int64).reshape(-1, 2).T,
        similarity=np.array(similarity, dtype=float),
    )


@cache
def small_world(name: str = "fatigue-spill", campaigns: int = 24, seed: int = 1) -> FatigueWorld:
    """A world of few campaigns."""
    return simulate_fatigue(replace(FATIGUE_WORLDS[name], campaigns=campaigns), seed)


@cache
def small_history(
    name: str = "fatigue-spill", campaigns: int = 24, seed: int = 1
) -> FatigueHistory:
    """The history of a world of few campaigns."""
    return history_of(small_world(name, campaigns, seed))


def _names(kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"{kind}-{number}" for number in range(count))
