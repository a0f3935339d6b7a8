"""Parts of the customers: what is known of each stays with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrigraph.attribution.observed.subset import Condition, subset
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("confounded", 1, 300, measured_on=100)


def test_numbers_of_aliases_stay_those_of_their_customers() -> None:
    events = replace(event_table_of(WORLD), n_aliases=np.arange(300, dtype=np.int32))
    condition = Condition("customer.region", "north")
    part, _ = subset(events, customer_attributes_of(WORLD), only=[condition])
    assert part.n_aliases is not None
    assert 0 < len(part.customers) < 300
    assert (events.customers[part.n_aliases] == part.customers).all()
