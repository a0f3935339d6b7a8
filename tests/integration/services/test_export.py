"""Exports of a run: the same rows in every form, sums equal to those of the cookbook's queries."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlalchemy import create_engine, text

from attrigraph import bootstrap
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.errors import InputError, StoreError
from attrigraph.export.duckdb_file import DuckDBFile
from attrigraph.export.parquet_folder import ParquetFolder
from attrigraph.export.partial import partial_folder
from attrigraph.export.postgres_schema import PostgresSchema
from attrigraph.export.schema import SCHEMA_VERSION, TABLES
from attrigraph.graph.explore import run_query
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.export import export_run
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.store.engine import parse_url
from command_shell import ran, shell_to
from emptied_graph import empty_graph
from event_world import World
from spend_sample import GOOGLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

MODELS = ("linear", "first", "markov-1")
OPTIONS = AttributionOptions(
    models=MODELS, model_options=ModelOptions(draws=20), touch_model="linear", currency="EUR"
)
WINDOW = (date(2026, 1, 3), date(2026, 1, 9))
SHOWN = "2026-01-03..2026-01-09"
SCHEMA = "export_test"
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def world(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The published run on a world of events with some spend, and a kept run on it."""
    empty_graph(stores)
    World(1).load(stores)
    spend = tmp_path_factory.mktemp("spend") / "google.csv"
    spend.write_text(GOOGLE, encoding="utf-8")
    options = LoadOptions(staging=StagingOptions(keep_ids=True))
    load([spend], preset("events", "spend"), options, stores)
    run = attribute_graph(stores, OPTIONS).run
    kept = replace(OPTIONS, models=("last",), touch_model="last", publish=False, name="lima")
    attribute_graph(stores, replace(kept, journeys=JourneyOptions(zone="America/Lima")))
    assert run is not None
    return run


@pytest.fixture(scope="module")
def whole(world: str, stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """An export of all days."""
    file = tmp_path_factory.mktemp("whole") / "x.duckdb"
    export_run(stores, DuckDBFile(file))
    return of_duckdb(file)


@pytest.fixture(scope="module")
def part(world: str, stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """An export of the days of the window."""
    file = tmp_path_factory.mktemp("part") / "x.duckdb"
    export_run(stores, DuckDBFile(file), window=WINDOW)
    return of_duckdb(file)


@pytest.fixture
def postgres(settings: Settings) -> Iterator[Engine]:
    url = bootstrap.resolve_addresses(settings).postgres_url.get_secret_value()
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    engine.dispose()


def of_duckdb(file: Path) -> Rows:
    with closing(duckdb.connect(str(file), read_only=True)) as database:
        return {table.name: listed(database, table.name) for table in TABLES}


def of_parquet(folder: Path) -> Rows:
    files = {table.name: folder / "current" / f"{table.name}.parquet" for table in TABLES}
    with closing(duckdb.connect()) as database:
        return {name: listed(database, f"'{file}'") for name, file in files.items()}


def listed(database: duckdb.DuckDBPyConnection, source: str) -> list[tuple[Any, ...]]:
    database.execute("SET TimeZone = 'UTC'")
    return sorted(database.sql(f"FROM {source}").fetchall(), key=repr)


def of_postgres(engine: Engine) -> Rows:
    with engine.connect() as connection:
        connection.execute(text("SET TIME ZONE 'UTC'"))
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(text(f"TABLE {SCHEMA}.{table.name}"))),
                key=repr,
            )
            for table in TABLES
        }


def column(rows: Rows, table: str, *names: str) -> list[tuple[Any, ...]]:
    place = {one.name: one.columns for one in TABLES}[table]
    at = [[column.name for column in place].index(name) for name in names]
    return [tuple(row[index] for index in at) for row in rows[table]]


