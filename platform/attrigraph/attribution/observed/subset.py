"""Part of the data: without some channels or campaigns, or with those or some customers alone.

A touch that is left out counts as if it had never been recorded: a customer of whom nothing else is
known is left out, too. Conversions are left out with their customers only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from attrigraph.attribution.observed.selection import take_rows
from attrigraph.domain import LEVELS, CustomerAttributes, EventTable
from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError
from attrigraph.quantities import enumerated

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import Categorical, Level, Touches
    from attrigraph.domain.columns import Flags

CUSTOMER = "customer."


@dataclass(frozen=True, slots=True)
class Condition:
    """What touches or customers have in common.

    Attributes:
        field: ``channel``, ``campaign``, or ``customer.`` and the name of an attribute.
        value: name of the channel, id of the campaign, or the attribute as text. The name of a
            campaign becomes its id by ``with_campaign_ids``.
    """

    field: str
    value: str


def condition_of(text: str, option: str) -> Condition:
    """The condition that an option states, such as ``channel=email`` or ``customer.segment=smb``.

    Raises:
        InputError: it is not of this form.
    """
    name, _, value = text.partition("=")
    is_customer = name.startswith(CUSTOMER) and len(name) > len(CUSTOMER)
    if not value or not (name in ("channel", "campaign") or is_customer):
        raise InputError(
            f"{option} must be channel=NAME, campaign=ID, campaign=NAME or "
            f"customer.ATTRIBUTE=VALUE; got {text!r}"
        )
    return Condition(name, value)


WHERE_IDS_ARE: Final = "; it takes ids, and names that one campaign has (`names` of --json)"
"""Where to find the id of a campaign."""


def with_campaign_ids(
    conditions: Sequence[Condition], ids: Collection[str], names: Mapping[str, str]
) -> tuple[Condition, ...]:
    """The conditions with ids of campaigns in the place of names.

    Args:
        conditions: what an option states.
        ids: of the campaigns in the data; what is one of them is not taken for a name.
        names: names of campaigns by id, as far as they have any.

    Raises:
        InputError: several campaigns in the data have the name.
    """
    return tuple(
        replace(one, value=_id_of(one.value, ids, names))
        if one.field == "campaign" and one.value not in ids
        else one
        for one in conditions
    )


def _id_of(name: str, ids: Collection[str], names: Mapping[str, str]) -> str:
    """The id of the campaign of this name; the name itself where none has it."""
    named = sorted(key for key in ids if names.get(key) == name)
    if len(named) > 1:
        raise InputError(
            f"campaign={name} is the name of {len(named)} campaigns; give the id of one: "
            f"{enumerated(named)}"
        )
    return named[0] if named else name


def subset(
    events: EventTable,
    customers: CustomerAttributes | None,
    *,
    only: Sequence[Condition] = (),
    exclude: Sequence[Condition] = (),
) -> tuple[EventTable, CustomerAttributes | None]:
    """The events and customers that fulfil conditions.

    Of several ``only`` with one field one must be fulfilled, and of several fields each.

    Args:
        events: all events.
        customers: attributes of customers; None if none are known.
        only: what the touches and customers that stay have.
        exclude: what they do not have.

    Raises:
        InputError: a condition that nothing in the data fulfils.
    """
    fields = {one.field for one in (*only, *exclude) if one.field.startswith(CUSTOMER)}
    if fields:
        kept = _chosen(
            only,
            exclude,
            fields,
            lambda field: facts_of(events, customers, field.removeprefix(CUSTOMER)),
        )
        events = _of_customers(events, kept)
        customers = None if customers is None else _attributes_of(customers, events)
    columns = {one.field for one in (*only, *exclude)} - fields
    if columns:
        kept = _chosen(only, exclude, columns, lambda field: _names(events.touches, field))
        return _with_touches(events, customers, kept)
    return events, customers


def _with_touches(
    events: EventTable, customers: CustomerAttributes | None, kept: Flags
) -> tuple[EventTable, CustomerAttributes | None]:
    """The events with some of their touches, and the customers of whom something is known.

    Those are customers with another event or an attribute, and those who had no event before.
    """
    left_out = np.zeros(len(events.customers), bool)
    left_out[events.touches.customer[~kept]] = True
    touches = take_rows(events.touches, np.flatnonzero(kept))
    events = replace(events, touches=touches)
    left_out[touches.customer] = False
    left_out[events.conversions.customer] = False
    if left_out.any() and customers is not None:
        described = _described(customers)
        left_out &= np.array([name not in described for name in events.customers], bool)
    if not left_out.any():
        return events, customers
    events = _of_customers(events, ~left_out)
    return events, None if customers is None else _attributes_of(customers, events)


def names_left_out(
    before: EventTable, after: EventTable, conditions: Sequence[Condition]
) -> dict[Level, frozenset[str]]:
    """By level, names of which all touches before are left out after; none without conditions.

    Only conditions on channels and campaigns leave names out: one on customers leaves out some of
    the people who were touched.
    """
    if all(one.field.startswith(CUSTOMER) for one in conditions):
        return {}
    return {
        level: _names_of(getattr(before.touches, level)) - _names_of(getattr(after.touches, level))
        for level in LEVELS
    }


def _names_of(column: Categorical) -> frozenset[str]:
    """Names that occur."""
    return frozenset(column.keys[code] for code in np.unique(column.codes) if code >= 0)


def _described(customers: CustomerAttributes) -> set[str]:
    """Customers of whom an attribute is known; the graph has rows of all others as well."""
    known = np.zeros(len(customers), bool)
    for column in customers.columns.values():
        known |= np.array([value is not None for value in column], bool)
    return set(customers.customers[known].tolist())


def _chosen(
    only: Iterable[Condition],
    exclude: Iterable[Condition],
    fields: Collection[str],
    texts_of: Callable[[str], tuple[Sequence[str], NDArray[np.int32]]],
) -> Flags:
    """Which rows stay: ``texts_of`` gives the distinct texts of a field, and codes into them."""
    kept: Flags | None = None
    for field in sorted(fields):
        texts, codes = texts_of(field)
        if kept is None:
            kept = np.ones(len(codes), bool)
        wanted = [one.value for one in only if one.field == field]
        if wanted:
            kept &= _having(field, wanted, texts)[codes]
        unwanted = [one.value for one in exclude if one.field == field]
        kept &= ~_having(field, unwanted, texts)[codes]
    assert kept is not None
    return kept


def _having(field: str, values: Sequence[str], texts: Sequence[str]) -> Flags:
    """Bool ``[n_texts + 1]``: which texts are among the values; the last is the missing one.

    Raises:
        InputError: a value that is none of the texts.
    """
    for value in values:
        if value not in texts:
            raise InputError(
                f"nothing in the data has {field}={value}; {near_names(value, texts)}"
                f"{WHERE_IDS_ARE if field == 'campaign' else ''}"
            )
    return np.array([*(text in values for text in texts), False], bool)


def _names(touches: Touches, field: str) -> tuple[Sequence[str], NDArray[np.int32]]:
    column: Categorical = getattr(touches, field)
    return column.keys, column.codes


def facts_of(
    events: EventTable, customers: CustomerAttributes | None, name: str
) -> tuple[Sequence[str], NDArray[np.int32]]:
    """The distinct values of an attribute as text, and the code of each customer; -1 if missing.

    Raises:
        InputError: customers have no such attribute.
    """
    columns = {} if customers is None else customers.columns
    if name not in columns or customers is None:
        raise InputError(f"customers have no attribute {name!r}; {near_names(name, columns)}")
    texts = [None if value is None else text_of(value) for value in columns[name]]
    known = dict(zip(customers.customers.tolist(), texts, strict=True))
    keys = sorted({text for text in texts if text is not None})
    code = {key: number for number, key in enumerate(keys)}
    codes = [code.get(known.get(customer) or "", -1) for customer in events.customers]
    return keys, np.array(codes, np.int32)


def text_of(value: object) -> str:
    """An attribute as conditions write it: ``true``, ``7``, ``2026-03-01``, or the text itself."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _of_customers(events: EventTable, kept: Flags) -> EventTable:
    new = np.cumsum(kept, dtype=np.int32) - np.int32(1)

    def of_kept(rows: Literal["touches", "conversions"]) -> Any:
        table = getattr(events, rows)
        taken = take_rows(table, np.flatnonzero(kept[table.customer]))
        return replace(taken, customer=new[taken.customer])

    return replace(
        events,
        customers=events.customers[kept],
        bucket=events.bucket[kept],
        touches=of_kept("touches"),
        conversions=of_kept("conversions"),
        n_aliases=None if events.n_aliases is None else events.n_aliases[kept],
    )


def _attributes_of(customers: CustomerAttributes, events: EventTable) -> CustomerAttributes:
    staying = set(events.customers.tolist())
    rows = np.array([customer in staying for customer in customers.customers], bool)
    return CustomerAttributes(
        customers.customers[rows],
        customers.bucket[rows],
        {name: column[rows] for name, column in customers.columns.items()},
    )
