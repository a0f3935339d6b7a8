"""The moment of purchase: touches so close to a conversion that they may be part of buying.

People search for the brand, click an ad or visit the site *in order to* buy. Such a touch is a
necessary condition of the purchase and says nothing about what caused it (reverse causation; a lag
time before the outcome is the usual remedy, Tamim, Monfared & LeLorier 2007, protopathic bias).
Touches in the last hour, and those of the session in which a customer buys, therefore count neither
as exposure nor as anything else: at no person-day, whether or not somebody buys. Older touches do.

A touch in the window is no condition of the hazard either. Those who buy have one because they buy,
the others because they often visit; so to compare buyers with others who have one is to compare
them with people who are touched more often, which makes older touches look harmful (conditioning
on a consequence of the outcome; Hernan, Hernandez-Diaz & Robins 2004).

Only touches that are the customer's own act are treated in this way (``Histories.capturing``): an
impression or a letter does not happen because somebody is about to buy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.attribution.incremental.ranges import rows_of_ranges
from attrigraph.attribution.incremental.sessions import SESSION_GAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays

LAST_HOUR: Final = 1 / 24
"""Days before a conversion in which a touch counts as part of it."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowTouches:
    """Pairs of a person-day and a touch in its purchase window.

    Attributes:
        row: int64 ``[pairs]``, the person-day.
        touch: int64 ``[pairs]``, the touch.
    """

    row: NDArray[np.int64]
    touch: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> WindowTouches:
        """Some of the pairs."""
        return WindowTouches(self.row[chosen], self.touch[chosen])


def window_touches(histories: Histories, person_days: PersonDays) -> WindowTouches:
    """The touches in the purchase window of each person-day."""
    end = histories.touches_before(person_days.customer, person_days.time)
    row, touch = rows_of_ranges(window_begin(histories, person_days, end), end)
    if histories.capturing is None:
        return WindowTouches(row, touch)
    captured = histories.capturing[touch]
    return WindowTouches(row[captured], touch[captured])


def window_begin(
    histories: Histories, person_days: PersonDays, end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The first touch ``[m]`` of each person-day's purchase window, by its row.

    ``end`` is the row ``[m]`` after the last touch before each person-day.

    The window begins an hour before, or with the session that is still going on. Touches in it
    that are not ``Histories.capturing`` do not belong to it.
    """
    sessions = histories.sessions
    if len(sessions.act) == 0:
        return end
    customer, time = person_days.customer, person_days.time
    begin = histories.touches_before(customer, time - LAST_HOUR)
    last = np.maximum(np.searchsorted(sessions.act, end, "left") - 1, 0)
    touch = sessions.act[last]
    going_on = (
        (touch < end)
        & (histories.customer[touch] == customer)
        & (time - histories.time[touch] <= SESSION_GAP)
    )
    return np.where(going_on, np.minimum(begin, sessions.begin[last]), begin)


def purchase_touches(histories: Histories) -> NDArray[np.int64]:
    """Rows of the touches in the purchase window of a conversion, ascending."""
    window = window_touches(histories, conversion_person_days(histories))
    return np.unique(window.touch)
