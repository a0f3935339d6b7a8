"""Ways to hold journeys out: by user or by time, never by rows.

Rows of one user are alike, so a random split of rows lets a model meet in the test the users it has
learnt; its figures would be too good.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of journeys: to fit, to stop and calibrate by, and to report on."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def user_uniform(user: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each user, the same wherever the user comes up.

    Splitmix64 (Steele, Lea and Flood 2014) of the user's number and the seed.
    """
    with np.errstate(over="ignore"):
        z = user.astype(np.uint64) + np.uint64(seed % 2**63 + 1) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def by_user(
    user: NDArray[np.int64], *, validation: float = 0.15, test: float = 0.2, seed: int = 0
) -> Split:
    """Split so that no user is in two parts.

    Args:
        user: of each journey.
        validation: about this share of users.
        test: about this share of users; may be 0.
        seed: of the draw.

    Raises:
        ValueError: shares out of range, or too few users for a part that is asked for.
    """
    if not (0 < validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise ValueError(
            "shares of validation and test must be in (0, 1) and [0, 1), together below 1, got"
            f" {validation} and {test}"
        )
    place = user_uniform(user, seed)
    held, reported = place < validation, place >= 1 - test
    return _filled(~held & ~reported, held, reported, test > 0)


def by_time(
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    user: NDArray[np.int64],
    *,
    validation_from: float,
    test_from: float,
) -> Split:
    """Split at two moments: fit on what ended before the first, report on what began later.

    A journey that spans a moment belongs to no part, nor does a journey of a user who stands in an
    earlier part, so parts share neither time nor users.

    Args:
        begin: when each journey began, on any one scale.
        end: when it ended.
        user: whose it is.
        validation_from: the first moment.
        test_from: the second; not before the first.

    Raises:
        ValueError: the moments are out of order, or a part would be empty.
    """
    if not validation_from <= test_from:
        raise ValueError(
            f"test_from must not be before validation_from, got {test_from} and {validation_from}"
        )
    train = end < validation_from
    held = (begin >= validation_from) & (end < test_from) & ~np.isin(user, user[train])
    reported = (begin >= test_from) & ~np.isin(user, user[train | held])
    return _filled(train, held, reported, True)


def _filled(
    train: NDArray[np.bool_], held: NDArray[np.bool_], reported: NDArray[np.bool_], tested: bool
) -> Split:
    made = Split(np.flatnonzero(train), np.flatnonzero(held), np.flatnonzero(reported))
    for name, rows in (("train", made.train), ("validation", made.validation), ("test", made.test)):
        if len(rows) == 0 and (tested or name != "test"):
            raise ValueError(f"the {name} part of the split is empty; there are too few journeys")
    return made
