"""Triples of channels that bring more together than their pairs predict.

    lift(T) = rate where all members of T reached a customer / rate that lower orders predict

The hazard is fitted once more with the products of three exposures; the lift is ``exp`` of the
effect of such a product. Effects of pairs are nearly free in this fit: shrunken ones would leave
a part of a strong pair to the triples with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.features import feature_matrix, shrunk_groups
from attrigraph.attribution.incremental.hazard import Rows, fit_hazard
from attrigraph.attribution.incremental.interactions import FALSE_DISCOVERIES, marketing_channels
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.hazard import Hazard
    from attrigraph.attribution.incremental.histories import Histories

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MIN_EXPECTED: Final = 10.0
"""Conversions that lower orders predict where all members reached a customer, each person-day by
its exposure, below which a triple is not tested."""

NEARLY_FREE: Final = 0.1
"""Penalty of effects that are tested, and of pairs: that of a normal prior of sd 3."""

ROWS: Final = 50_000
"""Approximate number of person-days without a conversion in the fit with triples."""


@dataclass(frozen=True, slots=True, eq=False)
class SetEffects:
    """Joint effects of sets of channels beyond what lower orders predict.

    Attributes:
        log_lift: float64 ``[sets]``, at full exposure to all members.
        sd: float64 ``[sets]``, its standard error.
        conversions: float64 ``[sets]``, those that would be lost without the joint effect.
    """

    log_lift: Floats
    sd: Floats
    conversions: Floats

    @property
    def is_positive(self) -> NDArray[np.bool_]:
        """Sets whose lift is above 1, with control of false discoveries ``[sets]``.

        See Benjamini & Hochberg 1995; the tests are one-sided.
        """
        if len(self.sd) == 0:
            return np.zeros(0, dtype=bool)
        chance = false_discovery_control(ndtr(-self.log_lift / self.sd))
        return np.asarray(chance <= FALSE_DISCOVERIES)


@dataclass(frozen=True, slots=True, eq=False)
class Triples:
    """Triples that help each other.

    Attributes:
        conversions: what they cause beyond what their single effects and pairs predict, by the
            numbers of three channels, ascending.
        n: number of all triples.
        n_tested: those that reached enough customers to be tested.
    """

    conversions: dict[tuple[int, ...], float]
    n: int
    n_tested: int

    def notes(self) -> Iterator[str]:
        """How many triples are not tested."""
        if self.n > self.n_tested:
            yield (
                f"{self.n - self.n_tested} of {counted(self.n, 'triple')} of channels reached too "
                "few customers together to show whether they bring more than their pairs"
            )


def triples_that_help(
    histories: Histories, credit: IncrementalCredit, rng: np.random.Generator
) -> Triples:
    """Triples of channels of marketing whose lift is above 1.

    Args:
        histories: the population that the model was fitted to.
        credit: of the model.
        rng: samples person-days without a conversion.

    Raises:
        ConvergenceError: the fit with triples does not converge.
    """
    response, triples = credit.response, _triples(marketing_channels(credit))
    evidence = gather_evidence(histories, response.conditions, rng, ROWS)
    exposure, pairs = evidence.touch_pairs.exposure(response.shape), response.effects.pairs
    rows = evidence.rows(feature_matrix(exposure, pairs, evidence.segments, evidence.columns))
    tested = triples[expected_conversions(rows, response.hazard, exposure, triples) >= MIN_EXPECTED]
    penalty = response.penalty.copy()
    penalty[shrunk_groups(exposure.shape[1], len(pairs), 0)[0]] = NEARLY_FREE
    effects = set_effects(rows, response.hazard, penalty, exposure, tested)
    found = effects.is_positive
    members = map(tuple, tested[found].tolist())
    conversions = dict(zip(members, effects.conversions[found].tolist(), strict=True))
    return Triples(conversions, len(triples), len(tested))


def _triples(channels: Integers) -> Integers:
    """All sets of three channels, ``[sets, 3]``."""
    return np.array([*combinations(channels.tolist(), 3)], dtype=np.int64).reshape(-1, 3)


def expected_conversions(rows: Rows, fit: Hazard, exposure: Floats, sets: Integers) -> Floats:
    """Conversions ``[sets]`` that a fit predicts where all members reached a customer.

    Each person-day counts by the product of its exposures.
    """
    return rows.weight * rows.chance(fit.level, fit.effect) @ _products(exposure, sets)


def set_effects(
    rows: Rows, lower: Hazard, penalty: Floats, exposure: Floats, sets: Integers
) -> SetEffects:
    """Effects of products of exposures in a fit with all features of the lower orders.

    Args:
        rows: person-days with the features of the lower orders, ``[m, d]``.
        lower: a fit of these, to start from.
        penalty: float64 ``[d]``, of these features.
        exposure: float64 ``[m, keys]``.
        sets: int64 ``[sets, k]``, channels of each set.

    Raises:
        ConvergenceError: the fit does not converge.
    """
    products, free = _products(exposure, sets), np.full(len(sets), NEARLY_FREE)
    wider = replace(rows, features=np.concatenate([rows.features, products], axis=1))
    start = replace(lower, effect=np.concatenate([lower.effect, np.zeros(len(sets))]))
    fit = fit_hazard(wider, np.concatenate([penalty, free]), start=start, tolerance=1e-7)
    log_lift = fit.effect[len(penalty) :]
    variance = np.diagonal(np.linalg.inv(fit.curvature))[len(penalty) :]
    fitted = rows.weight * wider.chance(fit.level, fit.effect)
    return SetEffects(log_lift, np.sqrt(variance), fitted @ -np.expm1(-products * log_lift))


def _products(exposure: Floats, sets: Integers) -> Floats:
    """Products of the members' exposures, ``[m, sets]``."""
    products = np.empty((len(exposure), len(sets)))
    for column, members in zip(products.T, sets, strict=True):
        column[:] = exposure[:, members].prod(axis=1)
    return products
