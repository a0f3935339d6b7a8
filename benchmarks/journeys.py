"""Questions about journeys and periods: time, and db hits as the graph grows.

Starts stores in a home of its own for each size and removes them at the end. The events are those
of the simulated retailer, about nine touches per customer in two months, and of one customer more,
a hub: 8,000 touches and 3,000 conversions in a month. They are loaded in bulk. Db hits per
conversion, or per touch, show what a question costs as the graph grows.

``--storage`` measures instead what properties of touches take, as the size of the graph's files
with and without them.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from _command import run_command
from _figures import Figure, at_most, report
from _stores import stores

from attrigraph.graph.catalogue import query
from attrigraph.local import stack
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

TOUCHES_PER_CUSTOMER: Final = 8.8
"""Of the simulated retailer."""

HUB: Final = (8_000, 3_000)
"""Touches and conversions of the hub."""

START: Final = datetime(2024, 4, 1, tzinfo=UTC)
MONTH: Final = timedelta(days=30)
HUB_MONTH: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""The month of the hub, in which nobody else has events."""

OF_TOUCHES: Final = (
    *("touches_by_property", "reach_by_campaign", "frequency_by_channel", "time_between_touches"),
    *("transitions", "conversion_rate_by_touches", "cohorts", "first_channels"),
    *("cost_of_non_converters", "return_by_month"),
)
OF_JOURNEYS: Final = ("transitions_of_journeys", "sole_channels", "journeys_like_this")
OF_CREDIT: Final = (
    *("credit_by_property", "credit_of_new_customers", "credit_by_fact"),
    *("models_disagree", "spend_by_day"),
)
"""Questions of a month, by what their db hits are counted per."""

HITS: Final = 60
"""Goal: db hits per conversion."""

OTHERS: Final = {
    "property": "kind",
    "fact": "region",
    "unit": "week",
    "level": "channel",
    "model": "linear",
    "other": "last",
    "run": None,
}
"""Further parameters, for the questions that have them."""

KEPT_IDS: Final = LoadOptions(staging=StagingOptions(keep_ids=True))

COUNTS: Final = {
    "Touchpoint": "MATCH (n:Touchpoint) WHERE $start <= n.timestamp < $end RETURN count(*) AS n",
    "Conversion": "MATCH (n:Conversion) WHERE $start <= n.timestamp < $end RETURN count(*) AS n",
}

PROPERTIES: Final = {
    "audience": [f"audience {number}" for number in range(20)],
    "utm_source": ["google", "facebook", "newsletter"],
    "utm_medium": ["cpc", "email", "social"],
    "utm_term": [f"words searched for {number}" for number in range(500)],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--touches", type=int, nargs="+", default=[250_000, 1_000_000])
    parser.add_argument("--storage", action="store_true", help="measure what properties take")
    parser.add_argument("--json", action="store_true", help="print rows for programs")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="attrigraph-bench-"))
    folder.chmod(0o711)  # Postgres may run as another user
    figures: list[Figure] = []
    try:
        for touches in arguments.touches:
            measured = storage if arguments.storage else questions
            figures += measured(folder / str(touches), touches)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report("Journeys and periods", figures, as_json=arguments.json)


def questions(folder: Path, touches: int) -> Iterator[Figure]:
    files = [retailer(folder / "world", touches), hub(folder / "hub.csv")]
    with stores(folder / "home") as (opened, settings):
        put(opened, *files)
        load([folder / "world" / "customers.csv"], preset("customers"), KEPT_IDS, opened)
        size = f"{touches:,} touches"
        yield from periods(opened, size)
        home = ("--home", str(settings.home))
        run_command("attribute", *home, "--models", "linear,last", "--draws", "0", "--json")
        yield from cookbook(opened, size)


def periods(opened: Stores, size: str) -> Iterator[Figure]:
    """Figures of a day, a week and a month."""
    day = ask(opened, "touches_by_day", START, timedelta(days=1))
    yield Figure(f"{size}: touches and cost of one day", day.ms, "ms", goal=at_most(60))
    yield Figure(f"{size}: the same, db hits per touch", day.hits / day.rows("touches"), "hits")
    week = ask(opened, "reach_by_channel", START, timedelta(days=7))
    yield Figure(f"{size}: reach and frequency of a week", week.ms, "ms")
    yield Figure(f"{size}: the same, db hits per touch", week.hits / week.rows("touches"), "hits")
    for name in ("top_paths", "path_length", "time_lag", "first_to_last", "assisted_conversions"):
        month = ask(opened, name, START, MONTH)
        per_conversion = month.hits / conversions(opened, START, MONTH)
        yield Figure(f"{size}: {name} of a month", month.ms, "ms")
        goal = at_most(HITS) if name == "top_paths" else None
        yield Figure(f"{size}: the same, db hits per conversion", per_conversion, "hits", goal=goal)
    month = ask(opened, "top_paths", HUB_MONTH, MONTH)
    yield Figure(f"{size}: top_paths of the hub's month", month.ms, "ms", goal=at_most(2_000))
    per_conversion = month.hits / conversions(opened, HUB_MONTH, MONTH)
    yield Figure(f"{size}: the same, db hits per conversion", per_conversion, "hits")


def cookbook(opened: Stores, size: str) -> Iterator[Figure]:
    """Figures of the further questions that data teams have about a month."""
    n_touches, n_conversions = (
        counted(opened, label, START, MONTH) for label in ("Touchpoint", "Conversion")
    )
    for names, n, unit in (
        (OF_TOUCHES, n_touches, "touch"),
        (OF_JOURNEYS, n_conversions, "conversion"),
        (OF_CREDIT, n_conversions, "conversion"),
    ):
        for name in names:
            month = ask(opened, name, START, MONTH)
            yield Figure(f"{size}: {name} of a month", month.ms, "ms")
            yield Figure(f"{size}: the same, db hits per {unit}", month.hits / n, "hits")


