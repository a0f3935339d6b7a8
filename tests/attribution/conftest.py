"""Small facts and paths, and the bundled sample of 10,000 path rows."""

from __future__ import annotations

import csv
import gzip
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.observed.paths import count_rows
from attrigraph.domain import NO_TIME, Categorical, Conversions, EventTable, Touches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attrigraph.domain import PathCounts

Row = tuple["Sequence[str | None]", float, float, float]
Event = dict[str, Any]


def paths_of(rows: Iterable[Row]) -> PathCounts:
    """Counted paths of (keys, conversions, value, nulls)."""
    rows = list(rows)
    names = list(dict.fromkeys(key for row in rows for key in row[0]))
    codes = [names.index(key) for row in rows for key in row[0]]
    amounts = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 3)
    return count_rows(
        tuple(names),
        np.cumsum([0, *(len(row[0]) for row in rows)]),
        np.array(codes, np.int32),
        amounts[:, 0],
        amounts[:, 1],
        amounts[:, 2],
    )[0]


def coded(values: Sequence[str | None]) -> Categorical:
    keys = tuple(dict.fromkeys(value for value in values if value is not None))
    codes = [-1 if value is None else keys.index(value) for value in values]
    return Categorical(keys, np.array(codes, np.int32))


def events_from_objects(customers: Sequence[Sequence[Event]]) -> EventTable:
    """Facts of customers given by their events; an event with a ``channel`` is a touch."""
    unknown: Event = {"campaign": None, "creative": None}
    rows: list[Event] = [
        {"time": NO_TIME, "nanosecond": 0, "position": 0, "customer": c} | unknown | event
        for c, events in enumerate(customers)
        for event in events
    ]
    rows.sort(key=lambda row: (row["customer"], row["time"], row["nanosecond"], row["position"]))
    touches = [row for row in rows if "channel" in row]
    conversions = [row for row in rows if "channel" not in row]

    def column(of: Sequence[Event], name: str, dtype: Any) -> Any:
        return np.array([row[name] for row in of], dtype=dtype)

    return EventTable(
        customers=np.array([f"c{c}" for c in range(len(customers))], dtype=object),
        bucket=np.zeros(len(customers), np.int32),
        touches=Touches(
            id=np.array([f"t{i}" for i in range(len(touches))], dtype=object),
            customer=column(touches, "customer", np.int32),
            time=column(touches, "time", np.int64),
            nanosecond=column(touches, "nanosecond", np.int32),
            position=column(touches, "position", np.int32),
            kind=coded(["visit"] * len(touches)),
            channel=coded([row["channel"] for row in touches]),
            campaign=coded([row["campaign"] for row in touches]),
            creative=coded([row["creative"] for row in touches]),
            cost=np.full(len(touches), np.nan),
        ),
        conversions=Conversions(
            id=np.array([f"v{i}" for i in range(len(conversions))], dtype=object),
            customer=column(conversions, "customer", np.int32),
            time=column(conversions, "time", np.int64),
            nanosecond=column(conversions, "nanosecond", np.int32),
            position=column(conversions, "position", np.int32),
            kind=coded([row.get("kind", "purchase") for row in conversions]),
            value=np.array([row.get("value", 1.0) for row in conversions], dtype=float),
        ),
    )


def read_pathdata() -> list[Row]:
    sample = resources.files("attrigraph") / "samples" / "pathdata.csv.gz"
    with sample.open("rb") as raw, gzip.open(raw, "rt", encoding="utf-8") as text:
        return [
            (
                tuple(row["path"].split(" > ")),
                float(row["total_conversions"]),
                float(row["total_conversion_value"]),
                float(row["total_null"]),
            )
            for row in csv.DictReader(text)
        ]


@pytest.fixture(scope="session")
def pathdata_rows() -> list[Row]:
    return read_pathdata()


@pytest.fixture(scope="session")
def pathdata(pathdata_rows: list[Row]) -> PathCounts:
    return paths_of(pathdata_rows)


@pytest.fixture(scope="session")
def make_paths() -> Callable[[Iterable[Row]], PathCounts]:
    return paths_of


@pytest.fixture(scope="session")
def make_facts() -> Callable[[Sequence[Sequence[Event]]], EventTable]:
    return events_from_objects


@pytest.fixture(scope="session")
def make_coded() -> Callable[[Sequence[str | None]], Categorical]:
    return coded
