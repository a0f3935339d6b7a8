"""Graphs of journeys and mini-batches of them."""

import numpy as np
import pytest
import torch

from gnn.batches import IN, PRECEDED, batch_rows, check_codes, graph_of
from planted_journeys import journeys_of, random_journeys


def test_a_journey_is_a_chain_of_touches_with_the_days_between() -> None:
    graph = graph_of(journeys_of([(0, 9), (1, 4), (2, 0.5)], [(1, 3)], [], [(0, 2), (0, 2)]))
    assert graph[PRECEDED].edge_index.tolist() == [[0, 1, 4], [1, 2, 5]]
    assert graph[PRECEDED].days.tolist() == [5, 3.5, 0]
    assert graph[IN].edge_index.tolist() == [[0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 3, 3]]
    assert graph["touch"].code.tolist()[2] == [3, 0, 0]
    assert graph["journey"].num_nodes == 4


def test_the_graph_is_what_pytorch_geometric_calls_valid() -> None:
    assert graph_of(random_journeys(20, 1, covariates=2)).validate()


def test_a_touch_taken_out_leaves_its_neighbours_linked() -> None:
    journeys = journeys_of([(0, 9), (1, 4), (2, 1)])
    graph = graph_of(journeys.with_touches(np.array([True, False, True])))
    assert graph[PRECEDED].edge_index.tolist() == [[0], [1]]
    assert graph[PRECEDED].days.tolist() == [8]


def test_journeys_without_any_touch_make_a_graph() -> None:
    graph = graph_of(journeys_of([], []))
    assert graph["journey"].num_nodes == 2
    assert graph[PRECEDED].edge_index.shape == (2, 0)


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_batches_hold_every_journey_once(rng: np.random.Generator | None) -> None:
    rows = list(batch_rows(random_journeys(103, 2), 10, rng))
    assert max(map(len, rows)) == 10
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(103))


def test_batches_of_a_generator_depend_on_its_seed_alone() -> None:
    journeys = random_journeys(100, 2)
    one, same, other = (
        np.concatenate(list(batch_rows(journeys, 10, np.random.default_rng(seed))))
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_batch_pads_little() -> None:
    journeys = random_journeys(2000, 3, mean=5)
    for rows in batch_rows(journeys, 100, np.random.default_rng(0)):
        size = journeys.touches[rows]
        assert size.max() <= 2 * size.min() + 2


def test_a_batch_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1 journey per batch, got 0"):
        next(batch_rows(random_journeys(3, 1), 0))


def test_a_code_outside_the_vocabulary_is_an_error() -> None:
    with pytest.raises(ValueError, match="channel codes must be below 2, the size of the voc"):
        check_codes(journeys_of([(2, 1)]), (2, 0, 0))


def test_hidden_touches_are_counted_by_journey_and_none_by_default() -> None:
    journeys = journeys_of([(0, 1)], [])
    assert graph_of(journeys)["journey"].hidden.tolist() == [0, 0]
    assert graph_of(journeys, np.array([2, 1]))["journey"].hidden.tolist() == [2, 1]


def test_covariates_and_weights_come_as_float32() -> None:
    graph = graph_of(random_journeys(4, 1, covariates=2))
    assert graph["journey"].covariates.dtype == torch.float32
    assert graph["touch"].days.dtype == torch.float64
