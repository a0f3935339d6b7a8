"""The lookback: older touches have no effect and no credit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import fit_population
from attrigraph.attribution.incremental.population import PopulationOptions, population_of
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 5, 1_500, measured_on=100)
EVENTS = event_table_of(WORLD)
DAY_MS = 86_400_000


def fitted(lookback_days: float | None) -> Any:
    table = customer_attributes_of(WORLD)
    population = population_of(
        EVENTS, table, options=PopulationOptions(lookback_days=lookback_days)
    )
    return fit_population(EVENTS, population, IncrementalOptions(rows=30_000))


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
