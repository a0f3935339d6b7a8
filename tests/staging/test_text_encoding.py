"""Text in other encodings than UTF-8 is read as it is meant."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import preset, read_mapping
from long_forms import cases

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

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
@cases("name", ["a.csv", "a.jsonl", "a.tsv.gz", "a.json"], short=2)
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


ROW = "customer_id,timestamp,kind,channel\n{},2026-03-01T12:00:00Z,click,{}\n"


def test_a_line_that_is_not_in_the_stated_encoding_is_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    # 0x81 is no letter of cp1252; in cp932 it begins one
    path = write("a.csv", ROW.format("c", "é").encode("cp1252") + b"d,x,click,\x81\ne,x,click,y\n")
    found = staged(path, source=preset("events").with_encoding("cp1252"), max_rejected=1)
    assert reasons(found)[0] == (3, "not-utf8")
    with pytest.raises(InputError, match="there is no encoding 'latin-99'"):
        preset("events").with_encoding("latin-99")


@pytest.mark.parametrize(
    ("encoding", "bad"), [("cp932", b"\x81\x20"), ("ascii", b"\xff\xc3\xa9"), ("utf-8", b"\xff")]
)
def test_bytes_that_are_no_text_never_become_some(
    encoding: str, bad: bytes, staged: Stage, write: Write, reasons: Reasons
) -> None:
    path = write("a.csv", ROW.format("c", "x").encode() + b"d,x,click," + bad + b"\n")
    found = staged(path, source=preset("events").with_encoding(encoding), max_rejected=1)
    assert [line for line, reason in reasons(found) if reason == "not-utf8"] == [3]


def test_half_a_character_of_utf16_is_rejected_with_its_line(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    data = (ROW.format("c", "x") + "d,x,click,").encode("utf-16-le") + b"\x00\xd8" + b"\n\x00"
    found = staged(write("a.csv", data), source=preset("events").with_encoding("utf-16-le"))
    assert reasons(found) == [(3, "not-utf8")]


def test_a_file_that_breaks_off_within_a_letter_is_named(staged: Stage, write: Write) -> None:
    path = write("a.csv", ROW.format("c", "x").encode("cp932") + b"d,x,click,\x81")
    with pytest.raises(InputError, match=r"a.csv breaks off within a letter of CP932 text"):
        staged(path, source=preset("events").with_encoding("cp932"))


@cases("stated", ["cp1252", "utf-16-le", "latin-1", "cp932"], short=2)
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
def test_files_of_utf8_are_read_as_such_whatever_is_stated(
    name: str, stated: str, staged: Stage, write: Write
) -> None:
    row = {"customer_id": "c", "timestamp": "2026-03-01T12:00:00Z", "kind": "click", "channel": "ß"}
    text = json.dumps(row, ensure_ascii=False) if "json" in name else ROW.format("c", "ß")
    other = write("b.csv", ROW.format("d", "é").encode(stated, "replace"))
    found = staged(write(name, text), other, source=preset("events").with_encoding(stated))
    assert "ß" in found.events().touches.channel.values().tolist()
    assert [
        f"{name}: it is UTF-8 text and read as such, not as {stated}" in note
        for note in found.notes
    ] == [True]


def test_the_letter_that_decides_may_come_late(staged: Stage, write: Write) -> None:
    rows = "".join(f"c{i},2026-03-01T12:00:00Z,click,x\n" for i in range(40_000))
    last = "d,2026-03-01T12:00:00Z,click,ß\n"
    for encoding in ("utf-8", "cp1252"):
        path = write(f"{encoding}.csv", (ROW.format("c", "x") + rows + last).encode(encoding))
        found = staged(path, source=preset("events").with_encoding("cp1252")).events()
        assert set(found.touches.channel.values()) == {"x", "ß"}


def test_the_encoding_of_a_mapping_comes_before_the_option(staged: Stage, write: Write) -> None:
    table = '[[tables]]\nrows = "events"\nfiles = "a*"\nencoding = "cp437"\n'
    other = '[[tables]]\nrows = "events"\nfiles = "b*"\n'
    source = read_mapping(write("m.toml", table + other)).with_encoding("cp1252")
    files = [write("a.csv", EVENTS.decode().encode("cp437"))]
    files += [write("b.csv", EVENTS.decode().encode("cp1252"))]
    assert staged(*files, source=source).counts.duplicates == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_utf16_without_a_mark_is_named(
    name: str, encoding: str, staged: Stage, write: Write
) -> None:
    text = ROW.format("c", "x") if name == "a.csv" else '[{"customer_id": "c"}]'
    path = write(name, text.encode(encoding))
    with pytest.raises(InputError, match=f"UTF-16 text without a .* --encoding {encoding}"):
        staged(path, source="events")


def test_a_header_in_another_encoding_is_named_and_cut(staged: Stage, write: Write) -> None:
    with pytest.raises(InputError, match=r"its first line is not ASCII text; state another enc"):
        staged(write("a.csv", b"\xe9,b\n"), source=preset("events").with_encoding("ascii"))
    with pytest.raises(InputError, match=r"columns are x{99}…$") as caught:
        staged(write("b.csv", "x" * 9000 + "\n"), source="events")
    assert len(str(caught.value)) < 1000
