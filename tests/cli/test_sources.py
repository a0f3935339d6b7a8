"""Options that describe files mean the same wherever files are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.cli import attribute, load
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import click

ROWS = """who,when,what,from
c1,2026-03-01 10:00:00,click,mail
c1,2026-03-02 10:00:00,conversion,
"""
COLUMNS = ["--column=customer_id=who", "--column=timestamp=when", "--column=kind=what"]
CHANNEL = "--column=channel=from"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def run(command: click.Command, file: Path, *more: str) -> Any:
    arguments: Sequence[str] = ["--preset", "events", "--zone", "Europe/Berlin", "--json", *more]
    if command is load.command:
        arguments = [str(file), "--dry-run", "--home", str(file.parent / "home"), *arguments]
    else:
        arguments = ["--input", str(file), "--models", "first", *arguments]
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


COMMANDS = pytest.mark.parametrize(
    "command", [attribute.command, load.command], ids=["attribute", "load"]
)


def test_fields_are_read_from_columns_of_other_names(file: Path) -> None:
    loaded = json.loads(run(load.command, file, *COLUMNS, CHANNEL).stdout)
    assert (loaded["rows"]["taken"], loaded["rows"]["channels"]) == (2, 1)
    credited = json.loads(run(attribute.command, file, *COLUMNS, CHANNEL).stdout)
    (credit,) = credited["models"]["first"]["credits"]
    assert (credit["key"], credit["conversions"]) == ("mail", 1.0)


@COMMANDS
@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["--column", "customer_id"], "--column takes FIELD=COLUMN, got 'customer_id'"),
        (["--column", "=who"], "--column takes FIELD=COLUMN, got '=who'"),
        ([*COLUMNS, "--column=kind=from"], "names the field 'kind' twice, for 'what' and 'from'"),
        (["--column", "colour=who"], "there is no field 'colour'"),
        ([*COLUMNS, "--column", "cost=price"], "lacks the column price"),
    ],
)
def test_a_wrong_column_is_one_sentence(
    command: click.Command, file: Path, columns: list[str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        run(command, file, *columns)


@COMMANDS
@pytest.mark.parametrize("memory", ["much", "-1", "0", "100%"])
def test_memory_must_be_a_size(command: click.Command, file: Path, memory: str) -> None:
    with pytest.raises(
        InputError, match=f"must be a size above 0 with its unit, such as 1GB, got '{memory}'"
    ):
        run(command, file, *COLUMNS, "--memory", memory)


def test_columns_are_for_files_only() -> None:
    with pytest.raises(InputError, match="--column is for files; name them with --input"):
        CliRunner().invoke(attribute.command, [COLUMNS[0]], catch_exceptions=False)


def test_a_dry_run_rejects_counts_that_a_load_rejects(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_text(
        "path,total_conversions,total_null\na > b,2000000000,3\na,1,1\n", encoding="utf-8"
    )
    arguments = [str(path), "--preset", "paths", "--dry-run", "--home", str(tmp_path / "home")]
    with pytest.raises(InputError, match="the paths represent 4,000,000,008 touches"):
        CliRunner().invoke(load.command, arguments, catch_exceptions=False)


def test_the_layout_of_the_customers_table_may_be_named_or_not(file: Path, tmp_path: Path) -> None:
    table = tmp_path / "customers.csv"
    table.write_text("customer_id\nc1\nc2\n", encoding="utf-8")
    named = ["--preset=customers", f"--customers={table}"]
    with_name = run(attribute.command, file, *COLUMNS, CHANNEL, *named)
    without = run(attribute.command, file, *COLUMNS, CHANNEL, named[1])
    assert with_name.stdout == without.stdout
