"""Customer attributes as numeric covariates on one scale."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import CustomerAttributes, StringArray

MIN_CATEGORY_SHARE = 0.01
"""Minimum frequency of a category with its own column; rarer categories share one column."""

MAX_CATEGORIES = 12
"""Maximum number of categories of an attribute with their own columns."""

MAX_SKEWNESS = 2.0
"""Skewness above which a number is replaced by its normal score (rank on the normal scale)."""


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """Covariates made from customer attributes.

    Attributes:
        names: name of each column.
        attributes: the customer attribute that each column was made from.
        values: float64 ``[n, p]``; numbers and their squares have mean 0 and sd 1.
        notes: transformations to report to the user.
    """

    names: tuple[str, ...]
    attributes: tuple[str, ...]
    values: NDArray[np.float64]
    notes: tuple[str, ...]


def covariates_of(attributes: CustomerAttributes) -> Covariates:
    """Make covariates from all attributes.

    Numbers, dates and times become one scaled column and its square. Booleans become one column of
    0 and 1. Strings become one indicator column per frequent category, except the most frequent
    one, which is the reference. A missing number is replaced by the mean and marked in an indicator
    column. A constant attribute is left out, with a note.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    sources: list[str] = []
    notes: list[str] = []
    for name, column in attributes.columns.items():
        named_columns = _columns(name, column, notes)
        if not named_columns:
            notes.append(f"the customer attribute {name!r} is constant and is left out")
        columns |= named_columns
        sources += [name] * len(named_columns)
    values = np.zeros((len(attributes), len(columns)))
    for index, numbers in enumerate(columns.values()):
        values[:, index] = numbers
    return Covariates(tuple(columns), tuple(sources), values, tuple(notes))


def no_covariates(customers: int) -> Covariates:
    """An empty covariate matrix for a number of customers."""
    return Covariates((), (), np.zeros((customers, 0)), ())


def _columns(name: str, column: StringArray, notes: list[str]) -> dict[str, NDArray[np.float64]]:
    present = np.array([value is not None for value in column], dtype=bool)
    if not present.any():
        return {}
    first = column[int(np.argmax(present))]
    if isinstance(first, str):
        return _categories(name, column, notes)
    if isinstance(first, bool):
        numbers = np.array([float(value or 0) for value in column])
        named_columns = {} if numbers.min() == numbers.max() else {name: numbers}
    else:
        numbers = np.array([_number(value) for value in column[present]])
        named_columns = _numbers(name, numbers, present, notes)
    if not present.all():
        named_columns[f"{name} is missing"] = (~present).astype(np.float64)
    return named_columns


def _number(value: float | dt.date | dt.datetime) -> float:
    if isinstance(value, dt.datetime):
        return value.timestamp() / 86_400
    if isinstance(value, dt.date):
        return float(value.toordinal())
    return float(value)


def _numbers(
    name: str, numbers: NDArray[np.float64], present: NDArray[np.bool_], notes: list[str]
) -> dict[str, NDArray[np.float64]]:
    distinct = np.unique(numbers)
    if len(distinct) == 1:
        return {}
    scaled = _scaled(numbers)
    if abs(float(np.mean(scaled**3))) > MAX_SKEWNESS:
        notes.append(f"the customer attribute {name!r} is skewed and enters by its rank")
        scaled = _scaled(_normal_scores(numbers))
    named_columns = {name: _spread(scaled, present)}
    if len(distinct) > 2:
        named_columns[f"{name} squared"] = _spread(_scaled(scaled**2), present)
    return named_columns


def _scaled(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((numbers - numbers.mean()) / max(float(numbers.std()), 1e-12))


def _normal_scores(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks as quantiles of the normal distribution; ties share their mean rank."""
    from scipy.special import ndtri  # loads import this module, and need no models

    _, codes, count = np.unique(numbers, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    return np.asarray(ndtri((rank - 0.5) / len(numbers)))[codes]


def _spread(numbers: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    column = np.zeros(len(present))
    column[present] = numbers
    return column


def _categories(name: str, column: StringArray, notes: list[str]) -> dict[str, NDArray[np.float64]]:
    labels = np.array(["" if value is None else str(value) for value in column], dtype=object)
    categories, codes, count = np.unique(labels, return_inverse=True, return_counts=True)
    if len(categories) == 1:
        return {}
    order = np.argsort(-count, kind="stable")
    frequent = [
        code
        for code in order[1 : MAX_CATEGORIES + 1]
        if count[code] >= MIN_CATEGORY_SHARE * len(column)
    ]
    named_columns = {
        f"{name} = {categories[code] or 'missing'}": (codes == code).astype(np.float64)
        for code in frequent
    }
    rest = np.setdiff1d(np.arange(len(categories)), [order[0], *frequent])
    if len(rest):
        rare = np.isin(codes, rest).astype(np.float64)
        named_columns[f"{name} = other"] = rare
        notes.append(
            f"{len(rest)} rare categories of the customer attribute {name!r} share one column"
        )
    return named_columns
