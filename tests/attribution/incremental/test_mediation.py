"""Mediation by hand: half of the triggered share moves, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.mediation import transfer


def test_half_of_the_triggered_share_moves_to_the_parent() -> None:
    share = np.array([[0.0, 0.4], [0.0, 0.0]])
    assert np.array([10.0, 20.0]) @ transfer(share) == pytest.approx([14.0, 16.0])
    assert np.array([10.0, 20.0]) @ transfer(share, 1.0) == pytest.approx([18.0, 12.0])


def test_nothing_is_lost_or_made() -> None:
    share = np.random.default_rng(0).uniform(0, 0.3, (4, 4))
    np.fill_diagonal(share, 0.0)
    assert transfer(share).sum(axis=1) == pytest.approx(np.ones(4))
