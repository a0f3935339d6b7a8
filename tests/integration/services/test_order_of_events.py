"""One order of events for files, graph and Python: ties, parts of a millisecond, dates, 1969."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas
import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.local.importing import local_graph
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset
from emptied_graph import empty_graph
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

    Row = dict[str, str]

STAGING = StagingOptions(keep_ids=True, zone="UTC")
PSEUDONYMS = StagingOptions(customer_key=b"a key of thirty-two characters..", zone="UTC")
ASKED = AttributionOptions(
    models=("first", "last", "linear", "position-u", "time-decay", "markov-1"),
    journeys=JourneyOptions(lookback_days=2.0),
    model_options=ModelOptions(draws=0),
)


def rows_of(seed: int, customers: int = 60) -> list[Row]:
    """Events at few instants: many are tied, or differ within a millisecond only."""
    draw = random.Random(seed)
    seconds = ["1969-12-31T23:59:59", "1970-01-01T00:00:00", "1969-12-31T00:00:00"]
    digits = ["", ".000100", ".000300", ".000300001", ".999999", ".999999999", ".001"]
    rows = []
    for number in range(customers * 6):
        converts = draw.random() < 0.3
        stamp = draw.choice(seconds) + draw.choice(digits) + "Z"
        rows.append(
            {
                "event_id": f"e{number}",
                "customer_id": f"c{draw.randrange(customers)}",
                "timestamp": draw.choice([stamp, stamp, stamp, stamp[:10]]),
                "kind": "conversion" if converts else "click",
                "channel": "" if converts else draw.choice(["affiliate", "search", "tv"]),
                "value": str(draw.randrange(9)) if converts else "",
                "position": draw.choice(["", "", "1"]),
            }
        )
    return rows


def write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def fill(stores: Stores, files: Sequence[Path], **more: Any) -> None:
    for file in files:
        load([file], preset("events"), LoadOptions(**{"staging": STAGING, **more}), stores)


def credits(answer: Attribution) -> dict[str, float]:
    return {
        f"{row['model']} {row['key']} {row['baseline']} {amount}": row[amount]
        for row in answer.rows()
        for amount in ("conversions", "value")
    }


def of_file(file: Path, folder: Path) -> Attribution:
    return attribute_files([file], preset("events"), ASKED, staging=STAGING, folder=folder)


def instant(row: Row) -> datetime:
    """A datetime with nanoseconds, by the definition of a date's start and end."""
    stamp, nanosecond = pandas.Timestamp(row["timestamp"]), pandas.Timedelta(nanoseconds=1)
    if len(row["timestamp"]) > 10:
        return stamp
    day = stamp.tz_localize("UTC")
    return day + pandas.Timedelta(days=1) - nanosecond if row["kind"] == "conversion" else day


def objects(rows: Sequence[Row]) -> tuple[list[Touchpoint], list[Conversion]]:
    touches, conversions = [], []
    for row in rows:
        when, position = instant(row), int(row["position"] or 0)
        if row["kind"] == "conversion":
            value = float(row["value"])
            conversions.append(
                Conversion(row["event_id"], row["customer_id"], when, value, position=position)
            )
        else:
            touches.append(
                Touchpoint(
                    row["event_id"],
                    row["customer_id"],
                    when,
                    channel=row["channel"],
                    kind="click",
                    position=position,
                )
            )
    return touches, conversions


@cases("seed", range(3), short=1)
def test_files_graph_and_python_give_the_same_credit(
    graph: Stores, tmp_path: Path, seed: int
) -> None:
    rows = rows_of(seed)
    file = write(tmp_path / "events.csv", rows)
    fill(graph, [file])
    expected = credits(of_file(file, tmp_path))
    assert credits(attribute_graph(graph, ASKED)) == pytest.approx(expected, rel=1e-12)
    empty_graph(graph)
    fill(graph, [file], staging=PSEUDONYMS)
    assert credits(attribute_graph(graph, ASKED)) == pytest.approx(expected, rel=1e-12)
    by_python = credits(attribute_events(*objects(rows), ASKED))
    assert by_python == pytest.approx(expected, rel=1e-12)


@cases("orders", [2, 5], short=1)
def test_any_order_and_way_of_loading_gives_the_same_graph(
    graph: Stores,
    settings: Settings,
    snapshot: Callable[[], set[tuple[Any, ...]]],
    tmp_path: Path,
    orders: int,
) -> None:
    rows = rows_of(5)
    for row in rows[::3]:
        row["event_id"] = ""  # derived from the content
    file = write(tmp_path / "events.csv", rows)
    fill(graph, [file])
    expected, credit = snapshot(), credits(attribute_graph(graph, ASKED))
    assert credit == pytest.approx(credits(of_file(file, tmp_path)), rel=1e-12)
    for seed in range(orders):
        empty_graph(graph)
        shuffled = random.Random(seed).sample(rows, len(rows))
        pieces = [shuffled[piece::4] for piece in range(4)]
        fill(graph, [write(tmp_path / f"{n}.csv", piece) for n, piece in enumerate(pieces)])
        assert snapshot() == expected
    local = local_graph(settings)
    if local is not None:
        empty_graph(graph)
        bulk = LoadOptions(staging=STAGING, mode="bulk")
        load([file], preset("events"), bulk, replace(graph, local=local))
        assert snapshot() == expected
