"""Credit of the touches of conversions: Shapley values of touches under the fitted hazard.

The players of a conversion's game are the touches between the customer's previous conversion and
this one. The value of a set is the hazard at the conversion if only these touches had happened:
removing a touch is an intervention. Shapley values sum to the hazard's increase by all touches.
Divided by the hazard they are fractions of this conversion, and the remainder is the baseline:

    sum of credit + h(no touch) / h(all touches) = 1

Conversions with equal numbers of touches and channels are evaluated at once. A set of touches
enters the hazard only through the unsaturated part of each channel, a product over its touches,
``1 - e_c(S) = product over touches i of c in S of exp(-s_c * 2^(-age_i / half-life_c))`` with the
fitted saturation s_c, so the exposures of all sets take one multiplication each.

Touches before the window are no players: they act in every set, and their part is baseline.

Touches and channels are players of different games: sums over a channel's touches here need not
equal its credit in the channels' game (``touch_credit`` reconciles them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_weights
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Response

EXACT_TOUCHES: Final = 12
"""Maximum number of touches for all 4096 sets; permutations are sampled beyond it."""

PAIRS: Final = 32
"""Number of sampled permutations, each with its reverse."""

BATCH_CELLS: Final = 400_000
"""Numbers per batch, so that a batch fits the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class PathCredits:
    """Credit of touches for conversions, one row per pair of touch and conversion.

    Attributes:
        touch: int64 ``[n]``, touches of the histories, grouped by conversion, oldest first.
        conversion: int64 ``[n]``, conversions of the histories, in the order requested.
        credit: float64 ``[n]``, fractions of the conversion; may be negative.
        standard_error: float64 ``[n]``, of sampling; 0 if exact.
        left: float64 ``[n]``, in (0, 1], decayed weight of the touch at the conversion.
        baseline: float64 ``[conversions requested]``, fraction without a touch.
        chance: float64 ``[conversions requested]``, hazard with all touches.
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
        """Number of conversions with too many touches for exact values."""
        touches = np.unique(self.conversion, return_counts=True)[1]
        return int((touches > EXACT_TOUCHES).sum())


def credit_path(
    histories: Histories, response: Response, conversion: int, *, seed: int = 0
) -> PathCredits:
    """Credit the touches before one conversion, with the same values as ``credit_paths``.

    Args:
        histories: the population.
        response: the model fitted to it.
        conversion: row of the conversion in the histories.
        seed: of the permutations, for conversions with many touches.

    Raises:
        InputError: there is no such conversion.
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
    requested = np.arange(len(histories.converter)) if conversions is None else conversions
    person_days = conversion_person_days(histories).take(requested)
    rest = response.rest(person_days.day, response.conditions.columns(histories, person_days))
    acting = response.conditions.pairs(histories, person_days)
    is_in_window = histories.is_in_window[acting.touch]
    pairs = acting.take(is_in_window)
    base = acting.take(~is_in_window).exposure(response.shape)
    main = response.effects.main_of(histories.segments_of(person_days.customer))
    constant, main = response.effects.on_top_of(base, main)
    rest += constant
    joint = response.effects.joint_matrix
    left = pairs.weights(response.shape.half_life)
    credit, error = np.zeros(len(left)), np.zeros(len(left))
    chance = expit(rest)
    baseline = np.ones(len(requested))
    for group in _groups(pairs.row, pairs.key, len(requested)):
        row = group.row
        scene = _Scene.of(
            rest[row],
            main[row],
            joint,
            response.shape.saturation,
            base[row],
            left[group.pair],
            pairs.key[group.pair],
        )
        if scene.touches <= EXACT_TOUCHES:
            empty, full, values = _exact(scene)
        else:
            random = [np.random.default_rng([seed, row]) for row in requested[group.row].tolist()]
            empty, full, values, errors = _sampled(scene, random)
            error[group.pair] = errors / full[:, None]
        credit[group.pair] = values / full[:, None]
        chance[group.row], baseline[group.row] = full, empty / full
    return PathCredits(
        pairs.touch, requested[pairs.row], credit, error, left, baseline, np.asarray(chance)
    )


