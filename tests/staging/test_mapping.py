from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import PRESETS, StagingOptions, preset, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Rows, Stage, Write

MAPPING = """
[[tables]]
rows = "events"
files = "touch*.csv"
delimiter = ";"
time_unit = "ms"
[tables.columns]
customer_id = "Kunde"
timestamp = "Zeit"
channel = "Kanal"
[tables.constants]
kind = "click"
[tables.values.channel]
SEA = "paid search"

[[tables]]
rows = "customers"
files = "kunden.csv"
delimiter = ";"
[tables.columns]
customer_id = "Kunde"
[tables.types]
PLZ = "text"
"""


def test_a_mapping_names_columns_constants_values_and_types(
    staged: Stage, write: Write, rows: Rows
) -> None:
    mapping = write("m.toml", MAPPING)
    touches = write("touches.csv", "Kunde;Zeit;Kanal\nann;1709294400000;SEA\nbob;1;x\n")
    customers = write("kunden.csv", "Kunde;PLZ;Alter\nann;01234;30\neve;99999;\n")
    result = staged(touches, customers, source=read_mapping(mapping))
    assert sorted((row[0], row[1], row[4], row[5]) for row in rows(result.events())["touches"]) == [
        ("ann", 1709294400000, "click", "paid search"),
        ("bob", 1, "click", "x"),
    ]
    (events,) = result.customer_attributes()
    assert dict(zip(events.customers, events.columns["PLZ"], strict=True)) == {
        "ann": "01234",
        "eve": "99999",
    }
    assert dict(zip(events.customers, events.columns["Alter"], strict=True)) == {
        "ann": 30,
        "eve": None,
    }


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("rows = ", "is not TOML"),
        ("", "at tables: it is missing; begin each one with a line [[tables]]"),
        (
            'rows = "events"\n[columns]\nchannel = "c"',
            "there is no such setting outside of tables; write it below a line [[tables]]",
        ),
        (
            '[[table]]\nrows = "events"',
            "at table: there is no such setting; did you mean 'tables'?",
        ),
        (
            '[tables]\nrows = "events"',
            "in line 1 at tables: it must be a list in square brackets; b",
        ),
        ('tables = ["events"]', "at tables.0: it must be a table of settings"),
        ('[[tables]]\nrows = "events"\nkind = "x"', "no such setting; did you mean 'kinds'?"),
        (
            '[[tables]]\nrows = "events"\nsessions = "yes"\nkinds = "podcast"',
            "it must be true or false; in line 4 at tables.0.kinds: it must be a list in square",
        ),
        (
            'extends = ["segment", "events"]',
            "in line 1 at extends: it must be the name of one preset, got ['segment', 'events']; ",
        ),
        (
            'extends = "segment"\n\n[[tables]]\nrows = "spend"',
            "in line 4 at tables.0.rows: the preset segment has rows of events, identities",
        ),
        (
            "tables = []",
            "at tables: it must not be empty; begin each one with a line [[tables]]",
        ),
        ('[[tables]]\nrows = "event"', "at tables.0.rows: it must be 'events', 'paths'"),
        ('[[tables]]\nrows = "events"\ncolour = 1', "at tables.0.colour: there is no such setting"),
        (
            '[[tables]]\nrows = "paths"\n[tables.columns]\npfad = "x"',
            "in line 4 at tables.0.columns.pfad: there is no such field; rows of paths have path,",
        ),
        (
            '[[tables]]\nrows = "paths"\ncolumns.path = "x"\nconstants.path = "y"',
            "in line 4 at tables.0.constants.path: the field 'path' is both a column and a const",
        ),
        ('[[tables]]\nrows = "events"\ndelimiter = ";;"', "must be one plain ASCII character"),
        ('[[tables]]\nrows = "events"\ntime_unit = "h"', "it must be 's', 'ms', 'us' or 'ns'"),
        (
            '[[tables]]\nrows = "events"\nzone = 1\nseparator = ""',
            "at tables.0.zone: it must be text in quotes; in line 4 at tables.0.separator: it must",
        ),
        (
            '[[tables]]\nrows = "paths"\ncolumns.a = "x"\nconstants.b = "y"',
            "total_conversion_value, total_null; in line 4 at tables.0.constants.b: there is no",
        ),
        (
            '[[tables]]\nrows = "events"\nexpressions.value = "gross -"',
            "at tables.0.expressions.value: 'gross -' is not an expression: invalid syntax",
        ),
        (
            '[[tables]]\nrows = "events"\nexpressions.value = "a"\ncolumns.value = "a"',
            "at tables.0.expressions.value: the field 'value' is both a column and an expression",
        ),
        (
            '[[tables]]\nrows = "events"\nexpressions.value = "sum(a)"',
            "at tables.0.expressions.value: it has a sum over lines; sums belong to fields of a",
        ),
        (
            '[[tables]]\nrows = "events"\nwhere = "price"',
            "at tables.0.where: 'price' must be a condition",
        ),
        (
            '[[tables]]\nrows = "events"\ntimes = ["%Q"]',
            "at tables.0.times.0: '%Q' is not a format of times",
        ),
        (
            '[[tables]]\nrows = "events"\nnumbers = "1"',
            "at tables.0.numbers: it must be '1234.56', '1,234.56', '1.234,56'",
        ),
        (
            '[[tables]]\nrows = "customers"\nignore = ["scroll"]',
            "at tables.0.ignore: ignore is for rows of events, not of customers; use where",
        ),
        (
            '[[tables]]\nrows = "paths"\n[tables.types]\na = "text"',
            "types are for rows of customers and events, not of paths",
        ),
        ('[[tables]]\nrows = "events"\nseparator = "\\u0000"', "must not hold a NUL character"),
        (
            '[[tables]]\nrows = "events"\nzone = "Europe/Berln"',
            "in line 3 at tables.0.zone: the zone must be an IANA name such as Europe/Berlin, got",
        ),
    ],
)
def test_all_mistakes_of_a_mapping_are_reported_in_one_sentence(
    text: str, mistake: str, write: Write
) -> None:
    path = write("m.toml", text)
    with pytest.raises(InputError) as error:
        read_mapping(path)
    assert mistake in str(error.value)
    assert str(error.value).startswith(f"the mapping {path} is ")
    assert "\n" not in str(error.value)


