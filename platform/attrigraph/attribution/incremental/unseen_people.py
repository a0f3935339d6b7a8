"""People of whom nothing is recorded: how many of each segment, and what is known of them.

A table of the customers who were touched or converted lacks all others. Their number by segment
corrects the share of people who convert for each segment, as prior correction does for samples that
were chosen by the outcome (King & Zeng 2001; Lancaster & Imbens 1996). Nothing but the segment is
known of them, so other attributes are left out: whether one is known would say who converted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.incremental.covariates import (
    Covariates,
    covariates_of,
    no_covariates,
)
from attrigraph.domain import CustomerAttributes
from attrigraph.domain.segment_sizes import SegmentSizes, segment_name
from attrigraph.errors import InputError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray


def covariates_with_unseen(
    table: CustomerAttributes | None, row: NDArray[np.int64], size: int | SegmentSizes
) -> Covariates:
    """Covariates of the people in the data, followed by those of the others.

    Args:
        table: attributes of customers; None if there are none, and then only the number of people
            counts.
        row: table row of each person in the data, -1 if not in the table.
        size: number of people in all, by segment if there is a table.

    Raises:
        InputError: fewer people than are in the data, segments that do not fit the table, or a
            number without segments next to a table.
    """
    if table is None:
        return _of_number(size, len(row))
    if not isinstance(size, SegmentSizes):
        raise InputError(
            "a number of people is for data without a customers table; with one, give a file of"
            " the numbers by segment, or leave out one of the two"
        )
    names = _segments_of(table, row, size)
    seen, given = Counter(names), size.by_segment
    _check_segments(seen, given)
    unseen = _unseen(seen, given)
    known = CustomerAttributes(
        np.empty(len(names) + len(unseen), dtype=object),
        np.zeros(len(names) + len(unseen), dtype=np.int32),
        {size.attribute: _column([*names, *unseen])},
    )
    others = [name for name in table.columns if name != size.attribute]
    covariates = covariates_of(known)
    notes = (*covariates.notes, *_left_out(others), *_note_of_absent(seen, given))
    return replace(covariates, notes=notes)


def _of_number(size: int | SegmentSizes, seen: int) -> Covariates:
    """People without attributes, as many as are given."""
    total = size.total if isinstance(size, SegmentSizes) else size
    if total < seen:
        raise InputError(
            "the number of people must be at least that of customers with events,"
            f" {seen:,}; got {total:,}"
        )
    covariates = no_covariates(total)
    if not isinstance(size, SegmentSizes):
        return covariates
    note = (
        "there is no customers table that gives the segment of each customer, so the numbers of"
        f" people were added up: {total:,}"
    )
    return replace(covariates, notes=(note,))


def _segments_of(
    table: CustomerAttributes, row: NDArray[np.int64], size: SegmentSizes
) -> list[str]:
    """Segment of each person in the data; the empty name if it is unknown."""
    if size.attribute not in table.columns:
        raise InputError(
            f"numbers of people are by {size.attribute!r}, which is not a column of the customers"
            f" table; it has {', '.join(map(repr, table.columns)) or 'none'}"
        )
    names = [segment_name(value) for value in table.columns[size.attribute]]
    return [names[place] if place >= 0 else "" for place in row.tolist()]


def _unseen(seen: Counter[str], given: dict[str, int]) -> list[str]:
    """Segment of each person who is not in the data."""
    return [name for name, people in given.items() for _ in range(people - seen[name])]


def _check_segments(seen: Counter[str], given: dict[str, int]) -> None:
    extra = sorted(set(seen) - set(given))
    if extra:
        absent = _absent(seen, given)
        spelling = f"; the numbers name {_named(absent)}, in which nobody is" if absent else ""
        raise InputError(
            f"{counted(sum(seen[name] for name in extra), 'customer')} of {_named(extra)} have no"
            " number of people; add one for each segment, and one with an empty name for customers"
            f" whose segment is not in the customers table{spelling}"
        )
    for name, people in given.items():
        if people < seen[name]:
            raise InputError(
                f"{_named([name])} must have at least the {seen[name]:,} in the"
                f" data; got {people:,}"
            )


def _absent(seen: Counter[str], given: dict[str, int]) -> list[str]:
    """Segments with people, of whom nobody is in the data."""
    return sorted(name for name, people in given.items() if people and name not in seen)


def _note_of_absent(seen: Counter[str], given: dict[str, int]) -> tuple[str, ...]:
    absent = _absent(seen, given)
    if not absent:
        return ()
    total = sum(given[name] for name in absent)
    note = (
        f"nobody in the data is of {_named(absent)}: all of its people ({total:,}) count as people"
        " without touches and conversions"
    )
    return (note,)


def _named(segments: list[str]) -> str:
    noun = "the segment" if len(segments) == 1 else "the segments"
    return f"{noun} {', '.join(map(repr, segments))}"


def _column(names: list[str]) -> NDArray[np.object_]:
    """Names as a column of strings, None where unknown."""
    column = np.empty(len(names), dtype=object)
    column[:] = [name or None for name in names]
    return column


def _left_out(attributes: list[str]) -> tuple[str, ...]:
    if not attributes:
        return ()
    note = (
        "customer attributes are not known of people without any event, so these were left out:"
        f" {', '.join(attributes)}"
    )
    return (note,)
