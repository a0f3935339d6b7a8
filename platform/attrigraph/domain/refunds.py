"""Refunds and cancellations: what becomes of the value of a conversion.

A refund names an order: a conversion by its own id or by that of its order. It may be known before
the conversion, in another file, or weeks later: what counts is the set of all that are known,
whatever their order. Conversions of one kind and order, such as its lines, share its refunds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from attrigraph.domain.event_slices import rows_of

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
        order: id of the conversion, or of its order.
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
class Sale:
    """A conversion as refunds see it.

    Attributes:
        id: of the conversion.
        order: id of its order, where that is another; else None.
        kind: of the conversion.
        value: before refunds, currency.
    """

    id: str
    order: str | None
    kind: str
    value: float

    @property
    def names(self) -> tuple[str, ...]:
        """By what refunds may name it."""
        return (self.id,) if self.order in (None, self.id) else (self.id, self.order)


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


def share(refund: Refund, value: float, values: Sequence[float]) -> Refund:
    """The part of a refund that one of several conversions of an order bears.

    Parts are in proportion to the values, and equal if all of these are 0. The whole value and a
    cancellation are those of each conversion.

    Args:
        refund: of the order.
        value: of the conversion before refunds.
        values: of all conversions of the order that have its kind, its own among them.
    """
    if refund.amount is None or len(values) < 2:
        return refund
    total = math.fsum(values)
    part = value / total if total else 1 / len(values)
    return replace(refund, amount=refund.amount * part)


def settle_sales(sales: Sequence[Sale], refunds: Iterable[Refund]) -> dict[str, Settlement]:
    """What is left of conversions that have refunds, by their ids.

    Args:
        sales: all conversions that refunds name; others are left out of the answer.
        refunds: in any order.
    """
    known = by_order(refunds)
    values: dict[tuple[str, str], list[float]] = {}
    for sale in sales:
        for name in sale.names:
            values.setdefault((name, sale.kind), []).append(sale.value)
    left = {}
    for sale in sales:
        named = [(name, one) for name in sale.names for one in known.get(name, ())]
        parts = [share(one, sale.value, values[name, sale.kind]) for name, one in named]
        if parts:
            left[sale.id] = settle(sale.value, parts)
    return left


def by_order(refunds: Iterable[Refund]) -> dict[str, list[Refund]]:
    """Refunds by the id of their order."""
    found: dict[str, list[Refund]] = {}
    for one in refunds:
        found.setdefault(one.order, []).append(one)
    return found


def net_events(events: EventTable, left: Mapping[str, Settlement]) -> EventTable:
    """The events with conversions at what is left of them; cancelled ones are left out.

    Args:
        events: with conversions before refunds.
        left: of conversions that have refunds, by their ids.
    """
    if not left:
        return events
    conversions = events.conversions
    rows = np.flatnonzero(np.array([key in left for key in conversions.id], dtype=bool))
    if not len(rows):
        return events
    return replace(events, conversions=_settled(conversions, rows, left))


def _settled(
    conversions: Conversions, rows: NDArray[np.intp], left: Mapping[str, Settlement]
) -> Conversions:
    value, kept = conversions.value.copy(), np.ones(len(conversions), bool)
    for row in rows.tolist():
        settlement = left[conversions.id[row]]
        value[row], kept[row] = settlement.value, not settlement.cancelled
    return rows_of(replace(conversions, value=value), kept)
