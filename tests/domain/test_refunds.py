"""What refunds leave of a conversion, whatever the order in which they come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain.refunds import Refund, RefundKind, Settlement, settle


def refund(amount: float | None, kind: RefundKind = "refund", name: str = "r") -> Refund:
    return Refund(name, "order", kind, amount)


@pytest.mark.parametrize(
    ("refunds", "left"),
    [
        ([], Settlement(100.0, 0.0, cancelled=False)),
        ([refund(30.0)], Settlement(70.0, 30.0, cancelled=False)),
        ([refund(30.0), refund(20.0)], Settlement(50.0, 50.0, cancelled=False)),
        ([refund(None)], Settlement(0.0, 100.0, cancelled=False)),
        ([refund(100.0)], Settlement(0.0, 100.0, cancelled=False)),
        ([refund(130.0)], Settlement(0.0, 100.0, cancelled=False, excess=30.0)),
        ([refund(30.0, "refunded"), refund(50.0, "refunded")], Settlement(50.0, 50.0, False)),
        ([refund(30.0, "refunded"), refund(10.0)], Settlement(70.0, 30.0, cancelled=False)),
        ([refund(30.0, "refunded"), refund(40.0)], Settlement(60.0, 40.0, cancelled=False)),
        ([refund(None, "cancellation")], Settlement(100.0, 0.0, cancelled=True)),
        ([refund(5.0), refund(None, "cancellation")], Settlement(95.0, 5.0, cancelled=True)),
    ],
)
def test_by_hand(refunds: list[Refund], left: Settlement) -> None:
    assert settle(100.0, refunds) == left


amounts = st.lists(st.floats(0, 1e6, allow_nan=False), max_size=8)


@given(amounts, st.randoms())
def test_the_order_of_refunds_changes_no_bit(parts: list[float], chance: object) -> None:
    refunds = [refund(part) for part in parts]
    other = list(refunds)
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert settle(1e6, refunds) == settle(1e6, other)
