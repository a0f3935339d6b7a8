"""Random walks over any number of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.observed.paths import count_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.domain import PathCounts


def walk_at_random(n_keys: int, n_paths: int, shape: str) -> PathCounts:
    """Random walks over keys that are equally frequent, or of frequencies 1, 1/2, 1/3, ..."""
    rng = np.random.default_rng(0)
    offsets = np.concatenate([[0], np.cumsum(rng.geometric(0.3, n_paths))])
    weight = np.ones(n_keys) if shape == "even" else 1 / np.arange(1, n_keys + 1)
    codes = rng.choice(n_keys, offsets[-1], p=weight / weight.sum()).astype(np.int32)
    converted = (rng.random(n_paths) < 0.2).astype(np.float64)
    names = tuple(f"k{key}" for key in range(n_keys))
    return count_rows(names, offsets, codes, converted, 10.0 * converted, 1.0 - converted)[0]


@pytest.fixture(scope="session")
def random_paths() -> Callable[[int, int, str], PathCounts]:
    """See ``walk_at_random``."""
    return walk_at_random
