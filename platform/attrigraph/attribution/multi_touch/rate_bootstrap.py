"""Bootstrap draws of credit in the rate game.

Every draw plays the game on its own counts by set of keys. To
``MAX_EXACT_KEYS`` keys all sets are valued; beyond that each draw is valued along the same few
random permutations as the counts observed, forwards and backwards, so that what chance the
permutations bring is nearly the same in both and falls out of the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from attrigraph.attribution.games import coalitions
from attrigraph.attribution.observed.path_steps import PathSteps, path_steps
from attrigraph.attribution.observed.paths import grouped_rows, take
from attrigraph.attribution.observed.ranking import summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.resamples import ResampledPaths
    from attrigraph.domain import PathCounts
    from attrigraph.domain.columns import Amounts

    Single = NDArray[np.float32]

MAX_EXACT_KEYS: Final = 12
"""Up to this many keys the game is played exactly in every draw; a draw takes about 2 ms."""

PERMUTATIONS: Final = 32
"""Permutations for each draw, reverses included."""

_DRAWS_AT_ONCE: Final = 25


def rate_deviations(paths: PathCounts, resampled: ResampledPaths) -> Amounts:
    """Draws less estimate of the conversions credited, ``[draws, n_keys]``.

    Args:
        paths: of all journeys.
        resampled: resamples of their customers.
    """
    steps = path_steps(paths)
    offsets, codes = steps.key_sets
    sets, kind = grouped_rows(offsets, codes, steps.n_keys)
    members = PathSteps(*take(offsets, codes, sets), steps.n_keys)
    seen = np.stack([paths.conversions, paths.conversions + paths.nulls])
    counts = np.stack([summed(kind, amount, len(sets)) for amount in seen])
    moved = _moved(resampled, kind, len(sets))
    present = np.unique(paths.codes)
    play = _exact if len(present) <= MAX_EXACT_KEYS else _sampled
    deviations = np.zeros((resampled.kinds.draws, steps.n_keys))
    if not len(present):
        return deviations
    estimate = play(counts[:, None], members, present, resampled.kinds.seed)[0]
    for start in range(0, resampled.kinds.draws, _DRAWS_AT_ONCE):
        part = slice(start, start + _DRAWS_AT_ONCE)
        drawn = counts[:, None] + np.moveaxis(moved[:, :, part], 2, 1)
        deviations[part, present] = play(drawn, members, present, resampled.kinds.seed) - estimate
    return deviations


def _moved(resampled: ResampledPaths, kind: NDArray[np.int32], n: int) -> Single:
    """Conversions and journeys of each set of keys in draws less observed, ``[2, n, draws]``."""
    paths = len(kind)
    ones = np.ones(paths, np.float32)
    by_set = sparse.csr_array((ones, (np.arange(paths), kind)), shape=(paths, n))
    nulls, conversions = (
        sparse.csr_array(resampled.journeys[:, which::2] @ by_set) for which in (0, 1)
    )
    return np.stack(
        [
            resampled.kinds.grouped(part)
            for part in (conversions, sparse.csr_array(nulls + conversions))
        ]
    )


def _exact(counts: Amounts, members: PathSteps, present: NDArray[np.int32], seed: int) -> Amounts:
    """Credit ``[draws, n_present]`` of counts ``[2, draws, n_sets]``, exactly."""
    del seed
    bit = np.zeros(members.n_keys, np.int64)
    bit[present] = np.int64(1) << np.arange(len(present))
    coalition = np.zeros(len(members), np.int64)
    coalition[members.length > 0] = np.bitwise_or.reduceat(bit[members.codes], members.starts)
    by_coalition = np.zeros((*counts.shape[:2], 1 << len(present)))
    by_coalition[:, :, coalition] = counts
    within = coalitions.sums_over_subsets(by_coalition)
    return _journeys(counts) * coalitions.shapley_values(_rates(within))


def _sampled(counts: Amounts, members: PathSteps, present: NDArray[np.int32], seed: int) -> Amounts:
    """The same along random permutations."""
    n, draws = len(present), counts.shape[1]
    player = np.searchsorted(present, members.codes)
    touched = members.length > 0
    by_set = np.ascontiguousarray(counts.transpose(2, 0, 1)).reshape(len(members), -1)
    forward = np.random.default_rng(seed).permuted(
        np.tile(np.arange(n), (PERMUTATIONS // 2, 1)), axis=1
    )
    credit = np.zeros((draws, n))
    for order in np.concatenate([forward, forward[:, ::-1]]):
        place = np.argsort(order)
        complete = np.zeros(len(members), np.int64)
        complete[touched] = np.maximum.reduceat(place[player], members.starts) + 1
        shape = (n + 1, len(members))
        entering = sparse.csr_array(
            (np.ones(len(members)), (complete, np.arange(len(members)))), shape=shape
        )
        entered = np.cumsum(np.asarray(entering @ by_set), axis=0).reshape(n + 1, 2, draws)
        credit[:, order] += np.diff(_rates(np.moveaxis(entered, 0, 2)), axis=-1)
    return _journeys(counts) * credit / PERMUTATIONS


def _rates(amounts: Amounts) -> Amounts:
    """Conversions per journey, which the first axis holds; 0 where there are none."""
    rates: Amounts = np.zeros_like(amounts[0])
    np.divide(amounts[0], amounts[1], out=rates, where=amounts[1] > 0.5)
    return rates


def _journeys(counts: Amounts) -> Amounts:
    """All journeys of each draw, ``[draws, 1]``."""
    total: Amounts = counts[1].sum(axis=-1)[:, None]
    return total