def test_every_form_holds_the_same_rows(
    world: str, stores: Stores, tmp_path: Path, postgres: Engine
) -> None:
    counts = export_run(stores, DuckDBFile(tmp_path / "x.duckdb")).rows
    for destination in (ParquetFolder(tmp_path / "x"), PostgresSchema(postgres, SCHEMA)):
        assert export_run(stores, destination).rows == counts
    rows = of_duckdb(tmp_path / "x.duckdb")
    assert {name: len(held) for name, held in rows.items()} == counts
    assert min(counts.values()) > 0
    utc = [
        {
            name: [
                tuple(v.astimezone(UTC) if isinstance(v, datetime) else v for v in row)
                for row in held
            ]
            for name, held in form.items()
        }
        for form in (rows, of_parquet(tmp_path / "x"), of_postgres(postgres))
    ]
    assert utc[0] == utc[1] == utc[2]
    assert column(rows, "export_info", "schema_version", "run") == [(SCHEMA_VERSION, world)]


def test_keys_are_unique_and_required_columns_are_never_null(whole: Rows) -> None:
    for table in TABLES:
        keys = [repr(key) for key in column(whole, table.name, *table.key)]
        assert len(set(keys)) == len(keys), table.name
        for one in table.columns:
            values = column(whole, table.name, one.name)
            assert not one.required or (None,) not in values, (table.name, one.name)


@pytest.mark.parametrize("level", ["channel", "campaign"])
@pytest.mark.parametrize("model", MODELS)
def test_credit_is_that_of_the_cookbook(
    level: str, model: str, whole: Rows, stores: Stores
) -> None:
    names = ("level", "model", "key", "conversions", "value", "cost", "roas")
    found = {row[2:] for row in column(whole, "credit", *names) if row[:2] == (level, model)}
    answer = run_query(stores.driver, f"credit_by_{level}", {"model": model})
    assert found == {
        (row[level], row["conversions"], row["value"], row["cost"], row["roas"]) for row in answer
    }


def test_credit_and_totals_add_up_to_what_was_observed(whole: Rows) -> None:
    credited: Counter[tuple[str, str]] = Counter()
    for level, model, conversions in column(whole, "credit", "level", "model", "conversions"):
        credited[level, model] += conversions
    rest = ("unknown_conversions", "baseline_conversions", "observed_conversions")
    totals = column(whole, "credit_total", "level", "model", *rest)
    assert {row[1] for row in totals} == set(MODELS)
    for level, model, unknown, baseline, observed in totals:
        assert credited[level, model] + unknown + baseline == pytest.approx(observed)


@pytest.mark.parametrize("model", ["linear", "first"])
def test_credit_by_day_is_that_of_the_cookbook_and_ends_before_the_end(
    model: str, part: Rows, stores: Stores
) -> None:
    names = ("level", "model", "day", "key", "conversions", "value")
    found = [
        row[2:] for row in column(part, "credit_by_day", *names) if row[:2] == ("channel", model)
    ]
    start, end = WINDOW
    given = {"level": "channel", "unit": "day", "model": model, "limit": 999}
    answer = run_query(stores.driver, "credit_over_time", {**given, "from": start, "to": end})
    expected = [(r["begins"], r["key"], r["conversions"], r["value"]) for r in answer]
    assert sorted(found) == sorted(expected)
    assert {start, date(2026, 1, 8)} <= {row[0] for row in found}
    days = {day for (day,) in column(part, "conversions_by_day", "day")}
    assert (min(days), max(days)) == (start, date(2026, 1, 8))


def test_touch_credit_adds_up_to_the_days(part: Rows) -> None:
    sums: Counter[Any] = Counter()
    names = ("day", "channel", "credit", "value")
    for day, channel, credit, value in column(part, "touch_credit", *names):
        if channel is not None:
            sums[day, channel, "conversions"] += credit
            sums[day, channel, "value"] += value
    days = column(part, "credit_by_day", "level", "model", "day", "key", "conversions", "value")
    expected = {
        (day, key, name): pytest.approx(number, abs=1e-9)
        for level, model, day, key, conversions, value in days
        if (level, model) == ("channel", "linear")
        for name, number in (("conversions", conversions), ("value", value))
    }
    assert {key: sums[key] for key in expected} == expected
    assert {key for key, value in sums.items() if value} <= set(expected)


