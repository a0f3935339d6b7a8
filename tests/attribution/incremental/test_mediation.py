"""Mediation by hand: half of the triggered share moves, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.mediation import transfer, triggered_shares
from attrigraph.attribution.incremental.triggers import LAGS, Triggers


def test_half_of_the_triggered_share_moves_to_the_parent() -> None:
    share = np.array([[0.0, 0.4], [0.0, 0.0]])
    assert np.array([10.0, 20.0]) @ transfer(share) == pytest.approx([14.0, 16.0])
    assert np.array([10.0, 20.0]) @ transfer(share, 1.0) == pytest.approx([18.0, 12.0])


def test_nothing_is_lost_or_made() -> None:
    share = np.random.default_rng(0).uniform(0, 0.3, (4, 4))
    np.fill_diagonal(share, 0.0)
    assert transfer(share).sum(axis=1) == pytest.approx(np.ones(4))


def test_triggered_shares_have_the_relative_error_of_triggered_touches() -> None:
    share, mean, error = np.zeros((3, 3)), np.zeros((3, 3, len(LAGS) - 1)), np.zeros((3, 3))
    share[0, 2], mean[0, 2, :2], error[0, 2] = 0.1, (0.3, 0.1), 0.04
    share[1, 2], mean[1, 2, 0], error[1, 2] = 0.9, 0.2, 0.1
    first, second = triggered_shares(("tv", None, "search"), share, Triggers(mean, error))
    # a relative error of 50 % reaches beyond all touches
    assert (first.channel, first.by, first.share) == ("search", None, 0.9)
    assert (first.low, first.high) == pytest.approx((0.1598, 1.0), abs=1e-4)
    # 0.1 -+ 1.645 * 10 % of 0.1
    assert (second.channel, second.by, second.share) == ("search", "tv", 0.1)
    assert (second.low, second.high) == pytest.approx((0.08355, 0.11645), abs=1e-5)
