"""Response curves of a fitted model: worth what was credited, in money, with their draws."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.incremental import response_curves
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import FittedIncremental, fit_population
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.scaled_channels import MULTIPLES
from attrigraph.attribution.incremental.triples import Triples
from attrigraph.errors import InputError
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from attrigraph.attribution.incremental.response_curves import ResponseCurves

ONE = MULTIPLES.index(1.0)
OPTIONS = IncrementalOptions(draws=40, rows=60_000)


def fitted(factor: float = 1.0) -> FittedIncremental:
    """A small world whose conversions have their values times a factor."""
    world = simulate("unconfounded", 9, 4_000, measured_on=100)
    events = event_table_of(world)
    population = population_of(events, customer_attributes_of(world))
    histories = replace(population.histories, value=factor * population.histories.value)
    return fit_population(events, replace(population, histories=histories), OPTIONS)


@pytest.fixture(scope="module")
def run() -> FittedIncremental:
    return fitted()


@pytest.fixture(scope="module")
def by_channel(run: FittedIncremental) -> ResponseCurves:
    return run.curves("channel")


@pytest.mark.parametrize("by", ["channel", "campaign"])
def test_curves_are_worth_the_credited_value_at_the_observed_touches(
    run: FittedIncremental, by: Any
) -> None:
    curves = run.curves(by)
    credited = {line.key: line.value for line in run.answer(by).credits}
    assert {curve.key for curve in curves.curves} == set(credited)
    total = math.fsum(curve.values[ONE] for curve in curves.curves)
    assert total == pytest.approx(math.fsum(credited.values()))
    if by == "channel":
        for curve in curves.curves:
            assert curve.values[ONE] == pytest.approx(credited[curve.key])


def test_curves_begin_at_nothing_and_are_concave_where_they_help(
    by_channel: ResponseCurves,
) -> None:
    for curve in by_channel.curves:
        assert curve.values[0] == 0
        assert (curve.draws[:, 0] == 0).all()
        assert curve.draws.shape == (OPTIONS.draws, len(MULTIPLES))
        slopes = np.diff(curve.values) / np.diff(by_channel.multiples)
        if curve.values[ONE] > 0:
            assert (slopes > 0).all()
            assert (np.diff(slopes) < 0.1 * slopes[:-1]).all()  # but for the noise of the replay


def test_campaigns_have_the_shape_of_their_channel(
    run: FittedIncremental, by_channel: ResponseCurves
) -> None:
    shapes = {c.key: c.values / c.values[ONE] for c in by_channel.curves}
    for curve in run.curves("campaign").curves:
        np.testing.assert_allclose(curve.values / curve.values[ONE], shapes[curve.channel])


def test_twice_the_value_of_conversions_is_twice_the_curve(by_channel: ResponseCurves) -> None:
    doubled = {curve.key: curve for curve in fitted(2.0).curves("channel").curves}
    for curve in by_channel.curves:
        np.testing.assert_allclose(doubled[curve.key].values, 2 * curve.values, rtol=1e-6)
        np.testing.assert_allclose(doubled[curve.key].draws, 2 * curve.draws, rtol=1e-6, atol=1e-9)


def test_complements_are_interactions_in_money(
    run: FittedIncremental, by_channel: ResponseCurves
) -> None:
    interactions = {frozenset((i.first, i.second)): i for i in run.interactions()}
    level = {curve.key: float(curve.values[ONE]) for curve in by_channel.curves}
    for one in by_channel.complements:
        found = interactions[frozenset(one.channels)].conversions
        assert found > 0
        assert one.value >= 0.1 * min(level[key] for key in one.channels)


def test_a_triple_is_a_complement_and_leaves_its_pairs(
    run: FittedIncremental, by_channel: ResponseCurves, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, credit = run.channel_credit.keys, run.channel_credit
    kept = credit.values @ credit.coalitions.weights
    level = {curve.key: float(curve.values[ONE]) for curve in by_channel.curves}
    members = tuple(sorted(keys.index(c.key) for c in by_channel.curves if not c.reasons))[:3]
    matrix = np.full((len(keys), len(keys)), 0.6 * kept.min())

    def complements(conversions: float) -> dict[tuple[str, ...], float]:
        triples = Triples({members: conversions} if conversions else {}, 4, 3)
        monkeypatch.setattr(response_curves, "triples_that_help", lambda *_: triples)
        found = run.curves("channel")
        assert found.notes[-1].startswith("1 of 4 triples of channels reached too few customers")
        return {one.channels: one.value for one in found.complements}

    monkeypatch.setattr(response_curves, "interaction_matrix", lambda _: matrix.copy())
    monkeypatch.setattr(
        response_curves, "pairs_that_help", lambda _: ~np.eye(len(keys), dtype=bool)
    )
    names = tuple(str(keys[member]) for member in members)
    pairs, both = complements(0.0), complements(0.4 * kept.min())
    rate = math.prod(level[name] / kept[keys.index(name)] for name in names) ** (1 / 3)
    assert both.pop(names) == pytest.approx(0.4 * kept.min() * rate)
    # a Shapley interaction of 0.6 has half of the triple's 0.4
    assert both == {
        pair: pytest.approx(value * (2 / 3 if {*names} > {*pair} else 1))
        for pair, value in pairs.items()
    }


def test_the_same_seed_gives_the_same_curves(
    run: FittedIncremental, by_channel: ResponseCurves
) -> None:
    again = run.curves("channel")
    for first, second in zip(by_channel.curves, again.curves, strict=True):
        np.testing.assert_array_equal(first.draws, second.draws)


def test_curves_need_values_and_draws(run: FittedIncremental) -> None:
    with pytest.raises(InputError, match="no conversion has a value"):
        fitted(0.0).curves("channel")
    credit = replace(run.channel_credit, deviations=run.channel_credit.deviations[:0])
    with pytest.raises(InputError, match="the number of draws must be > 0"):
        replace(run, channel_credit=credit).curves("channel")
