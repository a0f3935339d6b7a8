"""Unusual days of events in the real graph, and the command that reports them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.graph.ingest import ingest_batch
from attrigraph.services.watch_day import unusual_events
from command_shell import ran, shell_to

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

DAY = date(2026, 6, 30)
FIRST_HOUR = datetime(2026, 6, 30, 2, tzinfo=UTC)


def test_a_day_is_compared_with_its_weekday_and_the_alert_is_sent(
    graph: Stores, settings: Settings, tmp_path: Path
) -> None:
    touches = [
        Touchpoint(f"t{week}-{n}", f"c{week}-{n}", FIRST_HOUR - timedelta(weeks=week, minutes=n))
        for week in range(1, 9)
        for n in range(3)
    ]
    made = [
        Conversion(
            f"v{week}-{n}", f"c{week}-{n}", FIRST_HOUR - timedelta(weeks=week), 1.0, "purchase"
        )
        for week in range(9)
        for n in range(60 if week else 9)
    ]
    ingest_batch(graph.driver, events_from_objects(touches, made))
    found = unusual_events(graph, DAY)
    assert [(one.kind, one.what, one.found, one.usual) for one in found] == [
        ("few_conversions", "purchase", 9, 60.0),
        ("no_events", "touches", 0, 3.0),
    ]
    # in Lima all of it was on the day before
    assert unusual_events(graph, DAY, "America/Lima") == []
    yesterday = DAY - timedelta(days=1)
    assert [one.found for one in unusual_events(graph, yesterday, "America/Lima")] == [9, 0]
    file = tmp_path / "alert.json"
    words = ("watch", "--day", DAY.isoformat(), "--command", f"tee {file}")
    printed = ran(shell_to(settings), *words)
    assert printed["sent"] == ["command"]
    assert printed["unusual"] == [one.to_json() for one in found]
    assert "no touches on 2026-06-30" in file.read_text()
