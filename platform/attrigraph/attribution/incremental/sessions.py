"""Sessions: chains of a customer's own acts, such as clicks and visits, without a long gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SESSION_GAP: Final = 30 / 1440
"""Days between touches of one session, at most; the usual 30 minutes of web analytics."""


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """The customers' own acts, each with the beginning of its session.

    Attributes:
        act: int64 ``[acts]``, rows of the touches that are acts, ascending.
        begin: int64 ``[acts]``, row of the first act of the same session.
    """

    act: NDArray[np.int64]
    begin: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        customer: NDArray[np.int64],
        time: NDArray[np.float64],
        is_act: NDArray[np.bool_],
    ) -> Sessions:
        """Sessions of touches ``[touches]``, sorted by (customer, time in days)."""
        act = np.flatnonzero(is_act)
        who, when = customer[act], time[act]
        begins = np.ones(len(act), dtype=bool)
        begins[1:] = (who[1:] != who[:-1]) | (np.diff(when) > SESSION_GAP)
        first = np.maximum.accumulate(np.where(begins, np.arange(len(act)), 0))
        return cls(act, act[first])
