"""Person-days as journeys of the networks: the touches that still act."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.attention.person_days import person_days_of, sample_rows
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.population import PopulationOptions, population_of
from attrigraph.attribution.observed.journeys import TouchLookback
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate


def test_networks_see_touches_within_the_lookback_of_each() -> None:
    events = event_table_of(simulate("retailer", 5, 500, measured_on=100))
    own = (TouchLookback("channel", "email", 2.0), TouchLookback("channel", "display", None))
    options = PopulationOptions(lookback_days=6.0, lookbacks=own)
    histories = population_of(events, options=options).histories
    rng = np.random.default_rng(0)
    conditions = learn_conditions(histories, rng)
    days = person_days_of(histories, conditions, sample_rows(histories, 5_000, rng))
    names = np.array(histories.keys)[histories.key[days.touch]]
    limit = np.select([names == "email", names == "display"], [2.0, np.inf], 6.0)
    assert (days.journeys.days <= limit + 1e-6).all()
    for name, least in (("email", 1.5), ("display", 10.0), ("social", 5.0)):
        assert days.journeys.days[names == name].max() > least