def test_mistakes_of_every_sort_come_in_one_go_with_their_lines(write: Write) -> None:
    path = write(
        "m.toml",
        """[[tables]]
rows = "events"
sessions = "maybe"
zone = "Mars/X"
conversions = ["order"]
[tables.columns]
foo = "f"
channel = "c"
[tables.constants]
bar = "{b}"
[tables.expressions]
channel = "chanel="
value = "sum(price)"
[[tables]]
rows = "spend"
ignore = ["x"]
colour = "{red}"
""",
    )
    with pytest.raises(InputError) as error:
        read_mapping(path)
    found = re.findall(r"in line (\d+) at tables\.(\d)\.([\w.]+): ", str(error.value))
    assert [(int(line), int(table), place) for line, table, place in found] == [
        (3, 0, "sessions"),
        (4, 0, "zone"),
        (7, 0, "columns.foo"),
        (10, 0, "constants.bar"),
        (12, 0, "expressions.channel"),
        (12, 0, "expressions.channel"),
        (13, 0, "expressions.value"),
        (16, 1, "ignore"),
        (17, 1, "colour"),
    ]


def test_a_mapping_that_cannot_be_read_is_named(tmp_path: Path, write: Write) -> None:
    with pytest.raises(InputError, match=r"cannot read the mapping .*: No such file"):
        read_mapping(tmp_path / "none.toml")
    with pytest.raises(InputError, match="must be UTF-8"):
        read_mapping(write("m.toml", b"\xff"))


def test_columns_may_be_renamed_by_options(staged: Stage, write: Write) -> None:
    path = write("e.csv", "who,when,kind\nann,2024-03-01T12:00:00Z,click\n")
    source = preset("events").with_columns({"customer_id": "who", "timestamp": "when"})
    assert staged(path, source=source).counts.touches == 1


def test_an_option_for_a_field_that_is_not_there_or_not_unique_is_an_error() -> None:
    with pytest.raises(InputError, match="there is no field 'pfad'; the fields are path, total"):
        preset("paths").with_columns({"pfad": "x"})
    with pytest.raises(InputError, match="the field 'journey_id' occurs in criteo-touchpoints and"):
        preset("criteo-journeys").with_columns({"journey_id": "x"})
    with pytest.raises(InputError, match="the column for path is wrong at columns"):
        preset("paths").with_columns({"path": ""})


def test_presets_are_known_by_name() -> None:
    for name, description in PRESETS.items():
        assert description
        assert preset(name).tables
    with pytest.raises(InputError, match="got 'path'"):
        preset("path")
    with pytest.raises(InputError, match="got none"):
        preset()


def test_each_file_goes_to_the_preset_whose_columns_it_has(staged: Stage, write: Write) -> None:
    result = staged(
        write("a.csv", "customer_id,age\nann,3\n"),
        write("b.csv", "customer_id,timestamp,kind\nann,2024-03-01T12:00:00Z,click\n"),
        write("c.csv", "audience_id,name,parent\nyoung,Young,all\n"),
        write("d.csv", "campaign_id,budget\nbrand,10\n"),
        source=preset("events", "customers", "audiences", "campaigns"),
    )
    assert (result.counts.known_customers, result.counts.touches) == (1, 1)
    assert (result.counts.audiences, result.counts.campaigns) == (2, 1)


