"""Parameters of a world of agents: channels, segments, intent, purchases, what is observed.

Every day an agent buys with probability ``1 - exp(-hazard)``. The hazard is proportional:

    hazard = base * segment * exp(intent_effect * z + mood) * product of (1 + exposure_c)^effect_c

with exposures that are sums of touches weighted by a kernel of their age. Nothing saturates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.worlds.agents.moods import Drift, InMarket

ATTRIBUTES: Final = ("score", "segment", "existing", "device")
"""Facts about customers that are known before the window."""


@dataclass(frozen=True, slots=True)
class AgentChannel:
    """One channel of a world of agents.

    Attributes:
        name: as in the files.
        rate: mean number of touches per agent and day, before intent, segments and flights.
        effect: power of ``1 + exposure`` in the hazard; 0 for no effect.
        half_life: days after which a touch counts half; of kernels without ``peak``.
        peak: days until a touch has its full effect, where effects are delayed: the kernel is
            ``age / peak * exp(1 - age / peak)``.
        basket: power of ``1 + exposure`` in the mean value of a purchase.
        intent: coefficient of lasting intent in the log rate.
        mood: coefficient of moving intent in the log rate.
        memory: half-life, in days, with which targeting forgets the agent's mood; 0 if it follows
            today's mood.
        by_segment: multipliers of ``effect`` by segment; empty if all are equal.
        rate_by_segment: multipliers of ``rate`` by segment; empty if all are equal.
        existing_only: whether only existing customers are reached.
        flights: days on and days off in which the channel is bought; None for always.
        bought_with: a channel whose touches this one accompanies (92 % of them, within an hour).
        identifiable: whether the observed data could in principle show what it causes.
        kind: kind of the touches in the events file.
        cost: mean cost of a touch, currency.
    """

    name: str
    rate: float
    effect: float = 0.0
    half_life: float = 5.0
    peak: float | None = None
    basket: float = 0.0
    intent: float = 0.0
    mood: float = 0.0
    memory: float = 0.0
    by_segment: tuple[float, ...] = ()
    rate_by_segment: tuple[float, ...] = ()
    existing_only: bool = False
    flights: tuple[int, int] | None = None
    bought_with: str | None = None
    identifiable: bool = True
    kind: str = "impression"
    cost: float = 0.01
    campaigns: int = 1
    creatives: int = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A share of the agents, with a factor of their hazard and the mean value of a purchase."""

    name: str
    share: float
    hazard: float = 1.0
    value: float = 50.0


@dataclass(frozen=True, slots=True)
class Cycle:
    """After a purchase, demand rests and returns.

    Attributes:
        days: from a purchase until the next one is due.
        width: standard deviation, in days, of that time.
        rest: factor of the hazard right after a purchase.
        due: factor of the hazard when the next purchase is due.
    """

    days: float
    width: float
    rest: float
    due: float


@dataclass(frozen=True, slots=True)
class LastStep:
    """Touches that people make on their way to a purchase, which cause nothing.

    Attributes:
        channels: names of channels and the chances that a touch is on each.
        share: of purchases that follow such a touch.
        minutes: shortest and longest time from the touch to the purchase.
        abandoned: mean number of such touches without a purchase, per purchase.
    """

    channels: tuple[tuple[str, float], ...]
    share: float = 1.0
    minutes: tuple[float, float] = (5.0, 5.0)
    abandoned: float = 0.0


@dataclass(frozen=True, slots=True)
class Holdout:
    """A randomised experiment: agents drawn by lot are never reached by a channel.

    The table of customers has a column ``holdout``, yes or no. What is caused in such a world is
    caused in the others.

    Attributes:
        channel: name of the channel.
        share: chance of each agent to be held out, in (0, 1).
    """

    channel: str
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Observation:
    """What the files show of a world.

    Attributes:
        attributes: columns of the customers table, of ``ATTRIBUTES``.
        listed: whether there is a table of all customers.
        touched_only: whether people without a touch are missing, with their conversions.
        id_days: mean life of an id, after which the same person gets another; None for ever.
        page_views: whether the table has a count that touches and purchases have increased.
        dates_only: whether events have a date without a time of day.
    """

    attributes: tuple[str, ...] = ("score", "segment", "device")
    listed: bool = True
    touched_only: bool = False
    id_days: float | None = None
    page_views: bool = False
    dates_only: bool = False


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """All parameters to simulate a world of agents and to compute its truth.

    Attributes:
        name: name of the world.
        purpose: what the world shows, in a line.
        channels: at least one.
        base: daily hazard of an agent without intent and touches.
        days: length of the window.
        intent_effect: coefficient of lasting intent z (mean 0, sd 1, skewed) in the log hazard.
        noise: sd of the noise in the observed intent score.
        segments: shares add up to 1.
        existing: share of agents who were customers before.
        existing_effect: added to their log hazard.
        mood: intent that moves, if it does.
        repeats: whether people buy more than once.
        cycle: of repeated purchases, if there is one.
        last_step: touches on the way to a purchase, if there are any.
        observation: what the files show.
        holdout: who is held out from a channel, if anybody is.
    """

    name: str
    purpose: str
    channels: tuple[AgentChannel, ...]
    base: float
    days: int = 60
    intent_effect: float = 0.7
    noise: float = 0.6
    segments: tuple[Segment, ...] = (Segment("plain", 1.0),)
    existing: float = 0.0
    existing_effect: float = 0.0
    mood: InMarket | Drift | None = None
    repeats: bool = False
    cycle: Cycle | None = None
    last_step: LastStep | None = None
    observation: Observation = field(default_factory=Observation)
    holdout: Holdout | None = None

    def __post_init__(self) -> None:
        names = self.names
        if not names or len(set(names)) < len(names):
            raise InputError(f"a world needs channels with distinct names, got {[*names]}")
        for index, channel in enumerate(self.channels):
            if channel.bought_with is not None and channel.bought_with not in names[:index]:
                raise InputError(
                    f"channel {channel.name!r} is bought with {channel.bought_with!r}, which must"
                    f" come before it in the channels {[*names]}"
                )
        if self.cycle is not None and not self.repeats:
            raise InputError(f"world {self.name!r} has a cycle of purchases and no repeats")
        if self.holdout is not None and self.holdout.channel not in names:
            raise InputError(
                f"world {self.name!r} holds agents out from {self.holdout.channel!r}; its channels"
                f" are {', '.join(names)}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The channels' names in order."""
        return tuple(channel.name for channel in self.channels)
