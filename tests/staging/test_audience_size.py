"""Numbers of people: given as such or by segment, and faults in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import SegmentSizes
from attrigraph.errors import InputError
from attrigraph.staging.audience_size import people_in

if TYPE_CHECKING:
    from pathlib import Path


def test_a_number_and_a_file_of_segments(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("region,people\nnew,12000\ngone,0\n,500\n", encoding="utf-8")
    assert people_in("25000") == 25_000
    assert people_in(str(file)) == SegmentSizes("region", (("new", 12_000), ("gone", 0), ("", 500)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("segment,people\nnew,many\n", "people.csv:2: people must be a whole number"),
        ("segment,people\nnew,-1\n", "people.csv:2: people must be .* at least 0, got '-1'"),
        ("segment,people\nnew,0\n", "numbers of people by segment must not all be 0"),
        ("segment,size\nnew,5\n", "needs the columns people and segment.*got segment, size"),
        ("segment,region,people\nnew,a,5\n", "got segment, region, people"),
        ("segment,people\nnew,5\nnew,6\n", "people.csv:3: the segment 'new' occurs twice"),
        ("segment,people\n", "has no segments"),
        ("", "got none"),
        ("segment;people\nnew;5\n", "separate the columns by commas, not by semicolons"),
        ("segment\tpeople\nnew\t5\n", "separate the columns by commas, not by tabs"),
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
