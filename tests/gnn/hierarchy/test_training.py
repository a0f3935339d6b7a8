"""Reconstruction of a small tree; ``benchmarks/hierarchy.py`` has the one of 341 nodes."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from gnn.errors import NotConvergedError
from gnn.hierarchy.loss import euclidean_distance
from gnn.hierarchy.reconstruction import mean_average_precision
from gnn.hierarchy.training import FittedHierarchy, HierarchySettings, NodeTexts, fit_hierarchy
from regular_trees import all_distances, regular_tree

TREE = regular_tree(3, 3)
N = len(TREE)
SETTINGS = HierarchySettings(dimensions=3, epochs=40, batch_size=64, learning_rate=0.1)
SHORT = replace(SETTINGS, epochs=3, burn_in=1)
LEAVES = np.flatnonzero(TREE.depth == 3)


@cache
def fitted() -> FittedHierarchy:
    return fit_hierarchy(TREE.pairs, N, SETTINGS)


@cache
def leaf_texts() -> NodeTexts:
    """Texts of leaves: a direction for each of their ancestors, and noise."""
    rng = np.random.default_rng(0)
    of_node = rng.normal(size=(N, 24))
    signal = [of_node[TREE.ancestors(leaf)].sum(axis=0) for leaf in LEAVES.tolist()]
    return NodeTexts(LEAVES, np.stack(signal) + 0.3 * rng.normal(size=(len(LEAVES), 24)))


@cache
def fitted_to_texts() -> FittedHierarchy:
    return fit_hierarchy(TREE.pairs, N, SETTINGS, texts=leaf_texts())


def test_hyperbolic_positions_give_the_tree_back_and_flat_ones_do_not() -> None:
    flat = fit_hierarchy(TREE.pairs, N, SETTINGS, distance=euclidean_distance).tangents
    table = np.linalg.norm(flat[:, None] - flat, axis=-1)
    assert mean_average_precision(all_distances(fitted().tangents), TREE.pairs) >= 0.9
    assert mean_average_precision(table, TREE.pairs) <= 0.7


def test_a_small_radius_means_a_general_node() -> None:
    radius = np.linalg.norm(fitted().tangents, axis=1)
    below = TREE.parents >= 0
    assert (radius[below] >= radius[TREE.parents[below]] + 0.1).all()
    assert radius.max() <= SETTINGS.max_radius * (1 + 1e-12)


def test_the_radius_term_orders_radii_that_the_ranking_leaves_open() -> None:
    """Each node of a chain has only ancestors to be ranked against, or nodes below it."""
    pairs = np.array([[1, 0], [2, 1], [2, 0]])
    settings = replace(SETTINGS, radius_weight=10.0, margin=0.5, burn_in=0, epochs=100)
    radius = np.linalg.norm(fit_hierarchy(pairs, 3, settings).tangents, axis=1)
    assert radius[0] + 0.4 <= radius[1] <= radius[2] - 0.4


def test_the_same_seed_gives_the_same_positions_bit_by_bit() -> None:
    fits = [
        fit_hierarchy(TREE.pairs, N, replace(SHORT, seed=seed), texts=leaf_texts())
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(fits[0].tangents, fits[1].tangents)
    assert not np.array_equal(fits[0].tangents, fits[2].tangents)
    assert fits[0].losses == fits[1].losses


def test_burn_in_is_a_tenth_of_the_rate() -> None:
    slow = replace(SHORT, burn_in=3)
    tenth = replace(SHORT, burn_in=0, learning_rate=SHORT.learning_rate / 10)
    np.testing.assert_array_equal(
        fit_hierarchy(TREE.pairs, N, slow).tangents, fit_hierarchy(TREE.pairs, N, tenth).tangents
    )


def test_nodes_with_text_are_where_the_encoder_places_them() -> None:
    encoder = fitted_to_texts().encoder
    assert encoder is not None
    with torch.no_grad():
        placed = encoder(torch.from_numpy(leaf_texts().vectors)).numpy()
    np.testing.assert_allclose(fitted_to_texts().tangents[LEAVES], placed, rtol=1e-9)


def test_the_loss_falls() -> None:
    losses = fitted_to_texts().losses
    assert losses[-1] <= 0.2 * losses[0]


def test_without_pairs_positions_stay_near_the_origin() -> None:
    fit = fit_hierarchy(np.empty((0, 2), dtype=np.int64), 5, SHORT)
    assert np.abs(fit.tangents).max() <= 0.1
    assert fit.encoder is None


def test_a_loss_that_is_not_finite_is_named() -> None:
    wild = replace(SHORT, learning_rate=1e6, max_radius=1e4)
    with pytest.raises(NotConvergedError, match="non-finite; lower learning_rate"):
        fit_hierarchy(TREE.pairs, N, wild)


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"nodes must be in \[0, 2\), got 0 to 39"):
        fit_hierarchy(TREE.pairs, 2, SHORT)
    with pytest.raises(ValueError, match="text vectors must be finite"):
        fit_hierarchy(TREE.pairs, N, SHORT, texts=NodeTexts(LEAVES[:1], np.array([[np.nan]])))
    with pytest.raises(ValueError, match="text vectors must be one per node, 1, got 2"):
        fit_hierarchy(TREE.pairs, N, SHORT, texts=NodeTexts(LEAVES[:1], np.ones((2, 3))))
    with pytest.raises(ValueError, match="negatives must be at least 1, got 0"):
        HierarchySettings(negatives=0)
    with pytest.raises(ValueError, match="margin must be at least 0, got -1"):
        HierarchySettings(margin=-1)
    with pytest.raises(ValueError, match="scale must be above 0, got 0"):
        HierarchySettings(scale=0)
