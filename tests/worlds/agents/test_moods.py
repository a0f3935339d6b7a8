"""Moving intent has the moments that its parameters say."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.worlds.agents.moods import Drift, InMarket, remembered


def test_phases_in_the_market_have_their_share_and_length() -> None:
    path = InMarket(chance=0.02, days=5, effect=1.0).path(4000, 60, np.random.default_rng(1))
    assert set(np.unique(path)) == {0.0, 1.0}
    # stationary from the first day on: 0.02 / (0.02 + 0.2)
    assert path[:, 0].mean() == pytest.approx(1 / 11, abs=0.015)
    assert path.mean() == pytest.approx(1 / 11, abs=0.005)
    stays = path[:, 1:][path[:, :-1] == 1].mean()
    assert stays == pytest.approx(1 - 1 / 5, abs=0.01)


def test_drifting_interest_is_standardised_and_persistent() -> None:
    path = Drift(persistence=0.9, effect=1.0).path(4000, 60, np.random.default_rng(1))
    for day in (0, 30, 59):
        assert path[:, day].std() == pytest.approx(1, abs=0.05)
        assert path[:, day].mean() == pytest.approx(0, abs=0.06)
    assert np.corrcoef(path[:, 20], path[:, 25])[0, 1] == pytest.approx(0.9**5, abs=0.04)


def test_memory_weights_earlier_days_by_their_age() -> None:
    path = np.array([[1.0, 0.0, 0.0]])
    assert remembered(path, 0.0) is path
    # a half-life of one day: half of today, a quarter of yesterday, ...
    assert remembered(path, 1.0).tolist() == [[0.5, 0.25, 0.125]]
