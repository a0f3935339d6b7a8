"""Spend per day: what platforms charged for channels, campaigns and creatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain.columns import Categorical

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class SpendDays:
    """Spend as columns of length n, one row per day, platform and what was paid for.

    Each row has a channel, a campaign (id or name) or a creative. Spend on a range of days is
    spread evenly over them before. Sorted by all columns, the date first.

    Attributes:
        date: datetime64[D] ``[n]``, a day in ``zone``.
        zone: IANA name of the time zone of the day; missing is UTC.
        platform: who charged it.
        channel: names of channels.
        campaign: ids of campaigns.
        campaign_name: names of campaigns.
        creative: ids of creatives.
        cost: float64 ``[n]``, >= 0, in ``currency``.
        currency: codes such as EUR; missing is the currency of the answer.
        impressions: float64 ``[n]``, count; NaN where unknown.
        clicks: float64 ``[n]``, count; NaN where unknown.
    """

    date: NDArray[np.datetime64]
    zone: Categorical
    platform: Categorical
    channel: Categorical
    campaign: Categorical
    campaign_name: Categorical
    creative: Categorical
    cost: NDArray[np.float64]
    currency: Categorical
    impressions: NDArray[np.float64]
    clicks: NDArray[np.float64]

    @classmethod
    def empty(cls) -> SpendDays:
        """No spend."""
        nothing, none = Categorical.encode(()), np.empty(0)
        days = np.empty(0, "datetime64[D]")
        return cls(
            days, nothing, nothing, nothing, nothing, nothing, nothing, none, nothing, none, none
        )

    def __len__(self) -> int:
        return len(self.date)
