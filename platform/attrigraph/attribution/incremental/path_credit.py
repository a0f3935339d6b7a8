"""Credit of the touches of conversions: Shapley values of touches under the fitted hazard.

The players of a conversion's game are the touches between the customer's last conversion and this
one, and a set of them is worth the hazard at the conversion if only they had happened: absent is
an intervention, "the touch did not take place". Their values sum to what all of them add to the
hazard; over the hazard itself they are parts of this conversion, and what is left is baseline:

    sum of credit + h(no touch) / h(all touches) = 1

Conversions with as many touches, of as many channels, are played at once. A set of touches enters
the hazard only through what is left unsaturated of each channel, a product over its touches,
``1 - e_c(S) = product over touches i of c in S of exp(-1.5 * 2^(-age_i / half-life_c))``, so that
all sets' exposures come by doubling, one multiplication each.

Touches and channels are players of different games: sums over a channel's touches here need not
equal its share in the channels' game (``touch_credit`` brings both together).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_weights
from attrigraph.attribution.incremental.adstock import pair_touches
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Response

EXACT_TOUCHES: Final = 12
"""Up to this many touches all sets are valued (4096), beyond it sampled permutations."""

PAIRS: Final = 32
"""Permutations that are walked beyond it, each forwards and backwards."""

CELLS: Final = 400_000
"""Numbers that are worked on at once, so that they stay in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class PathCredits:
    """Credit of the touches of several conversions, one row a pair of touch and conversion.

    Attributes:
        touch: int64 ``[n]``, touches of the histories; those of a conversion stand together,
            oldest first.
        conversion: int64 ``[n]``, conversions of the histories, in the order asked.
        credit: float64 ``[n]``, parts of the conversion; may be negative.
        standard_error: float64 ``[n]``, of sampling; 0 where exact.
        left: float64 ``[n]``, in (0, 1], what is left of the touch at the conversion.
        baseline: float64 ``[conversions asked]``, the part that no touch has.
        chance: float64 ``[conversions asked]``, the hazard at the conversion with all touches.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    left: NDArray[np.float64]
    baseline: NDArray[np.float64]
    chance: NDArray[np.float64]

    @property
    def sampled(self) -> int:
        """How many conversions have too many touches for all sets."""
        touches = np.unique(self.conversion, return_counts=True)[1]
        return int((touches > EXACT_TOUCHES).sum())


def credit_path(
    histories: Histories, response: Response, conversion: int, *, seed: int = 0
) -> PathCredits:
    """Credit the touches before one conversion; the same as among all conversions.

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
    return credit_paths(histories, response, np.array([conversion]), seed=seed)


