"""Laws of the fatigue network: decreasing curves, relabelling, isolation, Shapley values."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fatigue_units import SIZES, random_network, random_units
from gnn.fatigue.graphs import UnitColumns, graph_of
from gnn.fatigue.model import POINTS, FatigueNetwork, coalitions_of_kinds, shapley_of_kinds
from gnn.fatigue.prediction import load_network, predict, state_of
from gnn.fatigue.sampler import neighbourhood
from long_forms import examples

SEEDS = st.integers(0, 2**31)
PAIRED = ("source", "target", "edge")


def permuted(units: UnitColumns, order: np.ndarray) -> UnitColumns:
    place = np.argsort(order)
    own = {f.name: getattr(units, f.name)[order] for f in fields(units) if f.name not in PAIRED}
    moved = replace(units, **own)
    return replace(moved, source=place[units.source], target=place[units.target])


@settings(max_examples=examples(8, long=100))
@given(SEEDS)
def test_curves_decrease_in_0_to_1(seed: int) -> None:
    found = predict(random_network(seed), random_units(12, seed))
    assert found.log_ratio.shape == (12, POINTS)
    assert (found.log_ratio <= 0).all()
    assert (np.diff(found.log_ratio, axis=1) <= 0).all()


@settings(max_examples=examples(8, long=100))
@given(SEEDS)
def test_the_order_and_the_numbers_of_nodes_change_nothing(seed: int) -> None:
    units, network = random_units(15, seed), random_network(seed)
    order = np.random.default_rng(seed).permutation(15)
    found = predict(network, units)
    other = predict(network, permuted(replace(units, groups=units.groups + 7), order))
    for name in ("log_level", "log_ratio", "elements"):
        assert getattr(other, name) == pytest.approx(getattr(found, name)[order], abs=1e-5)


@settings(max_examples=examples(8, long=100))
@given(SEEDS, st.integers(1, 15))
def test_curves_of_the_first_units_are_those_among_all(seed: int, count: int) -> None:
    units, network = random_units(15, seed), random_network(seed)
    found, first = predict(network, units), predict(network, units, count)
    for name in ("log_level", "log_ratio", "elements"):
        assert getattr(first, name) == pytest.approx(getattr(found, name)[:count], abs=1e-5)


def test_a_kind_of_which_no_unit_has_an_element_adds_nothing() -> None:
    units, network = random_units(9, 3), random_network(3)
    elements = units.elements.copy()
    elements[:, 1] = 0
    found = predict(network, replace(units, elements=elements))
    assert (found.elements[:, 1] == 0).all()
    assert (found.elements[:, [0, 2]] != 0).any()


@settings(max_examples=examples(8, long=100))
@given(SEEDS)
def test_an_isolated_unit_changes_no_other(seed: int) -> None:
    units, network = random_units(10, seed), random_network(seed)
    alone = random_units(1, seed + 1, pairs=0)
    joined = {
        f.name: np.concatenate([getattr(units, f.name), getattr(alone, f.name)])
        for f in fields(units)
    }
    joined["groups"][-1] = 99
    found, other = predict(network, units), predict(network, UnitColumns(**joined))
    assert other.log_ratio[:10] == pytest.approx(found.log_ratio, abs=1e-5)
    assert other.log_level[:10] == pytest.approx(found.log_level, abs=1e-5)


def test_before_it_is_fitted_the_given_curve_is_the_curve() -> None:
    units = random_units(8, 3)
    drops = np.maximum(-np.diff(units.log_ratio, axis=1, prepend=0), 0.01)
    found = predict(FatigueNetwork(SIZES).eval(), units)
    assert found.log_ratio == pytest.approx(-np.cumsum(drops, axis=1), abs=1e-5)
    assert found.log_level == pytest.approx(units.log_peak, abs=1e-6)


@settings(max_examples=examples(8, long=100))
@given(SEEDS)
def test_elements_of_a_unit_change_its_own_curve_alone(seed: int) -> None:
    units, network = random_units(10, seed), random_network(seed)
    elements = units.elements.copy()
    elements[0] = 1.0
    found, other = predict(network, units), predict(network, replace(units, elements=elements))
    assert other.log_ratio[1:] == pytest.approx(found.log_ratio[1:], abs=1e-6)
    assert not np.allclose(other.log_ratio[0], found.log_ratio[0], atol=1e-6)


def test_shapley_values_are_the_mean_over_all_orders() -> None:
    values = torch.from_numpy(np.random.default_rng(5).normal(size=(4, 8)))
    naive = np.zeros((4, 3))
    for order in permutations(range(3)):
        coalition = 0
        for kind in order:
            gain = values[:, coalition | 1 << kind] - values[:, coalition]
            naive[:, kind] += gain.numpy() / 6
            coalition |= 1 << kind
    assert shapley_of_kinds(values).numpy() == pytest.approx(naive)


def test_shapley_values_of_elements_sum_to_what_all_add() -> None:
    units, network = random_units(9, 4), random_network(4)
    _, values = network.with_coalitions(graph_of(units), coalitions_of_kinds(3), 5)
    found = predict(network, units)
    all_and_none = (values[:, -1] - values[:, 0]).detach().numpy()
    assert found.elements.sum(axis=1) == pytest.approx(all_and_none, abs=1e-5)
    absent = ~units.elements.any(axis=2)
    assert found.elements[absent] == pytest.approx(0, abs=1e-6)


@settings(max_examples=examples(8, long=100))
@given(SEEDS, st.lists(st.integers(0, 29), min_size=1, max_size=3, unique=True), st.integers(1, 4))
def test_a_neighbourhood_of_as_many_hops_as_rounds_has_the_same_curves(
    seed: int, seeds: list[int], rounds: int
) -> None:
    sizes = replace(SIZES, rounds=rounds)
    units, network = random_units(30, seed, pairs=20), random_network(seed, sizes)
    part, rows = neighbourhood(units, np.array(seeds), hops=rounds)
    assert rows[: len(seeds)].tolist() == seeds
    found = predict(network, units).log_ratio[seeds]
    assert predict(network, part).log_ratio[: len(seeds)] == pytest.approx(found, abs=1e-5)
    assert predict(network, part, len(seeds)).log_ratio == pytest.approx(found, abs=1e-5)


@settings(max_examples=examples(8, long=100))
@given(SEEDS, st.integers(0, 3), st.integers(0, 4))
def test_a_neighbourhood_is_what_a_walk_finds(seed: int, hops: int, limit: int) -> None:
    units = random_units(20, seed, pairs=10)
    _, rows = neighbourhood(units, np.array([0]), hops=hops)
    reached, before = {0}, set[int]()
    for _ in range(hops):
        pairs = zip(units.source.tolist(), units.target.tolist(), strict=True)
        step = {source for source, target in pairs if target in reached}
        for row in range(20):
            if any((units.groups[row] == units.groups[other]).any() for other in before):
                step.add(row)
        before, reached = reached, reached | step
    assert set(rows.tolist()) == reached
    some = [neighbourhood(units, np.array([0]), hops=hops, limit=limit, seed=1)[1] for _ in "ab"]
    assert some[0].tolist() == some[1].tolist()
    assert len(some[0]) <= 1 + hops * limit
    assert set(some[0].tolist()) <= reached


def test_parameters_survive_to_the_bit() -> None:
    units, network = random_units(10, 8), random_network(8)
    loaded = load_network(SIZES, state_of(network))
    assert predict(loaded, units).log_ratio.tolist() == predict(network, units).log_ratio.tolist()


def test_wrong_units_are_refused() -> None:
    units = random_units(5, 1)
    features = units.features.copy()
    features[0, 0] = np.nan
    with pytest.raises(ValueError, match="features of units must be finite"):
        graph_of(replace(units, features=features))
    with pytest.raises(ValueError, match="source rows must be from 0 to 4"):
        graph_of(replace(units, source=units.source + 9))
    with pytest.raises(ValueError, match="seeds must be rows from 0 to 4"):
        neighbourhood(units, np.array([5]))
