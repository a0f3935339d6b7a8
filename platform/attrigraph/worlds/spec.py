"""Parameters of a world: channels, hidden intent, effects, and the time of conversions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One channel of a world.

    Attributes:
        name: as in the files.
        rate: mean number of spontaneous touches per customer in the whole window, > 0.
        intent: coefficient of the hidden intent z (sd 1) in the log rate; 0 for a channel whose
            touches do not depend on the customer.
        effect: added to the logit of conversion by a saturated exposure.
        half_life: days after which the effect of a touch is halved.
        saturation: s in the exposure ``1 - exp(-s * sum of 2^(-age / half_life))``.
        spread: sd of the log rate over customers, independent of intent.
        triggers: mean number of touches of other channels that one touch triggers, by their name.
        kind: kind of the touches in the events file.
        cost: mean cost of a touch, currency.
        campaigns: number of campaigns on the channel.
        creatives: number of creatives per campaign.
    """

    name: str
    rate: float
    intent: float = 0.0
    effect: float = 0.0
    half_life: float = 7.0
    saturation: float = 1.5
    spread: float = 0.0
    triggers: Mapping[str, float] = field(default_factory=dict)
    kind: str = "impression"
    cost: float = 0.0
    campaigns: int = 1
    creatives: int = 2


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """All parameters to simulate a world and to compute its truth.

    Conversion has the logit ``base + intent_effect * z + sum of effect * exposure + synergies``:
    once at the end of the window (``when="end"``), or as the daily hazard until the first
    conversion (``when="daily"``).

    Attributes:
        name: name of the world.
        channels: at least one; a channel that triggers another precedes it.
        base: logit of conversion for intent 0 and no touches.
        intent_effect: coefficient of the hidden intent z.
        noise: sd of the noise in the observed intent x = z + noise.
        synergies: coefficient of the product of two channels' exposures, by their names.
        days: length of the window.
        when: ``end`` or ``daily``.
        delay: mean days from a touch to the touch it triggers (exponential).
        value: mean value of a conversion, currency (gamma, shape 4).
    """

    name: str
    channels: tuple[ChannelSpec, ...]
    base: float
    intent_effect: float = 1.0
    noise: float = 0.7
    synergies: Mapping[tuple[str, str], float] = field(default_factory=dict)
    days: int = 30
    when: Literal["end", "daily"] = "end"
    delay: float = 1.0
    value: float = 60.0

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if not names or len(set(names)) < len(names):
            raise InputError(f"a world needs channels with distinct names, got {names}")
        for index, channel in enumerate(self.channels):
            for child in channel.triggers:
                if child not in names[index + 1 :]:
                    raise InputError(
                        f"channel {channel.name!r} triggers {child!r}, which must come after it"
                        f" in the channels {names}"
                    )
        for pair in self.synergies:
            if not set(pair) <= set(names) or pair[0] == pair[1]:
                raise InputError(f"synergy {pair} must name two of the channels {names}")

    @property
    def names(self) -> tuple[str, ...]:
        """The channels' names in order."""
        return tuple(channel.name for channel in self.channels)
