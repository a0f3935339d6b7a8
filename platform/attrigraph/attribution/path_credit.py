"""Credit of the touches of one conversion: Shapley values of touches under the fitted hazard.

The players are the touches between the customer's last conversion and this one, and a set of them
is worth the hazard at the conversion if only they had happened. Their values sum to what all of
them add to the hazard; over the hazard itself they are parts of this conversion, and what is left
is organic. Touches and channels are players of different games: sums over a channel's touches here
need not equal its share in the channels' game (see ``touch_credit`` for credit that does).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from attrigraph.attribution.coalitions import along, sample, shapley_values
from attrigraph.attribution.exposure import reach, saturate
from attrigraph.attribution.moments import conversion_moments
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.histories import Histories
    from attrigraph.attribution.response import Response

EXACT_TOUCHES: Final = 12
"""Up to this many touches all sets are valued (4096), beyond it sampled permutations."""


@dataclass(frozen=True, slots=True, eq=False)
class PathCredit:
    """One conversion's credit by touch.

    Attributes:
        touch: int64 ``[n]``, touches of the histories, oldest first.
        credit: float64 ``[n]``, parts of the conversion; may be negative.
        standard_error: float64 ``[n]``, of sampling; 0 where exact.
        organic: the part that no touch has; ``organic + sum of credit`` is 1.
        chance: the hazard at the conversion with all touches.
    """

    touch: NDArray[np.int64]
    credit: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    organic: float
    chance: float


def credit_path(
    histories: Histories, response: Response, conversion: int, *, seed: int = 0
) -> PathCredit:
    """Credit the touches before one conversion.

    Args:
        histories: the population.
        response: the model fitted to it.
        conversion: row of the conversion in the histories.
        seed: of the permutations, where there are too many touches for all sets.

    Raises:
        InputError: when there is no such conversion.
    """
    if not 0 <= conversion < len(histories.converter):
        raise InputError(
            f"conversion must be a row from 0 to {len(histories.converter) - 1}, got {conversion}"
        )
    moments = conversion_moments(histories).take(np.array([conversion]))
    rest = response.rest(moments.day, response.conditions.columns(histories, moments))[0]
    reached = reach(histories, moments)
    left = reached.weights(response.half_life)
    keys = np.eye(len(histories.keys))[reached.key]  # [n, keys]

    def game(sets: NDArray[np.bool_]) -> NDArray[np.float64]:
        exposure = saturate((sets * left) @ keys)
        everything = np.ones((1, keys.shape[1]), dtype=bool)
        return np.asarray(expit(rest + response.effects.logit(exposure, everything)[:, 0]))

    count = len(left)
    ends = game(np.array([np.zeros(count, dtype=bool), np.ones(count, dtype=bool)]))
    chance = float(ends[1])
    values, error = np.zeros(count), np.zeros(count)
    if 0 < count <= EXACT_TOUCHES:
        number = np.arange(1 << count)
        values = shapley_values(game((number[:, None] >> np.arange(count)) & 1 == 1))
    elif count:
        sampled = sample(along(game), count, seed=seed, permutations=128, tolerance=0.005)
        values, error = sampled.values, sampled.standard_error
    return PathCredit(
        reached.touch, values / chance, error / chance, float(ends[0]) / chance, chance
    )
