"""Campaigns, creatives and audiences of a world, and which of them each touch shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec

FORMATS: Final = ("image", "video", "text")
AUDIENCES: Final = (
    ("everyone", "Everyone", None),
    ("prospects", "Prospects", "everyone"),
    ("visitors", "Visitors of the last month", "everyone"),
    ("buyers", "Past buyers", "visitors"),
)
"""Audiences by id, name and the audience around them."""


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """What a world's channels show.

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
        """Campaign and creative of touches of the given channels.

        Within a channel a campaign is twice as frequent as the next; creatives are equally so.
        """
        campaign = np.empty(len(channel), dtype=np.int64)
        creative = np.empty(len(channel), dtype=np.int64)
        for c in np.unique(channel):
            mine = channel == c
            own = np.flatnonzero(self.campaign_channel == c)
            weight = 0.5 ** np.arange(len(own))
            campaign[mine] = rng.choice(own, mine.sum(), p=weight / weight.sum())
        for k in np.unique(campaign):
            mine = campaign == k
            own = np.flatnonzero(self.creative_campaign == k)
            creative[mine] = rng.choice(own, mine.sum())
        return campaign, creative


def media_of(spec: WorldSpec) -> Media:
    """Name the campaigns and creatives of a world's channels."""
    campaign, campaign_channel, creative, creative_campaign = [], [], [], []
    for place, channel in enumerate(spec.channels):
        for number in range(channel.campaigns):
            name = f"{channel.name.replace(' ', '-')}-{number + 1}"
            campaign.append(name)
            campaign_channel.append(place)
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
