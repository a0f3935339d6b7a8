"""The order of customers by what happened to them.

Models sample customers and days by place. Were customers placed by their ids, a data set would get
other samples, and so other credits within their errors, once its ids are pseudonyms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""Multipliers of the finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""


def content_order(
    customers: int,
    touches: tuple[NDArray[np.integer], ...],
    conversions: tuple[NDArray[np.integer], ...],
    covariates: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return the customers ``[customers]`` in an order that does not hang on how they came.

    Customers of whom all is equal keep the order they came in, which changes nothing.

    Args:
        customers: how many.
        touches: columns ``[touches]``: the customer, and whatever tells touches apart.
        conversions: columns ``[conversions]``, in the same way.
        covariates: ``[customers, p]``; they order those whose events are equal.
    """
    events = _digest(customers, touches, 1) + _digest(customers, conversions, 2)
    return np.lexsort((*covariates.T[::-1], events))


def _digest(
    customers: int, columns: tuple[NDArray[np.integer], ...], kind: int
) -> NDArray[np.uint64]:
    """Sum over each customer's events of a hash of the event, whatever their order."""
    customer, *told = columns
    hashed = np.full(len(customer), kind, dtype=np.uint64)
    for column in told:
        hashed = _mixed(hashed + column.astype(np.uint64))
    total = np.zeros(customers, dtype=np.uint64)
    np.add.at(total, customer, hashed)
    return total


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * _FACTORS[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _FACTORS[1]
    return bits ^ (bits >> np.uint64(31))
