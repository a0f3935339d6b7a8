"""Input of an incremental model: every customer's touches and conversions in one window.

Touches before the window (its warm-up) still act on people in the window, and show how often they
are touched. They are a condition there and have no credit: what is asked is what the touches of the
window caused. People are at risk in the window only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.sessions import Sessions

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF_MILLISECOND: Final = 0.5 / 86_400_000
"""Days within which two times are one: a touch exactly a lookback ago still acts, as in journeys,
although times in days are rounded."""


@dataclass(frozen=True, eq=False)  # without slots, for cached properties
class Histories:
    """Touches and conversions of a whole population, times in days since the warm-up began.

    Touches are sorted by (customer, time), and so are conversions. Customers without a touch or a
    conversion are included: they identify the baseline.

    Attributes:
        keys: names of the channels; None is the key of touches of an unknown channel.
        customers: size of the population.
        customer: int64 ``[touches]``.
        time: float64 ``[touches]``, in ``[0, days]``.
        key: int64 ``[touches]``, index into ``keys``.
        converter: int64 ``[conversions]``, the customer.
        converted: float64 ``[conversions]``, time in ``[warm_up, days]``.
        value: float64 ``[conversions]``, currency.
        covariates: float64 ``[customers, p]``, attributes from before any exposure, scaled.
        days: length of the warm-up and the window.
        capturing: bool ``[touches]``, the customer's own acts, which may be part of a purchase;
            None if no touch is treated so (see ``purchase_window``).
        marketing: bool ``[keys]``, channels that can cause conversions; the others, such as direct
            visits, only describe the customer. None if all can.
        segments: int64 ``[segments]``, columns of ``covariates`` that say who belongs to a segment
            in which effects may differ; None for none.
        at_risk: bool ``[customers]``, whose conversions would be in the data; the others only tell
            how often people are touched. None if all are.
        lookback: age in days beyond which no touch has an effect; None for no limit.
        own_lookback: float64 ``[touches]``, that age of each touch, infinite without a limit and at
            most ``lookback``; None if all touches have ``lookback``.
        warm_up: days of touches before the window, a whole number; 0 for none.
        converted_before: float64 ``[customers]``, time of the last conversion in the warm-up, -1 if
            none; None if nobody converted there.
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
    capturing: NDArray[np.bool_] | None = None
    marketing: NDArray[np.bool_] | None = None
    segments: NDArray[np.int64] | None = None
    at_risk: NDArray[np.bool_] | None = None
    lookback: float | None = None
    own_lookback: NDArray[np.float64] | None = None
    warm_up: float = 0.0
    converted_before: NDArray[np.float64] | None = None

    @property
    def window_days(self) -> float:
        """Length of the window, without the warm-up."""
        return self.days - self.warm_up

    @cached_property
    def is_in_window(self) -> NDArray[np.bool_]:
        """Bool ``[touches]``, whether each touch is in the window and so may have credit."""
        return self.time >= self.warm_up

    def acting_since(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """When the oldest touch that still acts at times ``[m]`` can have been; -inf for ever."""
        reach = np.inf if self.lookback is None else self.lookback + HALF_MILLISECOND
        return time - reach

    def is_acting(
        self, touch: NDArray[np.int64], age: NDArray[np.float64]
    ) -> NDArray[np.bool_] | None:
        """Whether touches ``[m]`` still act at ages in days; None if ``lookback`` decides alone."""
        if self.own_lookback is None:
            return None
        return np.asarray(age <= self.own_lookback[touch] + HALF_MILLISECOND)

    @property
    def lookback_of_touches(self) -> NDArray[np.float64]:
        """Days ``[touches]`` after which each touch has no effect, infinite without a limit."""
        if self.own_lookback is not None:
            return self.own_lookback
        return np.full(len(self.time), np.inf if self.lookback is None else self.lookback)

    @property
    def customers_at_risk(self) -> NDArray[np.int64]:
        """Customers whose conversions would be in the data, ascending.

        Where a conversion ends the risk, those who converted in the warm-up are not among them.
        """
        at_risk = np.ones(self.customers, dtype=bool) if self.at_risk is None else self.at_risk
        if self.converted_before is not None and not self.repeats:
            at_risk = at_risk & (self.converted_before < 0)
        return np.flatnonzero(at_risk)

    def of_marketing(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values ``[..., keys]``, with exact zeros for channels that are no marketing."""
        return values if self.marketing is None else values * self.marketing

    def segments_of(self, customer: NDArray[np.int64]) -> NDArray[np.float64]:
        """Membership of customers ``[m]`` in the segments, ``[m, segments]``."""
        columns = np.zeros(0, dtype=np.int64) if self.segments is None else self.segments
        return self.covariates[customer[:, None], columns]

    @cached_property
    def is_repeat(self) -> NDArray[np.bool_]:
        """Bool ``[conversions]``, whether the customer had converted before."""
        is_again = np.concatenate([[False], self.converter[1:] == self.converter[:-1]])
        is_again = is_again[: len(self.converter)]
        if self.converted_before is None:
            return is_again
        return is_again | (self.converted_before[self.converter] >= 0)

    @cached_property
    def n_converted_before(self) -> NDArray[np.int64]:
        """Conversions of its customer before each touch, or at its very time, ``[touches]``.

        All conversions before the window count as one, the last.
        """
        instant = self.converter * self._step + self.converted
        earlier = np.searchsorted(instant, self._instant, "right")
        earlier -= np.searchsorted(self.converter, self.customer, "left")
        if self.converted_before is None:
            return earlier
        before = self.converted_before[self.customer]
        return earlier + ((before >= 0) & (before <= self.time))

    @property
    def gaps(self) -> NDArray[np.float64]:
        """Days ``[repeats]`` since the previous conversion, of each repeated one."""
        again = np.flatnonzero(self.is_repeat)
        previous = self.converted[again - 1]
        if self.converted_before is not None:
            is_first = (again == 0) | (self.converter[again] != self.converter[again - 1])
            before = self.converted_before[self.converter[again]]
            previous = np.where(is_first, before, previous)
        return np.asarray(self.converted[again] - previous)

    @property
    def repeats(self) -> bool:
        """Whether any customer converts more than once; otherwise a conversion ends the risk."""
        return bool(self.is_repeat.any())

    @cached_property
    def until_first_conversion(self) -> NDArray[np.float64]:
        """Days ``[customers]`` until the first conversion, or until the window's end.

        For those who converted in the warm-up, until their last conversion there.
        """
        end = np.full(self.customers, self.days)
        first = ~self.is_repeat
        end[self.converter[first]] = self.converted[first]
        if self.converted_before is None:
            return end
        return np.where(self.converted_before >= 0, self.converted_before, end)

    @cached_property
    def repeat_ratio(self) -> float:
        """Rate of further conversions relative to that of first ones, in [0, 1].

        0 if a conversion ends the risk, 1 if it does not change it. It varies continuously, so that
        no single customer decides which form the model has.
        """
        before = np.maximum(self.until_first_conversion - self.warm_up, 0.0)
        n_repeats = int(self.is_repeat.sum())
        first = max(len(self.converter) - n_repeats, 1) / max(float(before.sum()), 1e-9)
        after = float((self.window_days - before).sum())
        if after <= 0:
            return 0.0
        return min(1.0, n_repeats / after / first)

    def touches_before(
        self, customer: NDArray[np.int64], time: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """For each customer and time, the row after the last earlier touch."""
        return np.searchsorted(self._instant, customer * self._step + time, "left")

    @cached_property
    def first_touch(self) -> NDArray[np.int64]:
        """Row ``[customers]`` of each customer's first touch, or of the next one's if none."""
        return np.searchsorted(self.customer, np.arange(self.customers), "left")

    @property
    def _step(self) -> float:
        """Days from one customer's window to the next, if windows followed each other."""
        return self.days + 2.0

    @cached_property
    def _instant(self) -> NDArray[np.float64]:
        """When each touch would be if windows followed each other: ascending, ``[touches]``."""
        return self.customer * self._step + self.time

    @cached_property
    def sessions(self) -> Sessions:
        """Sessions of the customers' own acts; none without a purchase window."""
        no_acts = np.zeros(len(self.time), dtype=bool)
        is_act = no_acts if self.capturing is None else self.capturing
        return Sessions.of(self.customer, self.time, is_act)

    def of_customers(self, customers: NDArray[np.int64]) -> Histories:
        """The histories of some customers, given ascending; they are renumbered."""
        number = np.full(self.customers, -1)
        number[customers] = np.arange(len(customers))
        touch, conversion = number[self.customer] >= 0, number[self.converter] >= 0
        return Histories(
            keys=self.keys,
            customers=len(customers),
            customer=number[self.customer[touch]],
            time=self.time[touch],
            key=self.key[touch],
            converter=number[self.converter[conversion]],
            converted=self.converted[conversion],
            value=self.value[conversion],
            covariates=self.covariates[customers],
            days=self.days,
            capturing=None if self.capturing is None else self.capturing[touch],
            marketing=self.marketing,
            segments=self.segments,
            at_risk=None if self.at_risk is None else self.at_risk[customers],
            lookback=self.lookback,
            own_lookback=None if self.own_lookback is None else self.own_lookback[touch],
            warm_up=self.warm_up,
            converted_before=None
            if self.converted_before is None
            else self.converted_before[customers],
        )
