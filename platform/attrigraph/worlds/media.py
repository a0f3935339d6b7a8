"""Campaigns, creatives and audiences of a world, and their assignment to touches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.worlds.agents.spec import AgentChannel
    from attrigraph.worlds.spec import ChannelSpec

FORMATS: Final = ("image", "video", "text")
AUDIENCES: Final = (
    ("everyone", "Everyone", None),
    ("prospects", "Prospects", "everyone"),
    ("visitors", "Visitors of the last month", "everyone"),
    ("buyers", "Past buyers", "visitors"),
)
"""Audiences: id, name and id of the parent."""


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """Campaigns and creatives of a world's channels.

    Attributes:
        campaign: ids of campaigns.
        campaign_channel: int64 ``[campaigns]``, index into the world's channels.
        campaign_audience: int64 ``[campaigns]``, index into ``AUDIENCES``.
        creative: ids of creatives.
        creative_campaign: int64 ``[creatives]``, index into ``campaign``.
    """

    campaign: tuple[str, ...]
    campaign_channel: NDArray[np.int64]
    campaign_audience: NDArray[np.int64]
    creative: tuple[str, ...]
    creative_campaign: NDArray[np.int64]

    def draw(
        self, channel: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw campaign and creative of touches of these channels.

        In a channel, each campaign is twice as frequent as the next; creatives are equally likely.
        """
        campaign = np.empty(len(channel), dtype=np.int64)
        creative = np.empty(len(channel), dtype=np.int64)
        for c in np.unique(channel):
            rows = channel == c
            campaigns = np.flatnonzero(self.campaign_channel == c)
            weight = 0.5 ** np.arange(len(campaigns))
            campaign[rows] = rng.choice(campaigns, rows.sum(), p=weight / weight.sum())
        for k in np.unique(campaign):
            rows = campaign == k
            creatives = np.flatnonzero(self.creative_campaign == k)
            creative[rows] = rng.choice(creatives, rows.sum())
        return campaign, creative


def media_of(channels: Sequence[ChannelSpec | AgentChannel]) -> Media:
    """The campaigns and creatives of a world's channels."""
    campaign, campaign_channel, creative, creative_campaign = [], [], [], []
    for index, channel in enumerate(channels):
        for number in range(channel.campaigns):
            name = f"{channel.name.replace(' ', '-')}-{number + 1}"
            campaign.append(name)
            campaign_channel.append(index)
            for version in range(channel.creatives):
                creative.append(f"{name}-{chr(ord('a') + version)}")
                creative_campaign.append(len(campaign) - 1)
    audience = np.arange(len(campaign)) % len(AUDIENCES)
    return Media(
        tuple(campaign),
        np.array(campaign_channel),
        audience,
        tuple(creative),
        np.array(creative_campaign),
    )
