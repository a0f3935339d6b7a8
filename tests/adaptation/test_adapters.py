"""What holds for every adapter, gradients against autograd, and the table of drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.adaptation.adapter import load_state, state_of
from attrigraph.adaptation.bias import BiasAdapter
from attrigraph.adaptation.clipping import MAX_LENGTH, clipped
from attrigraph.adaptation.elastic import ElasticLowRank
from attrigraph.adaptation.full_head import FullHead
from attrigraph.adaptation.losses import PoissonLoss, SquaredLoss
from attrigraph.adaptation.low_rank import LowRank
from attrigraph.errors import InputError
from drifting_streams import (
    DRIFTS,
    N_FEATURES,
    N_OUTPUTS,
    drifting_stream,
    prequential_error,
)
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.adaptation.adapter import Adapter, Floats
    from attrigraph.adaptation.losses import Loss

MAKE: dict[str, Callable[[], Adapter]] = {
    "bias": lambda: BiasAdapter(3),
    "full": lambda: FullHead(3, 8),
    "lora-1": lambda: LowRank(3, 8, rank=1),
    "lora-2": lambda: LowRank(3, 8),
    "elastic": lambda: ElasticLowRank(3, 8, rank=2),
}
every_adapter = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
every_loss = pytest.mark.parametrize("loss", [SquaredLoss(), PoissonLoss()])


def draw(*shape: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=shape)


def trained(make: Callable[[], Adapter], *, seed: int = 0) -> Adapter:
    adapter = make()
    rng = np.random.default_rng(seed)
    for _ in range(20):
        adapter.learn(rng.normal(size=8), rng.normal(size=3))
    return adapter


@every_adapter
def test_scores_are_the_frozen_ones_to_the_bit_until_it_learns(
    make: Callable[[], Adapter],
) -> None:
    frozen = draw(3)
    adapter = make()
    np.testing.assert_array_equal(frozen + adapter.correction(draw(8)), frozen)
    adapter = trained(make)
    assert np.abs(adapter.correction(draw(8))).min() > 0
    adapter.reset()
    np.testing.assert_array_equal(frozen + adapter.correction(draw(8)), frozen)


@every_adapter
def test_a_state_is_restored_to_the_bit(make: Callable[[], Adapter]) -> None:
    adapter, other = trained(make), make()
    load_state(other, state_of(adapter))
    for _ in range(2):
        np.testing.assert_array_equal(adapter.correction(draw(8)), other.correction(draw(8)))
        for each in (adapter, other):
            each.learn(draw(8, seed=1), draw(3, seed=1))


def test_a_state_of_another_size_is_refused_and_changes_nothing() -> None:
    adapter = trained(MAKE["lora-2"])
    before = state_of(adapter)
    with pytest.raises(InputError, match="load it into an adapter of the same kind and size"):
        load_state(adapter, state_of(LowRank(3, 8, rank=1)))
    for name, array in adapter.parameters.items():
        np.testing.assert_array_equal(array, before[name])


def test_one_step_of_the_full_head_by_hand() -> None:
    head = FullHead(1, 2, rate=0.5)
    head.learn(np.array([1.0, 2.0]), np.array([3.0]))
    np.testing.assert_allclose(head.weights, [[-0.25, -0.5]])  # 3 x / 2 (1 + 5)
    np.testing.assert_allclose(head.bias, [-0.15])


def test_long_gradients_are_shortened() -> None:
    np.testing.assert_allclose(clipped(np.array([30.0, 40.0])), [3.0, 4.0])
    short = np.array([3.0, 4.0])
    assert MAX_LENGTH == 5
    assert clipped(short) is short


def torch_loss(loss: Loss, scores: torch.Tensor, observed: torch.Tensor) -> torch.Tensor:
    if isinstance(loss, SquaredLoss):
        return ((scores - observed) ** 2).sum() / 2
    return (scores.exp() - observed * scores).sum()


@every_loss
@pytest.mark.parametrize("rank", [1, 2])
def test_gradients_are_those_of_autograd(loss: Loss, rank: int) -> None:
    adapter = LowRank(3, 8, rank=rank)
    adapter.b[...] = draw(3, rank, seed=1)
    x, frozen, observed = draw(8, seed=2), 0.1 * draw(3, seed=3), np.array([0.0, 1.0, 2.0])
    a, b, bias = (torch.tensor(v, requires_grad=True) for v in adapter.parameters.values())
    scores = torch.tensor(frozen) + b @ (a @ torch.tensor(x)) / rank**0.5 + bias
    slopes = torch.autograd.grad(torch_loss(loss, scores, torch.tensor(observed)), (a, b, bias))

    gradient = loss.mean(frozen + adapter.correction(x)) - observed
    assert np.linalg.norm(gradient) < MAX_LENGTH
    steps = adapter.steps(x, gradient)
    for name, slope in zip(("a", "b", "bias"), slopes, strict=True):
        np.testing.assert_allclose(steps[name][0], slope.numpy(), rtol=1e-10, atol=1e-12)


@every_adapter
@every_loss
@given(seed=st.integers(0, 10_000))
def test_a_step_lowers_the_loss_of_its_own_case(
    make: Callable[[], Adapter], loss: Loss, seed: int
) -> None:
    adapter = trained(make, seed=seed)
    x, frozen = draw(8, seed=seed), 0.3 * draw(3, seed=seed + 1)
    observed = np.random.default_rng(seed).poisson(1.0, 3).astype(float)
    scores = frozen + adapter.correction(x)
    before = loss.value(scores, observed)
    adapter.learn(x, loss.mean(scores) - observed)
    assert loss.value(frozen + adapter.correction(x), observed) < before


@given(rate=st.floats(0.001, 0.999), seed=st.integers(0, 10_000), scale=st.floats(0.01, 100))
@pytest.mark.parametrize("rank", [None, 1, 2, 8])
def test_a_first_step_lowers_the_loss_at_every_rate_below_1_and_scale_of_features(
    rank: int | None, rate: float, seed: int, scale: float
) -> None:
    adapter = FullHead(3, 8, rate=rate) if rank is None else LowRank(3, 8, rank=rank, rate=rate)
    x, observed = scale * draw(8, seed=seed), draw(3, seed=seed + 1)
    adapter.learn(x, -observed)
    loss = SquaredLoss()
    assert loss.value(adapter.correction(x), observed) < loss.value(np.zeros(3), observed)


@pytest.mark.parametrize("rank", [1, 2])
def test_the_correction_has_at_most_its_rank(rank: int) -> None:
    adapter = trained(lambda: LowRank(3, 8, rank=rank))
    columns = [adapter.correction(row) - adapter.parameters["bias"] for row in np.eye(8)]
    assert np.linalg.matrix_rank(np.array(columns)) <= rank


EXPECTED = {
    # frozen, full head, ranks 1, 2 and 8
    "none": (0.091, 0.107, 0.095, 0.095, 0.096),
    "slow rank 1": (2.01, 0.111, 0.154, 0.144, 0.131),
    "jump rank 1": (4.14, 0.206, 0.508, 0.506, 0.409),
    "jump full rank": (0.357, 0.154, 0.331, 0.308, 0.273),
}
"""Errors that were measured in another program, in a world of the same description."""


@cases("drift", DRIFTS, short=1)
def test_errors_under_drift_are_those_of_the_table(drift: str) -> None:
    found = np.mean([errors_under(drift, seed=seed) for seed in (0, 1)], axis=0)
    np.testing.assert_allclose(found, EXPECTED[drift], rtol=0.35)


def errors_under(drift: str, *, seed: int) -> list[float]:
    stream = drifting_stream(drift, seed=seed)
    adapters: list[Adapter] = [FullHead(N_OUTPUTS, N_FEATURES)]
    adapters += [LowRank(N_OUTPUTS, N_FEATURES, rank=rank, seed=seed) for rank in (1, 2, 8)]
    return [stream.frozen_error, *(prequential_error(stream, each) for each in adapters)]


def test_without_drift_a_low_rank_costs_least_and_under_drift_the_full_head_gains_most() -> None:
    still, moved = errors_under("none", seed=3), errors_under("jump rank 1", seed=3)
    assert still[0] < still[3] < min(1.06 * still[0], still[1])
    assert moved[1] < moved[3] < 0.2 * moved[0]
