"""The lookback: older touches have no effect and no credit."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import fit_population
from attrigraph.attribution.incremental.population import PopulationOptions, population_of
from attrigraph.attribution.observed.journeys import TouchLookback
from attrigraph.errors import InputError
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 5, 1_500, measured_on=100)
EVENTS = event_table_of(WORLD)
DAY_MS = 86_400_000


@cache
def fitted(lookback_days: float | None, *lookbacks: TouchLookback) -> Any:
    table = customer_attributes_of(WORLD)
    options = PopulationOptions(lookback_days=lookback_days, lookbacks=lookbacks)
    population = population_of(EVENTS, table, options=options)
    return fit_population(EVENTS, population, IncrementalOptions(rows=10_000, draws=40))


def test_a_lookback_longer_than_the_data_changes_nothing() -> None:
    without, longer = fitted(None), fitted(1_000.0)
    assert np.array_equal(without.channel_credit.credit, longer.channel_credit.credit)
    assert without.answer("channel") == longer.answer("channel")


def test_no_touch_has_an_effect_if_all_are_older() -> None:
    run = fitted(1e-6)
    assert run.channel_credit.credit == pytest.approx(0, abs=1e-9)
    answer = run.answer("channel")
    captured = sum(line.captured.conversions for line in answer.credits)
    assert answer.baseline.conversions + captured == pytest.approx(len(WORLD.converter))


def test_older_touches_have_no_credit() -> None:
    credit = fitted(10.0).touch_credit()
    has_credit = credit.credit != 0
    age = EVENTS.conversions.time[credit.conversion] - EVENTS.touches.time[credit.touch]
    assert age[has_credit].max() <= 10 * DAY_MS
    assert age[has_credit].max() > 9 * DAY_MS


def test_one_lookback_for_every_channel_is_the_general_one() -> None:
    channels = EVENTS.touches.channel.keys
    own = fitted(None, *(TouchLookback("channel", name, 10.0) for name in channels))
    assert np.array_equal(own.channel_credit.credit, fitted(10.0).channel_credit.credit)
    assert own.answer("channel") == fitted(10.0).answer("channel")


def test_touches_beyond_the_lookback_of_their_channel_or_kind_have_no_credit() -> None:
    channel, kind = EVENTS.touches.channel, EVENTS.touches.kind
    of_kind = TouchLookback("kind", kind.keys[0], 5.0)
    of_channel = TouchLookback("channel", channel.keys[0], 2.0)
    credit = fitted(12.0, of_kind, of_channel).touch_credit()
    rows = credit.touch[credit.credit != 0]
    age = EVENTS.conversions.time[credit.conversion[credit.credit != 0]] - EVENTS.touches.time[rows]
    limit = np.where(kind.codes[rows] == 0, 5.0, 12.0)
    limit = np.where(channel.codes[rows] == 0, 2.0, limit)
    assert (age <= limit * DAY_MS).all()
    for days in np.unique(limit):
        assert age[limit == days].max() > (days - 1) * DAY_MS
    others = fitted(12.0).touch_credit()
    assert set(rows.tolist()) < set(others.touch[others.credit != 0].tolist())


def test_a_channel_without_an_effect_in_its_lookback_has_no_part_of_what_it_triggers() -> None:
    names = EVENTS.touches.channel.keys
    plain = fitted(None)
    (parents, _) = np.nonzero(plain.channel_credit.triggered)
    assert len(parents), "the world has triggered touches"
    keys = plain.channel_credit.keys
    parent = keys[parents[0]]
    assert parent in names
    cut = fitted(None, TouchLookback("channel", parent, 1e-6))
    line = {one.key: one for one in cut.answer("channel").credits}[parent]
    assert line.conversions == pytest.approx(0.0, abs=1e-4)
    assert len(np.nonzero(cut.channel_credit.triggered)[0]) == len(parents)


def test_a_lookback_of_an_unknown_name_is_an_error() -> None:
    with pytest.raises(InputError, match="no touch is of the kind 'veiw'"):
        fitted(None, TouchLookback("kind", "veiw", 1.0))
