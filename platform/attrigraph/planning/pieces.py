"""Where response curves end, and into how many pieces they are cut.

A maximum may lie far above what a budget can buy, and a few pieces up to it would miss the bend
of the curve. Curves then end a little beyond what the budget can buy, and the number of pieces
doubles until the lines between their ends are close to the curves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.concave import concave_envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.responses import Response

    Floats = NDArray[np.float64]

LEVELS: Final = 20
"""Least number of pieces of each response."""

MAX_LEVELS: Final = 640
"""Most pieces of each response."""

MAX_ERROR: Final = 0.01
"""Largest sum of the errors of lines in the middle of pieces, of the height of all curves."""

ROOM: Final = 1.25
"""Where curves end, over the most that a campaign can spend: no plan comes to the end."""


@dataclass(frozen=True, slots=True)
class CurveEnds:
    """Where curves end.

    Attributes:
        campaigns: float64 ``[n]``, of campaigns, in money.
        most: of any response to the spend of several campaigns, in money.
    """

    campaigns: Floats
    most: float


def ends_at_maxima(request: PlanRequest) -> CurveEnds:
    """Curves that end at the maxima of campaigns."""
    return CurveEnds(np.array([campaign.maximum for campaign in request.campaigns]), math.inf)


def ends_by_budget(request: PlanRequest) -> CurveEnds:
    """Curves that end beyond what the budget can buy, and the old plan.

    The curves of campaigns that are all or nothing, and of members of synergies, end at the
    maximum, to which both refer. So do all where the budget leaves nothing beyond the minima.
    """
    whole = ends_at_maxima(request)
    minimum = np.array([campaign.minimum for campaign in request.campaigns])
    old = np.array([campaign.old or 0.0 for campaign in request.campaigns])
    old = old * (1 + (request.max_change or 0.0))
    available = request.budget - minimum.sum()
    if available <= 0:
        return whole
    ends = np.minimum(whole.campaigns, ROOM * np.maximum(minimum + available, old))
    tied = {member for synergy in request.synergies for member in synergy.members}
    is_fixed = np.array([campaign.whole or campaign.id in tied for campaign in request.campaigns])
    most = ROOM * max(request.budget, float(old.sum()))
    return CurveEnds(np.where(is_fixed, whole.campaigns, ends), most)


@dataclass(frozen=True, slots=True)
class Range:
    """A response between two spends, in money."""

    name: str
    response: Response
    low: float
    high: float

    def spends(self, levels: int) -> Floats:
        """Ends of pieces ``[levels + 1]``, in money."""
        return np.linspace(self.low, self.high, levels + 1)

    def values(self, levels: int) -> Floats:
        """Values ``[levels + 1]`` at the ends of pieces, in money.

        Raises:
            InputError: the response does not give one number per spend.
        """
        spends = self.spends(levels)
        try:
            values = np.asarray(self.response.value(spends), dtype=np.float64)
        except (IndexError, TypeError, ValueError) as error:
            raise InputError(f"the response of {self.name!r} has no values: {error}") from error
        if values.shape != spends.shape:
            raise InputError(
                f"the response of {self.name!r} must give one value per spend: for spends of the "
                f"shape {spends.shape} it gives values of the shape {values.shape}"
            )
        return values


def are_close(ranges: Sequence[Range], levels: int) -> bool:
    """Whether lines over so many pieces are close to the responses."""
    errors, heights = _errors(ranges, levels)
    return not errors.sum() > MAX_ERROR * heights.sum()


def levels_of(ranges: Sequence[Range]) -> int:
    """Number of pieces for all responses.

    Raises:
        InputError: a curve bends far below its end, and no number of pieces shows it.
    """
    levels = LEVELS
    while levels <= MAX_LEVELS:
        if are_close(ranges, levels):
            return levels
        levels *= 2
    errors, _ = _errors(ranges, MAX_LEVELS)
    worst = ranges[int(errors.argmax())]
    raise InputError(
        f"the response of {worst.name!r} bends too far below {worst.high:,.2f}, where its curve "
        "ends, to be planned; give it a max near what it may spend"
    )


def _errors(ranges: Sequence[Range], levels: int) -> tuple[Floats, Floats]:
    """Largest distance between lines and envelopes in the middle of pieces, and their height."""
    found = [_error_and_height(one, levels) for one in ranges]
    errors, heights = np.array(found).reshape(-1, 2).T
    return errors, heights


def _error_and_height(one: Range, levels: int) -> tuple[float, float]:
    values = concave_envelope(one.values(2 * levels))
    lines = (values[:-2:2] + values[2::2]) / 2
    return float(np.abs(values[1::2] - lines).max()), float(np.ptp(values))
