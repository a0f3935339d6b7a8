"""Predictions that drive decisions: the regret of a linear bandit whose rewards change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.adaptation.kinds import make_adapter
from attrigraph.adaptation.losses import SquaredLoss
from attrigraph.adaptation.online import OnlineModel
from attrigraph.adaptation.trajectories import MemoryTrajectories
from long_forms import cases

if TYPE_CHECKING:
    from attrigraph.adaptation.adapter import Floats

N_ARMS, N_CONTEXT, N_CASES, WINDOW = 5, 4, 6000, 500
EXPLORED = 0.02
NOISE = 0.3


def regret(kind: str | None, *, seed: int) -> tuple[Floats, Floats]:
    """By window, what its best arm would have brought more than the arms of the highest score.

    And the same for the arms that were chosen, which explore: that costs a constant share.

    The rewards of arms are linear in a context. Frozen scores are exact until these weights are
    others, after a quarter of the cases. The arm with the highest score is chosen, and in a share
    of ``EXPLORED`` any arm; only its reward is seen.

    Args:
        kind: of the adapter, which learns from it; None to choose by the frozen scores.
        seed: of all draws.
    """
    rng = np.random.default_rng(seed)
    before, after = rng.normal(size=(2, N_ARMS, N_CONTEXT))
    adapter = make_adapter(kind or "bias", 1, N_ARMS * N_CONTEXT)
    model = OnlineModel(adapter, SquaredLoss(), MemoryTrajectories(), max_loss=10.0)
    rewards, highest, chosen = np.zeros((N_CASES, N_ARMS)), np.zeros(N_CASES), np.zeros(N_CASES)
    for case in range(N_CASES):
        context = np.array([1.0, *(0.3 * rng.normal(size=N_CONTEXT - 1))])
        rewards[case] = (before if case < N_CASES // 4 else after) @ context
        features = [np.kron(row, context) for row in np.eye(N_ARMS)]
        frozen = (before @ context)[:, None]
        scores = [
            model.guard.serve(one, adapter.correction(x))[0]
            for one, x in zip(frozen, features, strict=True)
        ]
        best, at_random = int(np.argmax(scores)), int(rng.integers(N_ARMS))
        arm = at_random if rng.random() < EXPLORED else best
        propensity = EXPLORED / N_ARMS + (1 - EXPLORED) * (arm == best)
        highest[case], chosen[case] = rewards[case, [best, arm]]
        if kind is not None:
            name = model.predict(features[arm], frozen[arm], at=case, propensity=propensity)[1]
            reward = chosen[case] + NOISE * rng.normal()
            model.feedback(name, np.array([reward]), at=case)
    of_window = WINDOW * rewards.reshape(-1, WINDOW, N_ARMS).mean(axis=1).max(axis=1)
    without, explored = (
        np.asarray(of_window - each.reshape(-1, WINDOW).sum(axis=1)) for each in (highest, chosen)
    )
    return without, explored


@cases(
    ("kind", "seed"), [(kind, seed) for seed in (0, 2, 1) for kind in ("lora-2", "full")], short=2
)
def test_regret_is_sublinear_and_below_that_of_frozen_scores(kind: str, seed: int) -> None:
    (without, adapted), (_, frozen) = regret(kind, seed=seed), regret(None, seed=seed)
    quarter = len(adapted) // 4
    # after the change, twice as many cases cost less than a fifth
    after_change, later = without[quarter : 2 * quarter].sum(), without[2 * quarter :].sum()
    assert later < max(0.2 * after_change, 0.0)
    assert adapted.sum() < 0.25 * frozen.sum()
    # before it the frozen scores are exact, and learning costs nearly nothing
    assert abs(adapted[:quarter].sum() - frozen[:quarter].sum()) < 0.02 * N_CASES
