"""Journeys of accounts: the events of all contacts in one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain import (
    Conversion,
    Conversions,
    CustomerAttributes,
    EventTable,
    Touches,
    Touchpoint,
    buckets_of,
    string_array,
)
from attrigraph.domain.accounts import (
    NO_ACCOUNTS,
    ContactAccounts,
    attributes_by_account,
    by_account,
)
from attrigraph.domain.from_objects import events_from_objects

START = datetime(2026, 1, 1, tzinfo=UTC)


def histories(events: EventTable) -> dict[str, list[list[tuple[str, int, str | None]]]]:
    """Ids, times and kinds of touches and of conversions by customer, in their order."""
    found: dict[str, list[list[tuple[str, int, str | None]]]] = {
        name: [[], []] for name in events.customers.tolist()
    }
    kinds: tuple[Touches | Conversions, ...] = (events.touches, events.conversions)
    for place, each in enumerate(kinds):
        rows = zip(each.id.tolist(), each.time.tolist(), each.kind.values().tolist(), strict=True)
        for name, row in zip(events.customers[each.customer].tolist(), rows, strict=True):
            found[name][place].append(row)
    return found


def accounts_of(pairs: list[tuple[str, str]]) -> ContactAccounts:
    customers = string_array([a for a, _ in pairs])
    return ContactAccounts(customers, string_array([b for _, b in pairs]), customers)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), max_size=30),
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=6),
)
def test_events_of_accounts_are_those_of_renamed_contacts(
    rows: list[tuple[int, int, bool]], belongs: set[tuple[int, int]]
) -> None:
    """Contacts renamed before the table is made give the same table."""
    pairs = [(f"c{contact}", f"a{account}") for contact, account in sorted(belongs)]
    named = [contact for contact, _ in pairs]
    owner = {
        contact: f"account:{account}" for contact, account in pairs if named.count(contact) == 1
    }

    def table(names: dict[str, str]) -> tuple[list[Touchpoint], list[Conversion]]:
        touches, conversions = [], []
        for number, (contact, hour, converts) in enumerate(rows):
            own, at = f"c{contact}", START + timedelta(hours=hour)
            customer = names.get(own, own)
            if converts:
                conversions.append(Conversion(f"v{number}", customer, at, 1.0))
            else:
                touches.append(Touchpoint(f"t{number}", customer, at, channel="tv"))
        return touches, conversions

    found = by_account(events_from_objects(*table({})), accounts_of(pairs))
    expected = events_from_objects(*table(owner))
    assert histories(found) == histories(expected)
    placed = list(zip(found.bucket.tolist(), found.customers.tolist(), strict=True))
    assert placed == sorted(placed)
    assert found.bucket.tolist() == buckets_of(found.customers).tolist()
    assert (np.diff(found.touches.customer) >= 0).all()
    assert (np.diff(found.conversions.customer) >= 0).all()


def test_attributes_of_accounts_are_what_their_contacts_agree_on() -> None:
    customers = CustomerAttributes(
        string_array(["ann", "bob", "cid", "dan"]),
        np.zeros(4, np.int32),
        {
            "country": string_array(["DE", None, "FR", "FR"]),
            "role": string_array(["buyer", "user", "user", None]),
        },
    )
    pairs = accounts_of([("ann", "acme"), ("bob", "acme"), ("dan", "x"), ("dan", "y")])
    found = attributes_by_account(customers, pairs)
    assert found is not None
    rows = zip(found.customers, found.columns["country"], found.columns["role"], strict=True)
    assert sorted(rows) == [
        ("account:acme", "DE", None),
        ("cid", "FR", "user"),
        ("dan", "FR", None),
    ]
    assert attributes_by_account(None, NO_ACCOUNTS) is None
