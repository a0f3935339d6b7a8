"""Parameters of a fatigue world: creatives whose response rate falls as people see them again.

A unit is a creative in an audience. Exposure is counted in impressions per person reached:

    own(t)      = forgetting own(t - 1) + impressions(t) / reach of the audience
    exposure(t) = own(t) + spill * sum over creatives of the audience of similarity * own of these
    rate(t)     = first rate * (1 - wear_in exp(-age / wear_in_days)) * wear of k exposure(t)

with wear of ``exp(-x)`` or ``(1 + x / k)^-power``, the similarity of hooks
``clip((cosine - .5) / .5, 0, 1)`` and

    log k = -1.9 + audience + channel + .5 of the hook + .25 of the promise + noise of sd .15

(Naik, Mantrala and Sawyer 1998; Pechmann and Stewart 1988). What people click is Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from attrigraph.errors import InputError


@dataclass(frozen=True, slots=True)
class FatigueSpec:
    """All parameters to simulate a fatigue world.

    Attributes:
        name: name of the world.
        purpose: what the world shows, in a line.
        campaigns: how many; each has an audience, one in seven has two.
        creatives: of each campaign; half of them share a hook.
        campaigns_per_audience: about how many campaigns an audience has.
        days: length of the window.
        first_days: campaigns begin in the first of these days.
        median_reach: people in an audience, the median; log-normal with sd .8.
        median_frequency: impressions per person and day of a unit; log-normal with sd .7.
        median_rate: first click rate of a creative; log-normal with sd .5.
        wear: form of the decay in exposure.
        power: exponent of the form ``power``.
        forgetting: what is left of an exposure after a day.
        spill: weight of similar creatives' exposure.
        wear_in: share by which a new creative's rate is lower.
        wear_in_days: days after which e^-1 of that is left.
        pauses: whether units pause for a week.
        season: largest relative change of all rates in common, over 28 days.
        calendar: decay of the log rate per day of age in place of exposure; 0 for none.
        shock: days at which a competitor halves the rates of a channel.
    """

    name: str
    purpose: str
    campaigns: int = 400
    creatives: int = 10
    campaigns_per_audience: int = 16
    days: int = 110
    first_days: int = 50
    median_reach: float = 40_000.0
    median_frequency: float = 0.1
    median_rate: float = 0.012
    wear: Literal["exponential", "power"] = "exponential"
    power: float = 0.43
    forgetting: float = 0.97
    spill: float = 0.8
    wear_in: float = 0.25
    wear_in_days: float = 1.5
    pauses: bool = False
    season: float = 0.0
    calendar: float = 0.0
    shocks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if min(self.campaigns, self.creatives, self.campaigns_per_audience) < 1:
            raise InputError(
                "a fatigue world needs at least one campaign, and one creative for each, got "
                f"{self.campaigns} and {self.creatives}"
            )

    @property
    def audiences(self) -> int:
        """How many audiences there are."""
        return max(1, round(self.campaigns / self.campaigns_per_audience))
