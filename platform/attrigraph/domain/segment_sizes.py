"""How many people there are in each segment, whether or not anything is recorded of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.errors import InputError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SegmentSizes:
    """Numbers of people by the values of a customer attribute.

    Attributes:
        attribute: name of the column of the customers table.
        people: each segment, as ``segment_name`` gives it, with its number of people, at least 0
            and 1 together; the empty name is for people whose segment is unknown.

    Raises:
        InputError: there is no segment, one occurs twice, a number is below 0, or nobody is left.
    """

    attribute: str
    people: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        if not self.people:
            raise InputError(f"numbers of people by {self.attribute} need at least one segment")
        if len(self.by_segment) < len(self.people):
            raise InputError(f"numbers of people by {self.attribute} have a segment twice")
        for segment, people in self.people:
            if people < 0:
                raise InputError(
                    f"people of the segment {segment!r} must be at least 0, got {people}"
                )
        if not self.total:
            raise InputError(f"numbers of people by {self.attribute} must not all be 0")

    @property
    def by_segment(self) -> dict[str, int]:
        """People by the name of the segment."""
        return dict(self.people)

    @property
    def total(self) -> int:
        """All people."""
        return sum(people for _, people in self.people)

    def to_json(self) -> dict[str, Any]:
        """As ``from_json`` reads it."""
        return {"attribute": self.attribute, "people": [list(one) for one in self.people]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> SegmentSizes:
        """What ``to_json`` wrote."""
        people = tuple((str(segment), int(number)) for segment, number in stored["people"])
        return cls(stored["attribute"], people)


def segment_name(value: str | float | dt.date | None) -> str:
    """The value of a customer attribute as files write it: ``true``, ``3``, the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
