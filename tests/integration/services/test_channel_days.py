"""Touches are linked to the days of their channels, in whatever pieces and order they come."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.graph.channel_days import link_channel_days
from attrigraph.services import load as loading
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]
    Row = tuple[str, str, str, str]


def rows(seed: int, count: int = 120) -> list[Row]:
    """Id, customer, time and channel of touches, some before 1970 and some of no channel."""
    draw = random.Random(seed)
    days = ["1969-12-31", "2026-02-28", "2026-03-01", "2026-03-31", "2026-06-01"]
    return [
        (
            f"t{number}",
            f"c{draw.randrange(9)}",
            f"{draw.choice(days)}T{draw.choice(['00:00:00', '23:59:59.999', '12:30:00'])}Z",
            draw.choice(["mail", "search", ""]),
        )
        for number in range(count)
    ]


def file_of(path: Path, touches: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["event_id", "customer_id", "timestamp", "channel", "kind"])
        table.writerows((*row, "click") for row in touches)
    return path


def given(stores: Stores, *files: Path) -> None:
    load(files, preset("events"), LoadOptions(staging=StagingOptions(keep_ids=True)), stores)


def days_of(stores: Stores) -> set[tuple[str, ...]]:
    """Touch, channel and day of all links."""
    records = stores.driver.execute_query(
        "MATCH (touch:Touchpoint)-[:ON]->(day:ChannelDay)-[:OF]->(channel:Channel) "
        "RETURN touch.id AS touch, channel.name AS channel, toString(day.date) AS date",
        database_=DATABASE,
    ).records
    found = [tuple(record.values()) for record in records]
    assert len(found) == len(set(found))
    return set(found)


def expected(touches: Sequence[Row]) -> set[tuple[str, ...]]:
    return {(key, channel, time[:10]) for key, _, time, channel in touches if channel}


@cases("seed", range(20), short=2)
def test_random_pieces_in_any_order_give_the_days_of_all_touches(
    graph: Stores, tmp_path: Path, seed: int
) -> None:
    touches = rows(seed)
    pieces: list[list[Row]] = [[], [], []]
    draw = random.Random(seed)
    for row in touches:
        draw.choice(pieces).append(row)
    for number, piece in enumerate(pieces):
        given(graph, file_of(tmp_path / f"{number}.csv", piece))
    assert days_of(graph) == expected(touches)


def test_a_repeated_load_links_what_a_killed_one_left(
    graph: Stores, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches = rows(1)
    file = file_of(tmp_path / "events.csv", touches)

    class KilledError(Exception):
        pass

    def kill(*_: object) -> None:
        raise KilledError

    monkeypatch.setattr(loading, "link_channel_days", kill)
    with pytest.raises(KilledError):
        given(graph, file)
    monkeypatch.setattr(loading, "link_channel_days", link_channel_days)
    given(graph, file)
    assert days_of(graph) == expected(touches)
    once = snapshot()
    given(graph, file)
    assert snapshot() == once