class Answer:
    """Rows of a query, the least milliseconds of 3 to 12 calls, and its db hits."""

    def __init__(self, rows: list[dict[str, Any]], ms: float, hits: int) -> None:
        self._rows, self.ms, self.hits = rows, ms, hits

    def rows(self, column: str) -> int:
        """The sum of a column."""
        return sum(row[column] for row in self._rows)


def ask(opened: Stores, name: str, start: datetime, length: timedelta) -> Answer:
    given = {"from": start, "to": start + length, "lookbackDays": 30, "limit": 10} | OTHERS
    if name == "journeys_like_this":
        given["conversion"] = some_conversion(opened, start, length)
    chosen = query(f"explore/{name}")
    parameters = {one.name: given[one.name] for one in chosen.parameters}
    text, rows = chosen.text, []
    seconds: list[float] = []
    with opened.driver.session(database=DATABASE) as session:
        # short queries are called until the server has compiled them
        while len(seconds) < 3 or (len(seconds) < 12 and sum(seconds) < 2):
            begun = time.perf_counter()
            rows = session.run(text, parameters).data()
            seconds.append(time.perf_counter() - begun)
        profile = session.run(f"PROFILE {text}", parameters).consume().profile
    return Answer(rows, 1000 * min(seconds), hits_of(profile))


def hits_of(plan: Any) -> int:
    return int(plan.get("dbHits", 0)) + sum(map(hits_of, plan.get("children", ())))


def conversions(opened: Stores, start: datetime, length: timedelta) -> int:
    return counted(opened, "Conversion", start, length)


def counted(
    opened: Stores,
    label: Literal["Touchpoint", "Conversion"],
    start: datetime,
    length: timedelta,
) -> int:
    """Events of a period."""
    answer = opened.driver.execute_query(
        COUNTS[label], {"start": start, "end": start + length}, database_=DATABASE
    )
    return int(answer.records[0]["n"])


def some_conversion(opened: Stores, start: datetime, length: timedelta) -> str:
    """The id of the first conversion of a period."""
    answer = opened.driver.execute_query(
        "MATCH (n:Conversion) WHERE $start <= n.timestamp < $end "
        "RETURN n.id AS id ORDER BY n.timestamp, n.id LIMIT 1",
        {"start": start, "end": start + length},
        database_=DATABASE,
    )
    return str(answer.records[0]["id"])


def put(opened: Stores, *files: Path) -> None:
    options = replace(KEPT_IDS, mode="bulk")
    done = load(list(files), preset("events"), options, opened)
    assert not done.rejected


def retailer(folder: Path, touches: int) -> Path:
    customers = str(round(touches / TOUCHES_PER_CUSTOMER))
    run_command("simulate", "--customers", customers, "--seed", "1", "--out", str(folder))
    return folder / "events.csv"


def hub(path: Path) -> Path:
    draw = random.Random(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["event_id", "customer_id", "timestamp", "kind", "channel", "value"])
        for number in range(sum(HUB)):
            at = (HUB_MONTH + draw.random() * MONTH).isoformat(timespec="milliseconds")
            touch = ("click", draw.choice(["search", "email", "social"]), "")
            what = touch if number < HUB[0] else ("conversion", "", "10")
            table.writerow([f"hub-{number}", "hub", at, *what])
    return path


def storage(folder: Path, touches: int) -> Iterator[Figure]:
    """Bytes per touch that audience and UTM fields take."""
    file = retailer(folder / "world", touches)
    further = with_properties(file, folder / "further.csv")
    sizes = []
    for number, each in enumerate((without_audience(file, folder / "bare.csv"), further)):
        with stores(folder / f"home-{number}") as (opened, settings):
            put(opened, each)
            sizes.append(size_of(opened, settings))
    bare, kept = sizes
    yield Figure(f"{touches:,} touches: bytes per touch in the graph", kept, "B", bare)
    yield Figure("audience and three UTM fields of each touch", kept - bare, "B")


def size_of(opened: Stores, settings: Settings) -> float:
    """Bytes of the graph's files per touch; stops the server, which writes everything to them."""
    counted = opened.driver.execute_query(
        query("ingest/count_events").text, database_=DATABASE
    ).records[0]
    stack.down(settings)
    data = settings.home / "neo4j" / "data" / "databases" / DATABASE
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    return float(size / counted["touches"])


def without_audience(file: Path, path: Path) -> Path:
    return _rewritten(file, path, {})


def with_properties(file: Path, path: Path) -> Path:
    return _rewritten(file, path, PROPERTIES)


def _rewritten(file: Path, path: Path, values: dict[str, list[str]]) -> Path:
    """The events with these fields, drawn at random for touches, and without any others of them."""
    draw = random.Random(2)
    with (
        file.open(newline="", encoding="utf-8") as source,
        path.open("w", newline="", encoding="utf-8") as target,
    ):
        rows = csv.DictReader(source)
        kept = [name for name in rows.fieldnames or () if name not in PROPERTIES]
        table = csv.DictWriter(target, [*kept, *values])
        table.writeheader()
        for row in rows:
            touch = not row["kind"].startswith("conversion")
            more = {name: draw.choice(known) if touch else "" for name, known in values.items()}
            table.writerow({name: row[name] for name in kept} | more)
    return path


if __name__ == "__main__":
    sys.exit(main())
