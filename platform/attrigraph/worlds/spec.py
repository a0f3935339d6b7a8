"""What a world is made of: channels, hidden intent, effects, and when conversions happen."""

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
        name: as it stands in the files.
        rate: mean spontaneous touches a customer in the whole window, > 0.
        intent: growth of the log rate with the hidden intent z (which has sd 1); 0 is a channel
            whose touches know nothing of the customer.
        effect: what a saturated exposure adds to the logit of conversion.
        half_life: days after which a touch works half as much.
        saturation: s in the exposure ``1 - exp(-s * sum of 2^(-age / half_life))``.
        spread: sd of the log rate over customers that has nothing to do with intent.
        triggers: touches of other channels that one touch causes on average, by their name.
        kind: what a touch is called in the events file.
        cost: mean cost of a touch, currency.
        campaigns: how many campaigns run on the channel.
        creatives: how many creatives each campaign has.
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
    """All that is needed to simulate a world and to know its truth.

    Conversion has logit ``base + intent_effect * z + sum of effect * exposure + synergies``; at the
    window's end once (``when="end"``), or as the hazard of each day until the first conversion
    (``when="daily"``).

    Attributes:
        name: of the world.
        channels: at least one; a channel that triggers another stands before it.
        base: logit of conversion with no intent and no touch.
        intent_effect: weight of the hidden intent z.
        noise: sd of the noise in the observed intent x = z + noise.
        synergies: weight of the product of two channels' exposures, by their names.
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
            raise InputError(f"a world needs channels of distinct names, got {names}")
        for place, channel in enumerate(self.channels):
            for child in channel.triggers:
                if child not in names[place + 1 :]:
                    raise InputError(
                        f"channel {channel.name!r} triggers {child!r}, which must stand after it"
                        f" among the channels {names}"
                    )
        for pair in self.synergies:
            if not set(pair) <= set(names) or pair[0] == pair[1]:
                raise InputError(f"synergy {pair} must name two of the channels {names}")

    @property
    def names(self) -> tuple[str, ...]:
        """The channels' names in order."""
        return tuple(channel.name for channel in self.channels)
