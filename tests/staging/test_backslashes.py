from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from attrigraph.staging.backslashes import Unescaped

TEXT = st.text(st.sampled_from('ab"\\\t\n,;é'), max_size=5)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\\t").replace("\n", "\\\n")


@given(
    rows=st.lists(st.lists(TEXT, min_size=2, max_size=3), min_size=1, max_size=8),
    size=st.integers(1, 40),
    ended=st.booleans(),
)
def test_escaped_fields_are_read_back_in_parts_of_any_size(
    rows: list[list[str]], size: int, ended: bool
) -> None:
    text = "\n".join("\t".join(map(escaped, row)) for row in rows) + ("\n" if ended else "")
    stream = Unescaped(io.BytesIO(text.encode()), "\t")
    parts = list(iter(lambda: stream.read(size), b""))
    read = csv.reader(io.StringIO(b"".join(parts).decode(), newline=""), delimiter="\t")
    assert list(read) == rows


def test_other_backslashes_stay() -> None:
    stream = Unescaped(io.BytesIO(rb"C:\new\\t"), "\t")
    assert stream.read(100) == rb"C:\new\t"
