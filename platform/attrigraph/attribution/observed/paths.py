"""Distinct paths of journeys and their counts, by exact packing into integers.

A path is written as one integer in the base of the keys. Paths too long for 63 bits are cut into
blocks, each block is replaced by its rank among all blocks, and the shorter path of ranks is
written in the same way. Two paths have the same integer if and only if they are equal; there are
no hash collisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from attrigraph.attribution.observed.ranking import by_sorting, summed
from attrigraph.domain import Journeys, PathCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import Categorical
    from attrigraph.domain.columns import Amounts

    Offsets = NDArray[np.int64]
    Codes = NDArray[np.int32]
    Keys = tuple[str | None, ...]

Item = TypeVar("Item", bound=np.generic)

BITS: Final = 63


def count_paths(
    journeys: Journeys, coded: Categorical, *, collapse_repeats: bool = False
) -> tuple[PathCounts, NDArray[np.int32]]:
    """Count the distinct paths of journeys.

    Args:
        journeys: derived from the events that ``coded`` belongs to.
        coded: channel, campaign or creative of each touch in ``EventTable.touches``.
        collapse_repeats: whether consecutive touches of one key count as one; see ``collapse``.

    Returns:
        Paths over the keys that occur, sorted, None last; and the path of each journey, int32
        ``[n_journeys]``. Journeys without a touch have the empty path.
    """
    if collapse_repeats:
        journeys = collapse(journeys, coded)
    keys, codes = _occurring(coded.keys, coded.codes[journeys.touch])
    converted = journeys.converted.astype(np.float64)
    return grouped(keys, journeys.offsets, codes, converted, journeys.value, 1.0 - converted)


def collapse(journeys: Journeys, coded: Categorical) -> Journeys:
    """Collapse runs of touches of one key within a journey to the last touch of the run.

    The last touch of a run is nearest to the conversion; it keeps its time and id. Unknown keys
    count as equal.
    """
    codes = coded.codes[journeys.touch]
    stays = np.ones(len(codes), bool)
    stays[:-1] = codes[1:] != codes[:-1]
    ends = journeys.offsets[1:][np.diff(journeys.offsets) > 0]
    stays[ends - 1] = True
    kept_before = np.concatenate([[0], np.cumsum(stays)])
    return Journeys(
        offsets=kept_before[journeys.offsets],
        touch=journeys.touch[stays],
        customer=journeys.customer,
        conversion=journeys.conversion,
        value=journeys.value,
        age=journeys.age[stays],
    )


def count_rows(
    keys: Keys,
    offsets: Offsets,
    codes: Codes,
    conversions: Amounts,
    value: Amounts,
    nulls: Amounts,
) -> tuple[PathCounts, NDArray[np.int32]]:
    """Count the distinct paths among rows that may repeat, such as lines of a file.

    Args:
        keys: names of the codes.
        offsets: int64 ``[n_rows + 1]``; row r is ``codes[offsets[r]:offsets[r + 1]]``.
        codes: index into ``keys``.
        conversions: float64 ``[n_rows]``, converting journeys.
        value: float64 ``[n_rows]``, sum of their values.
        nulls: float64 ``[n_rows]``, journeys that did not convert.

    Returns:
        Paths over the keys that occur, sorted, None last; and the path of each row.
    """
    used, dense = _occurring(keys, codes)
    return grouped(used, offsets, dense, conversions, value, nulls)


def regroup(paths: PathCounts) -> PathCounts:
    """Combine equal paths and drop keys that do not occur."""
    return count_rows(
        paths.keys, paths.offsets, paths.codes, paths.conversions, paths.value, paths.nulls
    )[0]


def merge(parts: Sequence[PathCounts]) -> PathCounts:
    """Add up separately counted paths of disjoint sets of journeys."""
    keys = tuple(dict.fromkeys(key for part in parts for key in part.keys))
    index_of = {key: i for i, key in enumerate(keys)}
    codes = [np.array([index_of[key] for key in part.keys], np.int32)[part.codes] for part in parts]
    lengths = [np.diff(part.offsets) for part in parts]
    return count_rows(
        keys,
        np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *lengths]))]),
        np.concatenate([np.zeros(0, np.int32), *codes]),
        *(
            np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)])
            for name in ("conversions", "value", "nulls")
        ),
    )[0]


def _occurring(keys: Keys, codes: Codes) -> tuple[Keys, Codes]:
    """The keys that occur, sorted, None last, and the codes into them; -1 means None."""
    # one extra slot at the end for code -1
    occurs = np.zeros(len(keys) + 1, bool)
    occurs[codes] = True
    names = (*keys, None)
    used = sorted(np.flatnonzero(occurs), key=lambda code: (names[code] is None, names[code] or ""))
    distinct = tuple(dict.fromkeys(names[code] for code in used))
    index_of = {name: i for i, name in enumerate(distinct)}
    recoded = np.full(len(names), -1, np.int32)
    recoded[used] = [index_of[names[code]] for code in used]
    return distinct, recoded[codes]


def grouped(
    keys: Keys,
    offsets: Offsets,
    codes: Codes,
    conversions: Amounts,
    value: Amounts,
    nulls: Amounts,
) -> tuple[PathCounts, NDArray[np.int32]]:
    """Like ``count_rows``, but keys that do not occur are kept."""
    example, inverse = grouped_rows(offsets, codes, len(keys))
    counted_offsets, counted_codes = take(offsets, codes, example)
    counts = PathCounts(
        keys=keys,
        offsets=counted_offsets,
        codes=counted_codes,
        conversions=summed(inverse, conversions, len(example)),
        value=summed(inverse, value, len(example)),
        nulls=summed(inverse, nulls, len(example)),
    )
    return counts, inverse


def converting(paths: PathCounts) -> PathCounts:
    """The paths with conversions, the input of the rules."""
    rows = converting_rows(paths)
    offsets, codes = take(paths.offsets, paths.codes, rows)
    return PathCounts(
        keys=paths.keys,
        offsets=offsets,
        codes=codes,
        conversions=paths.conversions[rows],
        value=paths.value[rows],
        nulls=paths.nulls[rows],
    )


def converting_rows(paths: PathCounts) -> NDArray[np.intp]:
    """Rows of the paths with conversions or value."""
    return np.flatnonzero((paths.conversions > 0) | (paths.value > 0))


def grouped_rows(
    offsets: Offsets, codes: NDArray[np.integer], n_keys: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """One example of each distinct row, and the index of the distinct row of every row."""
    distinct, inverse = by_sorting(pack(offsets, codes, n_keys))
    example = np.empty(len(distinct), np.int64)
    example[inverse] = np.arange(len(inverse))
    return example, inverse


def take(
    offsets: Offsets, items: NDArray[Item], rows: NDArray[np.integer]
) -> tuple[Offsets, NDArray[Item]]:
    """The given rows of compressed rows, in this order."""
    length = np.diff(offsets)[rows]
    taken = np.concatenate([[0], np.cumsum(length)])
    index = np.repeat(offsets[rows] - taken[:-1], length)
    index += np.arange(len(index))
    return taken, items[index]


def pack(offsets: Offsets, codes: NDArray[np.integer], n_keys: int) -> NDArray[np.int64]:
    """One integer per row, equal if and only if rows are equal; the empty row is 0.

    Args:
        offsets: int64 ``[n_rows + 1]``.
        codes: at least 0 and below ``n_keys``.
        n_keys: number of keys, below 2^31.
    """
    # digit 0 means no touch, so that rows of different length differ
    base = max(n_keys, 1) + 1
    digits = _digits(base)
    length = np.diff(offsets)
    packed = _written(offsets[:-1], np.minimum(length, digits), codes, base)
    long = np.flatnonzero(length > digits)
    if len(long):
        packed[long] = -1 - _pack_long(offsets[:-1][long], length[long], codes, base)
    return packed


def _digits(base: int) -> int:
    """Number of digits of this base that fit into a non-negative int64."""
    digits = 1
    while base ** (digits + 1) <= 1 << BITS:
        digits += 1
    return digits


def _written(
    start: Offsets, length: Offsets, codes: NDArray[np.integer], base: int
) -> NDArray[np.int64]:
    """Rows of at most ``_digits(base)`` codes as numbers of that base."""
    packed = np.zeros(len(start), np.int64)
    digit, active = 0, np.flatnonzero(length > 0)
    while len(active):
        packed[active] = packed[active] * base + codes[start[active] + digit] + 1
        digit += 1
        active = active[length[active] > digit]
    return packed


def _pack_long(
    start: Offsets, length: Offsets, codes: NDArray[np.integer], base: int
) -> NDArray[np.int64]:
    """Rank of each row among rows with more digits than fit."""
    digits = _digits(base)
    blocks = -(-length // digits)
    offsets = np.concatenate([[0], np.cumsum(blocks)])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], blocks)
    begin = np.repeat(start, blocks) + within * digits
    size = np.minimum(np.repeat(start + length, blocks) - begin, digits)
    distinct, rank = by_sorting(_written(begin, size, codes, base))
    return by_sorting(pack(offsets, rank, len(distinct)))[1].astype(np.int64)
