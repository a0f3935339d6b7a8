"""Calibration of credits by lift tests, and the part of intervals that covers bias.

A test measures the conversions lost when a channel is switched off, L with standard error s. The
model estimates the same quantity, its removal value. With the prior of ``bias_prior`` for the true
effect, and L ~ N(effect, s^2), the expected effect replaces the removal value. Tested channels
follow their tests, however small or negative; untested ones are drawn to the centre that tested
channels share, less so where these disagree. Credit changes with its channel's effect.

The prior of bias is in the wide intervals with and without tests; tests shrink it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.experiments.bias_prior import probability_below
from attrigraph.attribution.incremental.experiments.limits import limited
from attrigraph.attribution.incremental.experiments.pooled_tests import pool_tests
from attrigraph.attribution.incremental.experiments.posterior import posterior_of
from attrigraph.domain import ExperimentAgreement
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
    from attrigraph.attribution.incremental.experiments.pooled_tests import PooledTests
    from attrigraph.domain.agreement import Verdict

MAX_RATIO: Final = 2.0
"""Credit per unit of effect lies between 1 / MAX_RATIO and MAX_RATIO.

Credit and removal value differ by substitution and by triggered touches; where one of them is near
0 their ratio means nothing."""

BETWEEN_TESTS_P: Final = 0.01
"""Tests of one channel with a smaller p-value of Cochran's Q contradict each other."""

AGAINST_MODEL_P: Final = 0.001
"""A test with a smaller p-value against the model, its bias allowed for, contradicts it."""

MENTIONED_P: Final = 0.05
"""Disagreements with a smaller p-value are mentioned in the notes."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Credits and their uncertainty after the tests; with no test, the credits of the model.

    Attributes:
        multiplier: float64 ``[keys]``, calibrated credit over the credit of the model; 1 where the
            model's credit is 0.
        credit: float64 ``[keys]``; the sum is at most the observed conversions.
        chance_deviations: float64 ``[draws, keys]``, draws less credit, from chance alone: the
            luck of customers, in the data and in the tests.
        wide_deviations: float64 ``[draws, keys]``, draws less credit, from chance and bias.
        notes: what a reader should know about the tests.
        measured: float64 ``[keys]``, how far experiments settle what a channel causes, in [0, 1]:
            the weight of its own tests against the model.
        disagree: bool ``[keys]``, whether tests of a channel contradict each other or the model.
        agreement: the same with its figures, one per tested channel.
    """

    multiplier: NDArray[np.float64]
    credit: NDArray[np.float64]
    chance_deviations: NDArray[np.float64]
    wide_deviations: NDArray[np.float64]
    notes: tuple[str, ...]
    measured: NDArray[np.float64]
    disagree: NDArray[np.bool_]
    agreement: tuple[ExperimentAgreement, ...] = ()


def calibrate(
    keys: Sequence[str | None],
    credit: NDArray[np.float64],
    removal: NDArray[np.float64],
    deviations: NDArray[np.float64],
    captured: NDArray[np.float64],
    observed: float,
    tests: Sequence[LiftTest],
    rng: np.random.Generator,
) -> Calibration:
    """Combine lift tests with the credits of a model.

    Args:
        keys: the channels.
        credit: float64 ``[keys]``, the model's credits.
        removal: float64 ``[keys]``, its estimates of the conversions lost when a channel is
            switched off.
        deviations: float64 ``[draws, keys]``, bootstrap draws of the credits less the credits.
        captured: float64 ``[keys]``, conversions at the moment of purchase that are not in the
            credits; where tests measure a channel they contain what it caused of these.
        observed: number of conversions.
        tests: lift tests, several per channel at will, or none.
        rng: source of the draws of bias.

    Raises:
        InputError: a test of a channel without touches.
    """
    ratio = _credit_per_effect(credit, removal)
    chance_sd = deviations.std(axis=0) if len(deviations) else np.zeros(len(keys))
    effect_sd = chance_sd / ratio
    pooled = pool_tests(keys, tests)
    posterior = posterior_of(removal, effect_sd, pooled.lift, pooled.variance)
    variance = posterior.variance() * ratio**2
    measured = posterior.measured()
    limit = max(observed - float((1 - measured) @ captured), 0.0)
    calibrated = credit
    if tests:
        calibrated = limited(credit + ratio * (posterior.mean() - removal), variance, limit)
    scaled = np.divide(deviations, chance_sd, out=np.zeros_like(deviations), where=chance_sd > 0)
    drawn = credit + ratio * (posterior.draws(scaled, rng) - removal)
    multiplier = np.divide(calibrated, credit, out=np.ones(len(keys)), where=credit != 0)
    nearest = np.clip(pooled.lift, removal, removal + np.maximum(captured, 0.0))
    p_model = _p_against_model(pooled, nearest, effect_sd)
    return Calibration(
        multiplier=multiplier,
        credit=calibrated,
        chance_deviations=_by_chance(deviations, multiplier, pooled, measured, ratio, rng),
        # what is captured is the rest of what is credited, so it does not limit other draws
        wide_deviations=limited(drawn, variance, observed) - calibrated,
        notes=_notes(keys, pooled, removal, effect_sd, p_model, multiplier),
        measured=measured,
        disagree=(pooled.p_value < BETWEEN_TESTS_P) | (p_model < AGAINST_MODEL_P),
        agreement=tuple(_agreement(tests, pooled, removal, effect_sd, p_model, measured, keys)),
    )


