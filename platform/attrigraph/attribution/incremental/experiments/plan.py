"""Which channel to test next: the value of an experiment for the decision on its spend.

Today's decision on a channel is to keep its spend where the expected value of what it causes
exceeds its cost, and to stop it otherwise. An experiment may change the decision. With the net
value (value caused less cost) of mean m and standard deviation d over the draws of the credits, and
an experiment that adds a standard error s, the mean after the experiment has a standard deviation
of w = d^2 / sqrt(d^2 + s^2), and the experiment is expected to gain

    w * (phi(u) - u * (1 - Phi(u))),   u = |m| / w

in money over a window of the same length as the data (expected value of sample information; Raiffa
& Schlaifer 1961). It is about 0 where the decision is clear or the experiment is too small.

A holdout of share q of n customers, whose conversions have the variances V1 in the group that gets
the channel and V0 in the other, measures the effect per customer with the variance

    (V1 / (1 - q) + V0 / q) / n

Both, and the effect to detect, come from the fitted hazard (``arms``); the customers needed follow
for a two-sided test. The standard error s is that of all customers, scaled to the window by the
share of its days and the part of the effect that falls within the test (``scaling``). The cost of a
part of the touches is scaled up to all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scipy.stats import norm

from attrigraph.attribution.incremental.experiments.scaling import effect_within
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attrigraph.attribution.incremental.experiments.arms import Arms
    from attrigraph.attribution.observed.costs import EntityCost

SIGNIFICANCE: Final = 0.05
"""Of the two-sided test for which a sample size is given."""

MIN_EFFECT: Final = 1e-9
"""Smaller effects per customer are differences of rounding."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A channel that could be tested.

    Attributes:
        channel: its name.
        conversions: conversions it is credited with over the window.
        sd: standard deviation of the draws of the credit, chance and bias.
        cost: its cost over the window.
        half_life: of its effect, days.
        arms: what the groups of a test are expected to do.
        identified: whether the data identify its credit; None where that is not tested.
    """

    channel: str
    conversions: float
    sd: float
    cost: EntityCost
    half_life: float
    arms: Arms
    identified: bool | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """An experiment that could be run.

    Attributes:
        days: length.
        share: share of customers held out, in (0, 1).
        power: probability of detecting the expected effect, in (0, 1).
    """

    days: float = 28.0
    share: float = 0.5
    power: float = 0.8

    def __post_init__(self) -> None:
        if not self.days > 0:
            raise InputError(f"an experiment needs a length above 0 days, got {self.days}")
        for name in ("share", "power"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"the {name} must be between 0 and 1, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Business:
    """What the data say about all channels together.

    Attributes:
        customers: number of customers who can take part in a test.
        value: mean value of a conversion, currency.
        days: length of the window.
    """

    customers: int
    value: float
    days: float


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """What testing a channel would need and bring.

    Attributes:
        channel: the channel.
        conversions: conversions it is credited with over the window.
        sd: standard deviation of the draws of the credit.
        cost: its cost over the window, currency; None where unknown or nothing.
        cost_known: share of its touches of which the cost is known; the others are taken to cost
            the same.
        identified: whether the data identify its credit; None where that is not tested.
        treated: expected conversions in the test of a customer who gets the channel.
        held_out: of a customer from whom it is withheld.
        standard_error: of its conversions over the window, in an experiment with all customers.
        customers_needed: customers that detect the expected effect with the power of the design;
            None if that is not above 0.
        gain: expected gain of the decision on its spend, currency per window; None without a cost.
            With a plan of a budget, what the test adds to the value of that plan instead; None for
            a channel that the plan does not have.
    """

    channel: str
    conversions: float
    sd: float
    cost: float | None
    cost_known: float
    identified: bool | None
    treated: float
    held_out: float
    standard_error: float
    customers_needed: int | None
    gain: float | None

    @property
    def resolved(self) -> float:
        """Share of what is open about the credit that the test resolves, in [0, 1]."""
        return self.sd / math.hypot(self.sd, self.standard_error) if self.sd > 0 else 0.0


def plan_tests(
    candidates: Sequence[Candidate], business: Business, design: Design
) -> tuple[PlannedTest, ...]:
    """The channels by falling expected gain; without a cost they come last, least certain first."""
    return by_gain(_planned(candidate, business, design) for candidate in candidates)


def by_gain(planned: Iterable[PlannedTest]) -> tuple[PlannedTest, ...]:
    """Tests by falling gain; those without one come last, least certain first."""
    return tuple(
        sorted(
            planned, key=lambda one: (one.gain is None, -(one.gain or 0.0), -one.sd, one.channel)
        )
    )


def _planned(candidate: Candidate, business: Business, design: Design) -> PlannedTest:
    arms, cost = candidate.arms, candidate.cost
    per_customer = arms.variance_per_customer(design.share)
    error = math.sqrt(business.customers * per_customer) / _within(candidate, business, design)
    known_cost = cost.of_all if cost.of_all > 0 else None
    return PlannedTest(
        channel=candidate.channel,
        conversions=candidate.conversions,
        sd=candidate.sd,
        cost=known_cost,
        cost_known=cost.known_share,
        identified=candidate.identified,
        treated=arms.treated.mean,
        held_out=arms.held_out.mean,
        standard_error=error,
        customers_needed=_customers_needed(arms.effect, per_customer, design.power),
        gain=None
        if known_cost is None
        else expected_gain(
            candidate.conversions * business.value - known_cost,
            candidate.sd * business.value,
            error * business.value,
        ),
    )


def _within(candidate: Candidate, business: Business, design: Design) -> float:
    """Effect that the experiment sees over the effect that the window sees."""
    seen = effect_within(design.days, candidate.half_life)
    return design.days / business.days * seen / effect_within(business.days, candidate.half_life)


def _customers_needed(effect: float, variance: float, power: float) -> int | None:
    if effect < MIN_EFFECT:
        return None
    quantiles = norm.ppf(1 - SIGNIFICANCE / 2) + norm.ppf(power)
    return math.ceil(variance * (quantiles / effect) ** 2)


def expected_gain(mean: float, sd: float, error: float) -> float:
    """Expected value of an experiment for a decision between a net value and nothing.

    Args:
        mean: expected net value, currency.
        sd: its standard deviation before the experiment.
        error: standard error of the experiment, > 0.
    """
    if sd <= 0:
        return 0.0
    width = sd**2 / math.hypot(sd, error)
    unit = abs(mean) / width
    return float(width * (norm.pdf(unit) - unit * norm.sf(unit)))
