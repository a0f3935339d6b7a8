"""Numbers of people: given as such or by segment, and faults in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging.audience_size import people_in

if TYPE_CHECKING:
    from pathlib import Path


def test_a_number_and_the_sum_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("segment,people\nnew,12000\nold,500\n", encoding="utf-8")
    assert people_in("25000") == 25_000
    assert people_in(str(file)) == 12_500


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("segment,people\nnew,many\n", "people.csv:2: people must be a whole number"),
        ("segment,people\nnew,0\n", "people.csv:2: people must be .* at least 1, got '0'"),
        ("segment,size\nnew,5\n", "it lacks people"),
    ],
)
def test_faults_name_their_place(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        people_in(str(file))


@pytest.mark.parametrize("text", ["0", "-3", "1.5", "no-such-file"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"people must be|must be a whole number or a file"):
        people_in(text)
