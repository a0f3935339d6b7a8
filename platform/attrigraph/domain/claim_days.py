"""Claims per day: the conversions that platforms count as their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain.columns import Categorical

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ClaimDays:
    """Claims as columns of length n, one row per day, platform and what they are about.

    Each row has a channel, a campaign (id or name) or a creative. Several platforms may claim the
    same conversion, so that claims are never summed over platforms.

    Attributes:
        date: datetime64[D] ``[n]``, a day in ``zone``.
        zone: IANA name of the time zone of the day; missing is UTC.
        platform: who claims.
        channel: names of channels.
        campaign: ids of campaigns.
        campaign_name: names of campaigns.
        creative: ids of creatives.
        conversions: float64 ``[n]``, count, >= 0; may be a fraction.
        value: float64 ``[n]``, their value in ``currency``; NaN where unknown.
        currency: codes such as EUR; missing is the currency of the answer.
    """

    date: NDArray[np.datetime64]
    zone: Categorical
    platform: Categorical
    channel: Categorical
    campaign: Categorical
    campaign_name: Categorical
    creative: Categorical
    conversions: NDArray[np.float64]
    value: NDArray[np.float64]
    currency: Categorical

    @classmethod
    def empty(cls) -> ClaimDays:
        """No claims."""
        nothing, none = Categorical.encode(()), np.empty(0)
        days = np.empty(0, "datetime64[D]")
        return cls(days, nothing, nothing, nothing, nothing, nothing, nothing, none, none, nothing)

    def __len__(self) -> int:
        return len(self.date)
