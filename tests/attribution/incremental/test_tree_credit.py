"""Owen values of one conversion: touches sum exactly to channels, at every level of the tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_values
from attrigraph.attribution.incremental.adstock import pair_touches
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.attribution.incremental.path_credit import EXACT_TOUCHES
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.errors import InputError
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 6, 4_000, measured_on=100)
FACTS = event_table_of(WORLD)


@pytest.fixture(scope="module")
def run() -> Any:
    quick = IncrementalOptions(rows=60_000, draws=50)
    return fit_incremental(FACTS, customer_attributes_of(WORLD), quick)


def conversion_with(run: Any, low: float, high: float) -> Any:
    """Row in the histories of a conversion with so many touches of several channels."""
    histories = run.population.histories
    pairs = pair_touches(histories, conversion_person_days(histories))
    count = np.bincount(pairs.row, minlength=len(histories.converter))
    for row in np.flatnonzero((count >= low) & (count <= high)):
        if len(np.unique(pairs.key[pairs.row == row])) >= 3:
            return int(row)
    raise AssertionError("no such conversion")


def id_of(run: Any, row: Any) -> Any:
    return FACTS.conversions.id[run.population.conversion[row]]


def channels_alone(run: Any, row: Any) -> Any:
    """Shapley values of channels at one conversion, over its chance, with the baseline part."""
    histories, response = run.population.histories, run.channel_credit.response
    person_days = conversion_person_days(histories).take(np.array([row]))
    rest = response.rest(person_days.day, response.conditions.columns(histories, person_days))
    exposure = pair_touches(histories, person_days).exposure(response.shape)
    keys = len(histories.keys)
    running = (np.arange(1 << keys)[:, None] >> np.arange(keys)) & 1 == 1
    main = response.effects.main_of(histories.segments_of(person_days.customer))
    values = expit(rest + response.effects.logit(exposure, main, running)[0])
    return shapley_values(values) / values[-1], values[0] / values[-1]


@pytest.mark.parametrize(("low", "high"), [(4, 8), (9, EXACT_TOUCHES), (EXACT_TOUCHES + 1, 99)])
def test_touches_sum_to_the_shapley_values_of_their_channels(
    run: Any, low: float, high: float
) -> None:
    row = conversion_with(run, low, high)
    tree = run.tree_credit(id_of(run, row))
    channels, baseline = channels_alone(run, row)
    codes = FACTS.touches.channel.codes[tree.touch]
    place = [run.channel_credit.keys.index(key) for key in FACTS.touches.channel.keys]
    summed = np.bincount(np.array(place)[codes], tree.credit, len(run.channel_credit.keys))
    exact = high <= EXACT_TOUCHES
    assert summed == pytest.approx(channels, abs=1e-12 if exact else 0.02)
    assert (tree.standard_error > 0).any() != exact
    assert tree.baseline == pytest.approx(baseline, rel=1e-12)
    assert tree.credit.sum() + tree.baseline == pytest.approx(1.0, rel=1e-12)


def test_touches_are_those_of_the_customer_before_the_conversion(run: Any) -> None:
    row = conversion_with(run, 4, 8)
    tree = run.tree_credit(id_of(run, row))
    conversion = run.population.conversion[row]
    assert (FACTS.touches.customer[tree.touch] == FACTS.conversions.customer[conversion]).all()
    assert (FACTS.touches.time[tree.touch] < FACTS.conversions.time[conversion]).all()


def test_an_unknown_conversion_is_refused(run: Any) -> None:
    with pytest.raises(InputError, match="'nobody'"):
        run.tree_credit("nobody")
