"""A JSON array is read as its elements on lines, whatever they hold and wherever pieces end."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.staging import json_arrays
from attrigraph.staging.formats import format_of
from attrigraph.staging.json_arrays import open_lines
from long_forms import examples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Stage, Write

EVENTS = [
    {"customer_id": "a", "timestamp": "2026-03-01T12:00:00Z", "kind": "click", "channel": "x, [y]"},
    {"customer_id": "a", "timestamp": "2026-03-02T12:00:00Z", "kind": "conversion", "value": 5},
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.sampled_from('a"\\,[]{}\n é'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def lines(path: Path, size: int) -> bytes:
    with open_lines(path, format_of(path)) as stream:
        return b"".join(iter(lambda: stream.read(size), b""))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(15, long=60)
)
@given(
    elements=st.lists(st.dictionaries(st.text(max_size=3), JSON, min_size=1), max_size=5),
    indent=st.sampled_from([None, 0, 2, "\t"]),
    piece=st.integers(1, 50),
    is_ascii=st.booleans(),
)
def test_lines_are_the_elements(
    elements: list[dict[str, object]],
    indent: int | str | None,
    piece: int,
    is_ascii: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_arrays, "PIECE", piece)
    path = tmp_path / "a.json"
    text = json.dumps(elements, indent=indent, ensure_ascii=is_ascii)
    path.write_text(f" \n{text}\n", encoding="utf-8")
    found = lines(path, piece)
    assert [json.loads(line) for line in found.split(b"\n") if line] == elements


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["e.json", "e.json.gz", "e.jsonl"])
def test_an_array_is_read_as_json_lines_are(
    name: str, indent: int | None, staged: Stage, write: Write, tmp_path: Path
) -> None:
    text = json.dumps(EVENTS, indent=indent).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    lines = write("lines.jsonl", "\n".join(map(json.dumps, EVENTS)))
    both = staged(path, lines, source="events")
    assert (both.counts.read, both.counts.taken, both.counts.duplicates) == (4, 2, 2)
    assert both.events().touches.channel.values().tolist() == ["x, [y]"]


def test_rejected_elements_are_numbered(staged: Stage, write: Write, reasons: Reasons) -> None:
    good, late = (json.dumps(one, indent=1) for one in EVENTS)
    path = write("e.json", f'[{good}, 7, {{"customer_id": tru}},\n "a\nb", {late}\n,]')
    found = staged(path, source="events")
    assert (found.counts.read, found.counts.taken) == (5, 2)
    assert [line for line, _ in reasons(found)] == [2, 3, 4]


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_a_missing_comma_loses_no_row(
    piece: int,
    staged: Stage,
    write: Write,
    reasons: Reasons,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_arrays, "PIECE", piece)
    one, other = map(json.dumps, EVENTS)
    bad = '{"customer_id": "}{"'
    text = f"[{one}{one}\n {other},{one} [{{}}{{}}]{bad}}} 3 {other}]"
    found = staged(write("e.json", text), source="events")
    counts = found.counts
    assert (counts.read, counts.taken, counts.duplicates, counts.rejected) == (7, 2, 3, 2)
    assert [line for line, _ in reasons(found)] == [5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "breaks off: its JSON array is not closed"),
        ('[{"a": 1}', "breaks off: its JSON array is not closed"),
        ('[{"a": "1}]', "breaks off: its JSON array is not closed"),
        ('[{"a": 1}}]', "its array is closed by a brace"),
        ('[{"a": 1}]\n[{"a": 2}]', "holds more than one JSON array; write one object per line"),
        (" [ \n]", "e.json holds an empty JSON array, so no rows"),
        ("[[1, 2], [3, 4]]", "a JSON array of lists; rows must be objects, with the names of col"),
        ('["a", {"b": 1}]', "columns are b"),
        ("[1, 2]", "a JSON array of values; rows must be objects"),
        ('{\n "a": 1\n}\n{\n "a": 2\n}\n', "over several lines; write one object per line, as `jq"),
        ('{"data": [{"a": 1}]}', r"in its list 'data'; write that list alone, as `jq '\.\[\"data"),
        ('{\n "n": {"b": [{}]},\n "x": "\\"y\\": [{",\n "rows": [\n {"a": 1}]}', "list 'rows'"),
        ('{"a": 1}\n{"b": [{"c": 1}]}\n', "lacks the columns"),
    ],
)
def test_what_is_no_array_of_rows_is_named(
    text: str, message: str, staged: Stage, write: Write
) -> None:
    with pytest.raises(InputError, match=message):
        staged(write("e.json", text), source="events")


def test_an_element_that_never_ends_is_named(
    staged: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_arrays, "MAX_RECORD_BYTES", 1000)
    path = write("e.json", '[{"a": "' + "x" * 3_000_000)
    with pytest.raises(InputError, match="an element of more than a million characters"):
        staged(path, source="events")
