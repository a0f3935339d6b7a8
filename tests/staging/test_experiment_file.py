"""Experiments from a file, and what is rejected by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import text_files
from attrigraph.staging.experiment_file import read_experiments
from experiment_rows import EMAIL, EMAIL_ROW, GEO, GEO_ROW, HEAD, full_header

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_of_version_0_2_0_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lift.csv"
    path.write_text(HEAD + EMAIL_ROW + EMAIL_ROW.replace("40", "30"))
    first, second = read_experiments(path)
    assert first == EMAIL
    assert second.id == "email 2026-06-01..2026-06-10 (3)"


def test_all_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "experiments.csv"
    path.write_text(full_header("campaign") + GEO_ROW)
    assert read_experiments(path) == (GEO,)


FULL = "id,kind,channel,campaign,lift,standard_error,start,end,spend,population\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("e,geo,email,spring,1,1,2026-06-01,2026-06-02,", "either a channel or a campaign"),
        ("e,survey,email,,1,1,2026-06-01,2026-06-02,", "must be one of holdout, geo"),
        ("e,geo,email,,1,1,2026-06-01,2026-06-02,-5", "spend of at least 0"),
        ("e,geo,email,,1,1,2026-06-01,2026-06-02,,-5", "population of at least 0"),
        ("e,geo,email,,1,1,2026-06-01,2026-06-02,x", "must be numbers"),
        (
            "e,geo,email,,1,1,2026-06-01,2026-06-02,\ne,geo,email,,1,1,2026-06-01,2026-06-02,",
            r"csv:3: experiment 'e' occurs twice",
        ),
    ],
)
def test_a_row_that_is_no_experiment_is_reported(tmp_path: Path, row: str, words: str) -> None:
    path = tmp_path / "experiments.csv"
    path.write_text(FULL + row + "\n")
    with pytest.raises(InputError, match=words):
        read_experiments(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channel,lift\n", "lacks standard_error, start, end, and its columns are channel, lift"),
        (HEAD + 2 * "email,40,4,2026-06-01,2026-06-10\n", r"lift\.csv:3 repeats line 2"),
        (HEAD, "holds no experiment"),
        (HEAD + "email,many,4,2026-06-01,2026-06-10\n", "2: lift, standard_error"),
        (HEAD + "email,40,4,June,2026-06-10\n", "2: lift, standard_error"),
        (HEAD + "email,40,4,2026-06-10,2026-06-01\n", r"lift\.csv:2: .*before it starts"),
        (
            HEAD + "email,40,0,2026-06-01,2026-06-10\n",
            r"lift\.csv:2: .*standard error above 0",
        ),
        (HEAD + "email,nan,1,2026-06-01,2026-06-10\n", r"lift\.csv:2: .*finite"),
        (
            HEAD + ",40,4,2026-06-01,2026-06-10\n",
            r"lift\.csv:2: .*either a channel or a campaign",
        ),
        (
            HEAD + '"' + "x" * 200_000 + '",40,4,2026-06-01,2026-06-10\n',
            "field larger than",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "lift.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_experiments(path)


def test_texts_have_no_blanks_around_them_and_currencies_are_codes(tmp_path: Path) -> None:
    path = tmp_path / "lift.csv"
    head = "channel,lift,standard_error,start,end,spend,currency\n"
    row = "email ,40,4,2026-06-01,2026-06-10,9,"
    path.write_text(f"{head}{row} eur\n")
    (read,) = read_experiments(path)
    assert (read.channel, read.currency, read.id) == (
        "email",
        "EUR",
        "email 2026-06-01..2026-06-10",
    )
    path.write_text(f"{head}{row}euro\n")
    with pytest.raises(InputError, match=r"lift\.csv:2: a currency must be a code .*got 'EURO'"):
        read_experiments(path)


def test_a_file_that_is_not_text_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "lift.csv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="must be UTF-8 text"):
        read_experiments(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: No such file or directory$"):
        read_experiments(tmp_path / "none.csv")


def test_a_file_too_large_for_a_list_of_experiments_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "MAX_BYTES", 50)
    path = tmp_path / "lift.csv"
    path.write_text(HEAD + EMAIL_ROW)
    with pytest.raises(InputError, match="must have at most 50 bytes"):
        read_experiments(path)
