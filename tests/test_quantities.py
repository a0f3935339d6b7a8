"""One of a thing is in the singular."""

from __future__ import annotations

import pytest

from attrigraph.quantities import counted, enumerated, lasting


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [
        (1, "conversion", "1 conversion"),
        (0, "touch", "0 touches"),
        (1, "touch", "1 touch"),
        (1200, "journey", "1,200 journeys"),
        (0.7, "conversion", "1 conversion"),
        (1.6, "loss", "2 losses"),
    ],
)
def test_a_number_comes_with_its_noun(number: float, noun: str, shown: str) -> None:
    assert counted(number, noun) == shown


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (0.02, "29 minutes"),
        (0.0, "0 minutes"),
        (1 / 24, "1.0 hours"),
        (0.5, "12.0 hours"),
        (1.0, "1.0 days"),
        (60.04, "60.0 days"),
    ],
)
def test_a_time_has_the_unit_in_which_it_can_be_read(days: float, shown: str) -> None:
    assert lasting(days) == shown


def test_several_names_are_joined_as_in_a_sentence() -> None:
    assert [enumerated(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
