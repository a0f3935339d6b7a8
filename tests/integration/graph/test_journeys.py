"""Events read from a real graph are those that were loaded, with any values."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback, derive
from attrigraph.attribution.observed.subset import Condition, subset
from attrigraph.domain import NO_TIME, Categorical
from attrigraph.errors import InputError
from attrigraph.graph import journeys as reading
from attrigraph.graph.customers import journey_of, journey_of_conversion
from attrigraph.graph.journeys import read_events, read_steps
from attrigraph.graph.names import Codes
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.domain import Conversions, EventTable, Touches
    from attrigraph.stores import Stores

HOSTILE = (
    "Paid Search",
    "Search",
    "null",
    "start",
    'O\'Neil "x"',
    "x'}) DETACH DELETE c //",
    "日本 <b>",
)
STAGING = StagingOptions(keep_ids=True)
RULES = (
    JourneyOptions(lookback_days=None),
    JourneyOptions(lookback_days=5.0),
    JourneyOptions(
        lookback_days=9.0,
        lookbacks=(
            TouchLookback("kind", "impression", 2.0),
            TouchLookback("channel", "日本 <b>", None),
        ),
        dropped_channels=("search",),
    ),
    JourneyOptions(
        reuse_touches=True,
        steps=2,
        exclude=(Condition("channel", "null"),),
    ),
    JourneyOptions(only=(Condition("channel", "Search"), Condition("campaign", "campaign 2"))),
)


def write_events(path: Path, seed: int, customers: int = 80) -> None:
    """Events with ties in time, gaps in what is known, and names that try to break out."""
    chance = random.Random(seed)
    fields = ["event_id", "customer_id", "timestamp", "kind", "channel", "campaign", "creative"]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, [*fields, "cost", "value"])
        rows.writeheader()
        lines = []
        for number in range(customers * 6):
            line: dict[str, Any] = {
                "event_id": f"e{number:05d}",
                "customer_id": f"person {chance.randrange(customers)}",
                # few instants, so that many events of a customer fall together
                "timestamp": f"2026-06-{chance.randrange(1, 29):02d}T{chance.randrange(2):02d}:00Z",
            }
            if chance.random() < 0.2:
                value = round(chance.uniform(0, 90), 2)
                lines.append(line | {"kind": "conversion", "value": value})
                continue
            served = chance.randrange(12)
            known = chance.random()
            line["kind"] = chance.choice(["click", "impression"])
            line["channel"] = "" if known < 0.1 else chance.choice(HOSTILE)
            line["creative"] = f"creative {served}" if known > 0.4 or known < 0.1 else ""
            line["campaign"] = f"campaign {served % 4}" if known > 0.2 else ""
            line["cost"] = round(chance.uniform(0, 2), 3) if chance.random() < 0.7 else ""
            lines.append(line)
        chance.shuffle(lines)
        rows.writerows(lines)


def fill(stores: Stores, files: Sequence[Path], name: str) -> EventTable:
    """Load files into the graph, and return their events."""
    load(
        files,
        preset(name),
        LoadOptions(staging=STAGING),
        stores,
    )
    with stage(files, preset(name), STAGING, folder=stores.home / "staging") as staged:
        return staged.events()


def columns(events: EventTable) -> dict[str, list[Any]]:
    """All columns of events, with values instead of codes."""
    touches, conversions = events.touches, events.conversions
    return {
        "customers": events.customers.tolist(),
        "bucket": events.bucket.tolist(),
        **{f"touch {name}": _values(getattr(touches, name)) for name in touches.__slots__},
        **{f"made {name}": _values(getattr(conversions, name)) for name in conversions.__slots__},
    }


def _values(column: Any) -> list[Any]:
    if column is None:  # no event has an account or another id
        return []
    values = column.values() if isinstance(column, Categorical) else column
    return [None if value != value else value for value in values.tolist()]


@pytest.fixture
def filled(graph: Stores, tmp_path: Path) -> tuple[Stores, EventTable]:
    file = tmp_path / "events.csv"
    write_events(file, seed=1)
    return graph, fill(graph, [file], "events")


@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize("touches_a_record", [7, 100_000])
def test_events_are_read_as_they_were_loaded(
    filled: tuple[Stores, EventTable],
    readers: int,
    touches_a_record: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stores, events = filled
    monkeypatch.setattr(reading, "_TOUCHES_PER_RECORD", touches_a_record)
    read = read_events(stores.driver, readers=readers)
    assert columns(read) == columns(events)


def test_without_ids_and_kinds_the_order_is_the_same(filled: tuple[Stores, EventTable]) -> None:
    stores, events = filled
    read = read_events(stores.driver, ids=False, kinds=False)
    n = len(events.touches)
    expected = columns(events) | {"touch id": [None] * n, "touch kind": [None] * n}
    assert columns(read) == expected


def test_events_without_times_are_read_in_their_order(graph: Stores, tmp_path: Path) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(
        "path,total_conversions,total_conversion_value,total_null\n"
        "a > b > a,2,10,1\nb,0,0,3\n,1,5,0\n",
        encoding="utf-8",
    )
    events = fill(graph, [file], "paths")
    assert len(events.customers) == 7
    assert columns(read_steps(graph.driver)) == columns_of_steps(events)
    assert columns(read_events(graph.driver)) == columns(events)


def columns_of_steps(event_table: EventTable) -> dict[str, list[Any]]:
    """What ``read_steps`` promises of facts, by way of the definition: customer by customer."""
    events: tuple[Touches | Conversions, ...] = (event_table.touches, event_table.conversions)
    expected = columns(event_table)
    n = len(event_table.touches)
    expected |= {"touch id": [None] * n, "touch kind": [None] * n, "touch cost": [None] * n}
    for name, kind in zip(("touch", "made"), events, strict=True):
        kept = []
        for customer, position in zip(kind.customer, kind.position, strict=True):
            times = [t for e in events for t in e.time[e.customer == customer].tolist()]
            alone = len(set(times)) == len(times) and NO_TIME not in times
            kept.append(0 if alone else int(position))
        expected[f"{name} position"] = kept
    return expected


@pytest.mark.parametrize("touches_a_record", [7, 100_000])
def test_steps_are_the_columns_that_journeys_need(
    filled: tuple[Stores, EventTable], touches_a_record: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores, events = filled
    monkeypatch.setattr(reading, "_TOUCHES_PER_RECORD", touches_a_record)
    steps = read_steps(stores.driver)
    assert columns(steps) == columns_of_steps(events)
    for days in (None, 5.0):
        options = JourneyOptions(lookback_days=days)
        one, other = derive(steps, options), derive(events, options)
        assert one.offsets.tolist() == other.offsets.tolist()
        assert one.touch.tolist() == other.touch.tolist()
        assert one.conversion.tolist() == other.conversion.tolist()


def test_steps_have_no_positions_if_times_decide_the_order(graph: Stores, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    lines = [
        f"e{n},person {n % 3},2026-06-01T00:00:{n:02d}Z,{'click' if n % 4 else 'conversion'},Search"
        for n in range(20)
    ]
    file.write_text("event_id,customer_id,timestamp,kind,channel\n" + "\n".join(lines))
    events = fill(graph, [file], "events")
    steps = read_steps(graph.driver)
    assert columns(steps) == columns_of_steps(events)
    assert set(steps.touches.position.tolist()) == {0}


def test_an_empty_graph_gives_an_empty_table(graph: Stores) -> None:
    events = read_events(graph.driver)
    assert (len(events.customers), len(events.touches), len(events.conversions)) == (0, 0, 0)


def test_channels_and_creatives_added_while_reading_get_codes(
    filled: tuple[Stores, EventTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    stores, events = filled
    # the reader starts without codes, as if all names had been added since
    monkeypatch.setattr(Codes, "__post_init__", lambda self: None)
    assert columns(read_events(stores.driver)) == columns(events)


def test_a_customer_without_events_is_read(filled: tuple[Stores, EventTable]) -> None:
    stores, events = filled
    stores.driver.execute_query(
        "CREATE (:Customer {id: 'nobody', bucket: 1023})", database_=DATABASE
    )
    read = read_events(stores.driver)
    assert set(read.customers) == {*events.customers, "nobody"}
    assert len(read.touches) == len(events.touches)


def test_the_journey_of_a_conversion_is_the_derived_one(
    filled: tuple[Stores, EventTable],
) -> None:
    stores, events = filled
    for rules in RULES:
        taken, _ = subset(events, None, only=rules.only, exclude=rules.exclude)
        journeys = derive(taken, rules)
        for place in np.flatnonzero(journeys.converted):
            conversion = events.conversions.id[journeys.conversion[place]]
            rows = journeys.touch[journeys.offsets[place] : journeys.offsets[place + 1]]
            found = journey_of_conversion(stores.driver, conversion, rules=rules)
            assert [touch.id for touch in found.touches] == taken.touches.id[rows].tolist()
            assert found.conversion.value == events.conversions.value[journeys.conversion[place]]


def test_the_journey_of_a_customer_has_all_events(filled: tuple[Stores, EventTable]) -> None:
    stores, events = filled
    customer = events.customers[3]
    found = journey_of(stores.driver, customer)
    rows = np.flatnonzero(events.touches.customer == 3)
    assert [touch.id for touch in found.touches] == events.touches.id[rows].tolist()
    assert [touch.campaign for touch in found.touches] == events.touches.campaign.values()[
        rows
    ].tolist()
    assert [touch.creative for touch in found.touches] == events.touches.creative.values()[
        rows
    ].tolist()
    made = np.flatnonzero(events.conversions.customer == 3)
    assert [one.id for one in found.conversions] == events.conversions.id[made].tolist()
    assert {touch.customer_id for touch in found.touches} == {customer}


def test_unknown_customers_and_conversions_are_rejected_by_name(graph: Stores) -> None:
    with pytest.raises(InputError, match="no customer with the id 'x'"):
        journey_of(graph.driver, "x")
    with pytest.raises(InputError, match="no conversion with the id 'x'"):
        journey_of_conversion(graph.driver, "x")
