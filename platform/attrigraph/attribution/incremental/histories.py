"""What an incremental model reads: every customer's touches and conversions in one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Touches and conversions of a whole population, times in days since the window began.

    Touches are sorted by (customer, time), and so are conversions. Customers without a touch or a
    conversion belong to it: they tell how many convert without marketing.

    Attributes:
        keys: names of the channels; None is the channel of touches for which it is unknown.
        customers: size of the population.
        customer: int64 ``[touches]``.
        time: float64 ``[touches]``, in ``[0, days]``.
        key: int64 ``[touches]``, index into ``keys``.
        converter: int64 ``[conversions]``, the customer.
        converted: float64 ``[conversions]``, when, in ``[0, days]``.
        value: float64 ``[conversions]``, currency.
        covariates: float64 ``[customers, p]``, facts known before any exposure, one scale each.
        days: length of the window.
    """

    keys: tuple[str | None, ...]
    customers: int
    customer: NDArray[np.int64]
    time: NDArray[np.float64]
    key: NDArray[np.int64]
    converter: NDArray[np.int64]
    converted: NDArray[np.float64]
    value: NDArray[np.float64]
    covariates: NDArray[np.float64]
    days: float

    @property
    def repeats(self) -> bool:
        """Whether any customer converts more than once; if none does, converting ends the risk."""
        return bool(np.any(self.converter[1:] == self.converter[:-1]))

    def touches_before(
        self, customer: NDArray[np.int64], moment: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Where each customer's touches before a moment end: row in the touch columns."""
        step = self.days + 2.0
        return np.searchsorted(self.customer * step + self.time, customer * step + moment, "left")

    def of_customers(self, some: NDArray[np.int64]) -> Histories:
        """The same of some customers, ascending, who are numbered anew."""
        number = np.full(self.customers, -1)
        number[some] = np.arange(len(some))
        touch, conversion = number[self.customer] >= 0, number[self.converter] >= 0
        return Histories(
            keys=self.keys,
            customers=len(some),
            customer=number[self.customer[touch]],
            time=self.time[touch],
            key=self.key[touch],
            converter=number[self.converter[conversion]],
            converted=self.converted[conversion],
            value=self.value[conversion],
            covariates=self.covariates[some],
            days=self.days,
        )
