"""How old a touch may be: the lookback of its channel, of its kind, or the general one.

The lookback of a channel counts before that of a kind, and both before the general one. Rules cut
journeys by these limits, and causal models the effects of touches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.journeys import TouchLookback
    from attrigraph.domain import Categorical, Touches, Touchpoint
    from attrigraph.domain.columns import Flags

DAY_NS: Final = 86_400_000_000_000

FIELDS: Final = ("kind", "channel")
"""What a lookback can be of; the last one counts first."""


def longest_lookback(general: float | None, own: Sequence[TouchLookback]) -> float | None:
    """The longest lookback of any touch in days; None if there is no limit for some."""
    days = [general, *(one.days for one in own)]
    known = [one for one in days if one is not None]
    return max(known) if len(known) == len(days) else None


def touch_limits(
    touches: Touches, general: float | None, own: Sequence[TouchLookback]
) -> NDArray[np.float64]:
    """Float64 ``[n_touches]``: the lookback of each touch in nanoseconds, infinite without one.

    Args:
        touches: the touches.
        general: days for touches without a lookback of their own; None for no limit.
        own: lookbacks of channels and kinds.

    Raises:
        InputError: a lookback of a channel or kind that no touch has.
    """
    limits = np.full(len(touches), _nanoseconds(general))
    for field in FIELDS:
        column: Categorical = getattr(touches, field)
        for one in (one for one in own if one.field == field):
            limits[_of(column, one)] = _nanoseconds(one.days)
    return limits


def lookback_of(
    touch: Touchpoint, general: float | None, own: Sequence[TouchLookback]
) -> float | None:
    """The lookback of one touch in days; None for no limit."""
    days = general
    for field in FIELDS:
        for one in own:
            if one.field == field and getattr(touch, field) == one.name:
                days = one.days
    return days


def _of(column: Categorical, lookback: TouchLookback) -> Flags:
    if lookback.name not in column.keys:
        raise InputError(
            f"no touch is of the {lookback.field} {lookback.name!r}, for which there is a "
            f"lookback; {near_names(lookback.name, column.keys)}"
        )
    mask: Flags = column.codes == column.keys.index(lookback.name)
    return mask


def _nanoseconds(days: float | None) -> float:
    return np.inf if days is None else float(round(days * DAY_NS))
