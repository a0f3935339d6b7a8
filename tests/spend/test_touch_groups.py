"""Groups of touches of counted paths, also where there are very many keys."""

from __future__ import annotations

import time

import numpy as np

from attrigraph.domain import PathCounts
from attrigraph.spend.accounts import Spend, accounts_of
from attrigraph.spend.touch_groups import path_groups

MANY = 60_000


def counted_paths(keys: tuple[str | None, ...]) -> PathCounts:
    """One path of one touch per key: two journeys converted, one did not."""
    n = len(keys)
    return PathCounts(
        keys=keys,
        offsets=np.arange(n + 1),
        codes=np.arange(n, dtype=np.int32),
        conversions=np.full(n, 2.0),
        value=np.full(n, 20.0),
        nulls=np.ones(n),
    )


def test_touches_of_paths_are_grouped_by_the_name_of_their_channel() -> None:
    groups = path_groups(counted_paths(("social", None, "email")))
    assert groups.keys["channel"] == ("email", "social")
    assert groups.codes["channel"].tolist() == [1, -1, 0]
    assert groups.counted.tolist() == [3.0, 3.0, 3.0]


def test_very_many_channels_take_time_that_grows_with_their_number() -> None:
    start = time.perf_counter()
    groups = path_groups(counted_paths(tuple(f"channel {number}" for number in range(MANY))))
    costs = accounts_of(Spend(), groups, None).costs("channel")
    # minutes, where each key is compared with each other
    assert time.perf_counter() - start < 15
    assert len(costs.keys) == MANY
    assert costs.keys["channel 7"].touches == 3
    assert all(one.cost is None for one in costs.keys.values())