def _credit_per_effect(
    credit: NDArray[np.float64], removal: NDArray[np.float64]
) -> NDArray[np.float64]:
    comparable = credit * removal > 0
    ratio = np.divide(credit, removal, out=np.ones(len(credit)), where=comparable)
    return np.clip(ratio, 1 / MAX_RATIO, MAX_RATIO)


def _by_chance(
    deviations: NDArray[np.float64],
    multiplier: NDArray[np.float64],
    pooled: PooledTests,
    measured: NDArray[np.float64],
    ratio: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Errors of the model and of the test, each by the weight that the answer gives to it."""
    test_sd = np.sqrt(np.where(pooled.tested, pooled.variance, 0.0)) * ratio
    scaled = deviations * np.where(pooled.tested, 1.0, np.abs(multiplier))
    noise = rng.standard_normal(deviations.shape)
    return (1 - measured) * scaled + measured * test_sd * noise


def _p_against_model(
    pooled: PooledTests, expected: NDArray[np.float64], effect_sd: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Two-sided p-values ``[keys]`` of the tests given the model, its errors and its bias.

    Args:
        pooled: the tests.
        expected: float64 ``[keys]``, the value nearest to the test among those that the model
            allows: from the removal value to the removal value with all that was captured.
        effect_sd: float64 ``[keys]``, sampling errors of the removal values.
    """
    p_value = np.ones(len(expected))
    for key in np.flatnonzero(pooled.tested).tolist():
        below = probability_below(
            pooled.lift[key], expected[key], effect_sd[key], pooled.variance[key]
        )
        p_value[key] = 2 * min(below, 1 - below)
    return p_value


def _agreement(
    tests: Sequence[LiftTest],
    pooled: PooledTests,
    removal: NDArray[np.float64],
    effect_sd: NDArray[np.float64],
    p_model: NDArray[np.float64],
    measured: NDArray[np.float64],
    keys: Sequence[str | None],
) -> Iterator[ExperimentAgreement]:
    for row in np.flatnonzero(pooled.tested).tolist():
        yield ExperimentAgreement(
            channel=str(keys[row]),
            experiments=tuple(test.name for test in tests if test.channel == keys[row]),
            lift=float(pooled.lift[row]),
            standard_error=float(np.sqrt(pooled.variance[row])),
            estimate=float(removal[row]),
            estimate_error=float(effect_sd[row]),
            p_between=float(pooled.p_value[row]),
            p_model=float(p_model[row]),
            weight=float(measured[row]),
            verdict=_verdict(float(pooled.p_value[row]), float(p_model[row])),
        )


def _verdict(p_between: float, p_model: float) -> Verdict:
    if p_between < BETWEEN_TESTS_P or p_model < AGAINST_MODEL_P:
        return "contradict"
    return "differ" if min(p_between, p_model) < MENTIONED_P else "agree"


def _notes(
    keys: Sequence[str | None],
    pooled: PooledTests,
    removal: NDArray[np.float64],
    effect_sd: NDArray[np.float64],
    p_model: NDArray[np.float64],
    multiplier: NDArray[np.float64],
) -> tuple[str, ...]:
    if not pooled.tested.any():
        return ()
    notes = []
    q_model = (pooled.lift - removal) ** 2 / (pooled.variance + effect_sd**2)
    for row in np.flatnonzero(pooled.tested).tolist():
        error = np.sqrt(pooled.variance[row])
        if pooled.p_value[row] < MENTIONED_P:
            verb = "contradict" if pooled.p_value[row] < BETWEEN_TESTS_P else "may contradict"
            notes.append(
                f"the {pooled.count[row]} experiments of {keys[row]} {verb} each other: Cochran's"
                f" Q {pooled.cochran_q[row]:.1f}, p {pooled.p_value[row]:.2g}; their difference is"
                f" added to the standard error, which becomes {counted(error, 'conversion')}"
            )
        if p_model[row] < MENTIONED_P:
            verb = "contradicts" if p_model[row] < AGAINST_MODEL_P else "differs from"
            notes.append(
                f"the experiment of {keys[row]} {verb} the model: {pooled.lift[row]:,.0f} ±"
                f" {error:,.0f} conversions against {removal[row]:,.0f}; Cochran's Q"
                f" {q_model[row]:.1f} without bias, p {p_model[row]:.2g} with it"
            )
    factors = ", ".join(f"{key} {factor:.2f}" for key, factor in zip(keys, multiplier, strict=True))
    return (f"credits were scaled by experiments: {factors}", *notes)
