"""Predict now, feedback later: what is learnt, what is refused, and what survives a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.adaptation.elastic import ElasticLowRank
from attrigraph.adaptation.full_head import FullHead
from attrigraph.adaptation.losses import Loss, PoissonLoss, SquaredLoss
from attrigraph.adaptation.low_rank import LowRank
from attrigraph.adaptation.online import OnlineModel, Outcome
from attrigraph.adaptation.trajectories import EXPIRY_SECONDS, MemoryTrajectories
from attrigraph.archive import from_bytes, to_bytes
from attrigraph.errors import InputError
from long_forms import examples

if TYPE_CHECKING:
    from attrigraph.adaptation.adapter import Floats

X, FROZEN, OBSERVED = np.arange(1.0, 5.0), np.array([0.5, -0.5]), np.array([2.0, 1.0])


def model(loss: Loss | None = None, *, capacity: int = 100) -> OnlineModel:
    return OnlineModel(LowRank(2, 4), loss or SquaredLoss(), MemoryTrajectories(capacity=capacity))


def learnt(online: OnlineModel, n: int = 30, *, seed: int = 0) -> OnlineModel:
    rng = np.random.default_rng(seed)
    for _ in range(n):
        name = online.predict(rng.normal(size=4), FROZEN, at=0)[1]
        online.feedback(name, rng.poisson(2.0, 2).astype(float), at=1)
    return online


def test_the_first_prediction_is_the_frozen_one_in_the_unit_of_observations() -> None:
    np.testing.assert_array_equal(model().predict(X, FROZEN, at=0)[0], FROZEN)
    served = model(PoissonLoss()).predict(X, FROZEN, at=0)[0]
    np.testing.assert_array_equal(served, np.exp(FROZEN))


def test_late_feedback_is_learnt_by_the_parameters_of_now() -> None:
    late, prompt = model(), model()
    first = late.predict(X, FROZEN, at=0)[1]
    learnt(late)
    learnt(prompt)
    second = prompt.predict(X, FROZEN, at=5)[1]
    late.feedback(first, OBSERVED, at=6)
    prompt.feedback(second, OBSERVED, at=6)
    for name, array in late.state().items():
        np.testing.assert_array_equal(array, prompt.state()[name])


def test_features_that_change_after_a_prediction_do_not_change_what_is_learnt() -> None:
    one, other = model(), model()
    x = X.copy()
    first, second = one.predict(x, FROZEN, at=0)[1], other.predict(X, FROZEN, at=0)[1]
    x.fill(99)
    one.feedback(first, OBSERVED, at=1)
    other.feedback(second, OBSERVED, at=1)
    for name, array in one.state().items():
        np.testing.assert_array_equal(array, other.state()[name])


@pytest.mark.parametrize("observed", [np.nan, np.inf, -np.inf, 1e200])
def test_feedback_that_is_not_finite_is_refused_counted_and_may_be_sent_again(
    observed: float,
) -> None:
    online = model()
    name = online.predict(X, FROZEN, at=0)[1]
    before = to_bytes(online.state())
    assert online.feedback(name, np.array([1.0, observed]), at=1) is Outcome.INVALID
    assert online.feedback(name, OBSERVED, at=1, weight=np.nan) is Outcome.INVALID
    assert to_bytes(online.state()) == before
    assert online.outcomes == {Outcome.INVALID: 2}
    assert online.feedback(name, OBSERVED, at=1) is Outcome.LEARNT


def test_a_negative_count_is_refused_by_a_poisson_loss_only() -> None:
    for loss, outcome in ((PoissonLoss(), Outcome.INVALID), (SquaredLoss(), Outcome.LEARNT)):
        online = model(loss)
        name = online.predict(X, FROZEN, at=0)[1]
        assert online.feedback(name, np.array([-1.0, 1.0]), at=1) is outcome


def test_while_frozen_feedback_is_refused_and_counted() -> None:
    online = learnt(model())
    name = online.predict(X, FROZEN, at=0)[1]
    before = to_bytes(online.state())
    online.accepts_updates = False
    for _ in range(3):
        assert online.feedback(name, OBSERVED, at=1) is Outcome.FROZEN
    assert to_bytes(online.state()) == before
    assert online.outcomes[Outcome.FROZEN] == 3
    online.accepts_updates = True
    assert online.feedback(name, OBSERVED, at=1) in {Outcome.LEARNT, Outcome.BOUNDARY}


def test_feedback_without_a_prediction_that_waits_is_named() -> None:
    online = model(capacity=2)
    names = [online.predict(X, FROZEN, at=0)[1] for _ in range(3)]
    late = EXPIRY_SECONDS + 1
    assert online.feedback(names[0], OBSERVED, at=1) is Outcome.DROPPED
    assert online.feedback(names[1], OBSERVED, at=1) is Outcome.LEARNT
    assert online.feedback(names[1], OBSERVED, at=1) is Outcome.DUPLICATE
    assert online.feedback(names[2], OBSERVED, at=late) is Outcome.EXPIRED
    assert online.feedback("x", OBSERVED, at=1) is Outcome.UNKNOWN
    assert sum(online.outcomes.values()) == 5


def test_a_state_survives_a_restart_to_the_bit() -> None:
    online, other = learnt(model()), model()
    other.load_state(from_bytes(to_bytes(online.state())))
    for each in (online, other):
        learnt(each, seed=1)
    assert to_bytes(online.state()) == to_bytes(other.state())


def test_a_state_of_another_adapter_is_refused() -> None:
    other = OnlineModel(FullHead(2, 4), SquaredLoss(), MemoryTrajectories())
    with pytest.raises(InputError, match="of the same kind and size"):
        other.load_state(model().state())


def test_an_inverse_propensity_weighs_up_to_10() -> None:
    def bias_after(propensity: float | None, weight: float) -> float:
        online = model()
        name = online.predict(X, FROZEN, at=0, propensity=propensity)[1]
        online.feedback(name, FROZEN + 0.01, at=1, weight=weight)
        return float(online.adapter.parameters["bias"][0])

    one = bias_after(None, 1.0)
    assert bias_after(0.5, 1.0) == pytest.approx(2 * one)
    assert bias_after(0.001, 1.0) == pytest.approx(10 * one)
    assert bias_after(None, 0.0) == 0


def test_an_adapter_that_does_harm_is_reset() -> None:
    online = model()
    online.adapter.parameters["bias"][...] = 30.0
    online.guard.state[0] = 0.0
    for _ in range(20):
        online.feedback(online.predict(X, FROZEN, at=0)[1], FROZEN, at=1)
    np.testing.assert_array_equal(online.adapter.correction(X), [0.0, 0.0])


def test_a_jump_is_a_boundary() -> None:
    online, rng = model(), np.random.default_rng(0)

    def outcomes(shift: float, n: int) -> list[Outcome]:
        names = [online.predict(rng.normal(size=4), FROZEN, at=0)[1] for _ in range(n)]
        return [
            online.feedback(name, FROZEN + shift + 0.1 * rng.normal(size=2), at=1) for name in names
        ]

    assert outcomes(0.0, 100) == [Outcome.LEARNT] * 100
    assert Outcome.BOUNDARY in outcomes(1.0, 10)


def regimes(online: OnlineModel, *, seed: int = 0, blocks: int = 6, length: int = 150) -> Floats:
    """Squared errors after a boundary was found ``[blocks]``: two contexts in turn, of other rates.

    Each block begins with the errors that the other one's correction makes.
    """
    rng, errors = np.random.default_rng(seed), np.zeros((blocks, length))
    weights, contexts = 3 * rng.normal(size=(2, 2, 4)), np.eye(2)
    for block in range(blocks):
        for case in range(length):
            x, context = rng.normal(size=4), contexts[block % 2]
            at = float(block * length + case)
            served, name = online.predict(x, FROZEN, at=at, context=context)
            y = FROZEN + weights[block % 2] @ x + 2 * (block % 2) + 0.1 * rng.normal(size=2)
            errors[block, case] = ((served - y) ** 2).mean()
            online.feedback(name, y, at=at + 0.5)
    return np.asarray(errors[:, 20:60].mean(axis=1))


def test_at_a_boundary_the_pattern_of_a_context_that_comes_back_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_bank, without = model(), model()
    monkeypatch.setattr(without.bank, "add", lambda _: False)
    errors, plain = regimes(with_bank), regimes(without)
    assert with_bank.outcomes[Outcome.BOUNDARY] >= 4
    assert len(with_bank.bank.patterns) >= 2
    assert errors[3:].mean() < 0.4 * plain[3:].mean()


def test_patterns_survive_a_restart_to_the_bit() -> None:
    online, other = model(), model()
    regimes(online)
    other.load_state(from_bytes(to_bytes(online.state())))
    assert len(other.bank.patterns) == len(online.bank.patterns) > 0
    assert to_bytes(online.state()) == to_bytes(other.state())


def test_a_boundary_protects_what_an_elastic_adapter_has_learnt() -> None:
    online = OnlineModel(ElasticLowRank(2, 4), SquaredLoss(), MemoryTrajectories())
    regimes(online, blocks=2)
    assert online.outcomes[Outcome.BOUNDARY] > 0
    assert online.adapter.parameters["mean_importance"][0] > 0


@pytest.mark.parametrize("size", [1e10, 1e100])
@pytest.mark.parametrize("loss", [SquaredLoss(), PoissonLoss()])
def test_observations_of_any_size_leave_finite_predictions(loss: Loss, size: float) -> None:
    online = model(loss)
    for _ in range(40):
        name = online.predict(X, FROZEN, at=0)[1]
        online.feedback(name, np.array([size, 1.0]), at=1)
    assert np.isfinite(online.predict(X, FROZEN, at=0)[0]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_features_and_scores_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="must be finite"):
        model().predict(np.full(4, value), FROZEN, at=0)
    with pytest.raises(InputError, match="must be finite"):
        model().predict(X, np.full(2, value), at=0)


def test_other_wrong_arguments_are_named() -> None:
    online = model()
    with pytest.raises(InputError, match="propensity must be above 0"):
        online.predict(X, FROZEN, at=0, propensity=0.0)
    name = online.predict(X, FROZEN, at=0)[1]
    with pytest.raises(InputError, match="must have 2 observations"):
        online.feedback(name, np.ones(3), at=1)
    with pytest.raises(InputError, match="a weight of at least 0"):
        online.feedback(name, OBSERVED, at=1, weight=-1.0)


@settings(max_examples=examples(30, long=1000))
@given(
    loss=st.sampled_from([SquaredLoss(), PoissonLoss()]),
    patterns=st.lists(st.integers(0, 4), min_size=1, max_size=12),
    seed=st.integers(0, 100),
)
def test_what_is_served_keeps_the_bound_against_an_adversary_that_sees_it(
    loss: Loss, patterns: list[int], seed: int
) -> None:
    """It repeats a pattern of observations that follow, oppose or ignore the adapter."""
    store, rng = MemoryTrajectories(), np.random.default_rng(seed)
    online = OnlineModel(FullHead(2, 4, rate=0.9), loss, store, max_loss=4.0)
    of_frozen = of_served = 0.0
    for case in range(240):
        x, frozen = rng.normal(size=4), 0.5 * rng.normal(size=2)
        correction = online.adapter.correction(x)
        scores = online.guard.serve(frozen, correction)
        served, name = online.predict(x, frozen, at=0)
        np.testing.assert_array_equal(served, loss.mean(scores))
        expected = loss.mean(frozen)
        moves = (0 * expected, expected - served, served - expected, X[:2], 9 * X[:2])
        observed = np.maximum(expected + moves[patterns[case % len(patterns)]], 0)
        of_frozen += min(4.0, loss.value(frozen, observed))
        of_served += min(4.0, loss.value(scores, observed))
        online.feedback(name, observed, at=1)
        assert of_served <= 1.05 * of_frozen + 4.0 + 1e-9
