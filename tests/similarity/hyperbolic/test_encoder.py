from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.distance import lift
from attrigraph.similarity.hyperbolic.learning import without_torch
from gnn.hierarchy.encoder import Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.similarity.hyperbolic.encoder import TextEncoder

VALUES = st.one_of(st.just(0.0), st.floats(-1e308, 1e308))


def trained(gain: float = 1.0) -> Encoder:
    encoder = Encoder(4, 3).to(torch.float64)
    encoder.reset_parameters(torch.Generator().manual_seed(0))
    with torch.no_grad():
        encoder.out.weight *= gain
    return encoder


@given(st.integers(1, 8), st.integers(0, 99), st.sampled_from([1.0, 1e3]))
def test_numpy_places_texts_where_torch_does(n: int, seed: int, gain: float) -> None:
    texts = np.random.default_rng(seed).normal(size=(n, 4))
    with torch.no_grad():
        theirs = trained(gain)(torch.from_numpy(texts)).numpy()
    np.testing.assert_allclose(without_torch(trained(gain)).place(texts), theirs, rtol=1e-11)


@given(
    st.sampled_from([1.0, 1e6]),
    st.lists(st.lists(VALUES, min_size=4, max_size=4), min_size=1, max_size=5),
)
def test_positions_are_always_inside_the_ball(gain: float, rows: list[list[float]]) -> None:
    placed = without_torch(trained(gain)).place(np.array(rows))
    points = lift(placed)
    assert np.isfinite(placed).all()
    assert np.linalg.norm(placed, axis=1).max() <= 8 * (1 + 1e-12)
    assert (np.linalg.norm(points[:, 1:], axis=1) / (1 + points[:, 0])).max() < 1


def test_no_texts_have_no_positions() -> None:
    assert without_torch(trained()).place(np.empty((0, 4))).shape == (0, 3)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (np.zeros((2, 5)), r"must have the shape \(n, 4\), got \(2, 5\)"),
        (np.zeros(4), r"must have the shape \(n, 4\), got \(4,\)"),
        (np.full((1, 4), np.inf), "must be finite"),
    ],
)
def test_wrong_texts_are_named(texts: NDArray[np.float64], message: str) -> None:
    encoder: TextEncoder = without_torch(trained())
    with pytest.raises(InputError, match=message):
        encoder.place(texts)
