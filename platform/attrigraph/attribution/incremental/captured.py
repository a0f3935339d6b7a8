"""What is captured at the moment of purchase: conversions whose cause the data do not show.

A conversion with touches in its purchase window (see ``purchase_window``) might not have happened
without them, or might have happened all the same. What older touches did not cause of it is
therefore neither credit nor baseline: it is shown apart, in equal parts of the touches in the
window. A channel caused between nothing and all of what it captured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.attribution.incremental.purchase_window import window_touches
from attrigraph.domain import Amount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.domain import Categorical


@dataclass(frozen=True, slots=True, eq=False)
class CapturedTouches:
    """Captured parts of conversions, one row per pair of touch and conversion.

    Attributes:
        touch: int64 ``[pairs]``, touch of the histories.
        conversion: int64 ``[pairs]``, conversion of the histories.
        conversions: float64 ``[pairs]``, in [0, 1].
        value: float64 ``[pairs]``, currency.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    conversions: NDArray[np.float64]
    value: NDArray[np.float64]


def captured_touches(
    histories: Histories, rest: NDArray[np.float64], credited: float
) -> CapturedTouches:
    """Captured parts of all conversions, together at most what is not credited.

    Args:
        histories: the population.
        rest: float64 ``[conversions]``, part of each that its older touches did not cause.
        credited: conversions that are credited in all. The parts by conversion do not add up to it
            exactly, as it is the model's expectation.
    """
    window = window_touches(histories, conversion_person_days(histories))
    window = window.take(histories.is_in_window[window.touch])
    touches = np.bincount(window.row, minlength=len(histories.converter))
    rest = np.clip(rest, 0.0, 1.0) * part_captured(rest, credited)
    part = rest / np.maximum(touches, 1)
    conversions = part[window.row]
    return CapturedTouches(
        window.touch, window.row, conversions, conversions * histories.value[window.row]
    )


def part_captured(rest: NDArray[np.float64], credited: float) -> float:
    """Part, in [0, 1], of what older touches did not cause that touches at purchase capture.

    Args:
        rest: float64 ``[conversions]``, part of each that its older touches did not cause.
        credited: conversions that are credited in all.
    """
    left = max(len(rest) - credited, 0.0)
    return min(left / max(float(np.clip(rest, 0.0, 1.0).sum()), 1e-300), 1.0)


def captured_by_key(histories: Histories, captured: CapturedTouches) -> NDArray[np.float64]:
    """Captured conversions of the channels, float64 ``[keys]``."""
    key = histories.key[captured.touch]
    return np.bincount(key, captured.conversions, len(histories.keys)).astype(np.float64)


def captured_by(
    captured: CapturedTouches, group: Categorical, touch: NDArray[np.int64]
) -> dict[str | None, Amount]:
    """Captured parts by the names of a grouping of touches.

    Args:
        captured: captured parts by touch of the histories.
        group: names by touch of the event table.
        touch: int64 ``[touches of the histories]``, their rows in the event table.
    """
    code = group.codes[touch[captured.touch]].astype(np.int64) + 1
    size = len(group.keys) + 1
    conversions = np.bincount(code, captured.conversions, size).tolist()
    value = np.bincount(code, captured.value, size).tolist()
    names = (None, *group.keys)
    return {name: Amount(*sums) for name, *sums in zip(names, conversions, value, strict=True)}


def with_captured(
    credit: TouchCredit, captured: CapturedTouches, population: Population
) -> TouchCredit:
    """Touch-level credit with the captured parts, one row per pair of touch and conversion.

    Args:
        credit: by rows of the event table.
        captured: captured parts by touch and conversion of the histories.
        population: their rows in the event table.
    """
    touch = np.concatenate([credit.touch, population.touch[captured.touch]])
    conversion = np.concatenate([credit.conversion, population.conversion[captured.conversion]])
    touches = int(touch.max(initial=0)) + 1
    pair, row = np.unique(conversion * touches + touch, return_inverse=True)
    of_credit, of_captured = np.split(row, [len(credit)])
    size = len(pair)
    return TouchCredit(
        touch=pair % touches,
        conversion=pair // touches,
        credit=np.bincount(of_credit, credit.credit, size).astype(np.float64),
        value=np.bincount(of_credit, credit.value, size).astype(np.float64),
        captured=np.bincount(of_captured, captured.conversions, size).astype(np.float64),
    )
