"""Signatures of paths by hand and by their laws, and changes of clicks."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.baselines.signatures import fit_change_point, signature
from fatigue_examples import held_out_error, small_examples


def levels(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both levels of the signature of one path."""
    found = signature(path[None])[0]
    size = path.shape[1]
    return found[:size], found[size:].reshape(size, size)


def test_signatures_by_hand() -> None:
    # a straight line: half the product of its increments
    first, second = levels(np.array([[1.0, 1.0], [3.0, 2.0]]))
    assert first.tolist() == [2, 1]
    assert second.tolist() == [[2, 1], [1, 0.5]]
    # first to the right, then up: all of x comes before all of y
    first, second = levels(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 3.0]]))
    assert second.tolist() == [[2, 6], [0, 4.5]]


def test_laws_of_signatures() -> None:
    path = np.random.default_rng(0).normal(size=(9, 3))
    first, second = levels(path)
    # shuffle product: symmetric part
    assert second + second.T == pytest.approx(np.outer(first, first))
    # Chen's identity
    (one, of_one), (other, of_other) = levels(path[:5]), levels(path[4:])
    assert second == pytest.approx(of_one + of_other + np.outer(one, other))
    # points on the path change nothing
    points = np.insert(path, 3, (path[2] + 3 * path[3]) / 4, axis=0)
    assert levels(points)[1] == pytest.approx(second)


def test_units_that_lose_clicks_have_fewer_days() -> None:
    examples = small_examples()
    model = fit_change_point(examples)
    assert (np.diff(model.distance) >= 0).all()
    assert (np.diff(model.days) <= 0).all()
    found = [model.predict(each.snapshot, each.panel).days for each in examples]
    ratio = np.concatenate([each.snapshot.log_ratio for each in examples])
    assert np.corrcoef(np.concatenate(found), ratio)[0, 1] > 0.6
    median = float(np.median(np.concatenate([e.labels.days[e.learn] for e in examples])))
    assert held_out_error(found) < held_out_error([np.full(len(days), median) for days in found])
