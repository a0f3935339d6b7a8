"""Two other ways to estimate what a channel's removal costs, to hold beside the model's.

Both look at the same person-days with the same conditions, and neither uses the hazard model's
effects: inverse-propensity weighting models who is touched, double machine learning both who is
touched and who converts. Where they and the model disagree by more than their errors, the model's
figure needs an experiment.
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

CLIP: Final = 20.0
"""Largest weight of a person-day in inverse-propensity weighting."""


def without_intent(evidence: Evidence, conditions: Conditions) -> Evidence:
    """The same person-days without the column of latent intent."""
    if conditions.intent is None:
        return evidence
    return replace(evidence, columns=evidence.columns[:, :-1])


def double_machine_learning(evidence: Evidence, response: Response, key: int) -> RemovalEstimate:
    """Partially linear effect of a channel's exposure, cross-fitted (Chernozhukov et al. 2018).

    Exposure and event are each predicted from conditions, the other channels' exposures and the
    day, by weighted ridge regression fitted on the other half of the customers; what is left of the
    event is regressed on what is left of the exposure. A channel that reaches no person-day costs
    nothing.
    """
    person_days, weight = evidence.person_days, evidence.person_days.weight
    exposure = evidence.touch_pairs.exposure(response.shape)
    if not exposure[:, key].any():
        return RemovalEstimate(0.0, 0.0)
    others = np.delete(exposure, key, axis=1)
    features = np.concatenate([others, others**2, evidence.columns, evidence.columns**2], axis=1)
    target = np.stack([person_days.event.astype(np.float64), exposure[:, key]], axis=1)
    # Days are compared within themselves: their means are taken off both sides.
    features, target = (_within_days(evidence, side) for side in (features, target))
    first = person_days.customer % 2 == 0
    left = np.empty_like(target)
    for train in (first, ~first):
        left[~train] = target[~train] - _predicted(features, target, weight, train)
    left_event, left_exposure = left.T
    scale = weight @ left_exposure**2
    effect = (weight * left_exposure) @ left_event / scale
    score = weight * left_exposure * (left_event - effect * left_exposure)
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
    """Ridge regressions fitted on ``train``, at the other rows."""
    seen = features[train]
    gram = seen.T @ (seen * weight[train, None]) + 1e-3 * np.eye(features.shape[1])
    effect = np.linalg.solve(gram, seen.T @ (target * weight[:, None])[train])
    return np.asarray(features[~train] @ effect)


def inverse_propensity(evidence: Evidence, key: int) -> RemovalEstimate | None:
    """Effect on the touched, by weighting the untouched to look like them.

    The chance to have been touched by the channel before a person-day is fitted by a logistic
    regression on conditions and the counts of other channels; an untouched person-day weighs its
    odds, at most ``CLIP``. The share of clipped weights is part of the answer.

    Latent intent must not be among the conditions (see ``without_intent``): it is read from counts
    of touches, this channel's own among them, so that given it and the other channels' counts
    whether the channel touched is all but settled. What the other counts do not tell of intent
    stays in the answer, which therefore errs upwards where intent drives the channel's touches.

    Returns:
        None where every person-day is touched, so that there is nothing to compare with.

    Raises:
        ConvergenceError: when the regression does not settle.
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
    inside = usable[person_days.day]
    _, day = np.unique(person_days.day[inside], return_inverse=True)
    rows = Rows(
        features[inside], day, touched[inside], person_days.weight[inside], int(usable.sum())
    )
    fit = fit_hazard(rows, np.ones(features.shape[1]), tolerance=1e-7)
    chance = rows.chance(fit.level, fit.effect)
    odds = chance / np.maximum(1 - chance, 1e-12)
    weight = rows.weight * np.where(rows.event, 1.0, np.minimum(odds, CLIP))
    event = person_days.event[inside].astype(np.float64)
    customer = person_days.customer[inside]
    untouched = ~rows.event
    treated = (weight * rows.event).sum()
    rate = (weight * event)[untouched].sum() / weight[untouched].sum()
    removal = (weight * event)[rows.event].sum() - rate * treated
    share = np.where(untouched, -treated / weight[untouched].sum(), 1.0)
    by_customer = np.bincount(customer, share * weight * (event - np.where(untouched, rate, 0.0)))
    clipped = float((untouched & (odds > CLIP)).mean())
    return RemovalEstimate(float(removal), float(np.sqrt(by_customer @ by_customer)), clipped)