def credit_alone(
    rest: float,
    main: NDArray[np.float64],
    joint: NDArray[np.float64],
    saturation: NDArray[np.float64],
    left: NDArray[np.float64],
    key: NDArray[np.int64],
) -> tuple[NDArray[np.float64], float]:
    """Credit of the touches of one conversion, which depends on no other one to the last bit.

    Products of matrices round differently with the number of conversions in them, so there is one.

    Args:
        rest: logit of the hazard without a touch.
        main: float64 ``[keys]``, weight of each exposure.
        joint: float64 ``[keys, keys]``, weight of each product, above the diagonal.
        saturation: float64 ``[keys]``.
        left: float64 ``[touches]``, decayed weight of each touch, of which there is one at least.
        key: int64 ``[touches]``, its channel.

    Returns:
        Fractions of the conversion ``[touches]``, and the fraction without a touch.
    """
    scene = _Scene.of(
        np.array([rest]), main[None], joint, saturation, np.zeros((1, len(main))), left[None],
        key[None],
    )  # fmt: skip
    if scene.touches <= EXACT_TOUCHES:
        empty, full, values = _exact(scene)
    else:
        empty, full, values, _ = _sampled(scene, [np.random.default_rng(0)])
    return values[0] / full[0], float(empty[0] / full[0])


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Conversions with equal numbers of touches and channels.

    Attributes:
        row: int64 ``[m]``, conversions.
        pair: int64 ``[m, touches]``, their pairs.
    """

    row: NDArray[np.int64]
    pair: NDArray[np.int64]


def _groups(row: NDArray[np.int64], key: NDArray[np.int64], conversions: int) -> Iterator[_Group]:
    """Batches of conversions with a touch, of equal numbers of touches and channels."""
    touches = np.bincount(row, minlength=conversions)
    first = np.cumsum(touches) - touches
    keys = int(key.max(initial=0)) + 1
    channels = np.bincount(np.unique(row * keys + key) // keys, minlength=conversions)
    for n, d in sorted(set(zip(touches.tolist(), channels.tolist(), strict=True))):
        if n == 0:
            continue
        rows = np.flatnonzero((touches == n) & (channels == d))
        sets = 1 << n if n <= EXACT_TOUCHES else 2 * PAIRS * (n + 1)
        step = max(1, BATCH_CELLS // (sets * d))
        for start in range(0, len(rows), step):
            batch = rows[start : start + step]
            yield _Group(batch, first[batch, None] + np.arange(n))


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """Inputs of the game of one group; channels are numbered within each conversion.

    Attributes:
        rest: float64 ``[m, 1]``, the part of the logit that does not depend on the touches.
        keep: float64 ``[m, channels, touches]``, factor of each touch on the unsaturated
            part of each channel; 1 for other channels.
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
        rest: NDArray[np.float64],
        main: NDArray[np.float64],
        joint: NDArray[np.float64],
        saturation: NDArray[np.float64],
        base: NDArray[np.float64],
        left: NDArray[np.float64],
        key: NDArray[np.int64],
    ) -> _Scene:
        # exposure on top of a base b is (1 - b) (1 - product of factors)
        ordered = np.sort(key, axis=1)
        is_first = np.diff(ordered, axis=1, prepend=-1) > 0
        channel = ordered[is_first].reshape(len(key), -1)  # [m, channels]
        own = channel[:, :, None] == key[:, None, :]
        unsaturated_factor = np.exp(-saturation[key] * left)
        keep = np.where(own, unsaturated_factor[:, None, :], 1.0)
        room = 1.0 - np.take_along_axis(base, channel, axis=1)
        return cls(
            rest[:, None],
            keep,
            (np.take_along_axis(main, channel, axis=1) * room)[:, None, :],
            joint[channel[:, :, None], channel[:, None, :]] * room[:, :, None] * room[:, None, :],
        )

    @property
    def touches(self) -> int:
        return int(self.keep.shape[2])

    def chance(self, unsaturated: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hazards ``[m, sets]`` from the unsaturated parts ``[m, channels, sets]``."""
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
    """Hazards without and with all touches ``[m]``, and exact values ``[m, touches]``."""
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
    """As ``_exact``, from antithetic permutations, with standard errors."""
    m, channels, n = scene.keep.shape
    forward = np.stack([np.argsort(generator.random((PAIRS, n)), axis=1) for generator in random])
    orders = np.concatenate([forward, forward[:, :, ::-1]], axis=1)  # [m, walks, n]
    conversion = np.arange(m)[:, None, None, None]
    unsaturated = np.ones((m, channels, 2 * PAIRS, n + 1))
    unsaturated[..., 1:] = scene.keep[
        conversion, np.arange(channels)[:, None, None], orders[:, None]
    ]
    np.cumprod(unsaturated, axis=3, out=unsaturated)
    chance = scene.chance(unsaturated.reshape(m, channels, -1)).reshape(m, 2 * PAIRS, n + 1)
    marginal = np.empty((m, 2 * PAIRS, n))
    np.put_along_axis(marginal, orders, np.diff(chance, axis=2), axis=2)
    draws = (marginal[:, :PAIRS] + marginal[:, PAIRS:]) / 2
    error = draws.std(axis=1, ddof=1) / np.sqrt(PAIRS)
    return chance[:, 0, 0], chance[:, 0, -1], draws.mean(axis=1), error
