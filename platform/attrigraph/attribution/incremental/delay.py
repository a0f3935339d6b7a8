"""Whether effects come with a delay, as they do in trade: by the likelihood of held-out customers.

An effect that rises before it falls has the kernel ``(age / peak) exp(1 - age / peak)`` instead of
``2^(-age / half-life)``: a gamma density of shape 2, as in distributed-lag models (Jin, Wang, Sun,
Chan & Koehler 2017 for advertising). Both have one parameter per channel, so their fits compare
directly. One kernel holds for all channels: single channels rarely have enough conversions to tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.hazard import fit_hazard
from attrigraph.attribution.incremental.response import fit_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.response import Evidence, FittedShapes

MIN_HALF_LIFE: Final = 10.0
"""Median half-life in days from which a delay is possible at all; a delayed effect looks long."""

MIN_Z: Final = 1.0
"""Standard errors by which held-out customers must be more likely with a delay."""

FOLDS: Final = 3
"""One of so many customers is held out."""


def with_delay(evidence: Evidence) -> Evidence:
    """The same evidence if effects come with a delay."""
    return replace(evidence, touch_pairs=replace(evidence.touch_pairs, delayed=True))


def is_delayed(evidence: Evidence, shapes: FittedShapes) -> bool:
    """Whether held-out customers are more likely with a delay, by more than a standard error.

    Args:
        evidence: person-days, without a delay.
        shapes: fitted to them.

    Raises:
        ConvergenceError: a fit does not converge.
    """
    if np.median(shapes.shape.half_life) < MIN_HALF_LIFE:
        return False
    is_held_out = evidence.person_days.customer % FOLDS == 0
    train, test = _split(evidence, is_held_out)
    if not len(train.person_days) or not len(test.person_days):
        return False
    gain = _log_likelihood(with_delay(train), with_delay(test)) - _log_likelihood(train, test)
    by_customer = np.bincount(test.person_days.customer, gain)
    return bool(by_customer.sum() > MIN_Z * np.sqrt(by_customer @ by_customer))


def _split(evidence: Evidence, is_held_out: NDArray[np.bool_]) -> tuple[Evidence, Evidence]:
    """Person-days of other and of held-out customers, on days with an event of the others."""
    days = evidence.person_days
    has_event = np.bincount(days.day[days.event & ~is_held_out], minlength=days.days) > 0
    known = has_event[days.day]
    number = np.cumsum(has_event) - 1
    return (
        _part(evidence, known & ~is_held_out, number),
        _part(evidence, known & is_held_out, number),
    )


def _part(evidence: Evidence, chosen: NDArray[np.bool_], number: NDArray[np.int64]) -> Evidence:
    """Some person-days, with new numbers of their days."""
    rows = np.flatnonzero(chosen)
    days = evidence.person_days.take(rows)
    place = np.cumsum(chosen) - 1
    pairs = evidence.touch_pairs.take(chosen[evidence.touch_pairs.row])
    return replace(
        evidence,
        person_days=replace(days, day=number[days.day], days=int(number[-1]) + 1),
        touch_pairs=replace(pairs, rows=len(rows), row=place[pairs.row]),
        columns=evidence.columns[rows],
        segments=evidence.segments[rows],
    )


def _log_likelihood(train: Evidence, test: Evidence) -> NDArray[np.float64]:
    """Log likelihood of the person-days of one part under the fit to the other, ``[m]``."""
    shape = fit_shapes(train).shape
    features, held_out = (
        np.concatenate([part.touch_pairs.exposure(shape), part.columns], axis=1)
        for part in (train, test)
    )
    penalty = np.concatenate([train.main_penalty, train.penalty])
    fit = fit_hazard(train.rows(features), penalty, tolerance=1e-7)
    logit = fit.level[test.person_days.day] + held_out @ fit.effect
    days = test.person_days
    return np.asarray(-days.weight * np.logaddexp(0.0, np.where(days.event, -logit, logit)))
