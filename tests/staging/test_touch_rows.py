"""Touches keep their instants and order, whether one column holds these or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

    from attrigraph.staging import Staged

LAST = 2**63 // 10**6 * 10**6 - 1
"""The last instant that one number of nanoseconds holds with the rest of its millisecond."""


def nanoseconds(result: Staged) -> list[int]:
    """The instants of touches in their order, nanoseconds since 1970."""
    touches = result.events().touches
    pairs = zip(touches.time.tolist(), touches.nanosecond.tolist(), strict=True)
    return [time * 10**6 + nanosecond for time, nanosecond in pairs]


@pytest.mark.parametrize(
    "instants",
    [
        [LAST - 1, LAST, 10**6],
        [LAST + 1, LAST, 10**6 + 7],
        [-1, 0, 1],
        [5, -(10**6) - 1, 10**6],
        [3 * 10**6, 2 * 10**6, 10**6],
    ],
    ids=["within", "after", "around-zero", "before", "whole-milliseconds"],
)
def test_touches_come_by_instant_and_keep_it(
    instants: list[int], staged: Stage, write: Write
) -> None:
    rows = [f"ann,{instant},click" for instant in instants]
    path = write("e.csv", "\n".join(["customer_id,timestamp,kind", *rows]))
    assert nanoseconds(staged(path, source="events", time_unit="ns")) == sorted(instants)


@pytest.mark.parametrize("instant", [0, 1, 10**6, 10**6 + 1, LAST, LAST + 1])
def test_the_touch_of_a_conversion_lies_a_nanosecond_before_it(
    instant: int, staged: Stage, write: Write
) -> None:
    rows = [f"ann,{instant},conversion,Search", "bob,5000001,click,Search"]
    path = write("e.csv", "\n".join(["customer_id,timestamp,kind,channel", *rows]))
    result = staged(path, source="events", time_unit="ns", conversion_touches=True)
    assert sorted(nanoseconds(result)) == sorted([instant - 1, 5_000_001])
