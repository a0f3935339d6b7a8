"""Logs that are replayed: against a loop by hand, late feedback, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.adaptation.guard import Guard
from attrigraph.adaptation.kinds import KINDS, make_adapter
from attrigraph.adaptation.losses import PoissonLoss
from attrigraph.adaptation.online import Outcome
from attrigraph.adaptation.prequential import LoggedCase, replay
from attrigraph.adaptation.scaled import Scaled
from attrigraph.adaptation.trajectories import Feedback, Trajectory
from attrigraph.errors import InputError

LOSS, FROZEN = PoissonLoss(), np.array([0.5, -0.5])


def cases(n: int = 40, *, delay: float = 0.5) -> list[LoggedCase]:
    rng = np.random.default_rng(0)
    xs, counts = rng.normal(size=(n, 4)), rng.poisson(6.0, (n, 2)).astype(float)
    return [
        LoggedCase(
            Trajectory(str(case), xs[case], FROZEN, np.exp(FROZEN), float(case)),
            Feedback(counts[case], case + delay, offset=0.3),
        )
        for case in range(n)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_prompt_feedback_is_a_loop_of_predict_and_learn(kind: str) -> None:
    adapter, guard = make_adapter(kind, 2, 4), Guard(LOSS, max_loss=50)
    losses = []
    for case in cases():
        x, frozen, y = case.made.x, case.made.frozen + 0.3, case.feedback.observed
        correction = adapter.correction(x)
        losses.append(LOSS.value(guard.serve(frozen, correction), y))
        guard.learn(frozen, correction, y)
        adapter.learn(x, LOSS.mean(frozen + correction) - y)
    found = replay(cases(), make_adapter(kind, 2, 4), LOSS, max_loss=50)
    np.testing.assert_allclose(found.losses, losses)
    assert found.ratio < 0.9
    assert found.weight == guard.weight


def test_feedback_that_comes_after_all_predictions_changes_none_of_them() -> None:
    found = replay(cases(delay=1000.0), make_adapter("full", 2, 4), LOSS, max_loss=50)
    np.testing.assert_array_equal(found.losses, found.frozen)
    assert found.ratio == 1
    assert found.outcomes[Outcome.LEARNT] + found.outcomes[Outcome.BOUNDARY] == 40


def test_feedback_at_the_time_of_a_prediction_is_learnt_before() -> None:
    prompt, exact = (
        replay(cases(delay=delay), make_adapter("bias", 2, 4), LOSS, max_loss=50)
        for delay in (0.5, 1.0)
    )
    np.testing.assert_array_equal(prompt.losses, exact.losses)


def test_feedback_of_unhealthy_days_is_refused() -> None:
    frozen = [LoggedCase(case.made, case.feedback, accepts_updates=False) for case in cases()]
    found = replay(frozen, make_adapter("bias", 2, 4), LOSS, max_loss=50)
    assert found.outcomes == {Outcome.FROZEN: 40}
    np.testing.assert_array_equal(found.losses, found.frozen)


def test_no_case_has_a_ratio_of_1() -> None:
    assert replay([], make_adapter("bias", 2, 4), LOSS, max_loss=50).ratio == 1


def test_other_kinds_are_refused() -> None:
    with pytest.raises(
        InputError, match="must be one of bias, full, lora-1, lora-2, lora-8, elastic-8"
    ):
        make_adapter("lora-3", 2, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scale_is_a_change_of_units(kind: str) -> None:
    """Scaled corrections are those of a model whose scores have that unit."""
    scale, x, gradient = np.array([0.5, 2.0]), np.arange(1.0, 5.0), np.array([1.0, -0.3])
    scaled, plain = Scaled(make_adapter(kind, 2, 4), scale), make_adapter(kind, 2, 4)
    for _ in range(3):
        scaled.learn(x, gradient)
        plain.learn(x, scale * gradient)
    np.testing.assert_array_equal(scaled.correction(x), scale * plain.correction(x))
    scaled.reset()
    np.testing.assert_array_equal(scaled.correction(x), [0, 0])
