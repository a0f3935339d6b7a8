"""Which channel to test next: the value of an experiment for the decision on its spend.

Today's decision on a channel is to keep its spend where the expected value of what it causes
exceeds its cost, and to stop it otherwise. An experiment may change the decision. With the net
value (value caused less cost) of mean m and standard deviation d over the draws of the credits, and
an experiment that adds a standard error s, the mean after the experiment has a standard deviation
of w = d^2 / sqrt(d^2 + s^2), and the experiment is expected to gain

    w * (phi(u) - u * (1 - Phi(u))),   u = |m| / w

in money over a window of the same length as the data (expected value of sample information; Raiffa
& Schlaifer 1961). It is about 0 where the decision is clear or the experiment is too small.

A holdout of share q of N customers who convert at rate r in its dates has a standard error of
N * sqrt(r (1 - r) (1 / q + 1 / (1 - q)) / N) conversions; the customers that it needs to detect the
expected effect follow from the same formula (two-sided test).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scipy.stats import norm

from attrigraph.attribution.incremental.experiments.scaling import effect_within
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNIFICANCE: Final = 0.05
"""Of the two-sided test for which a sample size is given."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A channel that could be tested.

    Attributes:
        channel: its name.
        conversions: conversions it is credited with over the window.
        sd: standard deviation of the draws of the credit, chance and bias.
        cost: its cost over the window, currency; NaN where unknown.
        half_life: of its effect, days.
        identified: whether the data identify its credit; None where that is not tested.
    """

    channel: str
    conversions: float
    sd: float
    cost: float
    half_life: float
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
        customers: number of customers.
        conversions: conversions over the window.
        value: mean value of a conversion, currency.
        days: length of the window.
    """

    customers: int
    conversions: float
    value: float
    days: float


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """What testing a channel would need and bring.

    Attributes:
        channel: the channel.
        conversions: conversions it is credited with over the window.
        sd: standard deviation of the draws of the credit.
        cost: its cost over the window, currency; None where unknown.
        identified: whether the data identify its credit; None where that is not tested.
        standard_error: of its conversions over the window, in an experiment with all customers.
        customers_needed: customers that detect the credited effect with the power of the design;
            None if the credit is not above 0.
        gain: expected gain of the decision on its spend, currency per window; None without a cost.
    """

    channel: str
    conversions: float
    sd: float
    cost: float | None
    identified: bool | None
    standard_error: float
    customers_needed: int | None
    gain: float | None


def plan_tests(
    candidates: Sequence[Candidate], business: Business, design: Design
) -> tuple[PlannedTest, ...]:
    """The channels by falling expected gain; without a cost they come last, least certain first."""
    planned = [_planned(candidate, business, design) for candidate in candidates]
    return tuple(
        sorted(
            planned, key=lambda one: (one.gain is None, -(one.gain or 0.0), -one.sd, one.channel)
        )
    )


def _planned(candidate: Candidate, business: Business, design: Design) -> PlannedTest:
    # share of the window's effect that falls within the experiment
    within = design.days / business.days * effect_within(design.days, candidate.half_life)
    rate = min(business.conversions / business.customers * design.days / business.days, 1.0)
    per_customer = rate * (1 - rate) * (1 / design.share + 1 / (1 - design.share))
    error = math.sqrt(business.customers * per_customer) / within
    known_cost = math.isfinite(candidate.cost) and candidate.cost > 0
    return PlannedTest(
        channel=candidate.channel,
        conversions=candidate.conversions,
        sd=candidate.sd,
        cost=candidate.cost if known_cost else None,
        identified=candidate.identified,
        standard_error=error,
        customers_needed=_customers_needed(
            candidate.conversions * within / business.customers, per_customer, design.power
        ),
        gain=expected_gain(
            candidate.conversions * business.value - candidate.cost,
            candidate.sd * business.value,
            error * business.value,
        )
        if known_cost
        else None,
    )


def _customers_needed(effect: float, variance: float, power: float) -> int | None:
    if effect <= 0:
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
