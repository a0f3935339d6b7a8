"""Effects of channels on the value of conversions, the second part of a two-part model.

A channel adds value in two ways: it causes conversions, and it may raise what is spent at those
that would have happened without it (two-part model; Duan, Manning, Morris & Newhouse 1983). The
second part is a regression of the log of values on exposures, among conversions, given the
conditions of the hazard:

    log value = conditions . effect + sum_c raise_c e_c + normal error

A normal prior shrinks the raises to 0; its spread is estimated (empirical Bayes; MacKay 1992), so
that channels without an effect on values get none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.adstock import saturate
from attrigraph.attribution.incremental.person_days import conversion_person_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.path_credit import PathCredits
    from attrigraph.attribution.incremental.response import Response

ROUNDS: Final = 50
"""Maximum number of steps of the prior's spread."""

MIN_SD: Final = 1e-6
"""Sd of log values below which all conversions have one value, and no channel can raise it."""

MIN_CONVERSIONS_PER_PARAMETER: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class BasketEffects:
    """Effects of exposures on the log of values.

    Attributes:
        effect: float64 ``[keys]``.
        error: float64 ``[keys]``, posterior sd.
    """

    effect: NDArray[np.float64]
    error: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """Value that touches added to conversions which they did not cause, as ``PathCredits``' pairs.

    Attributes:
        value: float64 ``[pairs]``, currency; may be negative.
        error: float64 ``[pairs]``, change of it per sd of its channel's effect.
    """

    value: NDArray[np.float64]
    error: NDArray[np.float64]


def fit_baskets(histories: Histories, response: Response) -> BasketEffects:
    """Fit the effects on values; 0 where values do not vary or are too few, and of no marketing.

    Channels that are no marketing are conditions of values and raise none.
    """
    keys = len(histories.keys)
    exposure, conditions, _ = _at_conversions(histories, response)
    positive = histories.value > 0
    design = np.concatenate([np.ones((len(exposure), 1)), conditions, exposure], axis=1)[positive]
    logs = np.log(histories.value[positive])
    needed = MIN_CONVERSIONS_PER_PARAMETER * design.shape[1]
    if len(logs) < needed or logs.std() < MIN_SD:
        return BasketEffects(np.zeros(keys), np.zeros(keys))
    fitted = _shrunk(design, logs - logs.mean(), keys)
    return BasketEffects(
        histories.of_marketing(fitted.effect), histories.of_marketing(fitted.error)
    )


def _shrunk(design: NDArray[np.float64], target: NDArray[np.float64], keys: int) -> BasketEffects:
    """Ridge regression whose last ``keys`` columns share a prior of estimated spread."""
    gram, moment = design.T @ design, design.T @ target
    precision = np.full(len(gram), 1e-3)
    noise, prior = float(target.var()), 1.0
    effect = np.zeros(len(gram))
    covariance: NDArray[np.floating] = np.eye(len(gram))
    for _ in range(ROUNDS):
        precision[-keys:] = noise / prior
        covariance = noise * np.linalg.inv(gram + np.diag(precision))
        effect = covariance @ moment / noise
        residual = target - design @ effect
        noise = float(residual @ residual + np.trace(gram @ covariance)) / len(target)
        own = effect[-keys:] ** 2 + np.diagonal(covariance)[-keys:]
        previous, prior = prior, max(float(own.mean()), 1e-8)
        if abs(np.log(prior / previous)) < 1e-3:
            break
    return BasketEffects(effect[-keys:], np.sqrt(np.diagonal(covariance)[-keys:]))


def raised_value(
    histories: Histories, response: Response, paths: PathCredits, baskets: BasketEffects
) -> Raised:
    """What channels added to the part of each conversion that no touch caused.

    It is split between channels by their effects on the log, and between a channel's touches by
    their decayed weights.

    Args:
        histories: the population.
        response: the fitted hazard.
        paths: credit of the touches of all conversions.
        baskets: effects on values.
    """
    exposure, _, total = _at_conversions(histories, response)
    log_raise = exposure @ baskets.effect
    safe = np.where(log_raise == 0, 1.0, log_raise)
    mean_factor = np.where(log_raise == 0, 1.0, -np.expm1(-safe) / safe)
    remainder = histories.value * np.clip(paths.baseline, 0.0, 1.0) * mean_factor
    key = histories.key[paths.touch]
    part = paths.left / np.maximum(total[paths.conversion, key], 1e-300)
    per_effect = remainder[paths.conversion] * exposure[paths.conversion, key] * part
    return Raised(per_effect * baskets.effect[key], per_effect * baskets.error[key])


def _at_conversions(
    histories: Histories, response: Response
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Exposures ``[conversions, keys]``, conditions, and adstock."""
    person_days = conversion_person_days(histories)
    conditions = response.conditions
    pairs = conditions.pairs(histories, person_days)
    columns = conditions.columns(histories, person_days)
    adstock = pairs.adstock(response.shape.half_life)
    return saturate(adstock, response.shape.saturation), columns, adstock
