"""Parameters of a budget world: campaigns that are bought with money, and what touches do.

Money buys touches, and touches raise the hazard of a purchase:

    touches per customer and day = inventory (1 - exp(-spend / (cost inventory))), or spend / cost
    exposure_c = 1 - exp(-saturation_c * sum over touches of weight * 2^(-age / half_life_c))
    hazard = base * demand of the day * exp(intent_effect z) * lift

The lift is a product or a sum over channels, and synergies add to it:

    product of (1 + effect_c exposure_c)  or  1 + sum of effect_c exposure_c
    + sum over synergies of effect * product of the exposures of their channels
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from attrigraph.errors import InputError


@dataclass(frozen=True, slots=True)
class BudgetCampaign:
    """One campaign.

    Attributes:
        name: its id.
        rate: mean touches per customer and day that its spend would buy at ``cost``.
        cost: of a touch while touches are plenty, currency.
        weight: of one of its touches in the exposure of the channel.
        inventory: most touches per customer and day that money can buy; None for no end of them.
        flights: days on and days off; None for always on.
        steady: whether the same is spent on every day.
    """

    name: str
    rate: float
    cost: float
    weight: float = 1.0
    inventory: float | None = None
    flights: tuple[int, int] | None = None
    steady: bool = False


@dataclass(frozen=True, slots=True)
class BudgetChannel:
    """One channel; its campaigns share its exposure, and so saturate together.

    Attributes:
        name: as in the files.
        bought: its campaigns.
        effect: of a full exposure in the lift; 0 for none.
        half_life: days after which a touch counts half.
        saturation: see the module.
        intent: coefficient of intent in the log rate of touches.
        frailty: shape of the gamma distribution of what multiplies a customer's rate.
        kind: kind of the touches in the events file.
    """

    name: str
    bought: tuple[BudgetCampaign, ...]
    effect: float
    half_life: float = 5.0
    saturation: float = 1.0
    intent: float = 0.0
    frailty: float = 2.0
    kind: str = "impression"


@dataclass(frozen=True, slots=True)
class ChannelSynergy:
    """Channels that work together; ``effect`` is that of full exposures of all in the lift."""

    channels: tuple[str, ...]
    effect: float


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """All parameters to simulate a budget world and to value any plan.

    Attributes:
        name: name of the world.
        purpose: what the world shows, in a line.
        channels: at least one.
        base: mean daily hazard of all customers without marketing.
        lift: how channels are combined.
        synergies: effects of channels together.
        days: length of the window.
        intent_effect: coefficient of intent z in the log hazard; z is normal, cut at -3 and 3.
        noise: sd of the noise in the observed intent.
        weekdays: factors of demand from Monday to Sunday.
        season: largest relative rise of demand; it peaks once in the window.
        follows: power of the season in what is spent on a day.
        value: mean value of a conversion, currency.
    """

    name: str
    purpose: str
    channels: tuple[BudgetChannel, ...]
    base: float = 0.0012
    lift: Literal["product", "sum"] = "product"
    synergies: tuple[ChannelSynergy, ...] = ()
    days: int = 120
    intent_effect: float = 0.5
    noise: float = 0.6
    weekdays: tuple[float, ...] = (1.0, 0.95, 0.95, 1.0, 1.1, 1.25, 1.15)
    season: float = 0.0
    follows: float = 0.0
    value: float = 50.0

    def __post_init__(self) -> None:
        campaigns = [campaign.name for campaign in self.campaigns]
        for kind, names in (("channels", self.names), ("campaigns", campaigns)):
            double = [name for name, count in Counter(names).items() if count > 1]
            if not names or double:
                raise InputError(f"a world needs {kind} with distinct names, got {[*names]}")
        for synergy in self.synergies:
            distinct = set(synergy.channels)
            if len(distinct) < max(len(synergy.channels), 2) or not distinct <= {*self.names}:
                raise InputError(
                    f"a synergy needs two or more of the channels {[*self.names]}, "
                    f"got {[*synergy.channels]}"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The channels' names in order."""
        return tuple(channel.name for channel in self.channels)

    @property
    def campaigns(self) -> tuple[BudgetCampaign, ...]:
        """The campaigns of all channels in order."""
        return tuple(campaign for channel in self.channels for campaign in channel.bought)

    @property
    def channel_of(self) -> tuple[int, ...]:
        """The index of each campaign's channel."""
        return tuple(i for i, channel in enumerate(self.channels) for _ in channel.bought)
