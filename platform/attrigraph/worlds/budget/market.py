"""What any plan brings in a budget world: expected conversions, in closed form.

Touches of a campaign are a Poisson process, so the exposure to a channel has a known mean (shot
noise: Campbell 1909). For a customer of intent z and frailty g, with touches of intensity
``g m(z) r(t)``,

    E[exposure] = 1 - exp(-g m(z) L),  L = integral of r(t) (1 - exp(-s w 2^(-age / half_life)))

whose mean over a gamma frailty of shape k and mean 1 is ``1 - (1 + m(z) L / k)^(-k)``. Channels
are independent given z, so the mean of the lift follows, and the hazard is linear in it. What is
left are an integral over z and one over the time of day, both by quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import toeplitz
from scipy.stats import norm

from attrigraph.errors import InputError
from attrigraph.worlds.budget.calendar import demand
from attrigraph.worlds.effects import coalitions
from attrigraph.worlds.truth import Truth, shapley_by_definition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.worlds.budget.spec import BudgetCampaign, BudgetChannel, BudgetSpec

    Floats = NDArray[np.float64]

MAX_INTENT: Final = 3.0
"""Intent is cut at this many standard deviations."""

N_INTENTS: Final = 16
N_TIMES: Final = 4
N_AGES: Final = 12
"""Nodes of quadratures; twice as many change expected conversions by less than 1e-6."""


@dataclass(frozen=True)
class Market:
    """A budget world with the spend of its days, which values any other spend.

    A plan spends an amount on each campaign in the whole window; each day has the share that it has
    in ``spend``. The window begins without touches, and what comes after its end does not count.

    Attributes:
        spec: the world.
        customers: their number.
        spend: float64 ``[campaigns, days]``, present spend, currency.
    """

    spec: BudgetSpec
    customers: int
    spend: Floats

    @property
    def present(self) -> Floats:
        """Present spend of the window ``[campaigns]``, currency."""
        return np.asarray(self.spend.sum(axis=1))

    def true_value(self, spends: Mapping[str, float] | Floats) -> float:
        """Expected value of all conversions under a plan, currency; the error is below 1e-6 of it.

        Args:
            spends: by campaign, all of them, or in the order of the campaigns; currency.

        Raises:
            InputError: a campaign is missing or unknown, or a spend is not a number of at least 0.
        """
        planned = _in_order(self.spec, spends)
        return self.spec.value * self.conversions(self.spend * (planned / self.present)[:, None])

    def incremental_value(self, spends: Mapping[str, float] | Floats) -> float:
        """Expected value that a plan causes: the true value beyond that of no spend, currency."""
        return self.true_value(spends) - self._without_spend

    def conversions(self, spend: Floats, on: NDArray[np.bool_] | None = None) -> float:
        """Expected conversions of the window; see ``daily_conversions``."""
        return float(self.daily_conversions(spend, on).sum())

    def daily_conversions(self, spend: Floats, on: NDArray[np.bool_] | None = None) -> Floats:
        """Expected conversions of each day ``[days]``.

        Args:
            spend: ``[campaigns, days]``, currency.
            on: ``[channels]``, channels whose touches have an effect; None for all.
        """
        touches = touches_bought(self.spec, spend / self.customers)
        exposures = self._exposures(touches)
        if on is not None:
            exposures = exposures * on[:, None, None, None]
        intents, weights = intent_nodes()
        by_intent = weights * intent_factor(self.spec.intent_effect, intents)
        by_day = demand(self.spec) * self.spec.base * self.customers
        lift = lift_of(self.spec, exposures)
        by_time = _times()[1]
        return np.asarray(np.einsum("z,d,t,zdt->d", by_intent, by_day, by_time, lift))

    def curve(self, campaign: str, spends: Floats) -> Floats:
        """Expected value beyond no spend on a campaign, the others at present, ``[points]``."""
        names = [each.name for each in self.spec.campaigns]
        if campaign not in names:
            raise InputError(f"unknown campaign {campaign!r}; the campaigns are {', '.join(names)}")
        plan = self.present.copy()
        values = []
        for spend in (0.0, *spends):
            plan[names.index(campaign)] = spend
            values.append(self.true_value(plan))
        return np.array(values[1:]) - values[0]

    @property
    def without_synergies(self) -> Market:
        """The same campaigns and spend where channels do not work together."""
        return Market(replace(self.spec, synergies=()), self.customers, self.spend)

    def synergy_value(self, number: int, spends: Mapping[str, float] | Floats) -> float:
        """Expected value that a synergy adds under a plan, currency."""
        others = tuple(s for i, s in enumerate(self.spec.synergies) if i != number)
        without = Market(replace(self.spec, synergies=others), self.customers, self.spend)
        return self.true_value(spends) - without.true_value(spends)

    def truth(self) -> Truth:
        """Exact Shapley values of channels over all sets of them."""
        sets = list(coalitions(len(self.spec.channels)))
        worth = np.array([self.conversions(self.spend, on) for on in sets])
        credit = shapley_by_definition(worth)
        removal = [worth[-1] - worth[-1 - (1 << i)] for i in range(len(self.spec.channels))]
        return Truth(
            channels=self.spec.names,
            credit=tuple(credit.tolist()),
            removal=tuple(map(float, removal)),
            baseline=float(worth[0]),
            total=float(worth[-1]),
            customers=self.customers,
            value=tuple((self.spec.value * credit).tolist()),
            identifiable=(True,) * len(self.spec.channels),
        )

    def _exposures(self, touches: Floats) -> Floats:
        """Expected exposures ``[channels, intents, days, times]``."""
        intents, _ = intent_nodes()
        of_channel = np.array(self.spec.channel_of)
        found = []
        for number, channel in enumerate(self.spec.channels):
            inside = np.flatnonzero(of_channel == number)
            lost = sum(self._kernels[i] @ touches[i] for i in inside).T  # [days, times]
            rate = intent_factor(channel.intent, intents)
            per_shape = rate[:, None, None] * lost / channel.frailty
            found.append(-np.expm1(-channel.frailty * np.log1p(per_shape)))
        return np.stack(found)

    @cached_property
    def _without_spend(self) -> float:
        """Expected value of all conversions without any spend, currency."""
        return self.true_value(np.zeros(len(self.spend)))

    @cached_property
    def _kernels(self) -> tuple[Floats, ...]:
        """Of each campaign ``[times, days, days]``: what a day's touches add to L of later days."""
        return tuple(
            _kernel(self.spec.channels[channel], campaign, self.spec.days)
            for channel, campaign in zip(self.spec.channel_of, self.spec.campaigns, strict=True)
        )


