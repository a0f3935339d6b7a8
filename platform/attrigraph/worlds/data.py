"""A simulated world as columns: customers, touches, conversions, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.worlds.agents.spec import AgentSpec
    from attrigraph.worlds.budget.market import Market
    from attrigraph.worlds.budget.spec import BudgetSpec
    from attrigraph.worlds.media import Media
    from attrigraph.worlds.spec import WorldSpec
    from attrigraph.worlds.truth import Truth

START_MS: Final = 1_709_251_200_000
"""Start of every world's window: 2024-03-01, midnight UTC."""

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Customers of a world, numbered from 0.

    Attributes:
        count: number of customers.
        attributes: columns of length ``count`` by name, as in ``customers.csv``.
        listed: whether there is a table of customers at all.
    """

    count: int
    attributes: Mapping[str, NDArray[Any]]
    listed: bool = True

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A simulated world as columns; customers are numbered from 0.

    Attributes:
        spec: parameters of the world.
        seed: random seed.
        customers: attributes known before the window.
        touch_customer: int64 ``[touches]``, ascending.
        touch_time: int64 ``[touches]``, epoch milliseconds.
        channel: int64 ``[touches]``, index into the channels of ``spec``.
        campaign: int64 ``[touches]``, index into the campaigns of ``media``.
        creative: int64 ``[touches]``, index into the creatives of ``media``.
        cost: float64 ``[touches]``, currency.
        converter: int64 ``[conversions]``, ascending.
        conversion_time: int64 ``[conversions]``, epoch milliseconds.
        value: float64 ``[conversions]``, currency.
        media: campaigns, creatives and audiences.
        truth: expected conversions that each channel causes in such a population.
        dates_only: whether files have the dates of events without a time of day.
        market: what was spent on each day, and the value of any other spend; of budget worlds.
    """

    spec: WorldSpec | AgentSpec | BudgetSpec
    seed: int
    customers: Customers
    touch_customer: NDArray[np.int64]
    touch_time: NDArray[np.int64]
    channel: NDArray[np.int64]
    campaign: NDArray[np.int64]
    creative: NDArray[np.int64]
    cost: NDArray[np.float64]
    converter: NDArray[np.int64]
    conversion_time: NDArray[np.int64]
    value: NDArray[np.float64]
    media: Media
    truth: Truth
    dates_only: bool = False
    market: Market | None = None

    @property
    def end_ms(self) -> int:
        """End of the window, epoch milliseconds."""
        return START_MS + self.spec.days * DAY_MS