def test_paths_are_those_of_the_cookbook(whole: Rows, stores: Stores) -> None:
    sums: Counter[tuple[str, ...]] = Counter()
    values: Counter[tuple[str, ...]] = Counter()
    names = ("path", "touches", "conversions", "value")
    for path, touches, conversions, value in column(whole, "path_by_day", *names):
        assert touches == len(path)
        sums[tuple(path)] += conversions
        values[tuple(path)] += value
    answer = run_query(stores.driver, "top_paths_of_run", {"limit": 9999})
    assert sums == {tuple(row["path"]): row["conversions"] for row in answer}
    assert values == {tuple(row["path"]): pytest.approx(row["value"]) for row in answer}


def test_spend_and_events_by_day_are_those_of_the_graph(
    whole: Rows, stores: Stores, tmp_path: Path
) -> None:
    period = (date(2026, 6, 2), date(2026, 6, 12))
    export_run(stores, DuckDBFile(tmp_path / "x.duckdb"), window=period)
    rows = of_duckdb(tmp_path / "x.duckdb")
    sums: Counter[Any] = Counter()
    for day, channel, cost in column(rows, "spend_by_day", "day", "channel", "cost"):
        sums[day, channel] += cost
    given = {"from": period[0], "to": period[1]}
    answer = run_query(stores.driver, "spend_by_day", given)
    assert len(answer) == 9
    assert sums == {(row["day"], row["channel"]): pytest.approx(row["cost"]) for row in answer}
    held = World(1)
    touches = sum(map(len, held.own.values()))
    assert sum(n for (n,) in column(whole, "touches_by_day", "touches")) == touches
    made = Counter(one.kind for one in held.conversions)
    found: Counter[str | None] = Counter()
    for kind, number in column(whole, "conversions_by_day", "kind", "conversions"):
        found[kind] += number
    assert found == made


def test_a_kept_run_is_exported_by_its_name_with_days_of_its_zone(
    world: str, stores: Stores, tmp_path: Path
) -> None:
    export_run(stores, DuckDBFile(tmp_path / "x.duckdb"), run_key="lima", window=WINDOW)
    rows = of_duckdb(tmp_path / "x.duckdb")
    assert column(rows, "run", "name", "published") == [("lima", False)]
    assert column(rows, "export_info", "zone") == [("America/Lima",)]
    days = column(rows, "touch_credit", "model", "converted", "day")
    assert {model for model, _, _ in days} == {"last"}
    assert all(at.astimezone(ZoneInfo("America/Lima")).date() == day for _, at, day in days)
    assert any(at.astimezone(UTC).date() != day for _, at, day in days)
    # in Lima, what was made in the first hours of 9 January (UTC) is of the 8th
    assert max(day for _, _, day in days) == date(2026, 1, 8)
    assert max(at for _, at, _ in days) >= datetime(2026, 1, 9, tzinfo=UTC)


