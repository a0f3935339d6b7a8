"""Distances against geoopt, values by hand and laws; nearest neighbours against a naive loop."""

from __future__ import annotations

import math

import geoopt
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.distance import MAX_RADIUS, Positions, distances, lift

Array = NDArray[np.float64]
COORDINATES = st.floats(-2.5, 2.5, allow_subnormal=False)


def tangents(rows: int, width: int = 5, spread: float = 1.0, seed: int = 0) -> Array:
    return spread * np.random.default_rng(seed).normal(size=(rows, width))


def naive_distance(u: Array, v: Array) -> float:
    """``arcosh`` of the Lorentz product, literally."""
    r, s = math.dist(u, [0] * len(u)), math.dist(v, [0] * len(v))
    along = sum(a * b for a, b in zip(u, v, strict=True)) * math.sinh(r) * math.sinh(s) / (r * s)
    return math.acosh(math.cosh(r) * math.cosh(s) - along)


def positions(rows: int, **options: float) -> Positions:
    return Positions(tuple(f"c{row:05d}" for row in range(rows)), tangents(rows, **options))  # type: ignore[arg-type]


def boost(points: Array, rapidity: float) -> Array:
    """Points moved by a Lorentz boost along the first axis, an isometry."""
    moved = points.copy()
    c, s = math.cosh(rapidity), math.sinh(rapidity)
    moved[:, 0] = c * points[:, 0] + s * points[:, 1]
    moved[:, 1] = s * points[:, 0] + c * points[:, 1]
    return moved


def log(points: Array) -> Array:
    """Tangents of points; the inverse of lift."""
    length = np.linalg.norm(points[:, 1:], axis=1, keepdims=True)
    return np.asarray(points[:, 1:] / length * np.arcsinh(length))


def test_distances_agree_with_geoopt() -> None:
    u, v = tangents(40), tangents(60, seed=1)
    lorentz = geoopt.Lorentz(k=torch.tensor(1.0, dtype=torch.float64))
    ball = geoopt.PoincareBall(c=torch.tensor(1.0, dtype=torch.float64))
    x, y = (lorentz.expmap0(torch.nn.functional.pad(torch.from_numpy(t), (1, 0))) for t in (u, v))
    p, q = (t[..., 1:] / (1 + t[..., :1]) for t in (x, y))
    ours = np.stack([distances(query, v) for query in u])
    np.testing.assert_allclose(lift(u), x.numpy(), rtol=1e-12)
    np.testing.assert_allclose(ours, lorentz.dist(x[:, None], y[None]).numpy(), atol=1e-10, rtol=0)
    np.testing.assert_allclose(ours, ball.dist(p[:, None], q[None]).numpy(), atol=1e-10, rtol=0)


def test_distances_agree_with_the_formula() -> None:
    u, v = tangents(5), tangents(7, seed=1)
    naive = [[naive_distance(a, b) for b in v] for a in u]
    np.testing.assert_allclose([distances(a, v) for a in u], naive, atol=1e-11)


@pytest.mark.parametrize("radius", [0.5, 8.0, MAX_RADIUS])
def test_points_that_are_near_each_other_far_out_keep_their_distance(radius: float) -> None:
    angle = 2 * math.asin(math.sinh(0.15) / math.sinh(radius))
    u = np.array([radius, 0.0])
    v = radius * np.array([[math.cos(angle), math.sin(angle)]])
    np.testing.assert_allclose(distances(u, v), [0.3], rtol=1e-8)
    np.testing.assert_allclose(distances(u, u[None]), [0.0], atol=0)


def test_the_distance_to_the_origin_is_the_radius() -> None:
    u = tangents(6)
    np.testing.assert_allclose(distances(np.zeros(5), u), np.linalg.norm(u, axis=1), rtol=1e-14)


@given(arrays(np.float64, (3, 4), elements=COORDINATES))
def test_distances_are_symmetric_and_keep_the_triangle_inequality(u: Array) -> None:
    table = np.stack([distances(row, u) for row in u])
    np.testing.assert_allclose(table, table.T, atol=1e-12)
    assert table[0, 2] <= table[0, 1] + table[1, 2] + 1e-9


@given(st.floats(-1.5, 1.5), st.integers(0, 1000))
def test_a_boost_keeps_all_distances(rapidity: float, seed: int) -> None:
    u = tangents(6, seed=seed)
    moved = log(boost(lift(u), rapidity))
    for row, query in enumerate(u):
        np.testing.assert_allclose(distances(moved[row], moved), distances(query, u), atol=1e-8)


@given(st.integers(1, 60), st.integers(1, 70), st.sampled_from([0.01, 1.0, 3.0]), st.integers(0, 9))
def test_the_nearest_are_those_of_a_naive_loop(n: int, k: int, spread: float, seed: int) -> None:
    index = positions(n, spread=spread, seed=seed)
    query = tangents(1, spread=spread, seed=seed + 100)[0]
    exact = distances(query, index.tangents)
    naive = sorted(zip(exact.tolist(), index.ids, strict=True))[:k]
    found = index.nearest(query, k)
    assert [node for node, _ in found] == [node for _, node in naive]
    np.testing.assert_allclose([d for _, d in found], [d for d, _ in naive], rtol=1e-12)


def test_far_out_the_nearest_are_not_lost_to_rounding() -> None:
    """At radius 14 the product is wrong by more than these distances differ."""
    away = np.linspace(0, 1e-6, 50)
    u = 14 * np.stack([np.cos(away), np.sin(away)], axis=1)
    index = Positions(tuple(f"{row:02d}" for row in range(50)), u)
    assert [node for node, _ in index.nearest(u[0], 5)] == ["00", "01", "02", "03", "04"]


def test_ties_are_broken_by_id() -> None:
    index = Positions(("b", "c", "a"), np.array([[1.0, 0], [1.0, 0], [1.0, 0]]))
    assert [node for node, _ in index.nearest(np.array([0.5, 0.5]), 2)] == ["a", "b"]


def test_positions_of_some_ids_in_their_order() -> None:
    index = positions(5)
    taken = index.take(["c00003", "c00001"])
    assert taken.ids == ("c00003", "c00001")
    np.testing.assert_array_equal(taken.tangents, index.tangents[[3, 1]])
    assert len(index.take([])) == 0
    with pytest.raises(InputError, match="'x' has no position"):
        index.take(["x"])


def test_an_empty_index_has_no_neighbours() -> None:
    assert Positions((), np.empty((0, 3))).nearest(np.zeros(3), 5) == []


@pytest.mark.parametrize(
    ("query", "k", "message"),
    [
        (np.zeros(5), 0, "k must be at least 1, got 0"),
        (np.zeros(4), 1, r"width 5, got the shape \(4,\)"),
        (np.full(5, np.nan), 1, "must be finite"),
        (np.full(5, 9.0), 1, "radii of positions must be at most 15, got 20.1"),
    ],
)
def test_wrong_queries_are_named(query: Array, k: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        positions(3).nearest(query, k)


def test_wrong_positions_are_named() -> None:
    with pytest.raises(InputError, match=r"must have the shape \(2, d\), one per id, got \(1, 3\)"):
        Positions(("a", "b"), np.zeros((1, 3)))
    with pytest.raises(InputError, match="must be finite"):
        Positions(("a",), np.array([[np.inf]]))
