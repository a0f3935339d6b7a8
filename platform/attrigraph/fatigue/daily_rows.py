"""Daily figures of creatives as rows, and the creatives that they are of: what stores hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.domain import Categorical

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CreativeTable:
    """Creatives and what they are made of.

    Attributes:
        ids: of creatives ``[creatives]``.
        campaigns: id of the campaign of each; None where it is part of none.
        channels: names of the channels that the campaign of each runs on.
        elements: pairs (kind, id) of the elements of each.
    """

    ids: tuple[str, ...]
    campaigns: tuple[str | None, ...]
    channels: tuple[tuple[str, ...], ...]
    elements: tuple[tuple[tuple[str, str], ...], ...]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, numbers: Integers) -> CreativeTable:
        """Some of the creatives, in the order of their numbers."""
        chosen = numbers.tolist()
        return CreativeTable(
            tuple(self.ids[i] for i in chosen),
            tuple(self.campaigns[i] for i in chosen),
            tuple(self.channels[i] for i in chosen),
            tuple(self.elements[i] for i in chosen),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DailyRows:
    """Daily figures as columns of length n, in any order; NaN where a number is not known.

    Attributes:
        creative: number of the creative in a ``CreativeTable``.
        audience: id of the audience.
        day: datetime64[D].
        channel: name of the channel.
        campaign: the campaign, as the platform has it.
        currency: code of the currency of the cost.
        impressions: count.
        clicks: count.
        reach: people.
        cost: in its currency.
    """

    creative: Integers
    audience: Categorical
    day: NDArray[np.datetime64]
    channel: Categorical
    campaign: Categorical
    currency: Categorical
    impressions: Floats
    clicks: Floats
    reach: Floats
    cost: Floats

    def __len__(self) -> int:
        return len(self.day)

    def where(self, chosen: Flags) -> DailyRows:
        """Some of the rows.

        Args:
            chosen: whether each row is one of them ``[n]``.
        """

        def coded(column: Categorical) -> Categorical:
            return Categorical(column.keys, column.codes[chosen])

        return DailyRows(
            self.creative[chosen],
            coded(self.audience),
            self.day[chosen],
            coded(self.channel),
            coded(self.campaign),
            coded(self.currency),
            self.impressions[chosen],
            self.clicks[chosen],
            self.reach[chosen],
            self.cost[chosen],
        )
