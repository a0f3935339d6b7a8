"""Faults of measurement: what is lost, counted twice or cut in two, and what stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.observed.perturbed import (
    break_identities,
    duplicate_touches,
    lose_touches,
)
from attrigraph.attribution.observed.selection import take_rows
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate


@pytest.fixture(scope="module")
def events() -> Any:
    return event_table_of(simulate("retailer", 3, 2_000, measured_on=100))


def test_a_share_of_the_touches_is_lost_and_no_conversion(events: Any) -> None:
    found = lose_touches(events, 0.3, np.random.default_rng(0))
    assert len(found.touches) == pytest.approx(0.7 * len(events.touches), rel=0.03)
    assert set(found.touches.id) < set(events.touches.id)
    assert found.conversions is events.conversions


def test_a_share_of_the_touches_is_there_twice_under_another_id(events: Any) -> None:
    found = duplicate_touches(events, 0.1, np.random.default_rng(0))
    touches = found.touches
    assert len(touches) == pytest.approx(1.1 * len(events.touches), rel=0.03)
    assert len(set(touches.id)) == len(touches)
    copy = np.flatnonzero([str(name).endswith("+") for name in touches.id])
    assert (touches.time[copy] == touches.time[copy - 1]).all()
    assert (touches.channel.codes[copy] == touches.channel.codes[copy - 1]).all()
    assert (np.diff(touches.customer) >= 0).all()


def test_customers_are_cut_in_two_at_one_time(events: Any) -> None:
    found = break_identities(events, 0.5, np.random.default_rng(0))
    before, after = events.touches, found.touches
    n = len(events.customers)
    assert (np.diff(after.customer) >= 0).all()
    assert sorted(after.id) == sorted(before.id)
    owner = {
        name: str(found.customers[c]) for name, c in zip(after.id, after.customer, strict=True)
    }
    cut: dict[str, list[tuple[int, bool]]] = {}
    for name, customer, time in zip(before.id, before.customer, before.time, strict=True):
        old = str(events.customers[customer])
        assert owner[name] in (old, f"{old}+")
        cut.setdefault(old, []).append((time, owner[name] != old))
    # after the first touch of the new id there is none of the old one
    assert all(
        [new for _, new in sorted(touches)] == sorted(new for _, new in touches)
        for touches in cut.values()
    )
    assert 0.2 * n < len(found.customers) - n < 0.5 * n
    assert len(found.bucket) == len(found.customers)
    assert len(found.conversions) == len(events.conversions)
    known = replace(events, n_aliases=np.zeros(n, dtype=np.int32))
    assert break_identities(known, 0.5, np.random.default_rng(0)).n_aliases is None


def test_the_order_of_customers_does_not_matter(events: Any) -> None:
    n = len(events.customers)

    def reversed_rows(rows: Any) -> Any:
        order = np.argsort(-rows.customer, kind="stable")
        turned = take_rows(rows, order)
        return replace(turned, customer=(n - 1 - turned.customer).astype(np.int32))

    turned = replace(
        events,
        customers=events.customers[::-1],
        bucket=events.bucket[::-1],
        touches=reversed_rows(events.touches),
        conversions=reversed_rows(events.conversions),
    )
    for change in (lose_touches, duplicate_touches):
        one, other = (change(table, 0.2, np.random.default_rng(0)) for table in (events, turned))
        assert sorted(one.touches.id) == sorted(other.touches.id)
    one, other = (
        break_identities(table, 0.5, np.random.default_rng(0)) for table in (events, turned)
    )
    assert sorted(one.customers) == sorted(other.customers)
