"""Facts about customers as numbers that a model can read: one scale, nothing dropped unsaid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import CustomerAttributes, StringArray

FREQUENT = 0.01
"""Share of customers a word must have for a column of its own; rarer words share one column."""

WORDS = 12
"""Most words of a column that get columns of their own."""

SKEWED = 2.0
"""Skewness beyond which a number is replaced by its normal score (rank on the normal scale)."""


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """Columns made of facts.

    Attributes:
        names: what each column is.
        values: float64 ``[n, p]``; numbers and their squares have mean 0 and sd 1.
        notes: what was done that a reader might not expect.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    notes: tuple[str, ...]


def covariates_of(events: CustomerAttributes) -> Covariates:
    """Make columns of all facts.

    Numbers, dates and times become one scaled column and its square; truth values one column of 0
    and 1; words a column of 0 and 1 for each frequent word but the most frequent one, which is
    what the others are compared with. A missing number takes the mean and is marked in a column
    of its own. A column that says the same of everybody is left out, with a note.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    notes: list[str] = []
    for name, column in events.columns.items():
        made = _columns(name, column, notes)
        if not made:
            notes.append(f"the customer fact {name!r} is the same for all and tells nothing")
        columns |= made
    values = np.zeros((len(events), len(columns)))
    for place, made_column in enumerate(columns.values()):
        values[:, place] = made_column
    return Covariates(tuple(columns), values, tuple(notes))


def no_covariates(customers: int) -> Covariates:
    """No columns for that many customers."""
    return Covariates((), np.zeros((customers, 0)), ())


def _columns(name: str, column: StringArray, notes: list[str]) -> dict[str, NDArray[np.float64]]:
    known = np.array([value is not None for value in column], dtype=bool)
    if not known.any():
        return {}
    first = column[int(np.argmax(known))]
    if isinstance(first, str):
        return _words(name, column, notes)
    if isinstance(first, bool):
        numbers = np.array([float(value or 0) for value in column])
        made = {} if numbers.min() == numbers.max() else {name: numbers}
    else:
        numbers = np.array([_number(value) for value in column[known]])
        made = _numbers(name, numbers, known, notes)
    if not known.all():
        made[f"{name} is missing"] = (~known).astype(np.float64)
    return made


def _number(value: float | dt.date | dt.datetime) -> float:
    if isinstance(value, dt.datetime):
        return value.timestamp() / 86_400
    if isinstance(value, dt.date):
        return float(value.toordinal())
    return float(value)


def _numbers(
    name: str, numbers: NDArray[np.float64], known: NDArray[np.bool_], notes: list[str]
) -> dict[str, NDArray[np.float64]]:
    distinct = np.unique(numbers)
    if len(distinct) == 1:
        return {}
    scaled = _scaled(numbers)
    if abs(float(np.mean(scaled**3))) > SKEWED:
        notes.append(f"the customer fact {name!r} is skewed and enters by its rank")
        scaled = _scaled(_normal_scores(numbers))
    made = {name: _spread(scaled, known)}
    if len(distinct) > 2:
        made[f"{name} squared"] = _spread(_scaled(scaled**2), known)
    return made


def _scaled(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((numbers - numbers.mean()) / max(float(numbers.std()), 1e-12))


def _normal_scores(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks, ties sharing their mean, as quantiles of the normal distribution."""
    _, place, count = np.unique(numbers, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    return np.asarray(ndtri((rank - 0.5) / len(numbers)))[place]


def _spread(numbers: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    column = np.zeros(len(known))
    column[known] = numbers
    return column


def _words(name: str, column: StringArray, notes: list[str]) -> dict[str, NDArray[np.float64]]:
    spelled = np.array(["" if value is None else str(value) for value in column], dtype=object)
    words, place, count = np.unique(spelled, return_inverse=True, return_counts=True)
    if len(words) == 1:
        return {}
    order = np.argsort(-count, kind="stable")
    own = [w for w in order[1 : WORDS + 1] if count[w] >= FREQUENT * len(column)]
    made = {f"{name} = {words[w] or 'missing'}": (place == w).astype(np.float64) for w in own}
    rest = np.setdiff1d(np.arange(len(words)), [order[0], *own])
    if len(rest):
        rare = np.isin(place, rest).astype(np.float64)
        made[f"{name} = another word"] = rare
        notes.append(f"{len(rest)} rare words of the customer fact {name!r} share one column")
    return made
