"""Ids that tools wrote in another way."""

from __future__ import annotations

import pytest

from attrigraph.domain.spellings import other_spellings, spelled_otherwise


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("1001", ("1001.0",)),
        ("1001.0", ("1001",)),
        ("1001.00", ("1001", "1001.0")),
        (" 1001", ("1001", "1001.0")),
        ("#1001", ()),
        ("1001.5", ()),
        ("a.0", ()),
        (" a ", ("a",)),
        ("", ()),
    ],
)
def test_whole_numbers_may_be_decimals_and_blanks_may_be_gone(
    name: str, others: tuple[str, ...]
) -> None:
    assert other_spellings(name) == others


def test_what_is_known_in_another_spelling() -> None:
    known = {"1", "2.0"}
    found = spelled_otherwise(["1.0", "2", "3"], known.intersection)
    assert found == {"1.0": "1", "2": "2.0"}