def touches_bought(spec: BudgetSpec, spend: Floats) -> Floats:
    """Mean touches per customer ``[campaigns, days]`` for spend per customer, currency."""
    return np.stack(
        [_bought(campaign, row) for campaign, row in zip(spec.campaigns, spend, strict=True)]
    )


def _bought(campaign: BudgetCampaign, spend: Floats) -> Floats:
    at_cost = spend / campaign.cost
    if campaign.inventory is None:
        return at_cost
    return np.asarray(-campaign.inventory * np.expm1(-at_cost / campaign.inventory))


def lift_of(spec: BudgetSpec, exposures: Floats) -> Floats:
    """The lift for exposures ``[channels, ...]``, observed or expected ones."""
    effects = [channel.effect * e for channel, e in zip(spec.channels, exposures, strict=True)]
    lift = 1 + sum(effects) if spec.lift == "sum" else np.prod([1 + e for e in effects], axis=0)
    for synergy in spec.synergies:
        members = [spec.names.index(name) for name in synergy.channels]
        lift = lift + synergy.effect * exposures[members].prod(axis=0)
    return np.asarray(lift)


def intent_nodes() -> tuple[Floats, Floats]:
    """Intents and their chances: a standard normal, cut at both ends."""
    nodes, weights = np.polynomial.legendre.leggauss(N_INTENTS)
    inner = MAX_INTENT * nodes
    ends = np.array([-MAX_INTENT, MAX_INTENT])
    chances = MAX_INTENT * weights * norm.pdf(inner)
    return np.append(inner, ends), np.append(chances, norm.cdf([-MAX_INTENT] * 2))


def intent_factor(coefficient: float, intent: Floats) -> Floats:
    """``exp(coefficient z)`` with a mean of 1 over customers."""
    nodes, chances = intent_nodes()
    return np.exp(coefficient * intent) / float(chances @ np.exp(coefficient * nodes))


def _times() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(N_TIMES)
    return (nodes + 1) / 2, weights / 2


def _kernel(channel: BudgetChannel, campaign: BudgetCampaign, days: int) -> Floats:
    """``[times, days, days]``: by purchase day and touch day, for touches spread over their day."""
    lags = np.arange(days)
    first = np.zeros(days)
    columns = []
    for time in _times()[0]:
        # a touch of the same day is at most `time` old, of an earlier one from lag-1+time to lag+t
        youngest = np.where(lags == 0, 0.0, lags - 1 + time)
        oldest = lags + time
        columns.append(_mean_loss(channel, campaign, youngest, oldest))
    return np.stack([toeplitz(column, first) for column in columns])


def _mean_loss(
    channel: BudgetChannel, campaign: BudgetCampaign, youngest: Floats, oldest: Floats
) -> Floats:
    """Integral of ``1 - exp(-s w 2^(-age / half_life))`` over ages, by lag."""
    nodes, weights = np.polynomial.legendre.leggauss(N_AGES)
    width = (oldest - youngest)[:, None]
    age = youngest[:, None] + width * (nodes + 1) / 2
    strength = channel.saturation * campaign.weight * np.exp2(-age / channel.half_life)
    return np.asarray((-np.expm1(-strength) * width) @ weights / 2)


def _in_order(spec: BudgetSpec, spends: Mapping[str, float] | Floats) -> Floats:
    names = [campaign.name for campaign in spec.campaigns]
    if not isinstance(spends, np.ndarray):
        if {*spends} != {*names}:
            raise InputError(
                f"a plan needs a spend for each of the campaigns {', '.join(names)}, "
                f"got {', '.join(spends) or 'none'}"
            )
        spends = np.array([spends[name] for name in names], dtype=np.float64)
    if spends.shape != (len(names),) or not np.isfinite(spends).all() or (spends < 0).any():
        raise InputError(f"a plan needs {len(names)} spends of at least 0, got {spends.tolist()}")
    return spends
