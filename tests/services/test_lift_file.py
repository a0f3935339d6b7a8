"""Lift tests from a file: scaled to the data's window, and refused by line."""

import pytest

from attrigraph.attribution.incremental.lift import LiftTest
from attrigraph.errors import InputError
from attrigraph.services.lift_file import read_lift_tests

HEAD = "channel,lift,standard_error,start,end\n"


def test_a_test_of_ten_days_counts_three_times_over_thirty(tmp_path) -> None:
    path = tmp_path / "lift.csv"
    path.write_text(HEAD + "email,40,4,2026-06-01,2026-06-10\n")
    assert read_lift_tests(path, days=30.0) == (LiftTest("email", 120.0, 12.0),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channel,lift\n", "lacks standard_error, start, end"),
        (HEAD, "holds no lift test"),
        (HEAD + "email,many,4,2026-06-01,2026-06-10\n", "2: lift and standard_error"),
        (HEAD + "email,40,4,June,2026-06-10\n", "2: lift and standard_error"),
        (HEAD + "email,40,4,2026-06-10,2026-06-01\n", "before it starts"),
        (HEAD + "email,40,0,2026-06-01,2026-06-10\n", "standard error above 0"),
        (HEAD + "email,nan,1,2026-06-01,2026-06-10\n", "finite"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text: str, words: str) -> None:
    path = tmp_path / "lift.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_lift_tests(path, days=30.0)


def test_what_is_no_text_is_told(tmp_path) -> None:
    path = tmp_path / "lift.csv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="are not UTF-8 text"):
        read_lift_tests(path, days=30.0)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"cannot be read: No such file or directory$"):
        read_lift_tests(tmp_path / "none.csv", days=1.0)
