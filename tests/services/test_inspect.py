"""Files as they come from tools, each with the reading that a person would propose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.services.inspect import Inspection, inspect_files
from attrigraph.staging import StagingOptions, preset, read_mapping, stage

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import EventTable

CRM = """Report of visits\n
Visitor ID;Event Name;Time;Channel;Campaign Name;Revenue;Note
v1;page_view;31.03.2024 12:00;search;spring;--;x
v1;scroll;31.03.2024 12:01;;;--;
v1;purchase;01.04.2024 09:30;;;1.234,50;
v2;ad_click;01.04.2024 10:00;social;spring;--;
"""
ADS = """Day,Campaign,Campaign ID,Amount spent,Currency code,Impressions
2024-03-01,Spring,c1,"1,200.50",EUR,100
2024-03-02,Spring,c1,"1,300.00",EUR,120
"""


def inspected(tmp_path: Path, **files: str) -> Inspection:
    """The inspection of files, by name with ``_`` for the dot before the suffix."""
    paths = []
    for name, text in files.items():
        paths.append(tmp_path / name.replace("_", "."))
        paths[-1].write_text(text, encoding="utf-8")
    return inspect_files(paths, None, folder=tmp_path / "scratch")


def test_a_proposed_mapping_reads_the_files(tmp_path: Path) -> None:
    inspection = inspected(tmp_path, crm_csv=CRM, ads_csv=ADS)
    assert inspection.presets is None
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(inspection.mapping_text(), encoding="utf-8")
    source = read_mapping(mapping)
    assert source == inspection.mapping()
    files = [file.profile.path for file in inspection.files]
    options = StagingOptions(keep_ids=True)
    with stage(files, source, options, folder=tmp_path / "staging") as staged:
        counts = staged.counts
        [events] = list(staged.batches())
    assert (counts.read, counts.taken, counts.ignored, counts.rejected) == (6, 5, 1, 0)
    assert _touches(events) == {
        ("v1", "visit", "search", "2024-03-31T12:00"),
        ("v2", "click", "social", "2024-04-01T10:00"),
    }
    assert events.conversions.value.tolist() == [1234.5]
    assert "columns that are not read: Note" in inspection.mapping_text()


def _touches(events: EventTable) -> set[tuple[str | None, str | None, str | None, str]]:
    touches = events.touches
    return {
        (
            events.customers[touches.customer[i]],
            touches.kind.keys[touches.kind.codes[i]],
            touches.channel.keys[touches.channel.codes[i]],
            str(touches.time[i].astype("datetime64[ms]").astype("datetime64[m]")),
        )
        for i in range(len(touches))
    }


def test_what_the_data_leaves_open_is_listed(tmp_path: Path) -> None:
    rows = "user,when,time,event,amount\n" + "a,x,03/04/2024,visit,1\nb,y,05/06/2024,sale,2\n"
    [file] = inspected(tmp_path, events_csv=rows).files
    assert file.proposal.questions == (
        "'time' fits %d/%m/%Y and %m/%d/%Y; the first is assumed",
        "'time' states no time zone; UTC is assumed",
    )
    assert file.unused == ("when",)
    [file] = inspected(tmp_path, late_csv=rows.replace("event", "nothing")).files
    assert file.proposal.questions[-1].startswith("no column holds kinds of events")
    assert file.table is not None
    assert file.table.constants == {"kind": "touch"}


@pytest.mark.parametrize(
    ("numbers", "notation"),
    [
        ("1.234,5", "1.234,56"),
        ("1,234.5", "1,234.56"),
        ("1 234,5", "1 234,56"),
        ("12.5", "1234.56"),
    ],
)
def test_the_notation_of_numbers_is_found(numbers: str, notation: str, tmp_path: Path) -> None:
    rows = f"day;campaign;cost\n2024-03-01;a;{numbers}\n2024-03-02;a;7\n"
    table = inspected(tmp_path, spend_csv=rows).mapping().tables[0]
    assert (table.rows, table.numbers, table.delimiter) == ("spend", notation, ";")


@pytest.mark.parametrize(
    ("time", "unit"),
    [("1709294400", "s"), ("1709294400000", "ms"), ("1709294400000000", "us")],
)
def test_the_unit_of_times_as_numbers_is_found(time: str, unit: str, tmp_path: Path) -> None:
    lines = [{"visitor_id": "a", "ts": int(time), "type": kind} for kind in ("visit", "order")]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    table = inspected(tmp_path, log_jsonl=text).mapping().tables[0]
    assert (table.time_unit, table.zone) == (unit, None)
    assert table.values == {"kind": {"order": "conversion:order"}}


def test_known_exports_fit_their_presets(tmp_path: Path) -> None:
    events = "customer_id,timestamp,kind\na,2024-03-01T00:00:00Z,visit\n"
    paths = "path,total_conversions\na > b,3\n"
    assert inspected(tmp_path, a_csv=events, b_csv=paths).presets == ("events", "paths")
    shop = "Name,Email,Created at,Total,Cancelled at,Refunded Amount,Landing Site\n"
    found = inspected(tmp_path, c_csv=shop + "#1,a@b.c,2024-03-01 10:00:00 +0100,9,,0,\n")
    assert found.files[0].fits[0].preset == "shopify-orders"
    assert found.mapping().tables[0].rows == preset("shopify-orders").tables[0].rows


def test_a_file_that_lacks_columns_has_a_mapping_to_complete(tmp_path: Path) -> None:
    inspection = inspected(tmp_path, x_csv="who,amount,at\nann,1,2026-03-01 10:00\n")
    assert inspection.files[0].table is None
    with pytest.raises(InputError, match=r"x.csv: as rows of events it lacks customer_id: the"):
        inspection.mapping()
    mapping = tmp_path / "m.toml"
    mapping.write_text(inspection.mapping_text(), encoding="utf-8")
    assert read_mapping(mapping).tables[0].columns == {"value": "amount"}
    lines = mapping.read_text(encoding="utf-8").splitlines()
    added = [line.partition("columns: ")[2] for line in lines if "add under columns" in line]
    assert [(line.split(" (")[0], line.rpartition(": ")[2]) for line in added] == [
        ('customer_id = "..."', "who"),
        ('timestamp = "..."', "at"),
    ]


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            (
                "Record ID,Contact ID,Activity Date,Activity Type,Original Source,Latest Campaign,"
                "Deal Amount,Deal Currency"
            ),
            "event_id customer_id timestamp kind channel campaign value currency",
        ),
        (
            "Kundennummer,Zeitpunkt,Ereignis,Kanal,Kampagne,Kosten,Umsatz",
            "customer_id timestamp kind channel campaign cost value",
        ),
    ],
)
def test_fields_are_found_by_the_words_of_names(header: str, fields: str, tmp_path: Path) -> None:
    [file] = inspected(tmp_path, crm_csv=header + "\n").files
    expected = dict(zip(fields.split(), header.split(","), strict=True))
    assert (file.proposal.rows, file.proposal.fields) == ("events", expected)


def test_names_of_columns_cannot_break_a_mapping(tmp_path: Path) -> None:
    rows = 'user,time,kind,"a\nb ]] \x1b[2J"\na,2024-03-01T00:00:00Z,visit,1\n'
    inspection = inspected(tmp_path, odd_csv=rows)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(inspection.mapping_text(), encoding="utf-8")
    assert read_mapping(mapping) == inspection.mapping()
    assert "\x1b" not in inspection.mapping_text()


def test_empty_files_and_missing_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.csv is empty"):
        inspected(tmp_path, a_csv="")
    with pytest.raises(InputError, match="there is no file"):
        inspect_files([tmp_path / "none.csv"], None, folder=tmp_path)
    [file] = inspected(tmp_path, header_csv="user,time,kind\n").files
    assert (file.profile.rows, file.profile.columns[0].content.type) == (0, "empty")


def test_lines_without_a_row_are_counted_with_the_encoding_that_may_be_theirs(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    text = "user,time,event\na,2024-03-01,visit\nMüller,2024-03-01,visit\nb,2024-03-01\n"
    path.write_bytes(text.encode("cp1252"))
    [file] = inspect_files([path], None, folder=tmp_path).files
    first, second, third = file.problems()
    assert first.startswith("1 line without a row, first line 3: not-utf8: ")
    assert second.startswith("1 line without a row, first line 4: ragged: ")
    assert (
        third == "as cp1252 text the file holds 'Müller'; if that is right, add --encoding cp1252"
    )
    assert file.profile.rows == 1
    assert file.to_json()["problems"] == [first, second, third]
    [read] = inspect_files([path], None, folder=tmp_path, encoding="cp1252").files
    assert read.profile.column("user").content.values == ("Müller", "a")
    assert [problem[:28] for problem in read.problems()] == ["1 line without a row, first "]


def test_lines_of_json_without_a_row_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"a": 2\n\n7\n{"a": 3}\n', encoding="utf-8")
    [file] = inspect_files([path], None, folder=tmp_path).files
    assert [(one.number, one.first) for one in file.profile.unread] == [(2, 2)]
    assert (file.profile.rows, file.profile.column("a").filled) == (2, 1)


def test_an_encoding_that_is_stated_is_not_that_of_files_of_utf8(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, encoding in zip(paths, ("utf-8", "cp1252"), strict=True):
        path.write_text("user,time,event\né,2024-03-01,visit\n", encoding=encoding)
    inspection = inspect_files(paths, None, folder=tmp_path, encoding="cp1252")
    assert [table.encoding for table in inspection.draft().tables] == [None, "cp1252"]
