"""Notes on files whose rows probably mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.staging import preset

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

PATHS = "path,total_conversions,total_conversion_value,total_null\n"
EVENTS = "customer_id,timestamp,kind,channel,value\n"


def notes_of(staged: Stage, write: Write, text: str, source: str = "events") -> list[str]:
    """The notes on a file, in their order."""
    return list(staged(write("e.csv", text), source=source).notes)


def test_channels_that_hold_another_separator_are_named(staged: Stage, write: Write) -> None:
    paths = '"Paid > Search",1,1,0\na>b,2,2,1\na->b,1,1,1\na|b,1,1,1\na > b>c,1,1,1\n'
    assert notes_of(staged, write, PATHS + paths, "paths") == [
        (
            "4 channels with what may be a separator of another form: 'a->b', 'a>b', 'a|b', 'b>c'; "
            "the separator is ' > ' (--separator)"
        )
    ]


def test_paths_cut_at_the_wrong_place_are_noticed(staged: Stage, write: Write) -> None:
    paths = 'a > ,1,1,0\n > a,1,1,0\na > > b,1,1,0\na >  > b,1,1,0\n,3,3,9\n" ",1,1,1\n>,1,1,1\n'
    assert notes_of(staged, write, PATHS + paths, "paths") == [
        (
            "2 channels with what may be a separator of another form: '>', '> b'; the separator is "
            "' > ' (--separator)"
        )
    ]


@pytest.mark.parametrize("separator", [" - ", " / ", ">"])
def test_characters_of_names_are_no_separators(separator: str, staged: Stage, write: Write) -> None:
    path = write("p.csv", PATHS + f"e-mail{separator}google / cpc{separator}A&B,1,1,0\n")
    assert staged(path, source="paths", separator=separator).notes == ()


def test_similar_channels_are_named(staged: Stage, write: Write) -> None:
    names = ["Facebook", "facebook", "facebook ", "face\u00adbook", "caf\u00e9", "cafe\u0301", "x"]
    rows = "".join(f"u{n},2026-03-01T10:00:00Z,click,{name},\n" for n, name in enumerate(names))
    assert notes_of(staged, write, EVENTS + rows) == [
        (
            "channels that differ only in capitals, blanks or Unicode form: 'Facebook', "
            "'facebook', 'facebook ', 'face\\xadbook'; 'cafe\u0301', 'caf\u00e9'"
        )
    ]


def test_similar_channels_of_paths_are_named(staged: Stage, write: Write) -> None:
    assert notes_of(staged, write, PATHS + "NULL > null,1,1,1\n", "paths") == [
        "channels that differ only in capitals, blanks or Unicode form: 'NULL', 'null'"
    ]


def test_customers_named_as_a_missing_value_are_counted(staged: Stage, write: Write) -> None:
    rows = (
        ",2026-03-02T00:00:00Z,click,a,\n"
        "null,2026-03-02T00:00:00Z,click,b,\n"
        "null,2026-03-03T00:00:00Z,conversion,,5\n"
        "NaN,2026-03-02T00:00:00Z,click,b,\n"
        "undefined,2026-03-02T00:00:00Z,click,b,\n"
        "undefined,2026-03-03T00:00:00Z,conversion,,5\n"
    )
    assert notes_of(staged, write, EVENTS + rows) == [
        (
            "5 events of customers named 'NaN', 'null', 'undefined', which may mean a missing "
            "id; all events of such a name are taken for those of one customer"
        )
    ]


def test_one_customer_in_several_spellings_is_counted_and_not_named(
    staged: Stage, write: Write
) -> None:
    rows = (
        "1,2026-03-01T10:00:00Z,click,a,\n"
        "1.0,2026-03-02T10:00:00Z,conversion,,5\n"
        " 1,2026-03-02T10:00:00Z,conversion,,5\n"
        "10,2026-03-02T10:00:00Z,conversion,,5\n"
        "2.0,2026-03-02T10:00:00Z,conversion,,5\n"
    )
    assert notes_of(staged, write, EVENTS + rows) == [
        (
            "1 customer is written in several ways, as 1 and 1.0 or with blanks; each is taken for "
            "a customer of its own"
        )
    ]


def test_spellings_are_compared_between_events_and_customers(staged: Stage, write: Write) -> None:
    events = write("e.csv", EVENTS + "7,2026-03-01T10:00:00Z,click,a,\n")
    customers = write("c.csv", "customer_id,age\n7.0,30\n8,40\n")
    [note] = staged(events, customers, source=preset("events", "customers")).notes
    assert note.startswith("1 customer is written in several ways")


def test_touches_without_channel_and_utm_are_counted(staged: Stage, write: Write) -> None:
    text = (
        "customer_id,timestamp,kind,utm_source,utm_medium\n"
        "u1,2026-03-01T10:00:00Z,click,,\n"
        "u1,2026-03-01T11:00:00Z,click,no rule,knows this\n"
        "u1,2026-03-01T12:00:00Z,click,google,cpc\n"
        "u1,2026-03-02T10:00:00Z,conversion,,\n"
    )
    assert notes_of(staged, write, text) == [
        "1 touch with UTM fields that match no rule: channel unknown",
        "1 touch with neither a channel nor UTM fields: channel unknown",
    ]


def test_ordinary_files_get_no_note(staged: Stage, write: Write) -> None:
    rows = "u1,2026-03-01T10:00:00Z,click,a,\nu10,2026-03-02T10:00:00Z,conversion,,1\n"
    assert notes_of(staged, write, EVENTS + rows) == []
    assert notes_of(staged, write, PATHS + "a > b,1,1,0\n", "paths") == []