def test_a_file_that_fits_several_presets_or_none_is_an_error(staged: Stage, write: Write) -> None:
    path = write("a.csv", "id,name\n1,x\n")
    with pytest.raises(InputError, match="may hold campaigns and audiences"):
        staged(path, source=preset("campaigns", "audiences"))
    with pytest.raises(InputError) as error:
        staged(path, source=preset("events"))
    assert str(error.value) == (
        f"{path} lacks the columns customer_id, timestamp, kind that rows of events need; "
        "its columns are id, name; the preset audiences or campaigns or creatives fits it"
    )
    path = write("lines.csv", 'id,"na\nme"\n1,x\n')
    with pytest.raises(InputError, match=r"its columns are id, na\\x0ame; the preset"):
        staged(path, source=preset("events"))
    with pytest.raises(InputError, match="no table of the mapping is for a file of that name"):
        staged(path, source=read_mapping(write("m.toml", MAPPING)))


def test_options_that_cannot_be_are_errors() -> None:
    with pytest.raises(InputError, match="must have a time zone, got 2024-01-01T00:00:00"):
        StagingOptions(keep_ids=True, start=datetime.fromisoformat("2024-01-01"))
    with pytest.raises(InputError, match="keep the ids as they are with --keep-ids"):
        StagingOptions()
    with pytest.raises(InputError, match="separator of paths must not be empty"):
        StagingOptions(keep_ids=True, separator="")
    with pytest.raises(InputError, match="threads must be at least 1, at most 1024, got 0"):
        StagingOptions(keep_ids=True, threads=0)


@pytest.mark.parametrize(
    "memory",
    [
        "much",
        "",
        "-1",
        "0",
        "0GB",
        "0.0GB",
        "-1GB",
        "1",
        "100%",
        "1 GBB",
        "nan",
        "inf",
        "1e3GB",
        "1GB;",
    ],
)
def test_memory_must_be_a_size_above_0(memory: str) -> None:
    with pytest.raises(InputError, match="size above 0 with its unit, such as 1GB, got"):
        StagingOptions(keep_ids=True, memory=memory)


@pytest.mark.parametrize("memory", ["100MB", "100 mb", "0.5GiB", "1.5GB", "100000KB"])
def test_sizes_of_memory_have_a_unit(memory: str, staged: Stage, write: Write) -> None:
    path = write("a.csv", "customer_id\n1\n")
    assert staged(path, source="customers", memory=memory).counts.read == 1


def test_a_memory_that_no_computer_has_is_reported(staged: Stage, write: Write) -> None:
    path = write("a.csv", "customer_id\n1\n")
    with pytest.raises(InputError, match=r"a size such as 1GB, got '9{20}TB'"):
        staged(path, source="customers", memory="9" * 20 + "TB")


DEEP = "[" * 2000 + "]" * 2000
DEEP_TABLE = "{a=" * 2000 + "1" + "}" * 2000


@pytest.mark.parametrize("deep", [DEEP, DEEP_TABLE])
def test_a_mapping_that_is_nested_too_deeply_is_reported(deep: str, write: Write) -> None:
    path = write("m.toml", f"x = {deep}\n")
    with pytest.raises(InputError, match=r"^the mapping .*m\.toml is nested too deeply$"):
        read_mapping(path)


@pytest.mark.parametrize(
    "text",
    [
        'x = "\\ud800"',
        "a" + ".a" * 5000 + " = 1",
        '[[tables]]\nrows = "events"\n[tables.values.kind]\n' + "a" + ".a" * 500 + " = 1",
        '[[tables]]\nrows = "events"\ncolumns.kind = ' + "[" * 90 + "]" * 90,
        "x = 1" + "0" * 5000,
        "x = 1979-99-99",
        "\x00",
        "[[tables]]\n" * 2000,
    ],
)
def test_an_odd_mapping_is_reported_in_one_sentence(text: str, write: Write) -> None:
    with pytest.raises(InputError) as error:
        read_mapping(write("m.toml", text))
    assert "\n" not in str(error.value)


def test_tables_may_differ_in_their_delimiter(staged: Stage, write: Write) -> None:
    events = write("touches.csv", "customer_id;timestamp;kind\n1;2024-03-01T12:00:00Z;click\n")
    customers = write("customers.csv", "customer_id,age\n1,2\n")
    text = '[[tables]]\nrows = "events"\ndelimiter = ";"\n[[tables]]\nrows = "customers"\n'
    for name in (text, text.replace("delimiter", 'files = "t*"\ndelimiter')):
        result = staged(events, customers, source=read_mapping(write("a.toml", name)))
        assert (result.counts.touches, result.counts.known_customers) == (1, 1)
