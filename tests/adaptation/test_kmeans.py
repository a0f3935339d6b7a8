"""k-means against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from attrigraph.adaptation.kmeans import kmeans
from attrigraph.errors import InputError


@pytest.mark.parametrize(("k", "spread"), [(3, 0.1), (10, 0.3), (10, 3.0), (40, 0.3)])
def test_inertia_is_within_a_twentieth_of_scikit_learn(k: int, spread: float) -> None:
    rng = np.random.default_rng(k)
    centres = rng.normal(size=(10, 6))
    points = centres[rng.integers(0, 10, 500)] + spread * rng.normal(size=(500, 6))
    found = kmeans(points, k)
    reference = KMeans(k, n_init=10, random_state=0).fit(points)
    assert found.inertia <= 1.05 * reference.inertia_
    by_hand = sum(((points[found.labels == c] - found.centres[c]) ** 2).sum() for c in range(k))
    assert found.inertia == pytest.approx(by_hand)


def test_points_that_are_all_the_same_and_k_of_all_points() -> None:
    assert kmeans(np.ones((5, 2)), 3).inertia == 0
    assert kmeans(np.arange(8.0).reshape(4, 2), 4).inertia == 0


@pytest.mark.parametrize("k", [0, 5])
def test_a_number_of_clusters_that_points_cannot_have_is_refused(k: int) -> None:
    with pytest.raises(InputError, match="k must be between 1 and the 4 points"):
        kmeans(np.ones((4, 2)), k)
