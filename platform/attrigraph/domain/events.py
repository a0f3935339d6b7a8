"""Touchpoints and conversions, single and as tables.

Tables are NumPy columns of equal length, one row per touch or conversion. Times are UTC epoch
milliseconds (int64) and the nanoseconds within them (int32); ``NO_TIME`` marks an event whose order
is known but not its time. Money is in the data set's one currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Categorical, StringArray
    from attrigraph.domain.event_properties import EventProperties


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One contact of a customer with marketing.

    Attributes:
        id: unique over all touchpoints.
        customer_id: the customer who was touched.
        timestamp: when, with a time zone; None when only the order is known.
        channel: the channel's name, if known.
        campaign: the campaign's id, if known.
        creative: the creative's id, if known.
        kind: impression, click, visit, email, ...
        cost: what it cost, >= 0, in the data set's currency; None when unknown.
        position: place in the customer's order, used where times are missing or equal.
    """

    id: str
    customer_id: str
    timestamp: datetime | None
    channel: str | None = None
    campaign: str | None = None
    creative: str | None = None
    kind: str = "impression"
    cost: float | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Conversion:
    """One conversion of a customer: what is to be explained.

    Attributes:
        id: unique over all conversions.
        customer_id: who converted.
        timestamp: when, with a time zone; None when only the order is known.
        value: its worth, >= 0, in the data set's currency.
        kind: purchase, signup, ...
        position: place in the customer's order, used where times are missing or equal.
    """

    id: str
    customer_id: str
    timestamp: datetime | None
    value: float = 0.0
    kind: str = "conversion"
    position: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """Touches as columns of length n.

    Attributes:
        id: object ``[n]``.
        customer: int32 ``[n]``, index into ``EventTable.customers``.
        time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        nanosecond: int32 ``[n]``, nanoseconds within the millisecond, 0 to 999,999; 0 where the
            time is missing or not known that finely.
        position: int32 ``[n]``, the order among equal or missing times.
        kind: what happened.
        channel: names of channels.
        campaign: ids of campaigns, resolved from the creative where only that was given.
        creative: ids of creatives.
        cost: float64 ``[n]``, currency, NaN where unknown.
        identity: object ``[n]``, the id under which a touch was recorded where that is not the
            customer's, else None; None for the column if it is not known.
        user_id: object ``[n]``, the user that the event names with another id, else None; None
            for the column if it is not known.
        cost_share: float64 ``[n]``, share 0..1 of the visits of a session whose costs are known and
            in ``cost``; None if it is 1 throughout.
        properties: further properties; None if no touch has any, or they are not known.
    """

    id: StringArray
    customer: NDArray[np.int32]
    time: NDArray[np.int64]
    nanosecond: NDArray[np.int32]
    position: NDArray[np.int32]
    kind: Categorical
    channel: Categorical
    campaign: Categorical
    creative: Categorical
    cost: NDArray[np.float64]
    identity: StringArray | None = None
    user_id: StringArray | None = None
    cost_share: NDArray[np.float64] | None = None
    properties: EventProperties | None = None

    def __len__(self) -> int:
        return len(self.customer)

    def priced(self) -> NDArray[np.float64]:
        """How much of each touch has a known cost, float64 ``[n]``, 0..1."""
        return ~np.isnan(self.cost) * self.cost_shares()

    def cost_shares(self) -> NDArray[np.float64]:
        """``cost_share``, with its ones, float64 ``[n]``."""
        return np.ones(len(self)) if self.cost_share is None else self.cost_share


@dataclass(frozen=True, slots=True, eq=False)
class Conversions:
    """Conversions as columns of length n.

    Attributes:
        id: object ``[n]``.
        customer: int32 ``[n]``, index into ``EventTable.customers``.
        time: int64 ``[n]``, epoch milliseconds or ``NO_TIME``.
        nanosecond: int32 ``[n]``, nanoseconds within the millisecond, 0 to 999,999; 0 where the
            time is missing or not known that finely.
        position: int32 ``[n]``, the order among equal or missing times.
        kind: what was reached.
        value: float64 ``[n]``, currency, >= 0.
        identity: object ``[n]``, the id under which a conversion was recorded where that is not the
            customer's, else None; None for the column if it is not known.
        user_id: object ``[n]``, the user that the event names with another id, else None; None
            for the column if it is not known.
        order_id: object ``[n]``, the id of the order where the conversion has another one, else
            None; None for the column if no conversion has any, or it is not known.
        message_id: object ``[n]``, likewise that of the message.
        properties: further properties; None if no conversion has any, or they are not known.
    """

    id: StringArray
    customer: NDArray[np.int32]
    time: NDArray[np.int64]
    nanosecond: NDArray[np.int32]
    position: NDArray[np.int32]
    kind: Categorical
    value: NDArray[np.float64]
    identity: StringArray | None = None
    user_id: StringArray | None = None
    order_id: StringArray | None = None
    message_id: StringArray | None = None
    properties: EventProperties | None = None

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """All touches and conversions of a set of whole customers.

    Touches and conversions are each sorted by (customer, time, nanosecond, position, tie hash), as
    ``attrigraph.domain.order`` defines.

    Attributes:
        customers: object ``[n_customers]``, ids as the graph knows them.
        bucket: int32 ``[n_customers]``, 0 to 1023, a hash of the id.
        touches: their touches.
        conversions: their conversions.
        n_aliases: int32 ``[n_customers]``, ids other than the customer's own under which its
            touches were recorded; None if no id was joined with another one, or it is not known.
    """

    customers: StringArray
    bucket: NDArray[np.int32]
    touches: Touches
    conversions: Conversions
    n_aliases: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row of a file that was rejected, and why.

    Attributes:
        file: the file as it was named to us.
        line: its line in that file, from 1 (the header is line 1); for Parquet the row, from 1.
        reason: the reason's code, a colon, and an explanation, as listed in docs/loading.md.
    """

    file: str
    line: int
    reason: str
