"""Parts of the customers: what is known of each stays with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.attribution.observed.subset import Condition, subset, with_campaign_ids
from attrigraph.errors import InputError
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


NAMES = {"1": "Spring", "2": "Fall", "3": "Fall", "4": "1", "9": "Spring"}
"""Names of campaigns by id; the data have no touch of 9."""


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (("campaign", "Spring"), ("campaign", "1")),
        (("campaign", "1"), ("campaign", "1")),  # an id, though a campaign has it as its name
        (("campaign", "Winter"), ("campaign", "Winter")),
        (("channel", "Spring"), ("channel", "Spring")),
    ],
)
def test_the_name_of_one_campaign_becomes_its_id(
    given: tuple[str, str], taken: tuple[str, str]
) -> None:
    ids = {"1", "2", "3", "4"}
    assert with_campaign_ids([Condition(*given)], ids, NAMES) == (Condition(*taken),)


def test_a_name_of_several_campaigns_is_refused_with_their_ids() -> None:
    with pytest.raises(InputError, match=r"Fall is the name of 2 campaigns.*one: 2 and 3$"):
        with_campaign_ids([Condition("campaign", "Fall")], {"1", "2", "3"}, NAMES)