def credit_paths(
    histories: Histories,
    response: Response,
    conversions: NDArray[np.int64] | None = None,
    *,
    seed: int = 0,
) -> PathCredits:
    """Credit the touches before conversions.

    Args:
        histories: the population.
        response: the model fitted to it.
        conversions: rows of conversions in the histories; all when None.
        seed: of the permutations; each conversion has its own.
    """
    asked = np.arange(len(histories.converter)) if conversions is None else conversions
    person_days = conversion_person_days(histories).take(asked)
    rest = response.rest(person_days.day, response.conditions.columns(histories, person_days))
    pairs = pair_touches(histories, person_days)
    left = pairs.weights(response.shape.half_life)
    credit, error = np.zeros(len(left)), np.zeros(len(left))
    chance = expit(rest)
    baseline = np.ones(len(asked))
    for group in _alike(pairs.row, pairs.key, len(asked)):
        scene = _Scene.of(response, rest[group.row], left[group.pair], pairs.key[group.pair])
        if scene.touches <= EXACT_TOUCHES:
            none, whole, values = _exact(scene)
        else:
            random = [np.random.default_rng([seed, row]) for row in asked[group.row].tolist()]
            none, whole, values, errors = _sampled(scene, random)
            error[group.pair] = errors / whole[:, None]
        credit[group.pair] = values / whole[:, None]
        chance[group.row], baseline[group.row] = whole, none / whole
    return PathCredits(
        pairs.touch, asked[pairs.row], credit, error, left, baseline, np.asarray(chance)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Conversions with as many touches, of as many channels.

    Attributes:
        row: int64 ``[m]``, conversions.
        pair: int64 ``[m, touches]``, their rows among all pairs.
    """

    row: NDArray[np.int64]
    pair: NDArray[np.int64]


def _alike(row: NDArray[np.int64], key: NDArray[np.int64], conversions: int) -> Iterator[_Group]:
    """Conversions in groups that are played at once, those without a touch left out."""
    touches = np.bincount(row, minlength=conversions)
    first = np.cumsum(touches) - touches
    keys = int(key.max(initial=0)) + 1
    channels = np.bincount(np.unique(row * keys + key) // keys, minlength=conversions)
    for n, d in sorted(set(zip(touches.tolist(), channels.tolist(), strict=True))):
        if n == 0:
            continue
        alike = np.flatnonzero((touches == n) & (channels == d))
        sets = 1 << n if n <= EXACT_TOUCHES else 2 * PAIRS * (n + 1)
        step = max(1, CELLS // (sets * d))
        for start in range(0, len(alike), step):
            here = alike[start : start + step]
            yield _Group(here, first[here, None] + np.arange(n))


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """Conversions of one group as the game sees them, channels numbered within each conversion.

    Attributes:
        rest: float64 ``[m, 1]``, the part of the logit that no touch changes.
        keep: float64 ``[m, channels, touches]``, by what each touch multiplies what is left
            unsaturated of each channel: 1 for other channels'.
        main: float64 ``[m, 1, channels]``, weight of each exposure.
        joint: float64 ``[m, channels, channels]``, weight of each product, above the diagonal.
    """

    rest: NDArray[np.float64]
    keep: NDArray[np.float64]
    main: NDArray[np.float64]
    joint: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        response: Response,
        rest: NDArray[np.float64],
        left: NDArray[np.float64],
        key: NDArray[np.int64],
    ) -> _Scene:
        ordered = np.sort(key, axis=1)
        fresh = np.diff(ordered, axis=1, prepend=-1) > 0
        channel = ordered[fresh].reshape(len(key), -1)  # [m, channels]
        own = channel[:, :, None] == key[:, None, :]
        through = np.exp(-response.shape.saturation[key] * left)
        keep = np.where(own, through[:, None, :], 1.0)
        effects = response.effects
        joint = np.zeros((len(effects.main), len(effects.main)))
        joint[effects.pairs[:, 0], effects.pairs[:, 1]] = effects.joint
        return cls(
            rest[:, None],
            keep,
            effects.main[channel][:, None, :],
            joint[channel[:, :, None], channel[:, None, :]],
        )

    @property
    def touches(self) -> int:
        return int(self.keep.shape[2])

    def chance(self, unsaturated: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hazards ``[m, sets]`` where ``[m, channels, sets]`` of the channels is unsaturated."""
        exposure = 1.0 - unsaturated
        slope = np.matmul(self.joint, exposure)
        slope *= exposure
        logit = np.matmul(self.main, exposure)[:, 0]
        logit += slope.sum(axis=1)
        logit += self.rest
        return np.asarray(expit(logit, out=logit))


def _exact(
    scene: _Scene,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Hazards of none and of all touches ``[m]``, and exact values ``[m, touches]``."""
    m, channels, n = scene.keep.shape
    unsaturated = np.ones((m, channels, 1 << n))
    for touch in range(n):
        size = 1 << touch
        np.multiply(
            unsaturated[:, :, :size],
            scene.keep[:, :, touch, None],
            out=unsaturated[:, :, size : 2 * size],
        )
    chance = scene.chance(unsaturated)
    return chance[:, 0], chance[:, -1], chance @ shapley_weights(n)


def _sampled(
    scene: _Scene, random: list[np.random.Generator]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The same from permutations walked both ways, with standard errors from their pairs."""
    m, channels, n = scene.keep.shape
    forward = np.stack([np.argsort(one.random((PAIRS, n)), axis=1) for one in random])
    walks = np.concatenate([forward, forward[:, :, ::-1]], axis=1)  # [m, walks, n]
    conversion = np.arange(m)[:, None, None, None]
    unsaturated = np.ones((m, channels, 2 * PAIRS, n + 1))
    unsaturated[..., 1:] = scene.keep[
        conversion, np.arange(channels)[:, None, None], walks[:, None]
    ]
    np.cumprod(unsaturated, axis=3, out=unsaturated)
    chance = scene.chance(unsaturated.reshape(m, channels, -1)).reshape(m, 2 * PAIRS, n + 1)
    marginal = np.empty((m, 2 * PAIRS, n))
    np.put_along_axis(marginal, walks, np.diff(chance, axis=2), axis=2)
    draws = (marginal[:, :PAIRS] + marginal[:, PAIRS:]) / 2
    error = draws.std(axis=1, ddof=1) / np.sqrt(PAIRS)
    return chance[:, 0, 0], chance[:, 0, -1], draws.mean(axis=1), error
