"""Order of customers by the content of their histories.

Models sample customers and days by position. If positions depended on ids, pseudonymising the ids
of a data set would change the samples, and the credits with them (within their standard errors).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""Multipliers of the SplitMix64 finalizer (Steele, Lea & Flood 2014)."""


def content_order(
    customers: int,
    touches: tuple[NDArray[np.integer], ...],
    conversions: tuple[NDArray[np.integer], ...],
    covariates: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return the customers ``[customers]`` in an order independent of their input order.

    Customers with identical histories and covariates are interchangeable and keep their order.

    Args:
        customers: number of customers.
        touches: columns ``[touches]``: the customer, then the content of the touch.
        conversions: columns ``[conversions]`` with the same structure.
        covariates: ``[customers, p]``, order customers whose events are equal.
    """
    events = _digest(customers, touches, 1) + _digest(customers, conversions, 2)
    return np.lexsort((*covariates.T[::-1], events))


def _digest(
    customers: int, columns: tuple[NDArray[np.integer], ...], kind: int
) -> NDArray[np.uint64]:
    """Sum of the hashes of each customer's events, independent of the order of events."""
    customer, *contents = columns
    hashed = np.full(len(customer), kind, dtype=np.uint64)
    for column in contents:
        hashed = _mixed(hashed + column.astype(np.uint64))
    total = np.zeros(customers, dtype=np.uint64)
    np.add.at(total, customer, hashed)
    return total


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * _FACTORS[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _FACTORS[1]
    return bits ^ (bits >> np.uint64(31))
