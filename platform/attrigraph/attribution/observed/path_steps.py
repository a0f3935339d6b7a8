"""Paths or journeys touch by touch: the path and position of each touch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from attrigraph.attribution.observed.ranking import ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import PathCounts

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class PathSteps:
    """Concatenated sequences of touches (compressed rows), with derived columns for the rules.

    Attributes:
        offsets: int64 ``[n_paths + 1]``; path p is ``codes[offsets[p]:offsets[p + 1]]``, oldest
            touch first.
        codes: int32 ``[n]``, the key of each touch.
        n_keys: number of keys; codes are below it.
        age: float64 ``[n]``, days from the touch to the path's end, decreasing; None if unknown.
        direct: bool ``[n]``, which touches are direct visits; None if not needed.
    """

    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]
    n_keys: int
    age: NDArray[np.float64] | None = None
    direct: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def length(self) -> NDArray[np.int64]:
        """Touches of each path, ``[n_paths]``."""
        return np.diff(self.offsets)

    @cached_property
    def row(self) -> NDArray[np.int64]:
        """The path of each touch, ``[n]``."""
        return np.repeat(np.arange(len(self)), self.length)

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """Position of each touch in its path, from 0, ``[n]``."""
        return np.arange(len(self.codes)) - self.spread(self.offsets[:-1])

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first touch of each path that has one."""
        return self.offsets[:-1][self.length > 0]

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """The last touch of each path that has one."""
        return self.offsets[1:][self.length > 0] - 1

    @cached_property
    def occurrences(self) -> NDArray[np.int64]:
        """How often the key of each touch occurs in its path, ``[n]``."""
        rank = self._pairs[1]
        return np.bincount(rank)[rank]

    @cached_property
    def distinct(self) -> NDArray[np.int64]:
        """Number of distinct keys of each path, ``[n_paths]``."""
        return np.diff(self.key_sets[0])

    @cached_property
    def key_sets(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The distinct keys of each path, ascending, as offsets and codes."""
        row, code = np.divmod(self._pairs[0], max(self.n_keys, 1))
        size = np.bincount(row, minlength=len(self))
        return np.concatenate([[0], np.cumsum(size)]), code.astype(np.int32)

    @property
    def pair(self) -> NDArray[np.int32]:
        """Which of the codes of ``key_sets`` each touch is, ``[n]``."""
        return self._pairs[1]

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Each (path, key) that occurs as one integer, and which of them each touch is."""
        return ranked(self.row * self.n_keys + self.codes, len(self) * self.n_keys)

    def spread(self, of_walks: NDArray[Number]) -> NDArray[Number]:
        """One value per path, repeated for each of its touches."""
        return np.repeat(of_walks, self.length)


def path_steps(paths: PathCounts) -> PathSteps:
    """Counted paths touch by touch."""
    return PathSteps(paths.offsets, paths.codes, len(paths.keys))
