"""Lift tests from a file: scaled to the data's window, and rejected by line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from attrigraph.attribution.incremental.lift import LiftTest, LiftTestRow
from attrigraph.errors import InputError
from attrigraph.staging import text_files
from attrigraph.staging.lift_tests import read_lift_tests

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "channel,lift,standard_error,start,end\n"


def test_a_test_of_ten_days_counts_three_times_over_thirty(tmp_path: Path) -> None:
    path = tmp_path / "lift.csv"
    path.write_text(HEAD + "email,40,4,2026-06-01,2026-06-10\n")
    [row] = read_lift_tests(path)
    assert row == LiftTestRow("email", 40.0, 4.0, date(2026, 6, 1), date(2026, 6, 10))
    assert row.scaled_to(30.0) == LiftTest("email", 120.0, 12.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channel,lift\n", "lacks standard_error, start, end"),
        (HEAD, "holds no lift test"),
        (HEAD + "email,many,4,2026-06-01,2026-06-10\n", "2: lift and standard_error"),
        (HEAD + "email,40,4,June,2026-06-10\n", "2: lift and standard_error"),
        (HEAD + "email,40,4,2026-06-10,2026-06-01\n", r"lift\.csv:2: .*before it starts"),
        (HEAD + "email,40,0,2026-06-01,2026-06-10\n", r"lift\.csv:2: .*standard error above 0"),
        (HEAD + "email,nan,1,2026-06-01,2026-06-10\n", r"lift\.csv:2: .*finite"),
        (HEAD + ",40,4,2026-06-01,2026-06-10\n", r"lift\.csv:2: .*name its channel"),
        (HEAD + '"' + "x" * 200_000 + '",40,4,2026-06-01,2026-06-10\n', "field larger than"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "lift.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_lift_tests(path)


def test_a_file_that_is_not_text_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "lift.csv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="must be UTF-8 text"):
        read_lift_tests(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: No such file or directory$"):
        read_lift_tests(tmp_path / "none.csv")


def test_a_file_too_large_for_a_list_of_tests_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "MAX_BYTES", 50)
    path = tmp_path / "lift.csv"
    path.write_text(HEAD + "email,40,4,2026-06-01,2026-06-10\n")
    with pytest.raises(InputError, match="must have at most 50 bytes"):
        read_lift_tests(path)