def test_an_export_is_replaced_as_a_whole(
    world: str, stores: Stores, tmp_path: Path, postgres: Engine
) -> None:
    forms = (
        DuckDBFile(tmp_path / "x.duckdb"),
        ParquetFolder(tmp_path / "x"),
        PostgresSchema(postgres, SCHEMA),
    )
    for destination in forms:
        export_run(stores, destination)
    with postgres.begin() as connection:
        connection.execute(text(f"CREATE VIEW {SCHEMA}.mine AS TABLE {SCHEMA}.credit"))
    before = (tmp_path / "x" / "current").resolve()
    with closing(duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True)) as reader:
        whole = reader.sql("SELECT count(*) FROM touch_credit").fetchall()
        for destination in forms:
            export_run(stores, destination, window=WINDOW)
        assert reader.sql("SELECT count(*) FROM touch_credit").fetchall() == whole
    assert sorted(p.name for p in before.iterdir()) == sorted(f"{t.name}.parquet" for t in TABLES)
    found = of_duckdb(tmp_path / "x.duckdb")
    assert column(found, "export_info", "window_start", "window_end") == [WINDOW]
    assert of_parquet(tmp_path / "x") == found
    assert {name: len(rows) for name, rows in of_postgres(postgres).items()} == {
        name: len(rows) for name, rows in found.items()
    }
    export_run(stores, forms[1])
    assert not before.exists()
    assert len(list((tmp_path / "x").iterdir())) == 3  # the link, and two exports
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_is_no_export_is_not_replaced(
    world: str, stores: Stores, tmp_path: Path, postgres: Engine
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with closing(duckdb.connect(str(tmp_path / "mine.duckdb"))) as database:
        database.execute("CREATE TABLE mine (x INTEGER)")
    with postgres.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        connection.execute(text(f"CREATE TABLE {SCHEMA}.mine (x INTEGER)"))
    (tmp_path / "open.duckdb.wal").write_text("")
    for destination, sentence in (
        (ParquetFolder(mine), "holds 'notes.txt'"),
        (ParquetFolder(mine / "notes.txt"), "is a file"),
        (DuckDBFile(tmp_path / "mine.duckdb"), "is no export"),
        (DuckDBFile(tmp_path / "open.duckdb"), "another program writes"),
        (DuckDBFile(tmp_path / "none" / "x.duckdb"), "does not exist"),
        (PostgresSchema(postgres, SCHEMA), "holds tables that are no export"),
        (PostgresSchema(postgres, "pg_catalog"), "Postgres' own"),
    ):
        with pytest.raises(InputError, match=sentence):
            export_run(stores, destination)
    with (
        partial_folder(tmp_path / ".x.duckdb.partial", tmp_path),
        pytest.raises(InputError, match="is running"),
    ):
        export_run(stores, DuckDBFile(tmp_path / "x.duckdb"))


def test_the_command_prints_one_summary_and_no_password(
    world: str, settings: Settings, tmp_path: Path
) -> None:
    shell = shell_to(settings)
    done = ran(shell, "export", str(tmp_path / "x"), "--to", "parquet", "--window", SHOWN)
    found = of_parquet(tmp_path / "x")
    assert done == {
        "to": "parquet",
        "schema_version": SCHEMA_VERSION,
        "run": world,
        "window": SHOWN.split(".."),
        "rows": {name: len(rows) for name, rows in found.items()},
    }
    address = "postgresql://ann:secret@127.0.0.1:1/shop"
    sentence = shell.fails(4, "export", "--to", "postgres", ATTRIGRAPH_EXPORT_TARGET=address)
    assert "127.0.0.1:1" in sentence
    assert "secret" not in sentence
    sentence = shell.fails(2, "export", str(tmp_path / "x"), "--to", "duckdb", "--window", "today")
    assert "--window must be START..END" in sentence


@dataclass(frozen=True)
class Disturbed:
    """A destination during whose preparation a statement changes the graph."""

    inner: DuckDBFile
    stores: Stores
    statement: str

    @contextmanager
    def prepared(self) -> Iterator[Path]:
        self.stores.driver.execute_query(self.statement, database_=DATABASE)
        with self.inner.prepared() as folder:
            yield folder

    def publish(self, tables: Path) -> None:
        self.inner.publish(tables)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [("SET r.version = 9", "was extended"), ("DETACH DELETE r", "was deleted")],
)
def test_a_run_that_changes_meanwhile_is_not_exported(
    change: str, sentence: str, world: str, stores: Stores, tmp_path: Path
) -> None:
    destination = Disturbed(
        DuckDBFile(tmp_path / "x.duckdb"), stores, f"MATCH (r:Run {{name: 'lima'}}) {change}"
    )
    with pytest.raises(StoreError, match=sentence):
        export_run(stores, destination, run_key="lima")
    assert list(tmp_path.iterdir()) == []


def test_a_graph_without_a_run_has_nothing_to_export(graph: Stores, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no attribution run; load events, then run"):
        export_run(graph, DuckDBFile(tmp_path / "x.duckdb"))
    assert list(tmp_path.iterdir()) == []
