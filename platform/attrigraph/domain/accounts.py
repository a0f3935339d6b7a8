"""Accounts: the companies to which contacts belong, so that their journeys can be taken as one.

A contact whose events or tables name several accounts belongs to none, since its events could be
any of theirs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from attrigraph.domain.columns import buckets_of
from attrigraph.domain.event_slices import rows_of
from attrigraph.domain.events import Conversions, EventTable, Touches
from attrigraph.domain.order import event_order
from attrigraph.domain.reference_data import CustomerAttributes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain.columns import StringArray

    Codes = NDArray[np.int64]

PREFIX: Final = "account:"
"""What distinguishes an account from a contact of the same id."""

Events = TypeVar("Events", Touches, Conversions)


@dataclass(frozen=True, slots=True, eq=False)
class ContactAccounts:
    """Which contacts belong to which accounts, as columns of length n.

    Attributes:
        customers: object ``[n]``, ids of contacts.
        accounts: object ``[n]``, ids of accounts.
        identities: object ``[n]``, ids of the contacts, such as those of devices, for which the
            accounts were named; a pair may have several.
    """

    customers: StringArray
    accounts: StringArray
    identities: StringArray

    def __len__(self) -> int:
        return len(self.customers)

    def certain(self) -> dict[str, str]:
        """The account of each contact that has one and no other."""
        pairs = set(zip(self.customers.tolist(), self.accounts.tolist(), strict=True))
        count = Counter(customer for customer, _ in pairs)
        return {customer: account for customer, account in pairs if count[customer] == 1}


NO_ACCOUNTS: Final = ContactAccounts(*(np.empty(0, object) for _ in range(3)))
"""No accounts."""


def by_account(events: EventTable, accounts: ContactAccounts) -> EventTable:
    """Events with accounts in the place of customers; contacts without one stay by themselves.

    Args:
        events: touches with ids, which decide between those at one instant.
        accounts: none of them changes nothing.
    """
    names = _named(events.customers, accounts)
    keys, code = np.unique(names, return_inverse=True)
    bucket = buckets_of(keys.tolist())
    order = np.lexsort((keys, bucket))
    rank = np.empty(len(keys), np.int32)
    rank[order] = np.arange(len(keys), dtype=np.int32)
    own = rank[code]
    return EventTable(
        keys[order],
        bucket[order],
        _sorted(replace(events.touches, customer=own[events.touches.customer])),
        _sorted(replace(events.conversions, customer=own[events.conversions.customer])),
    )


def attributes_by_account(
    customers: CustomerAttributes | None, accounts: ContactAccounts
) -> CustomerAttributes | None:
    """Attributes of accounts: what all contacts who have it agree on; None where they do not."""
    if customers is None:
        return None
    keys, code = np.unique(_named(customers.customers, accounts), return_inverse=True)
    bucket = buckets_of(keys.tolist())
    order = np.lexsort((keys, bucket))
    columns = {
        name: _agreed(column, code, len(keys))[order] for name, column in customers.columns.items()
    }
    return CustomerAttributes(keys[order], bucket[order], columns)


def _named(customers: StringArray, accounts: ContactAccounts) -> StringArray:
    """The account of each customer, with ``PREFIX``, or the customer's own id."""
    named = {name: PREFIX + account for name, account in accounts.certain().items()}
    return np.array([named.get(name, name) for name in customers.tolist()], dtype=object)


def _agreed(column: StringArray, code: Codes, count: int) -> StringArray:
    """The one value of the rows of each code; None if there is none, or several."""
    agreed = np.full(count, None, dtype=object)
    mixed = np.zeros(count, bool)
    for row, value in zip(code.tolist(), column.tolist(), strict=True):
        if value is not None:
            mixed[row] |= agreed[row] is not None and agreed[row] != value
            agreed[row] = value
    agreed[mixed] = None
    return agreed


def _sorted(events: Events) -> Events:
    """The events in the order that ``EventTable`` requires."""
    rows = event_order(events.customer, events.time, events.nanosecond, events.position, events.id)
    return rows_of(events, rows)
