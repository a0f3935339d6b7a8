"""Text in other encodings than UTF-8 is read as it is meant."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import preset, read_mapping

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

EVENTS = "customer_id,timestamp,kind,channel\nc,2026-03-01T13:00:00Z,click,é\n".encode()


def test_utf16_with_a_byte_order_mark_is_read(staged: Stage, write: Write) -> None:
    text = "customer_id,timestamp,kind,channel\nc1,2026-03-01T12:00:00Z,click,Bücher 📚\n"
    for encoding in ("utf-16", "utf-16-be"):
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        data = (mark + text).encode(encoding)
        for name in ("a.csv", "b.csv.gz"):
            touches = staged(write(name, data), source="events").events().touches
            assert touches.channel.values().tolist() == ["Bücher 📚"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16-le", "UTF-8", "utf_8_sig"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv.gz", "a.jsonl", "a.json"])
def test_text_is_read_in_the_encoding_that_is_stated(
    name: str, encoding: str, staged: Stage, write: Write
) -> None:
    row = {"customer_id": "c", "timestamp": "2026-03-01T12:00:00Z", "kind": "click", "channel": "ß"}
    mark = "\t" if ".tsv" in name else ","
    csv = f"{mark.join(row)}\n{mark.join(row.values())}\n"
    json_row = json.dumps(row, ensure_ascii=False)
    text = csv if "json" not in name else f"[{json_row}]" if name == "a.json" else json_row
    files = [write(name, text.encode(encoding)), write("b.csv", codecs.BOM_UTF8 + EVENTS)]
    found = staged(*files, source=preset("events").with_encoding(encoding)).events()
    assert found.touches.channel.values().tolist() == ["ß", "é"]


def test_a_mapping_states_the_encoding_of_its_files(staged: Stage, write: Write) -> None:
    table = '[[tables]]\nrows = "events"\nfiles = "a*"\nencoding = "cp1252"\n'
    other = table.replace("cp1252", "cp437").replace("a*", "b*")
    source = read_mapping(write("m.toml", table + other))
    text = EVENTS.decode()
    files = [write("a.csv", text.encode("cp1252")), write("b.csv", text.encode("cp437"))]
    counts = staged(*files, source=source).counts
    assert (counts.taken, counts.duplicates) == (1, 1)
    wrong = write("w.toml", table.replace("cp1252", "base64"))
    with pytest.raises(
        InputError, match=r"in line 4 at tables.0.encoding: .* no encoding 'base64'"
    ):
        read_mapping(wrong)


def test_text_that_is_not_in_the_stated_encoding_is_named(staged: Stage, write: Write) -> None:
    path = write("a.csv", EVENTS + b"d,2026-03-01T12:00:00Z,click,\x81\n")
    with pytest.raises(InputError, match=r"a.csv is not valid CP1252 text; save it as UTF-8"):
        staged(path, source=preset("events").with_encoding("cp1252"))
    with pytest.raises(InputError, match="there is no encoding 'latin-99'"):
        preset("events").with_encoding("latin-99")
