"""Triples of channels: planted ones are found, with their size; pairs alone make none."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.incremental.hazard import Hazard, Rows, fit_hazard
from attrigraph.attribution.incremental.triples import (
    NEARLY_FREE,
    SetEffects,
    Triples,
    expected_conversions,
    set_effects,
)

CHANNELS = 5
CELLS = np.array(list(product([0.0, 1.0], repeat=CHANNELS)))
PAIRS = np.array(list(combinations(range(CHANNELS), 2)))
TRIPLES = np.array(list(combinations(range(CHANNELS), 3)))
PENALTY = np.full(CHANNELS + len(PAIRS), NEARLY_FREE)


def rows_of(features: np.ndarray, people: np.ndarray, converted: np.ndarray) -> Rows:
    """People who all have the features of their cell, by whether they convert."""
    weight = np.concatenate([converted, people - converted]).astype(np.float64)
    event = np.arange(len(weight)) < len(people)
    is_any = weight > 0
    day = np.zeros(int(is_any.sum()), dtype=np.int64)
    twice = np.concatenate([features, features])
    return Rows(twice[is_any], day, event[is_any], weight[is_any], 1)


def market(seed: int, planted: float) -> tuple[Rows, Hazard]:
    """People touched by five channels at random, whose pairs have effects, as a fit of these."""
    rng = np.random.default_rng(seed)
    reach = rng.uniform(0.15, 0.5, CHANNELS)
    people = rng.multinomial(50_000, np.where(CELLS == 1, reach, 1 - reach).prod(axis=1))
    features = np.concatenate([CELLS, CELLS[:, PAIRS].prod(axis=2)], axis=1)
    own, joint = rng.normal(0.4, 0.2, CHANNELS), rng.normal(0.0, 0.5, len(PAIRS))
    logit = features @ np.concatenate([own, joint]) + planted * CELLS[:, :3].prod(axis=1)
    rows = rows_of(features, people, rng.binomial(people, expit(logit - 4)))
    return rows, fit_hazard(rows, PENALTY)


def effects_of(seed: int, planted: float) -> SetEffects:
    rows, fit = market(seed, planted)
    return set_effects(rows, fit, PENALTY, rows.features[:, :CHANNELS], TRIPLES)


def test_pairs_alone_make_at_most_a_tenth_false_discoveries() -> None:
    # without any effect of a triple a single one that is found makes all of them false
    assert sum(effects_of(seed, 0.0).is_positive.any() for seed in range(50)) <= 5


def test_a_planted_triple_is_found_with_its_lift_and_few_others() -> None:
    found = [effects_of(seed, 1.1) for seed in range(25)]
    assert np.mean([one.is_positive[0] for one in found]) >= 0.9
    error = [(one.log_lift[0] - 1.1) / one.sd[0] for one in found]
    assert abs(np.mean(error)) < 0.5
    assert 0.6 < np.std(error) < 1.4
    false = [one.is_positive[1:].sum() / max(one.is_positive.sum(), 1) for one in found]
    assert np.mean(false) <= 0.1


def test_the_lift_is_the_rate_over_that_of_lower_orders_and_counts_its_conversions() -> None:
    cells = np.array(list(product([0.0, 1.0], repeat=3)))
    features = np.concatenate([cells, cells[:, [[0, 1], [0, 2], [1, 2]]].prod(axis=2)], axis=1)
    people = np.full(8, 1e8)
    # a thousandth convert, and each channel doubles that; of all three 5 times as many as that
    rate = 0.001 * 2 ** cells.sum(axis=1) * np.where(cells.all(axis=1), 5.0, 1.0)
    rows, penalty = rows_of(features, people, people * rate), np.zeros(6)
    fit = fit_hazard(rows, penalty)
    [one] = [set_effects(rows, fit, penalty, rows.features[:, :3], np.array([[0, 1, 2]]))]
    odds = rate / (1 - rate)
    ratio = odds[7] * odds[1] * odds[2] * odds[4] / (odds[3] * odds[5] * odds[6] * odds[0])
    np.testing.assert_allclose(np.exp(one.log_lift), ratio, rtol=1e-4)
    np.testing.assert_allclose(np.exp(one.log_lift), 5.0, rtol=0.05)
    # the rate is that of the data in each cell; without the lift it is a fifth with all three
    np.testing.assert_allclose(one.conversions, 1e8 * rate[7] * (1 - 1 / ratio), rtol=1e-4)


def test_a_set_of_two_has_the_effect_of_its_pair() -> None:
    cells = np.array(list(product([0.0, 1.0], repeat=2)))
    people, converted = np.array([4e4, 3e4, 2e4, 1e4]), np.array([80.0, 120.0, 70.0, 130.0])
    rows, penalty = rows_of(cells, people, converted), np.full(2, 1e-3)
    one = set_effects(rows, fit_hazard(rows, penalty), penalty, rows.features, np.array([[0, 1]]))
    with_pair = np.concatenate([cells, cells.prod(axis=1, keepdims=True)], axis=1)
    pairwise = fit_hazard(rows_of(with_pair, people, converted), np.array([*penalty, NEARLY_FREE]))
    assert one.log_lift[0] == pytest.approx(pairwise.effect[2], rel=1e-4)
    assert one.sd[0] ** 2 == pytest.approx(np.linalg.inv(pairwise.curvature)[2, 2], rel=1e-3)


def test_expected_conversions_count_people_whom_all_members_reached() -> None:
    rows, fit = market(0, 0.0)
    exposure = rows.features[:, :CHANNELS]
    [expected] = expected_conversions(rows, fit, exposure, TRIPLES[:1])
    both = exposure[:, :3].all(axis=1) & rows.event
    assert expected == pytest.approx(rows.weight[both].sum(), rel=0.3)
    assert len(expected_conversions(rows, fit, exposure, TRIPLES[:0])) == 0


def test_without_sets_nothing_is_found_and_untested_ones_are_counted() -> None:
    rows, fit = market(0, 0.0)
    none = set_effects(rows, fit, PENALTY, rows.features[:, :CHANNELS], TRIPLES[:0])
    assert none.is_positive.tolist() == []
    assert list(Triples({}, 20, 20).notes()) == []
    [note] = Triples({}, 20, 8).notes()
    assert note.startswith("12 of 20 triples of channels reached too few customers")
