from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging import order

if TYPE_CHECKING:
    import pytest
    from tests.staging.conftest import Rows, Stage, Write

EVENTS = """\
event_id,customer_id,timestamp,kind,channel,campaign,position
,ann,2024-03-01T12:00:00Z,visit,search,a,
,bob,2024-03-01T12:00:00Z,visit,search,a,2
,bob,2024-03-01T12:00:00Z,visit,mail,b,1
,ann,2024-03-01T12:00:01.000001Z,conversion,,,
,bob,2024-03-01T12:00:01Z,conversion,,,
7,cy,2024-03-01T12:00:01Z,click,mail,,
"""


def test_customers_with_equal_hashes_keep_their_events_apart(
    staged: Stage, write: Write, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("events.csv", EVENTS)
    expected = rows(staged(path, source="events", customer_key=b"key").events())
    monkeypatch.setattr(order, "HASH", "length(raw_id)::UBIGINT")
    assert rows(staged(path, source="events", customer_key=b"key").events()) == expected
    assert {row[0] for row in expected["conversions"]} == {
        row[0] for row in expected["touches"] if row[3] != "7"
    }
