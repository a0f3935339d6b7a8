"""Removal losses of many keys: sparse sums equal the closed form of a dense inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.multi_touch import markov, sparse_losses
from attrigraph.attribution.multi_touch.removal import Jumps
from attrigraph.attribution.observed.paths import count_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.domain import PathCounts


@pytest.mark.parametrize("shape", ["even", "few large"])
@pytest.mark.parametrize("max_products", [0, 5_000, sparse_losses.MAX_PRODUCTS])
def test_sparse_losses_equal_the_closed_form(
    monkeypatch: pytest.MonkeyPatch,
    random_paths: Callable[[int, int, str], PathCounts],
    shape: str,
    max_products: int,
) -> None:
    monkeypatch.setattr(sparse_losses, "MAX_PRODUCTS", max_products)
    monkeypatch.setattr(sparse_losses, "MIN_HUB_SHARE", 0.02)
    chain = markov.build_chain(random_paths(400, 1_000, shape), 1)
    exact = markov.closed_form_losses(chain)
    losses = sparse_losses.sparse_losses(Jumps.of(chain))
    np.testing.assert_allclose(losses, exact, rtol=0, atol=1e-9 * exact.sum(axis=0).min())


def test_many_keys_take_the_sparse_form(
    monkeypatch: pytest.MonkeyPatch, random_paths: Callable[[int, int, str], PathCounts]
) -> None:
    paths = random_paths(60, 300, "few large")
    dense = markov.removal_losses(paths, 1)
    monkeypatch.setattr(markov, "DENSE_KEYS", 10)
    np.testing.assert_allclose(markov.removal_losses(paths, 1), dense, rtol=1e-9, atol=1e-12)


def test_keys_that_no_journey_returns_to_lose_what_their_visitors_convert() -> None:
    codes = np.array([0, 1, 2, 3], np.int32)
    paths = count_rows(
        ("a", "b", "c", "d"),
        np.array([0, 2, 4]),
        codes,
        np.array([2.0, 1.0]),
        np.array([6.0, 5.0]),
        np.array([2.0, 0.0]),
    )[0]
    losses = sparse_losses.sparse_losses(Jumps.of(markov.build_chain(paths, 1)))
    np.testing.assert_allclose(losses, [[2, 6], [2, 6], [1, 5], [1, 5]])
