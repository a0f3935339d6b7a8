from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from attrigraph.cli import attribute, inspect
from attrigraph.cli.commands import Command
from attrigraph.cli.main import LazyCommands
from attrigraph.staging import read_mapping

ROWS = "user,time,event\na,2024-03-01T00:00:00Z,visit\na,2024-03-02T00:00:00Z,sale\x1b[2J\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def run(*arguments: object) -> str:
    texts = list(map(str, arguments))
    return CliRunner().invoke(inspect.command, texts, catch_exceptions=False).stdout


def test_columns_fields_and_the_next_step_are_shown(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "mapping.toml"
    shown = " ".join(run(file, "--out", out).split())
    for part in ("user text customer_id 100% 1", r"sale\x1b[2J, visit", f"--mapping {out}"):
        assert part in shown
    assert read_mapping(out).tables[0].columns["kind"] == "event"
    assert "\x1b" not in shown


def test_a_preset_that_fits_is_named(file: Path) -> None:
    file.write_text("customer_id,timestamp,kind\na,2024-03-01T00:00:00Z,visit\n", encoding="utf-8")
    assert "fits the preset events" in run(file)
    assert json.loads(run(file, "--json"))["presets"] == ["events"]


def test_a_mapping_to_complete_is_written_where_columns_are_missing(
    file: Path, tmp_path: Path
) -> None:
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    out = tmp_path / "mapping.toml"
    shown = " ".join(run(file, "--out", out).split())
    assert f"next: complete {out}, then `attrigraph attribute --input {file} --map" in shown
    assert read_mapping(out).tables[0].rows == "events"
    assert "next: write a mapping with --out FILE" in run(file)


def test_files_of_spend_are_named_as_such_in_the_next_step(file: Path, tmp_path: Path) -> None:
    spend = tmp_path / "ads 1.csv"
    spend.write_text("date,channel,cost\n2024-03-01,x,2\n", encoding="utf-8")
    file.write_text("customer_id,timestamp,kind\na,2024-03-01T00:00:00Z,visit\n", encoding="utf-8")
    shown = " ".join(run(spend, file).split())
    command = f"attribute --input {file} --spend '{spend}' --preset spend --preset events"
    assert f"next: `attrigraph {command}`" in shown


def test_the_next_command_has_the_header_that_was_stated(tmp_path: Path) -> None:
    header, rows = tmp_path / "columns.tsv", tmp_path / "rows.tsv"
    header.write_text("customer_id\ttimestamp\tkind\n", encoding="utf-8")
    rows.write_text("a\t2024-03-01T00:00:00Z\tvisit\n", encoding="utf-8")
    shown = " ".join(run(rows, "--header", header).split())
    command = f"attribute --input {rows} --preset events --header {header}"
    assert f"next: `attrigraph {command}`" in shown


def test_an_option_with_one_value_is_given_once(file: Path) -> None:
    arguments = ["--input", str(file), "--mapping", "a.toml", "--mapping", "b.toml"]
    result = CliRunner().invoke(attribute.command, arguments)
    assert result.exit_code == 2
    assert "--mapping takes one value and is given 2 times; give it once" in result.stderr


def test_texts_of_options_are_utf8(file: Path) -> None:
    # the command line hands over the byte 0xff as half a surrogate pair
    arguments = ["--input", str(file), "--zone", "\udcff"]
    result = CliRunner().invoke(attribute.command, arguments)
    assert result.exit_code == 2
    assert "'\\udcff' is not UTF-8" in result.stderr


def test_files_may_each_have_an_input_option(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(ROWS.replace("a,", "b,"), encoding="utf-8")
    mapping = tmp_path / "mapping.toml"
    run(file, other, "--out", mapping)
    arguments = ["--input", str(file), "--input", str(other), "--mapping", str(mapping), "--json"]
    result = CliRunner().invoke(attribute.command, [*arguments, "--models", "last"])
    assert json.loads(result.stdout)["observed"]["conversions"] == 2


def test_a_query_is_read_like_a_file(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute(
            "CREATE TABLE log AS SELECT 'a' AS customer_id, 'visit' AS kind, "
            "TIMESTAMPTZ '2024-03-01' AS timestamp"
        )
    found = json.loads(run(f"duckdb:{tmp_path}/shop.duckdb?SELECT * FROM log", "--json"))
    assert found["presets"] == ["events"]
    assert not list(Path(tempfile.gettempdir()).glob("attrigraph-source-*/shop *.parquet"))


def test_every_command_rejects_repeated_options() -> None:
    group = LazyCommands()
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        own = list(command.commands.values()) if isinstance(command, click.Group) else [command]
        assert all(isinstance(each, Command) for each in own), name
