"""The true effect of marketing in a world: Shapley values of interventions on its channels."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.worlds.effects import ConversionModel, adstocks, coalitions, ever
from attrigraph.worlds.population import populate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec

CHUNK = 2_000
"""Customers simulated in one step."""

MEASURED_ON = {"end": 300_000, "daily": 30_000}
"""Default number of customers from which the truth is computed."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Expected conversions of a world by cause.

    Attributes:
        channels: names, in the order of the other fields.
        credit: Shapley value of each channel: expected conversions that it causes.
        removal: conversions lost when only this channel is switched off.
        baseline: conversions with all channels off.
        total: conversions with all channels on; ``baseline + sum of credit``.
        customers: number of customers that these figures refer to.
        measured_on: number of simulated customers that they were computed from; None if unknown.
        value: the Shapley value of each channel in value of conversions, currency; None if unknown.
        identifiable: whether the observed data could in principle show what each channel causes;
            None if unknown.
    """

    channels: tuple[str, ...]
    credit: tuple[float, ...]
    removal: tuple[float, ...]
    baseline: float
    total: float
    customers: int
    measured_on: int | None = None
    value: tuple[float, ...] | None = None
    identifiable: tuple[bool, ...] | None = None


def truth_of(
    spec: WorldSpec, customers: int, *, measured_on: int | None = None, seed: int = 20_240_229
) -> Truth:
    """The truth, computed from the world's conversion probabilities with common random numbers.

    Every set of channels is applied to the same simulated customers and touches, so that sets do
    not differ by chance; conversions are counted by probability, not drawn.
    """
    measured_on = MEASURED_ON[spec.when] if measured_on is None else measured_on
    players = len(spec.channels)
    value = np.zeros(2**players)
    for start in range(0, measured_on, CHUNK):
        size = min(CHUNK, measured_on - start)
        rng = np.random.default_rng([seed, start])
        people = populate(spec, size, rng)
        model = ConversionModel(spec, adstocks(spec, people, rng))
        for number, on in enumerate(coalitions(players)):
            value[number] += ever(model.probabilities(on)).sum()
    value *= customers / measured_on
    all_on = 2**players - 1
    removal = [value[all_on] - value[all_on ^ (1 << i)] for i in range(players)]
    credit = shapley_by_definition(value)
    return Truth(
        channels=spec.names,
        credit=tuple(credit.tolist()),
        removal=tuple(float(lost) for lost in removal),
        baseline=float(value[0]),
        total=float(value[all_on]),
        customers=customers,
        measured_on=measured_on,
        value=tuple((spec.value * credit).tolist()),
        identifiable=(True,) * players,
    )


def shapley_by_definition(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shapley values from all ``2^n`` values in binary order, by the factorial weights."""
    players = len(value).bit_length() - 1
    number = np.arange(len(value))
    size = ((number[:, None] >> np.arange(players)) & 1).sum(axis=1)
    weights = np.array(
        [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    )
    phi = np.zeros(players)
    for i in range(players):
        without = number[(number >> i) & 1 == 0]
        gain = value[without | (1 << i)] - value[without]
        phi[i] = weights[size[without]] @ gain
    return phi
