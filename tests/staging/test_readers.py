"""What readers take from a file is its content, whatever its name, folder and odd characters."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from attrigraph.errors import InputError, StagingError
from attrigraph.staging import (
    Staged,
    StagingOptions,
    preset,
    stage,
)
from attrigraph.staging.json_reader import json_blocks
from long_forms import cases

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Rows, Stage, Write

HEADER = ("customer_id", "timestamp", "kind", "channel", "value")
ROWS = (
    ("a", "2026-01-01T00:00:00Z", "click", "x", None),
    ("a", "2026-01-02T00:00:00Z", "conversion", None, "5"),
)
SUFFIXES = (".csv", ".csv.gz", ".tsv", ".jsonl", ".jsonl.gz", ".parquet")
FOLDERS = (
    "kind=impression/value=7",
    "file:/tmp",
    "[a]*?{b,c}",
    "back\\slash\\*",
    "s3:/x",
    "channel=HIVE",
    "customer_id=zz",
    "c0=zz",
    "text=zz",
    "file:",
    "http:/x",
    "md:",
    "a'b\"c;--",
)
USABLE = [folder for folder in FOLDERS if "*" not in folder]


def content(suffix: str) -> bytes:
    """The rows in the form of a suffix."""
    if suffix.startswith(".jsonl"):
        lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS]
        data = "\n".join(lines).encode()
    else:
        mark = "\t" if suffix == ".tsv" else ","
        lines = [mark.join(field or "" for field in row) for row in (HEADER, *ROWS)]
        data = "\n".join(lines).encode()
    return gzip.compress(data) if suffix.endswith(".gz") else data


def put(path: Path) -> Path:
    """Write the rows to a file, in the form that its name states."""
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = next(each for each in SUFFIXES if path.name.endswith(each))
    if suffix != ".parquet":
        path.write_bytes(content(suffix))
        return path
    plain = Path("plain.parquet").absolute()
    values = ", ".join(str(row).replace("None", "NULL") for row in ROWS)
    duckdb.execute(f"COPY (FROM (VALUES {values}) AS t({', '.join(HEADER)})) TO '{plain}'")
    plain.rename(path)
    return path


def put_all(folder: Path, name: str = "ev") -> list[Path]:
    """Write the rows in every form."""
    return [put(folder / f"{name}{suffix}") for suffix in SUFFIXES]


def assert_all_are_equal(staged: Staged) -> None:
    """Check that the rows were read from every form, so that all but the first are duplicates."""
    events = staged.events()
    assert events.customers.tolist() == ["a"]
    assert events.touches.channel.values().tolist() == ["x"]
    assert events.touches.kind.values().tolist() == ["click"]
    assert events.conversions.value.tolist() == [5.0]
    assert (staged.counts.read, staged.counts.duplicates, staged.counts.rejected) == (12, 10, 0)


@cases("folder", FOLDERS, short=5)
@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
def test_names_of_folders_have_no_effect(
    folder: str, relative: bool, staged: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = put_all(Path(folder) if relative else tmp_path / folder)
    assert_all_are_equal(staged(*paths, source="events"))


def test_a_relative_path_below_a_folder_named_file_reads_no_other_file(
    staged: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for suffix in SUFFIXES:
        (tmp_path / f"ev{suffix}").write_bytes(b"not to be read")
    assert_all_are_equal(staged(*put_all(Path(f"file:{tmp_path}")), source="events"))


@cases(
    "name",
    ["[ab]", "channel=HIVE", "-", "ä\n\t", os.fsdecode(b"\xff"), "a*", "a?", "{a,b}", "a\\*b"],
    short=5,
)
def test_names_of_files_are_neither_patterns_nor_partitions(
    name: str, staged: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in put_all(tmp_path, "ab"):
        path.write_bytes(b"not to be read")
    assert_all_are_equal(staged(*put_all(tmp_path, name), source="events"))


@cases("folder", [":memory:", "sqlite:x", "[a]*{b,c}", *USABLE], short=3)
def test_the_name_of_the_folder_for_staged_rows_has_no_effect(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = put_all(tmp_path)
    options = StagingOptions(keep_ids=True)
    with stage(paths, preset("events"), options, folder=Path(folder)) as staged:
        assert (tmp_path / folder).is_dir()
        assert_all_are_equal(staged)


@pytest.mark.parametrize("folder", ["a?b", "a\\b", os.fsdecode(b"\xff")])
def test_a_folder_whose_name_duckdb_would_change_is_reported(folder: str, tmp_path: Path) -> None:
    path = tmp_path / "ev.csv"
    path.write_bytes(content(".csv"))
    with pytest.raises(StagingError, match="its path must be UTF-8 and hold neither"):
        stage([path], preset("events"), StagingOptions(keep_ids=True), folder=tmp_path / folder)


def test_a_missing_column_does_not_come_from_a_folder(
    staged: Stage, tmp_path: Path, rows: Rows
) -> None:
    path = tmp_path / "channel=HIVE" / "ev.parquet"
    path.parent.mkdir()
    plain = tmp_path / "ev.parquet"
    duckdb.execute(
        "COPY (SELECT 'a' AS customer_id, '2026-01-01T00:00:00Z' AS timestamp, 'click' AS kind) "
        f"TO '{plain}'"
    )
    plain.rename(path)
    [touch] = rows(staged(path, source="events").events())["touches"]
    assert touch[5] is None


@pytest.mark.parametrize("column", ["file_row_number", "FILE_ROW_NUMBER", "filename", "file_index"])
def test_columns_named_as_duckdb_names_its_own_are_columns_like_others(
    column: str, staged: Stage, tmp_path: Path, reasons: Reasons
) -> None:
    path = tmp_path / "ev.parquet"
    duckdb.execute(
        f"COPY (SELECT 'a' AS customer_id, 9 AS {column}, '2026-01-01T00:00:00Z' AS timestamp, "
        f"CASE WHEN n = 2 THEN 'click' END AS kind FROM range(4) AS t(n)) TO '{path}'"
    )
    from_parquet = staged(path, source="events")
    assert reasons(from_parquet) == [(n, "missing-kind") for n in (1, 2, 4)]
    assert from_parquet.notes[0] == f"{path}: nothing is read from its column {column}"


def test_columns_that_differ_in_capitals_alone_are_reported(staged: Stage, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    path = tmp_path / "ev.parquet"
    columns = {"Kind": ["click"], "kind": ["view"], "customer_id": ["a"], "timestamp": ["x"]}
    polars.DataFrame(columns).write_parquet(path)
    with pytest.raises(InputError, match="names differ in capitals alone"):
        staged(path, source="events")


JSON_LINE = '{"customer_id":"a","timestamp":"2026-01-01T00:00:00Z","kind":"click","channel":"x"}'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # a bare CR between tokens is white space
        (JSON_LINE.replace(',"kind"', ',\r"kind"'), []),
        ("\r" + JSON_LINE + "\r", []),
        (JSON_LINE.replace('":"', '"\r:\r"'), []),
        # in a string it must be escaped
        (JSON_LINE.replace('"x"', '"x\ry"'), [(2, "bad-json")]),
        (JSON_LINE.replace('"x"', '"x\\ry"'), []),
        # separators of lines elsewhere are no white space of JSON, and fine in strings
        (JSON_LINE.replace(',"kind"', ',\u2028"kind"'), [(2, "bad-json")]),
        (JSON_LINE.replace(',"kind"', ',\u0085"kind"'), [(2, "bad-json")]),
        (JSON_LINE.replace(',"kind"', ',\x0b"kind"'), [(2, "bad-json")]),
        (JSON_LINE.replace(',"kind"', ',\x0c"kind"'), [(2, "bad-json")]),
        (JSON_LINE + "\x0c", [(2, "bad-json")]),
        ("\x0b" + JSON_LINE, [(2, "bad-json")]),
        (JSON_LINE.replace('"x"', '"x\u2028\u2029\u0085y"'), []),
        # a byte order mark begins a file, and nothing else
        ("\ufeff" + JSON_LINE, [(2, "bad-json")]),
        (JSON_LINE.replace('"x"', '"\ufeffx"'), []),
        (JSON_LINE.replace('"x"', '"x\0"'), [(2, "nul-byte")]),
        (JSON_LINE.replace('"x"', '"x\\u0000"'), [(2, "nul-byte")]),
        (JSON_LINE.replace('"channel"', '"channel\\u0000"'), [(2, "nul-byte")]),
        # Python holds lone surrogates, UTF-8 does not
        (JSON_LINE.replace('"x"', '"\\ud800"'), [(2, "bad-json")]),
        (JSON_LINE.replace('"channel"', '"\\ud800"'), [(2, "bad-json")]),
        # deep nesting
        (JSON_LINE[:-1] + ',"channel":' + "[" * 100_000 + "]" * 100_000 + "}", []),
        (JSON_LINE.replace('"x"', "[" * 100_000 + "]" * 100_000), [(2, "nested")]),
        (JSON_LINE.replace('"x"', '{"a":' * 5000 + "1" + "}" * 5000), [(2, "nested")]),
        ("1" * 5000, [(2, "bad-json")]),
        ("{" * 100_000, [(2, "bad-json")]),
    ],
)
@cases("at_start", [False, True], short=1, ids=["second", "first"])
def test_every_pass_over_json_has_one_idea_of_a_line(
    line: str,
    expected: list[tuple[int, str]],
    at_start: bool,
    staged: Stage,
    write: Write,
    reasons: Reasons,
) -> None:
    lines = [JSON_LINE, line, JSON_LINE.replace('"a"', '"b"')]
    if at_start:
        lines = [line, lines[0], lines[2]]
        expected = [(1, reason) for _, reason in expected]
        if line.startswith("\ufeff"):
            expected = []
    from_json = staged(write("e.jsonl", "\n".join(lines)), source="events")
    assert from_json.counts.read == 3
    assert reasons(from_json) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"customer_id":"a","\\ud800":1}', [(2, "bad-json")]),
        ('{"customer_id":"a","x\\u0000":1}', [(2, "nul-byte")]),
        ('{"customer_id":"a",\r"age":1}', []),
        ('{"customer_id":"a","age":' + "[" * 100_000 + "]" * 100_000 + "}", [(2, "nested")]),
        ('{"customer_id":"a","only_here":' + '{"a":' * 5000 + "1" + "}" * 5001, [(2, "nested")]),
    ],
)
def test_odd_lines_of_customers_are_rejected_one_by_one(
    line: str, expected: list[tuple[int, str]], staged: Stage, write: Write, reasons: Reasons
) -> None:
    path = write("c.jsonl", '{"customer_id":"b","age":2}\n' + line + "\n")
    assert reasons(staged(path, source="customers")) == expected


@pytest.mark.parametrize(
    "field", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "a\rb"]
)
@pytest.mark.parametrize("quoted", [False, True])
def test_line_separators_other_than_lf_are_text_in_csv(
    field: str, quoted: bool, staged: Stage, write: Write
) -> None:
    text = f'"{field}x"' if quoted else f"{field}x"
    row = f"{text},2026-01-01T00:00:00Z,click,{text}\n"
    other = row.replace("x", "y")
    path = write("e.csv", "customer_id,timestamp,kind,channel\n" + row + other + "\r\n")
    from_csv = staged(path, source="events")
    assert from_csv.counts.read == 2
    assert sorted(from_csv.events().customers) == [f"{field}x", f"{field}y"]
    assert from_csv.references().channels == (f"{field}x", f"{field}y")


@pytest.mark.parametrize("n_bytes", [3, 50, 4096])
def test_blocks_of_json_do_not_depend_on_where_they_are_cut(n_bytes: int) -> None:
    data = b'{"a":1}\n\n \r\n{"a":\r2}\r\n\0\n\xff\n{"b":3}'
    cut = list(json_blocks(io.BytesIO(data), n_bytes))
    assert b"".join(block.data for block in cut) == b'{"a":1}\n{"a": 2}\n{"b":3}\n'
    assert [line for block in cut for line in block.lines.tolist()] == [1, 4, 7]
    assert [line for block in cut for line in block.rejected.lines.tolist()] == [5, 6]


def test_keys_are_found_beyond_the_first_thousand_lines_that_are_no_json(
    staged: Stage, write: Write
) -> None:
    from_json = staged(write("e.jsonl", "\0\0\n" * 1500 + JSON_LINE), source="events")
    assert (from_json.counts.read, from_json.counts.touches) == (1501, 1)


@pytest.mark.parametrize("field", ["customer_id", "kind", "channel"])
def test_a_nul_byte_in_any_text_of_parquet_rejects_its_row(
    field: str, staged: Stage, tmp_path: Path
) -> None:
    row = {"customer_id": "'a'", "kind": "'click'", "channel": "NULL"}
    names = ", ".join(row)
    wrong = ", ".join((row | {field: "'x' || chr(0)"}).values())
    path = tmp_path / "e.parquet"
    duckdb.execute(
        f"COPY (SELECT TIMESTAMPTZ '2024-03-01 12:00:00Z' AS timestamp, * "
        f"FROM (VALUES ({', '.join(row.values())}), ({wrong})) AS t({names})) TO '{path}'"
    )
    result = staged(path, source="events")
    [rejected] = result.rejected()
    assert rejected.line == 2
    assert rejected.reason.startswith("nul-byte: ")
    assert len(result.events().touches) == 1
