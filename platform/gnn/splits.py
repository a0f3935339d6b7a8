"""Hold-out splits of journeys: by user or by time, never by rows.

Public API for evaluations outside this package, such as the benchmark on Criteo's data; the
application uses out-of-bag users instead (``gnn.ensemble``).

Journeys of one user are similar. A random split of rows would put a user into both training and
test, and the test figures would be too good.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of the journeys for training, for stopping and calibration, and for the test."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def user_uniform(user: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each user, the same in every call.

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
        user: user of each journey.
        validation: approximate share of users for validation.
        test: approximate share of users for the test; may be 0.
        seed: seed of the split.

    Raises:
        ValueError: shares are out of range, or a part would be empty.
    """
    if not (0 < validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise ValueError(
            "shares of validation and test must be in (0, 1) and [0, 1), together below 1, got"
            f" {validation} and {test}"
        )
    uniform = user_uniform(user, seed)
    validated, tested = uniform < validation, uniform >= 1 - test
    return _non_empty(~validated & ~tested, validated, tested, needs_test=test > 0)


def by_time(
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    user: NDArray[np.int64],
    *,
    validation_from: float,
    test_from: float,
) -> Split:
    """Split at two times: train on journeys before the first, test on journeys after the second.

    Journeys that span one of the times and journeys of users in an earlier part are in no part, so
    parts share neither time nor users.

    Args:
        begin: start of each journey, on any common scale.
        end: end of each journey.
        user: user of each journey.
        validation_from: start of the validation part.
        test_from: start of the test part; not before ``validation_from``.

    Raises:
        ValueError: the times are out of order, or a part would be empty.
    """
    if not validation_from <= test_from:
        raise ValueError(
            f"test_from must not be before validation_from, got {test_from} and {validation_from}"
        )
    train = end < validation_from
    validated = (begin >= validation_from) & (end < test_from) & ~np.isin(user, user[train])
    tested = (begin >= test_from) & ~np.isin(user, user[train | validated])
    return _non_empty(train, validated, tested, needs_test=True)


def _non_empty(
    train: NDArray[np.bool_],
    validated: NDArray[np.bool_],
    tested: NDArray[np.bool_],
    *,
    needs_test: bool,
) -> Split:
    split = Split(np.flatnonzero(train), np.flatnonzero(validated), np.flatnonzero(tested))
    for name, rows in vars(split).items():
        if len(rows) == 0 and (needs_test or name != "test"):
            raise ValueError(f"the {name} part of the split is empty; there are too few journeys")
    return split
