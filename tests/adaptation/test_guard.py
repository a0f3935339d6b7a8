"""The bound of the guard on streams that are made to break it, and what it costs under drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.adaptation.full_head import FullHead
from attrigraph.adaptation.guard import FIRST_ODDS, MAX_ODDS, MIN_FEEDBACKS, SHARE, Guard
from attrigraph.adaptation.losses import PoissonLoss, SquaredLoss
from attrigraph.adaptation.low_rank import LowRank
from attrigraph.errors import InputError
from drifting_streams import (
    N_FEATURES,
    N_OUTPUTS,
    drifting_stream,
    guarded_ratio,
    prequential_error,
)
from long_forms import cases, examples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.adaptation.adapter import Adapter, Floats
    from attrigraph.adaptation.losses import Loss

MAX_LOSS = 4.0
Case = tuple[float, float, float]
"""Frozen score, correction and observation, of one output."""


def sums_of_losses(guard: Guard, cases: Iterable[Case]) -> tuple[float, float]:
    """Clipped losses of the frozen scores and of those served."""
    frozen_sum = served_sum = 0.0
    for case in cases:
        frozen, correction, observed = (np.array([value]) for value in case)
        served = guard.serve(frozen, correction)
        frozen_sum += min(guard.max_loss, guard.loss.value(frozen, observed))
        served_sum += min(guard.max_loss, guard.loss.value(served, observed))
        guard.learn(frozen, correction, observed)
    return frozen_sum, served_sum


def assert_bound(guard: Guard, frozen: float, served: float) -> None:
    assert served <= (1 + SHARE) * frozen + guard.max_loss + 1e-9
    assert SHARE <= 0.1


extreme = st.sampled_from([0.0, 1e-3, 1.0, np.sqrt(2 * MAX_LOSS), 10.0, 1e6])
signed = st.builds(np.copysign, extreme, st.sampled_from([-1.0, 1.0]))


@settings(max_examples=examples(200, long=5000))
@given(stream=st.lists(st.tuples(signed, signed, signed), max_size=30), times=st.integers(1, 30))
def test_the_bound_holds_for_squared_losses_of_any_size(stream: list[Case], times: int) -> None:
    guard = Guard(SquaredLoss(), max_loss=MAX_LOSS)
    assert_bound(guard, *sums_of_losses(guard, stream * times))


score = st.sampled_from([-20.0, -4.0, -1.0, 0.0, 0.3, 1.0, 4.0])
count = st.sampled_from([0.0, 1.0, 2.0, 7.0, 1000.0])


@settings(max_examples=examples(200, long=5000))
@given(stream=st.lists(st.tuples(score, score, count), max_size=30), times=st.integers(1, 30))
def test_the_bound_holds_for_poisson_losses_of_any_size(stream: list[Case], times: int) -> None:
    guard = Guard(PoissonLoss(), max_loss=MAX_LOSS)
    assert_bound(guard, *sums_of_losses(guard, stream * times))


@pytest.mark.parametrize("depth", [0.5, 0.9])
def test_the_bound_holds_against_an_adversary_that_sees_the_weight(depth: float) -> None:
    """Whenever the adapted scores have gained a weight, they are wrong at the largest cost."""
    guard = Guard(SquaredLoss(), max_loss=MAX_LOSS)
    reach = np.sqrt(2 * MAX_LOSS)
    frozen = served = 0.0
    for _ in range(5000):
        trusted = guard.weight > depth
        case = (0.0, reach, -reach * 0.99) if trusted else (0.0, 0.1, 0.1)
        one, other = sums_of_losses(guard, [case])
        frozen, served = frozen + one, served + other
        assert_bound(guard, frozen, served)
        case = (0.0, reach, 0.0) if trusted else (0.0, reach, reach)
        one, other = sums_of_losses(guard, [case])
        frozen, served = frozen + one, served + other
        assert_bound(guard, frozen, served)


@pytest.mark.parametrize("loss", [SquaredLoss(), PoissonLoss()])
def test_the_bound_holds_where_each_case_is_the_worst_of_many(loss: Loss) -> None:
    """Greedy: of a grid, the case that leaves the least room below the bound is next."""
    guard = Guard(loss, max_loss=MAX_LOSS)
    grid = [
        (np.array([f]), np.array([c]), np.array([y]))
        for f in (-1.0, 0.0, 1.0)
        for c in (-4.0, -0.5, 0.5, 2.8)
        for y in (0.0, 1.0, 3.0, 9.0)
    ]
    frozen = served = 0.0
    for _ in range(examples(60, long=600)):
        costs = [costs_of(guard, *case) for case in grid]
        worst = max(range(len(grid)), key=lambda i: costs[i][1] - (1 + SHARE) * costs[i][0])
        frozen, served = frozen + costs[worst][0], served + costs[worst][1]
        guard.learn(*grid[worst])
        assert_bound(guard, frozen, served)


def costs_of(guard: Guard, frozen: Floats, correction: Floats, y: Floats) -> tuple[float, float]:
    scores = (frozen, guard.serve(frozen, correction))
    one, other = (min(guard.max_loss, guard.loss.value(each, y)) for each in scores)
    return one, other


def test_an_adapter_that_is_always_wrong_costs_at_most_the_constant() -> None:
    """The frozen scores are exact, so that all of the loss is the constant of the bound."""
    guard = Guard(SquaredLoss(), max_loss=MAX_LOSS)
    frozen, served = sums_of_losses(guard, [(0.0, 0.5, 0.0)] * 20_000)
    assert frozen == 0
    assert 0.1 * MAX_LOSS < served <= MAX_LOSS


def test_one_step_by_hand() -> None:
    guard = Guard(SquaredLoss(), max_loss=10.0)
    first = FIRST_ODDS / (1 + FIRST_ODDS)
    assert guard.weight == pytest.approx(first)
    frozen, correction, observed = np.zeros(1), np.ones(1), np.ones(1)
    np.testing.assert_allclose(guard.serve(frozen, correction), [first])
    guard.learn(frozen, correction, observed)
    gain = 0.5 - 0.5 * (1 - first) ** 2 + SHARE * 0.5
    assert guard.state[0] == pytest.approx((1 + FIRST_ODDS) * (1 + gain / 30) - 1)


def test_weights_move_to_what_is_better_and_back() -> None:
    guard = Guard(SquaredLoss(), max_loss=MAX_LOSS)
    sums_of_losses(guard, [(0.0, 1.0, 1.0)] * 500)
    assert guard.state[0] == MAX_ODDS
    sums_of_losses(guard, [(0.0, 1.0, 0.0)] * 500)
    assert guard.weight < 0.1
    sums_of_losses(guard, [(0.0, 1.0, 1.0)] * 500)
    assert guard.weight > 0.95


def test_a_reset_is_due_where_recent_losses_are_half_as_large_again() -> None:
    for times, due in ((1.4, False), (1.6, True)):
        guard = Guard(SquaredLoss())
        correction = np.sqrt(times) - 1
        sums_of_losses(guard, [(1.0, correction, 0.0)] * (MIN_FEEDBACKS - 1))
        assert not guard.is_reset_due()
        sums_of_losses(guard, [(1.0, correction, 0.0)])
        assert guard.is_reset_due() == due
        guard.forget_recent()
        assert not guard.is_reset_due()


def test_scores_without_correction_are_the_frozen_ones_to_the_bit() -> None:
    frozen = np.random.default_rng(0).normal(size=13)
    np.testing.assert_array_equal(Guard(SquaredLoss()).serve(frozen, np.zeros(13)), frozen)


@pytest.mark.parametrize("max_loss", [0.0, -1.0, np.inf, np.nan])
def test_a_limit_of_losses_that_is_none_is_refused(max_loss: float) -> None:
    with pytest.raises(InputError, match="max_loss must be a positive number"):
        Guard(SquaredLoss(), max_loss=max_loss)


BOUNDS = [
    # drift, limit for the full head and for low ranks
    ("slow rank 1", 0.2, 0.2),
    ("jump rank 1", 0.2, 0.2),
    ("jump full rank", 0.5, 1.0),
    ("none", 1.06, 1.06),
]


@cases(("drift", "full", "low"), BOUNDS, short=3)
@pytest.mark.parametrize("seed", [0])
def test_guarded_losses_under_drift(drift: str, full: float, low: float, seed: int) -> None:
    stream = drifting_stream(drift, seed=seed)
    assert guarded_ratio(stream, FullHead(N_OUTPUTS, N_FEATURES)) <= full
    for rank in (1, 2):
        adapter: Adapter = LowRank(N_OUTPUTS, N_FEATURES, rank=rank, seed=seed)
        assert guarded_ratio(stream, adapter) <= low


def test_without_drift_the_guard_takes_most_of_the_cost_of_the_full_head_away() -> None:
    stream = drifting_stream("none", seed=2)
    bare = prequential_error(stream, FullHead(N_OUTPUTS, N_FEATURES)) / stream.frozen_error
    assert guarded_ratio(stream, FullHead(N_OUTPUTS, N_FEATURES)) - 1 < 0.4 * (bare - 1)
