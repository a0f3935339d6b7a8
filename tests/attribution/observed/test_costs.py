"""Costs of channels: counted in the window, and unknown where no touch has one."""

from __future__ import annotations

from attrigraph.attribution.observed.costs import EntityCost, cost_by_entity
from priced_events import priced_events


def test_cost_by_entity_counts_touches_of_the_window_and_those_that_have_a_cost() -> None:
    assert cost_by_entity(priced_events(), "channel", None) == {
        "a": EntityCost(touches=1, priced=1, cost=4.0),
        "b": EntityCost(touches=2, priced=1, cost=2.0),
    }
    assert cost_by_entity(priced_events(), "channel", (20, 30)) == {
        "a": EntityCost(touches=0, priced=0, cost=None),
        "b": EntityCost(touches=1, priced=0, cost=None),
    }
