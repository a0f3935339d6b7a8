"""Customers by the ids that the files have: who that is in the graph, and all that is held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attrigraph.domain import NO_TIME
from attrigraph.domain.json_values import json_value
from attrigraph.errors import InputError
from attrigraph.graph.persons import find_person, read_held, read_mark
from attrigraph.staging.pseudonyms import IDS_KEPT, key_fingerprint, pseudonym

if TYPE_CHECKING:
    from attrigraph.graph.persons import Person
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A person in the graph.

    Attributes:
        id: what the graph has for the id of the files: its pseudonym, or the id where ids are kept.
        person: its customers and further ids.
        key: of the pseudonyms; None where ids are kept.
    """

    id: str
    person: Person
    key: bytes | None = field(repr=False)

    @property
    def is_held(self) -> bool:
        """Whether the graph holds anything about it."""
        return bool(self.person.customers or self.person.links)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph customer id --json`` prints."""
        return {
            "id": self.id,
            "customers": list(self.person.customers),
            "ids": [
                {"id": name, "since": None if time == NO_TIME else time}
                for name, time in sorted(self.person.ids.items())
            ],
        }


def find_customer(stores: Stores, real_id: str) -> FoundCustomer:
    """The person with an id of the files; perhaps the graph holds nothing about it.

    Raises:
        InputError: the id is blank, the graph has no customers, their pseudonyms were made with
            another key, or a load that joined ids of the person has not ended.
    """
    if not real_id.strip():
        raise InputError("the id of a customer must not be blank; give it as the files have it")
    key = _pseudonym_key(stores)
    id_ = real_id if key is None else pseudonym(key, real_id)
    return FoundCustomer(id_, find_person(stores.driver, id_), key)


def _pseudonym_key(stores: Stores) -> bytes | None:
    """The key of the pseudonyms in the graph; None where ids are kept."""
    mark = read_mark(stores.driver)
    if mark is None:
        raise InputError("the graph has no customers; load events with `attrigraph load` first")
    if mark == IDS_KEPT:
        return None
    key = stores.customer_key
    if key is None or mark != key_fingerprint(key):
        raise InputError(
            "the pseudonyms in the graph were made with another key; put back the customer.key of "
            "the home, or set ATTRIGRAPH_CUSTOMER_KEY"
        )
    return key


def held_about(stores: Stores, real_id: str) -> dict[str, Any]:
    """Everything that both stores hold about a person, as JSON values.

    Postgres holds nothing about customers: see docs/privacy.md.

    Raises:
        InputError: as ``find_customer``, or the graph holds nothing about the person.
    """
    found = find_customer(stores, real_id)
    if not found.is_held:
        raise unknown_customer(real_id)
    held: dict[str, Any] = json_value(read_held(stores.driver, found.person))
    return found.to_json() | held


def unknown_customer(real_id: str) -> InputError:
    """The error for an id of which the graph holds nothing."""
    return InputError(
        f"the graph holds nothing about a customer {real_id!r}; give the id as the files have it, "
        "with its case and spaces"
    )
