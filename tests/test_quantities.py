"""One of a thing is in the singular."""

from __future__ import annotations

import pytest

from attrigraph.quantities import counted


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
