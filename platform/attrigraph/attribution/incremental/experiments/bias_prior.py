"""Prior of a model's bias: the true effect of a channel as a multiple of the estimate.

    effect_c = 0                                      with probability NO_EFFECT
    effect_c ~ N(0, (NEGLIGIBLE * size_c)^2)          with probability LITTLE_EFFECT
    effect_c = m_c * estimate_c + chance error        otherwise
    m_c ~ Student t with 2 degrees of freedom around mu, scale t * size_c
    mu ~ N(1 / (1 - NO_EFFECT - LITTLE_EFFECT), CENTER_SD^2),   t ~ half-normal(SPREAD_SCALE)

Bias is proportional and partly shared by channels, as in Turner, Spiegelhalter, Smith & Thompson
(2009), Bias modelling in evidence synthesis. The tails are heavy because observational estimates of
advertising are sometimes wrong by a multiple (Gordon, Zettelmeyer, Bhargava & Chapsky 2019), and m
may be negative. Without a test the expected effect is the estimate itself.

The Student distribution is a mixture of normal distributions over its precision, so every posterior
is a finite mixture of normal distributions over (mu, t, precision): no logarithm of an effect is
taken, and an effect of 0 or below is as good as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import gamma, halfnorm, norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_EFFECT: Final = 0.005
"""Prior probability that a channel has no effect at all."""

LITTLE_EFFECT: Final = 0.025
"""Prior probability that its effect is negligible beside the estimate."""

NEGLIGIBLE: Final = 0.15
"""Sd of a negligible effect as a share of the estimate."""

CENTER_SD: Final = 0.12
"""Prior sd of the multiplier that the channels share."""

SPREAD_SCALE: Final = 0.12
"""Scale of the prior of t, by which channels' multipliers differ from the shared one."""

DEGREES: Final = 2
"""Degrees of freedom of the channels' multipliers."""

CENTERS: Final = 1 / (1 - NO_EFFECT - LITTLE_EFFECT) + CENTER_SD * np.linspace(-3, 3, 13)
SPREADS: Final = np.geomspace(0.01, 1.0, 20)
PRECISIONS: Final = np.geomspace(0.0005, 5.0, 20)


def _normalised(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(weight / weight.sum())


PRECISION_WEIGHTS: Final = _normalised(
    PRECISIONS * gamma.pdf(PRECISIONS, DEGREES / 2, scale=2 / DEGREES)
)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The prior of one channel's effect as a mixture of normal distributions.

    Attributes:
        mean: float64 ``[hyper, parts]``; the last two parts are little and no effect.
        variance: float64 ``[hyper, parts]``.
        chance: float64 ``[hyper, parts]``, share of the variance that is chance.
        weight: float64 ``[parts]``.
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    chance: NDArray[np.float64]
    weight: NDArray[np.float64]


def hyper_weights() -> NDArray[np.float64]:
    """Prior weights ``[hyper]`` of the pairs of a centre and a spread, centres first."""
    center = norm.pdf(CENTERS, CENTERS.mean(), CENTER_SD)
    spread = SPREADS * halfnorm.pdf(SPREADS, scale=SPREAD_SCALE)
    return _normalised(np.outer(center, spread).ravel())


def components(estimate: float, chance_sd: float) -> Components:
    """The prior of a channel's effect around the model's estimate.

    Args:
        estimate: conversions lost without the channel.
        chance_sd: sampling error of the estimate. An estimate near 0 has a bias in proportion to
            its error instead of its size.
    """
    size = max(float(np.hypot(estimate, chance_sd)), 1.0)
    center = np.repeat(CENTERS, len(SPREADS))[:, None]
    spread = np.tile(SPREADS, len(CENTERS))[:, None]
    bias = (spread * size) ** 2 / PRECISIONS
    none = np.zeros_like(center)
    return Components(
        mean=np.hstack([np.broadcast_to(center * estimate, bias.shape), none, none]),
        variance=np.hstack([bias + chance_sd**2, none + (NEGLIGIBLE * size) ** 2, none]),
        chance=np.hstack([chance_sd**2 / (bias + chance_sd**2), none, none]),
        weight=np.append(
            (1 - NO_EFFECT - LITTLE_EFFECT) * PRECISION_WEIGHTS, [LITTLE_EFFECT, NO_EFFECT]
        ),
    )


def probability_below(value: float, estimate: float, chance_sd: float, variance: float) -> float:
    """Prior probability of a lower test result than ``value``.

    Args:
        value: the test result.
        estimate: the model's estimate.
        chance_sd: sampling error of the estimate.
        variance: of the test.
    """
    prior = components(estimate, chance_sd)
    below = norm.cdf(value, prior.mean, np.sqrt(prior.variance + variance))
    return float(hyper_weights() @ below @ prior.weight)
