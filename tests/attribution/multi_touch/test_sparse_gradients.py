"""Bootstrap draws of removal losses: the sparse form follows the dense one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.multi_touch import removal_bootstrap, sparse_losses
from attrigraph.attribution.multi_touch.markov import count_chain
from attrigraph.attribution.multi_touch.resamples import resampled_paths
from attrigraph.attribution.observed.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.domain import PathCounts


@pytest.mark.parametrize("order", [1, 2])
def test_sparse_draws_move_losses_as_dense_ones_do(
    monkeypatch: pytest.MonkeyPatch,
    random_paths: Callable[[int, int, str], PathCounts],
    order: int,
) -> None:
    paths = random_paths(200, 1_500, "few large")
    counted, resampled = count_chain(paths, order), resampled_paths(Evidence(paths), 100, 0)
    dense = removal_bootstrap.loss_deviations(counted, resampled)
    monkeypatch.setattr(removal_bootstrap, "DENSE_KEYS", 0)
    monkeypatch.setattr(sparse_losses, "MIN_HUB_SHARE", 0.05)
    sparse = removal_bootstrap.loss_deviations(counted, resampled)
    spread = dense.std(axis=0)
    moving = spread > 1e-3 * spread.max()
    difference = (sparse - dense)[:, moving].std(axis=0) / spread[moving]
    assert np.median(difference) < 0.01
    assert difference.max() < 0.3
    np.testing.assert_allclose(sparse.std(axis=0)[moving], spread[moving], rtol=0.1)


def test_without_hubs_only_tiny_entries_are_left_out(
    monkeypatch: pytest.MonkeyPatch, random_paths: Callable[[int, int, str], PathCounts]
) -> None:
    paths = random_paths(300, 700, "even")
    counted, resampled = count_chain(paths, 1), resampled_paths(Evidence(paths), 100, 0)
    dense = removal_bootstrap.loss_deviations(counted, resampled)
    monkeypatch.setattr(removal_bootstrap, "DENSE_KEYS", 0)
    monkeypatch.setattr(sparse_losses, "MIN_HUB_SHARE", 1.0)
    sparse = removal_bootstrap.loss_deviations(counted, resampled)
    np.testing.assert_allclose(sparse, dense, rtol=0, atol=0.05 * dense.std(axis=0).max())
