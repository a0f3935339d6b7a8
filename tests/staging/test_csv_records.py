from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attrigraph.staging import csv_records
from attrigraph.staging.csv_records import ESCAPES, Block, blocks, parse_record

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
TRICKY = st.text(st.sampled_from('",\n\r\x1d1 a'), max_size=6)


def read(data: bytes, width: int, block: int, monkeypatch: pytest.MonkeyPatch) -> list[Block]:
    monkeypatch.setattr(csv_records, "BLOCK", block)
    return list(blocks(io.BytesIO(data), b"", delimiter=b",", width=width, line=1))


def fields(block: Block) -> list[list[str]]:
    found = []
    for record in block.data.split(b"\n")[:-1]:
        texts = parse_record(record + b"\n", 0, b",")[0]
        if block.escaped:
            for plain, escape in reversed(ESCAPES):
                texts = [text.replace(escape, plain) for text in texts]
        found.append([text.decode() for text in texts])
    return found


@given(
    rows=st.lists(st.lists(TEXT | TRICKY, min_size=3, max_size=3), max_size=12),
    block=st.integers(1, 60),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example(rows=[["", "a", "b"], ['"', "\r\n", ","]], block=3, end="\r\n", quoting=csv.QUOTE_ALL)
def test_what_a_csv_writer_wrote_is_read_back_with_its_lines(rows, block, end, quoting):
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
        found = read(written.getvalue().encode(), 3, block, monkeypatch)
    assert [record for each in found for record in fields(each)] == rows
    assert [line for each in found for line in each.lines.tolist()] == lines
    assert not any(each.refused for each in found)


@given(data=st.binary(max_size=80) | st.text('",\n\r ab').map(str.encode), block=st.integers(1, 40))
def test_any_bytes_give_good_records_or_refused_lines_and_blocks_do_not_matter(data, block):
    with pytest.MonkeyPatch.context() as monkeypatch:
        small = read(data, 2, block, monkeypatch)
        large = read(data, 2, 1000, monkeypatch)
    assert [each for one in small for each in fields(one)] == [
        each for one in large for each in fields(one)
    ]
    assert [each for one in small for each in one.refused] == [
        each for one in large for each in one.refused
    ]
    lines = [line for each in large for line in each.lines.tolist()]
    refused = [line for each in large for line, _ in each.refused]
    assert len(set(lines + refused)) == len(lines + refused)


@pytest.mark.parametrize(
    ("data", "refused"),
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
def test_what_is_no_row_is_refused_by_its_line(data, refused, monkeypatch):
    found = read(data, 2, 1000, monkeypatch)
    assert [each for block in found for each in block.refused] == refused


@pytest.mark.parametrize("block", [64, 4096])
def test_an_endless_line_is_refused_and_the_next_one_read(block, monkeypatch):
    monkeypatch.setattr(csv_records, "LONGEST", 100)
    found = read(b"x" * 1000 + b",1\na,b\n", 2, block, monkeypatch)
    assert [each for one in found for each in one.refused] == [(1, "too-long")]
    assert [each for one in found for each in fields(one)] == [["a", "b"]]


@pytest.mark.parametrize("block", [64, 4096])
def test_a_quote_that_stays_open_costs_one_line(block, monkeypatch):
    monkeypatch.setattr(csv_records, "LONGEST", 100)
    lines = [b"%d,y" % number for number in range(100)]
    found = read(b'1,"x\n' + b"\n".join(lines), 2, block, monkeypatch)
    assert [each for one in found for each in one.refused] == [(1, "unclosed-quote")]
    assert sum(len(one.lines) for one in found) == 100


def test_plain_blocks_are_handed_on_as_they_are(monkeypatch):
    data = b'a,"b,c"\r\nd,"say ""x"""\r\n'
    (block,) = read(data, 2, 1000, monkeypatch)
    assert block.data == data.replace(b"\r\n", b"\n")
    assert not block.escaped
    np.testing.assert_array_equal(block.lines, [1, 2])
