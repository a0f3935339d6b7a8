"""A world as an event table and customer attributes, without files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.domain import (
    Categorical,
    Conversions,
    CustomerAttributes,
    EventTable,
    Touches,
    buckets_of,
)
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import StringArray
    from attrigraph.worlds.data import World


def customer_ids(world: World) -> StringArray:
    """Ids of the world's customers in order."""
    width = len(str(len(world.customers)))
    return np.array([f"u{i:0{width}}" for i in range(len(world.customers))], dtype=object)


def event_ids(prefix: str, count: int) -> StringArray:
    """Ids of events in order."""
    width = len(str(count))
    return np.array([f"{prefix}{i:0{width}}" for i in range(count)], dtype=object)


def event_table_of(world: World) -> EventTable:
    """The world's touches and conversions, including customers without any."""
    spec, media = world.spec, world.media
    ids = customer_ids(world)
    kinds = sorted({channel.kind for channel in spec.channels})
    kind = np.array([kinds.index(channel.kind) for channel in spec.channels])
    touches = Touches(
        id=event_ids("t", len(world.channel)),
        customer=world.touch_customer.astype(np.int32),
        time=world.touch_time,
        nanosecond=np.zeros(len(world.channel), dtype=np.int32),
        position=np.zeros(len(world.channel), dtype=np.int32),
        kind=_categorical(kinds, kind[world.channel]),
        channel=_categorical(spec.names, world.channel),
        campaign=_categorical(media.campaign, world.campaign),
        creative=_categorical(media.creative, world.creative),
        cost=world.cost,
    )
    conversions = Conversions(
        id=event_ids("c", len(world.converter)),
        customer=world.converter.astype(np.int32),
        time=world.conversion_time,
        nanosecond=np.zeros(len(world.converter), dtype=np.int32),
        position=np.zeros(len(world.converter), dtype=np.int32),
        kind=_categorical(["conversion"], np.zeros(len(world.converter), dtype=np.int64)),
        value=world.value,
    )
    return EventTable(ids, buckets_of(ids), touches, conversions)


def customer_attributes_of(world: World) -> CustomerAttributes:
    """Attributes of the world's customers, known before its window.

    Raises:
        InputError: the world does not list its customers.
    """
    if not world.customers.listed:
        raise InputError(f"world {world.spec.name!r} does not list its customers")
    ids = customer_ids(world)
    columns = {name: column.astype(object) for name, column in world.customers.attributes.items()}
    return CustomerAttributes(ids, buckets_of(ids), columns)


def _categorical(keys: tuple[str, ...] | list[str], codes: NDArray[np.int64]) -> Categorical:
    return Categorical(tuple(keys), codes.astype(np.int32))
