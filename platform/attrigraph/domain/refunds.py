"""Refunds and cancellations: what becomes of the value of a conversion.

A refund names its conversion by id, the id of the order. It may be known before the conversion, in
another file, or weeks later: what counts is the set of all that are known, whatever their order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from attrigraph.domain.columns import Categorical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain.events import Conversions, EventTable

RefundKind = Literal["refund", "refunded", "cancellation"]
REFUND_KINDS: Final[tuple[RefundKind, ...]] = get_args(RefundKind)


@dataclass(frozen=True, slots=True)
class Refund:
    """One statement that an order was refunded or cancelled.

    Attributes:
        id: unique over all refunds.
        order: id of the conversion.
        kind: ``refund``, one payment back; ``refunded``, all that was paid back so far, of which
            the largest counts; ``cancellation``, after which the order is no conversion.
        amount: currency of the order, >= 0; None for the whole value, and of cancellations.
        time: epoch milliseconds; None where it is unknown.
    """

    id: str
    order: str
    kind: RefundKind
    amount: float | None = None
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is left of a conversion.

    Attributes:
        value: currency, its value less refunds, at least 0.
        refunded: currency, what was paid back, as far as the value covers it.
        cancelled: whether it is no conversion.
        excess: currency, by how much refunds are larger than the value.
    """

    value: float
    refunded: float
    cancelled: bool
    excess: float = 0.0


def settle(value: float, refunds: Iterable[Refund]) -> Settlement:
    """What is left of a conversion after its refunds, the same in whatever order they come.

    Payments back are added up, exactly. Where files also state the sum so far, the larger counts.

    Args:
        value: of the conversion before refunds, currency.
        refunds: all that name it; none leaves it as it is.
    """
    known = list(refunds)
    amounts = [value if one.amount is None else one.amount for one in known if one.kind == "refund"]
    stated = [
        value if one.amount is None else one.amount for one in known if one.kind == "refunded"
    ]
    total = max([math.fsum(amounts), *stated])
    cancelled = any(one.kind == "cancellation" for one in known)
    refunded = min(total, value)
    return Settlement(value - refunded, refunded, cancelled, total - refunded)


def by_order(refunds: Iterable[Refund]) -> dict[str, list[Refund]]:
    """Refunds by the id of their order."""
    found: dict[str, list[Refund]] = {}
    for one in refunds:
        found.setdefault(one.order, []).append(one)
    return found


def net_events(events: EventTable, refunds: Sequence[Refund]) -> EventTable:
    """The events with conversions at what is left of them; cancelled ones are left out.

    Args:
        events: with conversions before refunds.
        refunds: in any order; those of orders that are no conversion here have no effect.
    """
    if not refunds:
        return events
    conversions = events.conversions
    known = by_order(refunds)
    rows = np.flatnonzero(np.array([key in known for key in conversions.id], dtype=bool))
    if not len(rows):
        return events
    return replace(events, conversions=_settled(conversions, rows, known))


def _settled(
    conversions: Conversions, rows: NDArray[np.intp], known: Mapping[str, list[Refund]]
) -> Conversions:
    value, kept = conversions.value.copy(), np.ones(len(conversions), bool)
    for row in rows.tolist():
        settlement = settle(float(value[row]), known[conversions.id[row]])
        value[row], kept[row] = settlement.value, not settlement.cancelled
    return replace(
        conversions,
        id=conversions.id[kept],
        customer=conversions.customer[kept],
        time=conversions.time[kept],
        nanosecond=conversions.nanosecond[kept],
        position=conversions.position[kept],
        kind=Categorical(conversions.kind.keys, conversions.kind.codes[kept]),
        value=value[kept],
        identity=None if conversions.identity is None else conversions.identity[kept],
    )
