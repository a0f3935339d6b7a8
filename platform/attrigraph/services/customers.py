"""Customers by the ids that the files have: who that is in the graph, and all that is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.domain import NO_TIME
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
    """

    id: str
    person: Person

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


def graph_id(stores: Stores, real_id: str) -> str:
    """What the graph has for a customer's id of the files.

    Raises:
        InputError: the id is empty, the graph has no customers, or their pseudonyms were made with
            another key.
    """
    if not real_id.strip():
        raise InputError("the id of a customer must not be blank; give it as the files have it")
    mark = read_mark(stores.driver)
    if mark is None:
        raise InputError("the graph has no customers; load events with `attrigraph load` first")
    if mark == IDS_KEPT:
        return real_id
    key = stores.customer_key
    if key is None or mark != key_fingerprint(key):
        raise InputError(
            "the pseudonyms in the graph were made with another key; put back the customer.key of "
            "the home, or set ATTRIGRAPH_CUSTOMER_KEY"
        )
    return pseudonym(key, real_id)


def pseudonym_key(stores: Stores) -> bytes | None:
    """The key of the pseudonyms in the graph; None where ids are kept."""
    return None if read_mark(stores.driver) == IDS_KEPT else stores.customer_key


def find_customer(stores: Stores, real_id: str) -> FoundCustomer:
    """The person with an id of the files; perhaps the graph holds nothing about it.

    Raises:
        InputError: as ``graph_id``, or a load that joined ids of the person has not ended.
    """
    id_ = graph_id(stores, real_id)
    return FoundCustomer(id_, find_person(stores.driver, id_))


def held_about(stores: Stores, real_id: str) -> dict[str, Any]:
    """Everything that both stores hold about a person, as JSON values.

    Postgres holds nothing about customers: see docs/privacy.md.

    Raises:
        InputError: as ``find_customer``, or the graph holds nothing about the person.
    """
    found = find_customer(stores, real_id)
    if not found.is_held:
        raise unknown_customer(real_id)
    held = read_held(stores.driver, found.person)
    return found.to_json() | {kind: [_plain(one) for one in rows] for kind, rows in held.items()}


def unknown_customer(real_id: str) -> InputError:
    """The error for an id of which the graph holds nothing."""
    return InputError(
        f"the graph holds nothing about a customer {real_id!r}; give the id as the files have it, "
        "with its case and spaces"
    )


def _plain(value: Any) -> Any:
    """A value of the driver as JSON has it: times as ISO 8601."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    native = value.to_native() if hasattr(value, "to_native") else value
    return native.isoformat() if hasattr(native, "isoformat") else native
