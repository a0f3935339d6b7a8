"""Lifts of holdouts: by hand, over repeated experiments, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.experiments.holdout import holdout_lift
from attrigraph.errors import InputError

NOTHING = np.zeros((100, 0))


def test_without_covariates_it_is_the_difference_of_means() -> None:
    held_out = np.arange(100) < 40
    outcome = np.zeros(100)
    outcome[:4] = 1.0  # 0.1 of those held out
    outcome[40:58] = 1.0  # 0.3 of the others
    found = holdout_lift(outcome, held_out, NOTHING, customers=1_000, share=0.4)
    assert found.lift == pytest.approx(1_000 * 0.2)
    variance = 0.3 * 0.7 / 59 + 0.1 * 0.9 / 39
    assert found.standard_error == pytest.approx(1_000 * np.sqrt(variance))
    assert (found.treated, found.held_out) == (60, 40)
    assert found.variance_reduction == 0


def test_covariates_reduce_the_error_and_leave_the_lift_unbiased() -> None:
    rng = np.random.default_rng(3)
    lifts, errors, reductions = [], [], []
    for _ in range(200):
        known = rng.normal(size=(400, 1))
        held_out = rng.permutation(400) < 200
        outcome = 1.0 + known[:, 0] + 0.5 * ~held_out + 0.5 * rng.normal(size=400)
        found = holdout_lift(outcome, held_out, known, customers=1)
        lifts.append(found.lift)
        errors.append(found.standard_error)
        reductions.append(found.variance_reduction)
    assert np.mean(lifts) == pytest.approx(0.5, abs=4 * np.std(lifts) / np.sqrt(200))
    assert np.std(lifts) == pytest.approx(np.mean(errors), rel=0.2)
    assert np.mean(reductions) == pytest.approx(0.8, abs=0.05)


def test_groups_of_other_sizes_than_intended_are_refused() -> None:
    held_out = np.arange(1_000) < 400
    nothing = np.zeros((1_000, 0))
    with pytest.raises(InputError, match=r"400 of 1,000 customers were held out.*--share"):
        holdout_lift(np.zeros(1_000), held_out, nothing, customers=1_000)
    assert holdout_lift(
        np.tile([0.0, 1.0], 500), held_out, nothing, customers=1_000, share=0.4
    ).ratio_p == pytest.approx(1.0)


def test_small_groups_and_impossible_shares_are_refused() -> None:
    held_out = np.arange(100) < 10
    with pytest.raises(InputError, match="at least 30 customers in each group"):
        holdout_lift(np.zeros(100), held_out, NOTHING, customers=100)
    half = np.arange(100) < 50
    with pytest.raises(InputError, match="between 0 and 1"):
        holdout_lift(np.zeros(100), half, NOTHING, customers=100, share=1.5)
