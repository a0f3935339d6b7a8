"""The file of rejected rows."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import RejectedRow
from attrigraph.errors import InputError
from attrigraph.staging import preset
from attrigraph.staging.rejects import check_not_an_input, write_rejects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Stage, Write


def test_the_file_never_replaces_an_input_file(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("customer_id,timestamp,kind\n")
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError, match="is an input file"):
        check_not_an_input(tmp_path / "sub" / ".." / "events.csv", [file])
    check_not_an_input(tmp_path / "rejects.csv", [file])
    check_not_an_input(None, [file])


def test_control_characters_are_written_escaped(tmp_path: Path) -> None:
    rows = [
        RejectedRow("a\x1b]0;title-pwned\x07.csv", 2, "other-content: it\u202e was"),
        RejectedRow("b\n,\udcff\x9b31m.csv", 3, "bad-time: \x1b[2J"),
    ]
    path = tmp_path / "new" / "rejects.csv"
    assert write_rejects(path, rows) == 2
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "line", "reason"],
            ["a\\x1b]0;title-pwned\\x07.csv", "2", "other-content: it\\u202e was"],
            ["b\\x0a,\\udcff\\x9b31m.csv", "3", "bad-time: \\x1b[2J"],
        ]
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_written_is_reported_and_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "rejects.csv").mkdir()
    with pytest.raises(InputError, match="cannot write the file of rejected rows"):
        write_rejects(tmp_path / "rejects.csv", [])
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]


def test_a_pipe_and_a_link_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    row = RejectedRow("a.csv", 2, "bad-time: it is not one")
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert write_rejects(pipe, [row]) == 1
    assert os.read(reader, 100) == b"file,line,reason\r\na.csv,2,bad-time: it is not one\r\n"
    os.close(reader)
    assert pipe.is_fifo()
    (link := tmp_path / "link.csv").symlink_to(tmp_path / "rejects.csv")
    assert write_rejects(link, [row]) == 1
    assert link.is_symlink()
    assert (tmp_path / "rejects.csv").stat().st_mode & 0o077 == 0


def test_a_reason_names_the_column_and_what_it_holds(staged: Stage, write: Write) -> None:
    path = write(
        "e.csv",
        "customer_id,when,kind,cost\n"
        "a,2026-13-01T00:00:00Z,click,\n"
        "a,2026-01-01T00:00:00Z,klick,\n"
        'a,2026-01-01T00:00:00Z,click,"1,5"\n'
        "a,,click,\n",
    )
    result = staged(path, source=preset("events").with_columns({"timestamp": "when"}))
    assert [row.reason.partition(" (")[2] for row in result.rejected()] == [
        "when: '2026-13-01T00:00:00Z')",
        "kind: 'klick')",
        "cost: '1,5')",
        "when is empty)",
    ]
