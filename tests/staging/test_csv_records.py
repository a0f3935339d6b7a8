from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attrigraph.staging import csv_records
from attrigraph.staging.csv_records import ESCAPES, blocks, parse_record

if TYPE_CHECKING:
    from attrigraph.staging.blocks import Block

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
TRICKY = st.text(st.sampled_from('",\n\r\x1d1 a'), max_size=6)


def read(data: bytes, width: int, block: int, monkeypatch: pytest.MonkeyPatch) -> list[Block]:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", block)
    return list(blocks(io.BytesIO(data), b"", delimiter=b",", width=width, line=1))


def rejected(read_blocks: list[Block]) -> list[tuple[int, str]]:
    return [
        rejection
        for block in read_blocks
        for rejection in zip(block.rejected.lines.tolist(), block.rejected.reasons, strict=True)
    ]


def fields(block: Block) -> list[list[str]]:
    records = []
    for record in block.data.split(b"\n")[:-1]:
        texts = parse_record(record + b"\n", 0, b",")[0]
        if block.escaped:
            for plain, escape in reversed(ESCAPES):
                texts = [text.replace(escape, plain) for text in texts]
        records.append([text.decode() for text in texts])
    return records


@given(
    rows=st.lists(st.lists(TEXT | TRICKY, min_size=3, max_size=3), max_size=12),
    block=st.integers(1, 60),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example(rows=[["", "a", "b"], ['"', "\r\n", ","]], block=3, end="\r\n", quoting=csv.QUOTE_ALL)
def test_what_a_csv_writer_wrote_is_read_back_with_its_lines(
    rows: list[list[str]], block: int, end: str, quoting: Literal[0, 1]
) -> None:
    if end == "\n" and any(row[-1].endswith("\r") for row in rows):
        quoting = csv.QUOTE_ALL  # else the last CR would be part of the line's end
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator=end, quoting=quoting)
    lines = []
    for row in rows:
        # Line numbers count LF, wherever it stands.
        lines.append(written.getvalue().count("\n") + 1)
        writer.writerow(row)
    with pytest.MonkeyPatch.context() as monkeypatch:
        read_blocks = read(written.getvalue().encode(), 3, block, monkeypatch)
    assert [record for each in read_blocks for record in fields(each)] == rows
    assert [line for each in read_blocks for line in each.lines.tolist()] == lines
    assert rejected(read_blocks) == []


@given(data=st.binary(max_size=80) | st.text('",\n\r ab').map(str.encode), block=st.integers(1, 40))
def test_any_bytes_give_good_records_or_rejected_lines_whatever_the_blocks(
    data: bytes, block: int
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        small = read(data, 2, block, monkeypatch)
        large = read(data, 2, 1000, monkeypatch)
    assert [each for one in small for each in fields(one)] == [
        each for one in large for each in fields(one)
    ]
    assert rejected(small) == rejected(large)
    lines = [line for each in large for line in each.lines.tolist()]
    lines += [line for line, _ in rejected(large)]
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"1,2\n3\n", [(2, "ragged")]),
        (b"1,2,3\n", [(1, "ragged")]),
        (b'"a"b,1\n2,3\n', [(1, "bad-quotes")]),
        (b'1,"a\n2,3\n', [(1, "unclosed-quote")]),
        (b"1,\xff\n2,3\n", [(1, "not-utf8")]),
        (b"1,\0\n2,3\n", [(1, "nul-byte")]),
        (b'1,"\0"\n2,3\n', [(1, "nul-byte")]),
        (b"\n\r\n1,2\n\n", []),
    ],
)
def test_a_malformed_row_is_rejected_with_its_line(
    data: bytes, expected: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rejected(read(data, 2, 1000, monkeypatch)) == expected


@pytest.mark.parametrize("block", [64, 4096])
def test_an_endless_line_is_rejected_and_the_next_one_read(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_records, "MAX_RECORD_BYTES", 100)
    read_blocks = read(b"x" * 1000 + b",1\na,b\n", 2, block, monkeypatch)
    assert rejected(read_blocks) == [(1, "too-long")]
    assert [each for one in read_blocks for each in fields(one)] == [["a", "b"]]


@pytest.mark.parametrize("block", [64, 4096])
def test_a_quote_that_stays_open_costs_one_line(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_records, "MAX_RECORD_BYTES", 100)
    lines = [b"%d,y" % number for number in range(100)]
    read_blocks = read(b'1,"x\n' + b"\n".join(lines), 2, block, monkeypatch)
    assert rejected(read_blocks) == [(1, "unclosed-quote")]
    assert sum(len(one.lines) for one in read_blocks) == 100


def test_plain_blocks_are_passed_on_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'a,"b,c"\r\nd,"say ""x"""\r\n'
    (block,) = read(data, 2, 1000, monkeypatch)
    assert block.data == data.replace(b"\r\n", b"\n")
    assert not block.escaped
    np.testing.assert_array_equal(block.lines, [1, 2])
