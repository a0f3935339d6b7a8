"""Two independent estimates of the conversions lost when a channel is removed.

Both use the same person-days and conditions as the hazard model, but not its effects.
Inverse-propensity weighting models who is touched; double machine learning models both who is
touched and who converts. If they differ from the model by more than their standard errors, the
model's estimate should be tested by an experiment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.hazard import Rows, fit_hazard
from attrigraph.domain import RemovalEstimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.response import Evidence, Response

MAX_WEIGHT: Final = 20.0
"""Maximum weight of a person-day in inverse-propensity weighting."""


def without_intent(evidence: Evidence, conditions: Conditions) -> Evidence:
    """Copy of the evidence without the latent-intent column."""
    if conditions.intent is None:
        return evidence
    return replace(evidence, columns=evidence.columns[:, :-1])


def double_machine_learning(evidence: Evidence, response: Response, key: int) -> RemovalEstimate:
    """Partially linear effect of a channel's exposure, cross-fitted (Chernozhukov et al. 2018).

    Exposure and event are each predicted from conditions, the other channels' exposures and the
    day, by weighted ridge regression fitted on the other half of the customers. The residual of the
    event is then regressed on the residual of the exposure. A channel without any exposure has
    effect 0.
    """
    person_days, weight = evidence.person_days, evidence.person_days.weight
    exposure = evidence.touch_pairs.exposure(response.shape)
    if not exposure[:, key].any():
        return RemovalEstimate(0.0, 0.0)
    others = np.delete(exposure, key, axis=1)
    features = np.concatenate([others, others**2, evidence.columns, evidence.columns**2], axis=1)
    target = np.stack([person_days.event.astype(np.float64), exposure[:, key]], axis=1)
    # Day fixed effects: subtract daily means from both sides.
    features, target = (_within_days(evidence, side) for side in (features, target))
    first = person_days.customer % 2 == 0
    residual = np.empty_like(target)
    for train in (first, ~first):
        residual[~train] = target[~train] - _predicted(features, target, weight, train)
    event_residual, exposure_residual = residual.T
    scale = weight @ exposure_residual**2
    effect = (weight * exposure_residual) @ event_residual / scale
    score = weight * exposure_residual * (event_residual - effect * exposure_residual)
    by_customer = np.bincount(person_days.customer, score)
    touched = weight @ exposure[:, key]
    error = np.sqrt(by_customer @ by_customer) / scale
    return RemovalEstimate(float(effect * touched), float(error * touched))


def _within_days(evidence: Evidence, columns: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = evidence.rows(columns)
    total = rows.by_day(columns * rows.weight[:, None])
    return np.asarray(columns - (total / rows.by_day(rows.weight)[:, None])[rows.day])


def _predicted(
    features: NDArray[np.float64],
    target: NDArray[np.float64],
    weight: NDArray[np.float64],
    train: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Predictions of ridge regressions fitted on ``train`` for the other rows."""
    train_features = features[train]
    gram = train_features.T @ (train_features * weight[train, None]) + 1e-3 * np.eye(
        features.shape[1]
    )
    effect = np.linalg.solve(gram, train_features.T @ (target * weight[:, None])[train])
    return np.asarray(features[~train] @ effect)


def inverse_propensity(evidence: Evidence, key: int) -> RemovalEstimate | None:
    """Effect on the touched, by reweighting the untouched to resemble them.

    The propensity to have been touched by the channel before a person-day comes from a logistic
    regression on conditions and the counts of other channels. An untouched person-day is weighted
    by its odds, at most ``MAX_WEIGHT``. The share of clipped weights is returned as well.

    Latent intent must not be among the conditions (see ``without_intent``). It is estimated from
    touch counts, including this channel's own, so given intent and the other counts the treatment
    would be almost determined. Confounding by intent that the other counts do not capture remains;
    the estimate is biased upwards if intent drives the channel's touches.

    Returns:
        None if every person-day is touched and there is no comparison group.

    Raises:
        ConvergenceError: the regression does not converge.
    """
    person_days = evidence.person_days
    counts = evidence.touch_pairs.counts()
    touched = counts[:, key] > 0
    if not touched.any():
        return RemovalEstimate(0.0, 0.0)
    if touched.all():
        return None
    others = np.log1p(np.delete(counts, key, axis=1))
    features = np.concatenate([evidence.columns, others], axis=1)
    usable = np.bincount(person_days.day, touched & (person_days.weight > 0), person_days.days) > 0
    included = usable[person_days.day]
    _, day = np.unique(person_days.day[included], return_inverse=True)
    rows = Rows(
        features[included], day, touched[included], person_days.weight[included], int(usable.sum())
    )
    fit = fit_hazard(rows, np.ones(features.shape[1]), tolerance=1e-7)
    propensity = rows.chance(fit.level, fit.effect)
    odds = propensity / np.maximum(1 - propensity, 1e-12)
    weight = rows.weight * np.where(rows.event, 1.0, np.minimum(odds, MAX_WEIGHT))
    event = person_days.event[included].astype(np.float64)
    customer = person_days.customer[included]
    untouched = ~rows.event
    treated = (weight * rows.event).sum()
    rate = (weight * event)[untouched].sum() / weight[untouched].sum()
    removal = (weight * event)[rows.event].sum() - rate * treated
    share = np.where(untouched, -treated / weight[untouched].sum(), 1.0)
    by_customer = np.bincount(customer, share * weight * (event - np.where(untouched, rate, 0.0)))
    clipped = float((untouched & (odds > MAX_WEIGHT)).mean())
    return RemovalEstimate(float(removal), float(np.sqrt(by_customer @ by_customer)), clipped)
