"""Losses by hand, and what the guard needs of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_poisson_deviance

from attrigraph.adaptation.losses import Loss, PoissonLoss, SquaredLoss

numbers = st.lists(st.floats(-3, 3), min_size=2, max_size=2).map(np.array)
every_loss = pytest.mark.parametrize("loss", [SquaredLoss(), PoissonLoss()])


def test_losses_by_hand() -> None:
    scores = np.array([1.0, 2.0])
    assert SquaredLoss().value(scores, np.array([0.0, 4.0])) == 2.5
    assert PoissonLoss().value(np.zeros(2), np.array([0.0, 1.0])) == 1.0
    observed = np.array([0.0, 5.0])
    deviance = 2 * mean_poisson_deviance(observed, np.exp(scores))
    assert PoissonLoss().value(scores, observed) == pytest.approx(deviance / 2)


def test_scores_too_large_for_an_exponential_give_finite_losses() -> None:
    huge = np.array([1e6])
    assert np.isfinite(PoissonLoss().value(huge, np.array([3.0])))
    assert np.isfinite(PoissonLoss().divergence(huge, huge))


@every_loss
@given(scores=numbers, correction=numbers, part=st.floats(0, 1))
def test_the_divergence_bounds_the_loss_of_corrected_scores_where_the_others_are_exact(
    loss: Loss, scores: np.ndarray, correction: np.ndarray, part: float
) -> None:
    bound = loss.divergence(scores, correction)
    for each in (correction, -correction):
        assert loss.value(scores + each, loss.mean(scores)) <= bound * (1 + 1e-9) + 1e-9
    assert loss.divergence(scores, part * correction) <= part**2 * bound + 1e-12


@every_loss
@given(
    scores=numbers, other=numbers, part=st.floats(0, 1), counts=st.tuples(*[st.integers(0, 9)] * 2)
)
def test_losses_are_convex_in_the_scores(
    loss: Loss, scores: np.ndarray, other: np.ndarray, part: float, counts: tuple[int, int]
) -> None:
    observed = np.array(counts, dtype=float)
    between = loss.value((1 - part) * scores + part * other, observed)
    chord = (1 - part) * loss.value(scores, observed) + part * loss.value(other, observed)
    assert between <= chord + 1e-9
