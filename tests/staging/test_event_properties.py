"""Properties of events that mappings name: their values, their types, and what can be wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, stage
from attrigraph.staging.mapping_file import read_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Conversions, Touches

HEADER = "event_id,customer_id,timestamp,kind,channel,value,utm_source,device,n,share,seen,day,at"
TYPES = 'types = { n = "integer", share = "number", seen = "boolean", day = "date", at = "time" }'
NAMES = ("device", "n", "share", "seen", "day", "at")


def mapping(path: Path, types: str = TYPES, **properties: str) -> Path:
    given = properties or {name: name for name in NAMES}
    lines = (f"{name} = '{text}'" for name, text in given.items())
    path.write_text(
        f'[[tables]]\nrows = "events"\n{types}\n[tables.properties]\n' + "\n".join(lines) + "\n"
    )
    return path


def file_of(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def of(events: Touches | Conversions) -> dict[str, dict[str, Any]]:
    if events.properties is None:
        return {}
    known, codes = events.properties.combinations, events.properties.codes.tolist()
    return {
        key: dict(known[code]) if code >= 0 else {}
        for key, code in zip(events.id, codes, strict=True)
    }


def read(
    tmp_path: Path, source: Path, *files: Path, keep: bool = True
) -> tuple[dict[str, dict[str, Any]], list[str], int]:
    """Properties by id of the event, reasons of rejected rows, and duplicates."""
    options = StagingOptions(keep_ids=True, event_properties=keep, max_rejected=1)
    with stage(files, read_mapping(source), options, folder=tmp_path / "staging") as staged:
        found: dict[str, dict[str, Any]] = {}
        for batch in staged.batches():
            found |= of(batch.touches) | of(batch.conversions)
        return found, [row.reason for row in staged.rejected()], staged.counts.duplicates


def touch(number: int, *values: str, second: int = 0) -> str:
    own = ",".join([*values, *[""] * (7 - len(values))])
    return f"t{number},c{number},2026-01-01T00:00:{second:02}Z,click,search,,{own}"


def test_values_have_the_declared_types_for_touches_and_conversions(tmp_path: Path) -> None:
    row = "t1,c1,2026-01-01T00:00:00Z,click,search,,web,phone,7,0.5,true,2026-01-02,"
    found, rejected, _ = read(
        tmp_path,
        mapping(tmp_path / "m.toml"),
        file_of(
            tmp_path / "events.csv",
            row + "2026-01-02T10:00:00+01:00",
            touch(2, "", "tablet"),
            touch(3),
            "v1,c1,2026-01-02T00:00:00Z,conversion,,5,,desktop,-3,,,,",
        ),
    )
    assert not rejected
    assert found == {
        "t1": {
            "utmSource": "web",
            "device": "phone",
            "n": 7,
            "share": 0.5,
            "seen": True,
            "day": date(2026, 1, 2),
            "at": datetime(2026, 1, 2, 9, tzinfo=UTC),
        },
        "t2": {"device": "tablet"},
        "t3": {},
        "v1": {"device": "desktop", "n": -3},
    }
    assert type(found["t1"]["seen"]) is bool


@pytest.mark.parametrize("keep", [True, False])
def test_a_value_of_another_type_rejects_its_row_whether_it_is_kept_or_not(
    tmp_path: Path, keep: bool
) -> None:
    bad = [("x",), ("", "nan"), ("", "", "yes"), ("", "", "", "2.1.2026"), ("", "", "", "", "noon")]
    rows = [touch(number, "", "", *values) for number, values in enumerate(bad)]
    _, rejected, _ = read(
        tmp_path, mapping(tmp_path / "m.toml"), file_of(tmp_path / "e.csv", *rows), keep=keep
    )
    shown = ["n: 'x'", "share: 'nan'", "seen: 'yes'", "day: '2.1.2026'", "at: 'noon'"]
    assert [reason.partition(":")[0] for reason in rejected] == ["bad-type"] * 5
    assert all(text in reason for text, reason in zip(shown, rejected, strict=True))


def test_properties_are_expressions_and_no_column_is_reported_as_unread(tmp_path: Path) -> None:
    source = mapping(tmp_path / "m.toml", "", where="upper(device)", page="optional(nowhere)")
    found, _, _ = read(tmp_path, source, file_of(tmp_path / "e.csv", touch(1, "", "phone")))
    assert found == {"t1": {"where": "PHONE"}}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_equal_rows_that_one_is_taken_whose_properties_come_first(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    rows = [touch(1), touch(1, "", "b"), touch(1, "", "a", "9")]
    files = [file_of(tmp_path / f"{number}.csv", rows[number]) for number in order]
    found, rejected, duplicates = read(tmp_path, mapping(tmp_path / "m.toml"), *files)
    assert (found, rejected, duplicates) == ({"t1": {"device": "a", "n": 9}}, [], 2)


def test_mistakes_of_a_mapping_are_named(tmp_path: Path) -> None:
    source = mapping(tmp_path / "m.toml", 'types = { n = "integer" }', cost="n", Big="n", ok="n +")
    with pytest.raises(InputError) as raised:
        read_mapping(source)
    text = str(raised.value)
    assert "events have a property 'cost' already" in text
    assert "names of properties are of the form landingPage" in text
    assert "types of events are those of properties, and 'n' is none" in text


def test_one_property_has_one_type_in_all_tables(tmp_path: Path) -> None:
    source = tmp_path / "m.toml"
    table = '[[tables]]\nrows = "events"\nfiles = "{0}*"\ntypes = {{ n = "{1}" }}\n'
    body = "properties = { n = 'n' }\n"
    source.write_text(table.format("a", "text") + body + table.format("b", "integer") + body)
    files = [file_of(tmp_path / "a.csv", touch(1)), file_of(tmp_path / "b.csv", touch(2))]
    with pytest.raises(InputError, match="the property n is text in one table and integer in ano"):
        read(tmp_path, source, *files)


def test_a_mapping_adds_properties_to_a_preset(tmp_path: Path) -> None:
    source = tmp_path / "m.toml"
    source.write_text('extends = "events"\n[[tables]]\nproperties = { device = "device" }\n')
    (table,) = read_mapping(source).tables
    assert table.properties == {"device": "device"}
