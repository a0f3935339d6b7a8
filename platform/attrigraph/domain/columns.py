"""Columns of text, times and buckets: what the tables of the domain are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NO_TIME: Final = int(np.iinfo(np.int64).min)
"""Marks a missing time in an int64 column of epoch milliseconds."""

N_BUCKETS: Final = 1024
"""Customers are spread over this many buckets, the unit of partitioned reads and writes."""

UNKNOWN: Final = "(unknown)"
"""How output names the key None: touches of an unknown channel, campaign or creative."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)

Amounts = NDArray[np.float64]
"""Counts, currency or probabilities; the docstring that uses it gives shape and unit."""

Rows = NDArray[np.int64]
"""Rows of a table."""

Flags = NDArray[np.bool_]
"""Which rows."""

StringArray = NDArray[np.object_]
"""Object ``[n]`` of str, or of None where a value is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A text column as codes into its distinct values.

    Attributes:
        keys: the distinct values.
        codes: int32 ``[n]``, index into ``keys``; -1 where the value is missing.
    """

    keys: tuple[str, ...]
    codes: NDArray[np.int32]

    @classmethod
    def encode(cls, values: Iterable[str | None]) -> Categorical:
        """Text as codes into its sorted distinct values; None is a missing value."""
        column = list(values)
        keys = sorted({value for value in column if value is not None})
        code: dict[str | None, int] = {key: row for row, key in enumerate(keys)} | {None: -1}
        return cls(tuple(keys), np.array([code[value] for value in column], dtype=np.int32))

    @classmethod
    def of_codes(cls, codes: NDArray[np.int32], names: Sequence[str | None]) -> Categorical:
        """Codes into names as codes into the sorted distinct names in use.

        Args:
            codes: index into ``names``; -1 where the value is missing.
            names: several codes may share one; None is a missing value.
        """
        in_use = np.bincount(codes[codes >= 0], minlength=len(names)) > 0
        pairs = zip(names, in_use, strict=True)
        keys = sorted({name for name, used in pairs if used and name is not None})
        code: dict[str | None, int] = {key: row for row, key in enumerate(keys)}
        # code -1 (missing) selects the last entry
        table = np.array([*(code.get(name, -1) for name in names), -1], dtype=np.int32)
        return cls(tuple(keys), table[codes])

    def values(self) -> StringArray:
        """The column spelled out, object ``[n]``, None where missing."""
        return np.array([*self.keys, None], dtype=object)[self.codes]


def string_array(values: Sequence[object]) -> StringArray:
    """Values as a column of objects; NumPy alone would make a table of equally long sequences."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def buckets_of(customers: Iterable[str]) -> NDArray[np.int32]:
    """The bucket of each customer, int32 ``[n]``: CRC-32 of the id in UTF-8, modulo 1,024."""
    sums = np.fromiter((crc32(customer.encode()) for customer in customers), np.int64)
    return (sums % N_BUCKETS).astype(np.int32)


def epoch_ms(instant: datetime) -> int:
    """An instant with a time zone as whole milliseconds since the epoch, rounded down."""
    return (instant - EPOCH) // MILLISECOND


def nanosecond_of(instant: datetime) -> int:
    """The nanoseconds of an instant within its millisecond; datetimes know microseconds.

    A subclass of datetime that knows nanoseconds, as that of pandas, keeps them.
    """
    return instant.microsecond % 1000 * 1000 + int(getattr(instant, "nanosecond", 0))
