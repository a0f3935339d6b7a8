"""The matrix of all columns, against its parts set side by side."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.features import by_segment, feature_matrix


@pytest.mark.parametrize(("keys", "segments"), [(3, 2), (3, 0), (1, 2)])
def test_columns_are_exposures_pairs_segments_and_others(keys: int, segments: int) -> None:
    rng = np.random.default_rng(0)
    exposure, members = rng.random((7, keys)), rng.random((7, segments))
    pairs = np.argwhere(np.triu(np.ones((keys, keys)), 1))
    conditions, gradient = rng.random((7, 4)), rng.random((7, 2 * keys))
    expected = [
        *exposure.T,
        *(exposure[:, first] * exposure[:, second] for first, second in pairs),
        *(member * column for member in members.T for column in exposure.T),
        *conditions.T,
        *gradient.T,
    ]
    found = feature_matrix(exposure, pairs, members, conditions, gradient)
    assert (found == np.column_stack(expected)).all()
    first = keys + len(pairs)
    own = found[:, first : first + segments * keys]
    assert (own == by_segment(exposure, members)).all()
