from __future__ import annotations

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import Tree

VECTORS = np.array([[3.0, 4.0], [0.0, 2.0]])


def test_cosine_distances_by_hand() -> None:
    distances = Texts(("a", "b"), VECTORS).cosine_distances(np.array([0.0, 10.0]))
    np.testing.assert_allclose(distances, [0.2, 0.0], atol=1e-15)


def test_texts_are_found_in_a_tree() -> None:
    tree = Tree.from_rows([("root", None), ("b", "root"), ("a", "root")])
    assert Texts(("a", "b"), VECTORS).nodes_in(tree).tolist() == [2, 1]
    with pytest.raises(InputError, match="the tree has no node 'x', which has a text vector"):
        Texts(("a", "x"), VECTORS).nodes_in(tree)


@pytest.mark.parametrize(
    ("ids", "vectors", "message"),
    [
        (("a", "a"), VECTORS, "each node needs one text vector"),
        (("a",), VECTORS, r"must have the shape \(1, width\), one per id, got \(2, 2\)"),
        (("a", "b"), VECTORS * np.nan, "must be finite"),
        (("a", "b"), VECTORS * 0, "must have a direction, got a vector of zeros"),
    ],
)
def test_wrong_texts_are_named(ids: tuple[str, ...], vectors: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Texts(ids, vectors)
