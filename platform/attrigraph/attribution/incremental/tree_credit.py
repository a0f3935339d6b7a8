"""Credit of one conversion on the tree channel > campaign > creative > touch: Owen values.

The game is that of ``path_credit``: the value of a set of touches is the hazard at the conversion
if only these touches had happened. Owen values are consistent at all levels: summed over a
channel's touches they equal the channel's Shapley value in the game in which whole channels are
switched on and off at this conversion. Sums of the touches' Shapley values do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from attrigraph.attribution.games.coalitions import along
from attrigraph.attribution.games.owen import owen_values, sample_owen
from attrigraph.attribution.incremental.adstock import saturate
from attrigraph.attribution.incremental.path_credit import EXACT_TOUCHES
from attrigraph.attribution.incremental.person_days import conversion_person_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.games.coalitions import Game
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Response

N_ORDERS = 256
"""Number of sampled orders if there are too many touches for all sets."""


@dataclass(frozen=True, slots=True, eq=False)
class TreeCredit:
    """Credit of one conversion by touch, exact in sums over unions at every level.

    Attributes:
        touch: int64 ``[n]``, touches, oldest first.
        credit: float64 ``[n]``, fractions of the conversion; may be negative.
        standard_error: float64 ``[n]``, of sampling; 0 if exact.
        baseline: the fraction without a touch; ``baseline + sum of credit`` is 1.
    """

    touch: NDArray[np.int64]
    credit: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    baseline: float


def credit_tree(
    histories: Histories,
    response: Response,
    conversion: int,
    unions: NDArray[np.int64],
    *,
    seed: int = 0,
) -> TreeCredit:
    """Owen values of the touches before one conversion.

    Args:
        histories: the population.
        response: the model fitted to it.
        conversion: row of the conversion in the histories.
        unions: int64 ``[levels, touches of the histories]``, the union of each touch, coarsest
            level first; finer unions lie within coarser ones.
        seed: of the orders if there are too many touches for all sets.

    Raises:
        InputError: the unions are not nested.
    """
    person_days = conversion_person_days(histories).take(np.array([conversion]))
    rest = response.rest(person_days.day, response.conditions.columns(histories, person_days))
    acting = response.conditions.pairs(histories, person_days)
    is_in_window = histories.is_in_window[acting.touch]
    pairs = acting.take(is_in_window)
    earlier = acting.take(~is_in_window).adstock(response.shape.half_life)
    count = len(pairs.touch)
    left = pairs.weights(response.shape.half_life)
    keys = np.eye(len(histories.keys))[pairs.key]  # [n, keys]
    main = response.effects.main_of(histories.segments_of(person_days.customer))
    running = np.ones((1, len(histories.keys)), dtype=bool)

    def game(sets: NDArray[np.bool_]) -> NDArray[np.float64]:
        exposure = saturate(earlier + (sets * left) @ keys, response.shape.saturation)
        return np.asarray(expit(rest + response.effects.logit(exposure, main, running)[:, 0]))

    empty, full = game(np.array([[False] * count, [True] * count])).tolist()
    values, error = _owen(game, unions[:, pairs.touch], seed)
    return TreeCredit(pairs.touch, values / full, error / full, empty / full)


def _owen(
    game: Game, unions: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Owen values and their standard errors, both ``[n]``."""
    count = unions.shape[1]
    if count == 0:
        return np.zeros(0), np.zeros(0)
    if count <= EXACT_TOUCHES:
        number = np.arange(1 << count)
        sets = (number[:, None] >> np.arange(count)) & 1 == 1
        return owen_values(game(sets), unions), np.zeros(count)
    sampled = sample_owen(along(game), unions, seed=seed, permutations=N_ORDERS)
    return sampled.values, sampled.standard_error
