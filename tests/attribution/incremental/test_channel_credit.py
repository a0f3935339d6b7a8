"""Incremental credit: near the truth of known worlds, with intervals that mean something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.credit.bootstrap import PoissonWeights
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.population import population_of
from attrigraph.errors import InputError
from attrigraph.worlds.evaluation import rank_correlation
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate


def found_in(name: Any, customers: Any = 20_000, seed: int = 77, measured_on: Any = 20_000) -> Any:
    world = simulate(name, seed, customers, measured_on=measured_on)
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    return world, histories, incremental(histories, IncrementalOptions())


def error_of(world: Any, found: Any) -> Any:
    true = np.array(world.truth.credit)
    return np.abs(found.credit - true).sum() / true.sum()


def test_credit_of_triggered_touches_is_the_difference_to_credit_without_mediation() -> None:
    world = simulate("retailer", 5, 3_000, measured_on=100)
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    found, without = (
        incremental(histories, IncrementalOptions(rows=60_000, draws=20, mediation=part))
        for part in (0.5, 0.0)
    )
    assert np.abs(found.moved).max() > 1.0
    np.testing.assert_allclose(found.moved, found.credit - without.credit, atol=1e-8)
    np.testing.assert_allclose(without.moved, 0.0, atol=1e-8)


@pytest.fixture(scope="module")
def confounded() -> Any:
    return found_in("confounded")


def test_credit_is_near_the_truth_where_intent_confounds(confounded: Any) -> None:
    world, _, found = confounded
    assert error_of(world, found) < 0.25
    assert rank_correlation(found.credit, np.array(world.truth.credit)) >= 0.7


def test_credit_and_organic_conserve_what_was_observed(confounded: Any) -> None:
    world, _, found = confounded
    assert found.credit.sum() + found.baseline == pytest.approx(len(world.converter), rel=1e-12)
    assert found.expected == pytest.approx(found.observed, rel=0.01)


def test_the_same_seed_gives_the_same_answer(confounded: Any) -> None:
    _, histories, found = confounded
    again = incremental(histories, IncrementalOptions())
    assert (again.credit == found.credit).all()
    assert (again.deviations == found.deviations).all()


def test_removing_a_channel_costs_more_than_its_share_where_channels_overlap(
    confounded: Any,
) -> None:
    _, _, found = confounded
    assert found.removal.sum() > found.credit.sum()


def test_credit_is_near_the_truth_where_conversions_come_on_any_day() -> None:
    world, _, found = found_in("any-day-unconfounded", 8_000, measured_on=4_000)
    assert error_of(world, found) < 0.25


def test_without_effect_and_confounding_credit_is_nothing() -> None:
    _, _, found = found_in("no-effect-unconfounded", 10_000, measured_on=100)
    assert (np.abs(found.credit) < 3.5 * found.deviations.std(axis=0)).all()


def test_negative_credit_is_not_clipped() -> None:
    world, _, found = found_in("harmful")
    social = world.spec.names.index("social")
    assert found.credit[social] < 0.5 * world.truth.credit[social] < -50
    assert found.baseline + found.credit.sum() == pytest.approx(found.observed)


def test_first_order_draws_are_what_refits_of_resampled_customers_give(confounded: Any) -> None:
    _, histories, found = confounded
    weights = PoissonWeights(histories.customers, 200, 0).of(np.arange(histories.customers))
    moved = []
    for draw in range(4):
        times = weights[draw].astype(int)
        resampled = repeated(histories, times)
        moved.append(incremental(resampled, IncrementalOptions(draws=1)).credit - found.credit)
    predicted = (found.deviations - found.prior_shift)[:4]
    # refits also estimate the strength of shrinkage, which is drawn with the priors
    assert np.corrcoef(predicted.ravel(), np.ravel(moved))[0, 1] > 0.8


def repeated(histories: Any, times: Any) -> Any:
    """Each customer as often as said, as people of their own."""
    first = np.cumsum(times) - times

    def rows_of(customer: Any) -> Any:
        row = np.repeat(np.arange(len(customer)), times[customer])
        begin = np.cumsum(times[customer]) - times[customer]
        copy = np.arange(len(row)) - np.repeat(begin, times[customer])
        return row, first[customer[row]] + copy

    touch, customer = rows_of(histories.customer)
    order = np.lexsort((histories.time[touch], customer))
    touch, customer = touch[order], customer[order]
    conversion, converter = rows_of(histories.converter)
    return replace(
        histories,
        customers=int(times.sum()),
        customer=customer,
        time=histories.time[touch],
        key=histories.key[touch],
        converter=converter,
        converted=histories.converted[conversion],
        value=histories.value[conversion],
        covariates=np.repeat(histories.covariates, times, axis=0),
        capturing=None if histories.capturing is None else histories.capturing[touch],
    )


def test_too_few_conversions_are_refused_with_the_number_needed() -> None:
    world = simulate("confounded", 1, 300, measured_on=100)
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    parameters = 6 + histories.covariates.shape[1] + 1
    with pytest.raises(InputError, match=f"at least {10 * parameters} conversions"):
        incremental(histories, IncrementalOptions())


def test_more_channels_than_pairs_can_be_known_of_are_refused(confounded: Any) -> None:
    _, histories, _ = confounded
    many = replace(histories, keys=tuple(map(str, range(31))))
    with pytest.raises(InputError, match="at most 30 channels, got 31"):
        incremental(many, IncrementalOptions())
