"""Notes on files whose rows probably mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging import preset

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

PATHS = "path,total_conversions,total_conversion_value,total_null\n"
EVENTS = "customer_id,timestamp,kind,channel,value\n"


def notes_of(staged: Stage, write: Write, text: str, source: str = "events") -> list[str]:
    """The notes on a file, in their order."""
    return list(staged(write("e.csv", text), source=source).notes)


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


def test_touches_with_utm_fields_that_match_no_rule_are_counted(
    staged: Stage, write: Write
) -> None:
    text = (
        "customer_id,timestamp,kind,utm_source,utm_medium\n"
        "u1,2026-03-01T10:00:00Z,click,,\n"
        "u1,2026-03-01T11:00:00Z,click,no rule,knows this\n"
        "u1,2026-03-01T12:00:00Z,click,google,cpc\n"
        "u1,2026-03-02T10:00:00Z,conversion,,\n"
    )
    assert notes_of(staged, write, text) == [
        "1 touch with a source that matches no rule: channel unknown",
    ]


def test_ordinary_files_get_no_note(staged: Stage, write: Write) -> None:
    rows = "u1,2026-03-01T10:00:00Z,click,a,\nu10,2026-03-02T10:00:00Z,conversion,,1\n"
    assert notes_of(staged, write, EVENTS + rows) == []
    assert notes_of(staged, write, PATHS + "a > b,1,1,0\n", "paths") == []


def test_spellings_are_compared_with_ids_that_identities_link(staged: Stage, write: Write) -> None:
    rows = "a,2026-03-01T10:00:00Z,click,tv,\n12,2026-03-02T10:00:00Z,conversion,,5\n"
    identities = write("i.csv", "anonymous_id,user_id\nb,12.0\n")
    source = preset("events", "identities")
    notes = staged(write("e.csv", EVENTS + rows), identities, source=source).notes
    assert [note[:40] for note in notes if "several ways" in note] == [
        "1 customer is written in several ways, a"
    ]


def test_orders_of_refunds_in_another_spelling_are_named(staged: Stage, write: Write) -> None:
    head = "event_id,customer_id,timestamp,kind,value,order_id\n"
    sales = [f"c{order},a,2026-03-02T10:00Z,conversion,5,{order}" for order in (1001, 1002, 1003)]
    events = write("e.csv", head + "\n".join([*sales, "7,a,2026-03-02T11:00Z,conversion,1,"]))
    refunds = write("r.csv", "order_id,amount\n1001.0,1\n1002,1\n7.0,1\n9.0,1\n")
    found = staged(events, refunds, source=preset("events", "refunds"))
    assert list(found.refund_notes()) == [
        "3 refunds without effect so far: no conversion has the id of the order, such as '1001.0'",
        (
            "refunds of 2 orders that conversions write in another way, as '1001' for '1001.0'; "
            "each is taken for an order of its own, so give both as the same text"
        ),
    ]
