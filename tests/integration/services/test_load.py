"""Loading files into real stores: killed, repeated, raced, hostile, and one graph all the same."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph import bootstrap
from attrigraph.errors import InputError, LocalStoreError
from attrigraph.graph.connection import reset_connections
from attrigraph.graph.loads import count_changed, seen_loads
from attrigraph.local import stack
from attrigraph.local.importing import LocalGraph, local_graph
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, customer_key, preset
from attrigraph.store.job_runs import read_runs
from command_shell import shell_to
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attrigraph.services.load import LoadReport
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]
    Row = dict[str, Any]

FIELDS = [
    *("event_id", "customer_id", "timestamp", "kind"),
    *("channel", "campaign", "creative", "audience", "cost", "value"),
]
KEEP = StagingOptions(keep_ids=True)


def world(seed: int, customers: int, *, ids: bool = True) -> list[Row]:
    """Rows of events: ties in time, unknown costs, several conversions a customer."""
    draw = random.Random(seed)
    rows = []
    for number in range(customers * 6):
        creative = draw.choice(["", "r1", "r2"])
        campaign = {"r1": "k1", "r2": "k2", "": draw.choice(["", "k1", "k3"])}[creative]
        row: Row = {
            "event_id": f"e{number}" if ids else "",
            "customer_id": f"c{draw.randrange(customers)}",
            "timestamp": f"2026-03-{draw.randrange(1, 29):02}T{draw.randrange(24):02}:00:00Z",
            "kind": draw.choice(["click", "impression", "conversion"]),
        }
        if row["kind"] == "conversion":
            row["value"] = draw.randrange(100)
        else:
            row |= {"channel": draw.choice(["search", "mail"]), "campaign": campaign}
            row |= {"creative": creative, "cost": draw.choice(["", 0, 0.25])}
        rows.append(row)
    return rows


def write(path: Path, rows: Iterable[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        table.writerows(rows)
    return path


def events(
    stores: Stores, *files: Path, local: LocalGraph | None = None, **changes: Any
) -> LoadReport:
    return load(
        files,
        preset(*changes.pop("presets", ["events"])),
        LoadOptions(staging=changes.pop("staging", KEEP), **changes),
        replace(stores, local=local),
    )


def command(*files: Path, more: Sequence[str] = ()) -> list[str]:
    program = [sys.executable, "-c", "from attrigraph.cli.main import main; main()", "load"]
    return [*program, *map(str, files), "--preset", "events", "--keep-ids", *more]


def run(
    settings: Settings, *files: Path, more: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*files, more=more),
        env={**shell_to(settings).environment, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def start(settings: Settings, *files: Path, more: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*files, more=more),
        env=shell_to(settings).environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wipe(stores: Stores) -> None:
    with stores.driver.session(database=DATABASE) as session:
        session.run(
            "MATCH (n) WHERE NOT n:__Neo4jMigration "
            "CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()


def count(stores: Stores, label: str) -> int:
    records = stores.driver.execute_query(
        "MATCH (n) WHERE $label IN labels(n) RETURN count(n) AS n",
        {"label": label},
        database_=DATABASE,
    ).records
    return int(records[0]["n"])


@pytest.fixture
def own_server(settings: Settings) -> LocalGraph:
    """The server, where it is a process that a test may stop or kill."""
    local = local_graph(settings)
    if local is None:
        pytest.skip("the server is not ours to stop")
    return local


def test_a_load_counts_every_row_and_is_recorded(graph: Stores, tmp_path: Path) -> None:
    rows = world(1, 20)
    bad = [{**rows[0], "event_id": "b1", "cost": "-1"}, {**rows[0], "customer_id": ""}]
    report = events(graph, write(tmp_path / "events.csv", [*rows, rows[0], *bad]))
    assert (report.rows.read, report.rows.taken) == (len(rows) + 3, len(rows))
    assert (report.rows.duplicates, report.rows.rejected) == (1, 2)
    assert report.events is not None
    assert report.events.touches == count(graph, "Touchpoint")
    assert report.events.conversions == count(graph, "Conversion")
    assert report.events.events == len(rows)
    assert report.rejects is not None
    with report.rejects.open(encoding="utf-8", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["line"] for row in rejected] == [str(len(rows) + 3), str(len(rows) + 4)]
    assert report.rejects.stat().st_mode & 0o077 == 0
    (recorded,) = read_runs(graph.engine, job="load", limit=1)
    assert recorded.status == "done"
    assert recorded.input_fingerprint == report.fingerprint
    assert recorded.summary == report.to_json()


@cases("ids", [False, True], short=1, ids=["derived ids", "own ids"])
def test_files_in_any_order_and_pieces_give_the_graph_of_one_load(
    graph: Stores, snapshot: Snapshot, tmp_path: Path, ids: bool
) -> None:
    rows = world(2, 30, ids=ids)
    events(graph, write(tmp_path / "whole.csv", rows))
    whole = snapshot()
    wipe(graph)
    draw = random.Random(5)
    draw.shuffle(rows)
    for place, lo in enumerate(range(0, len(rows), 50)):
        events(graph, write(tmp_path / f"part{place}.csv", rows[lo : lo + 50]))
    assert snapshot() == whole
    again = events(graph, tmp_path / "whole.csv")
    assert again.events is not None
    assert (again.events.touches, again.events.conversions, again.rejected) == (0, 0, 0)
    assert snapshot() == whole


def test_what_the_graph_refuses_is_found_in_its_file_and_line(
    graph: Stores, tmp_path: Path
) -> None:
    rows = world(3, 10)
    events(graph, write(tmp_path / "first.csv", rows))
    touch = next(n for n, row in enumerate(rows) if row["kind"] == "click")
    sale = next(n for n, row in enumerate(rows) if row["kind"] == "conversion")
    rows[touch] = {**rows[touch], "cost": 7}
    rows[sale] = {**rows[sale], "value": 1000}
    second = write(tmp_path / "second.csv", rows)
    report = events(graph, second, rejects=tmp_path / "rejects.csv")
    assert report.rejected == 2
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as file:
        rejected = {(row["file"], int(row["line"])): row["reason"] for row in csv.DictReader(file)}
    assert rejected == {
        (str(second), touch + 2): (
            f"other-content-in-graph: the graph has touch 'e{touch}' with another cost"
        ),
        (str(second), sale + 2): (
            f"other-content-in-graph: the graph has conversion 'e{sale}' with another value"
        ),
    }


def test_a_refused_event_leaves_what_it_names_and_no_customer(
    graph: Stores, tmp_path: Path
) -> None:
    head = "event_id,customer_id,timestamp,kind,channel,campaign\n"
    for name, row in (
        ("first", "t1,ada,2026-06-01T00:00Z,click,search,spring"),
        ("second", "t1,ben,2026-06-01T00:00Z,click,social,autumn"),
    ):
        file = tmp_path / f"{name}.csv"
        file.write_text(f"{head}{row}\n", encoding="utf-8")
        report = events(graph, file)
    assert report.rejected == 1
    found = graph.driver.execute_query(
        "MATCH (c:Customer) WITH collect(c.id) AS customers "
        "MATCH (k:Campaign)-[:RUNS_ON]->(h) "
        "RETURN customers, k.id, h.name, count { (k)<-[:SERVED]-() } ORDER BY k.id",
        database_=DATABASE,
    ).records
    (customers, *first), (_, *second) = (record.values() for record in found)
    assert len(customers) == 1
    assert first == ["autumn", "social", 0]
    assert second == ["spring", "search", 1]


def test_reference_tables_are_in_the_graph_and_a_later_load_adds_to_them(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    tables = {
        "campaigns": "campaign_id,name,start_date,budget,channel,audience\n"
        "k1,Spring,2026-03-01,1000,search,young\n",
        "creatives": "creative_id,campaign_id,name,hook,cta\nr1,k1,Blossom,Look!,Buy\n",
        "audiences": "audience_id,name,parent\nyoung,Young,all\n",
        "creative-days": "creative_id,audience_id,date,impressions,clicks,cost,channel,"
        "ad_set_id\nr1,young,2026-03-02,100,3,1.5,social,s1\n",
        "customers": "customer_id,age,member\nc1,33,true\n",
    }
    files = []
    for name, text in tables.items():
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text(text, encoding="utf-8")
    events(graph, *files, presets=list(tables))
    found = graph.driver.execute_query(
        "MATCH (r:Creative {id: 'r1'})-[:PART_OF]->(k:Campaign {id: 'k1'})-[:RUNS_ON]->(h), "
        "(k)-[:TARGETS]->(a)-[:WITHIN]->(p), (r)-[:ON_DAY]->(d), (c:Customer {id: 'c1'}) "
        "MATCH (r)-[:HAS_ELEMENT]->(e) "
        "RETURN r.name, k.name, k.budget, k.startDate, h.name, a.name, p.id, d.impressions, "
        "d.cost, c.age, c.member, d.channel, d.adSetId, collect(e.kind + ' ' + e.text) AS elements",
        database_=DATABASE,
    ).records
    assert len(found) == 1
    values = found[0].values()
    assert values[3].to_native().isoformat() == "2026-03-01"
    assert [*values[:3], *values[4:13]] == [
        *("Blossom", "Spring", 1000.0, "search", "Young", "all", 100, 1.5, 33, True, "social"),
        "s1",
    ]
    assert sorted(values[13]) == ["cta Buy", "hook Look!"]
    before = snapshot()
    events(graph, *files, presets=list(tables))
    assert snapshot() == before


def test_a_creative_stays_in_its_campaign_and_rows_that_say_otherwise_are_refused(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    row = {"customer_id": "c", "timestamp": "2026-03-01T00:00:00Z", "kind": "click"}
    row |= {"creative": "r", "channel": "mail"}
    unknown = write(tmp_path / "0.csv", [{**row, "event_id": "t0"}])
    known = write(
        tmp_path / "1.csv", [{**row, "event_id": "t1", "campaign": "k", "channel": "web"}]
    )
    later = [{**row, "event_id": "t2", "channel": "tv"}, {**row, "event_id": "t3", "campaign": "x"}]
    events(graph, unknown)
    events(graph, known)
    report = events(graph, write(tmp_path / "2.csv", later))
    assert report.rejected == 1
    assert report.rejects is not None
    assert "3,other-campaign: " in report.rejects.read_text(encoding="utf-8")
    pieces = snapshot()
    wipe(graph)
    write(tmp_path / "2.csv", later[:1])
    events(graph, *(tmp_path / f"{n}.csv" for n in range(3)))
    assert snapshot() == pieces


def test_audiences_within_themselves_by_two_files_are_refused(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("audience_id,parent\na,b\n", encoding="utf-8")
    second.write_text("audience_id,parent\nb,a\n", encoding="utf-8")
    events(graph, first, presets=["audiences"])
    before = snapshot()
    with pytest.raises(InputError, match=r"rejected rows: 1 of 1 of .*, 1 of them as circle"):
        events(graph, second, presets=["audiences"])
    assert snapshot() == before
    allowed = StagingOptions(keep_ids=True, max_rejected=1)
    assert events(graph, second, presets=["audiences"], staging=allowed).rejected == 1
    assert snapshot() == before


def test_another_key_of_pseudonyms_is_refused(
    graph: Stores, snapshot: Snapshot, settings: Settings, tmp_path: Path
) -> None:
    file = write(tmp_path / "events.csv", world(4, 5))
    events(graph, file, staging=StagingOptions(customer_key=customer_key(settings)))
    before = snapshot()
    for other in (KEEP, StagingOptions(customer_key=b"another key")):
        with pytest.raises(InputError, match="another pseudonym key"):
            events(graph, file, staging=other)
    assert snapshot() == before


@pytest.mark.parametrize(
    "text",
    [
        "'}) DETACH DELETE n //",
        '"}) DETACH DELETE n //',
        "\\' OR 1=1 --",
        "`x`; DROP CONSTRAINT touchpoint_id",
        "<script>alert('x')</script>",
        "two\nlines",
        "日本 🦊",
        # the longest name that files may hold; event ids get no suffix here
        pytest.param("ä" * 1999, id="longest"),
    ],
)
def test_hostile_text_in_every_field_is_only_text(graph: Stores, tmp_path: Path, text: str) -> None:
    named = {"channel": text, "campaign": text, "creative": text, "audience": text}
    touch = {"event_id": text, "customer_id": text, "timestamp": "2026-03-01T00:00:00Z"}
    sale = {**touch, "event_id": f"{text}2", "kind": "conversion", "value": 1}
    file = write(tmp_path / "events.csv", [{**touch, "kind": "click", **named}, sale])
    report = events(graph, file)
    assert report.rejected == 0
    found = graph.driver.execute_query(
        "MATCH (c:Customer)-[:TOUCHED]->(t)-[:SERVED]->(r)-[:PART_OF]->(k)-[:RUNS_ON]->(h), "
        "(k)-[:TARGETS]->(a), (c)-[:MADE]->(v) "
        "RETURN c.id, t.id, t.channel, r.id, k.id, h.name, a.id, v.id",
        database_=DATABASE,
    ).records
    assert [record.values() for record in found] == [[text] * 7 + [f"{text}2"]]


def test_nul_characters_are_refused_by_line(graph: Stores, tmp_path: Path) -> None:
    file = write(tmp_path / "events.csv", [*world(5, 3), {"event_id": "nul\0", "kind": "click"}])
    report = events(graph, file)
    assert report.rejected == 1
    assert report.rejects is not None
    assert "nul-byte" in report.rejects.read_text(encoding="utf-8")


def test_a_dry_run_reads_and_checks_without_a_store(tmp_path: Path) -> None:
    rows = world(6, 5)
    file = write(tmp_path / "events.csv", [*rows, {**rows[0], "event_id": "x", "kind": ""}])
    done = subprocess.run(
        [*command(file), "--dry-run", "--json", "--home", str(tmp_path / "home")],
        env={**os.environ, "ATTRIGRAPH_NEO4J_URI": "bolt://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["dry_run"] is True
    assert said["events"] is None
    assert said["rows"]["rejected"] == said["rejected"] == 1
    assert Path(said["rejects"]).read_text(encoding="utf-8").count("missing-kind") == 1


def test_refused_rows_fail_the_command_only_when_asked(
    graph: Stores, settings: Settings, tmp_path: Path
) -> None:
    rows = world(7, 5)
    file = write(tmp_path / "events.csv", [*rows, {**rows[0], "event_id": "x", "cost": "NaN"}])
    lenient = run(settings, file)
    assert lenient.returncode == 0
    assert "1 row rejected" in lenient.stderr
    assert f"{len(rows) + 1}" in lenient.stdout
    strict = run(settings, file, more=["--strict", "--rejects", str(tmp_path / "r.csv")])
    assert strict.returncode == 7
    assert (tmp_path / "r.csv").exists()


@cases(("customers", "kills"), [(600, 2), (1500, 5)], short=1)
def test_a_killed_load_is_resumed_by_running_it_again(
    graph: Stores,
    settings: Settings,
    snapshot: Snapshot,
    tmp_path: Path,
    customers: int,
    kills: int,
) -> None:
    files = [write(tmp_path / f"{n}.csv", world(n, customers, ids=False)) for n in (8, 9)]
    begun = time.monotonic()
    assert run(settings, *files).returncode == 0
    usual = time.monotonic() - begun
    whole = snapshot()
    wipe(graph)
    draw = random.Random(1)
    for _ in range(kills):
        process = start(settings, *files)
        time.sleep(draw.uniform(0.2, 1.0) * usual)
        process.kill()
        process.communicate()
    final = run(settings, *files, more=["--json"])
    assert final.returncode == 0, final.stderr
    said = json.loads(final.stdout)["events"]
    there = sum(sum(kind.values()) for kind in said.values())
    assert there == json.loads(final.stdout)["rows"]["taken"]
    assert snapshot() == whole


@cases("customers", [3000, 6000], short=1)
def test_an_interrupted_load_ends_with_130_and_is_resumed_by_running_it_again(
    graph: Stores, settings: Settings, tmp_path: Path, customers: int
) -> None:
    file = write(tmp_path / "events.csv", world(8, customers, ids=False))
    # what a shell starts in the background ignores Ctrl-C, and so would its children
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = start(settings, file)
    finally:
        signal.signal(signal.SIGINT, ignored)
    while process.poll() is None and count(graph, "Touchpoint") < 1000:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("interrupted (Ctrl-C)\n")
    assert "Traceback" not in err
    assert list((settings.home / "staging").iterdir()) == []
    assert run(settings, file).returncode == 0


@cases(("customers", "stored"), [(3500, 1000), (6000, 5000)], short=1)
def test_a_server_that_dies_in_the_middle_is_one_sentence_and_the_load_goes_on_later(
    graph: Stores,
    settings: Settings,
    own_server: LocalGraph,
    snapshot: Snapshot,
    tmp_path: Path,
    customers: int,
    stored: int,
) -> None:
    file = write(tmp_path / "events.csv", world(10, customers, ids=False))
    process = start(settings, file)
    while process.poll() is None and count(graph, "Touchpoint") < stored:
        time.sleep(0.05)
    known, _ = stack.look(own_server.home)
    assert known is not None
    assert known.neo4j_pid is not None
    os.kill(known.neo4j_pid, signal.SIGKILL)
    try:
        _, said = process.communicate(timeout=120)
    finally:
        stack.up(settings)
        reset_connections(graph.driver)
    assert process.returncode == 4
    assert "does not answer" in said
    assert "Traceback" not in said
    (recorded,) = read_runs(graph.engine, job="load", limit=1)
    assert recorded.status == "failed"
    assert run(settings, file).returncode == 0
    resumed = snapshot()
    wipe(graph)
    assert run(settings, file).returncode == 0
    assert snapshot() == resumed


@cases("customers", [500, 800], short=1)
def test_two_loaders_at_once_give_the_graph_of_one_after_the_other(
    graph: Stores, settings: Settings, snapshot: Snapshot, tmp_path: Path, customers: int
) -> None:
    rows = world(11, customers, ids=False)
    both = [write(tmp_path / "odd.csv", rows[::2]), write(tmp_path / "even.csv", rows[1::2])]
    whole = write(tmp_path / "whole.csv", rows)
    assert run(settings, whole).returncode == 0
    expected = snapshot()
    for files in (both, [whole, whole]):
        wipe(graph)
        processes = [start(settings, file) for file in files]
        said = [process.communicate(timeout=600)[1] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], said
        assert snapshot() == expected


def test_a_wrong_password_is_one_sentence(
    graph: Stores, settings: Settings, tmp_path: Path
) -> None:
    host, port = graph.driver.get_server_info().address
    done = run(
        settings,
        write(tmp_path / "events.csv", world(12, 3)),
        ATTRIGRAPH_NEO4J_URI=f"bolt://{host}:{port}",
        ATTRIGRAPH_NEO4J_PASSWORD="not the password",
    )
    assert done.returncode == 4
    assert "rejects this user and password" in done.stderr
    assert "not the password" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bulk_load_gives_the_graph_of_an_online_load(
    graph: Stores, own_server: LocalGraph, snapshot: Snapshot, tmp_path: Path
) -> None:
    odd = {"event_id": 'a "quoted", id', "customer_id": "two\nlines", "kind": "click"}
    odd |= {"timestamp": "0001-01-01T00:00:00Z", "channel": "'}) DETACH DELETE n //"}
    far = {**odd, "event_id": " blanks ", "timestamp": "9999-12-31T23:59:59.999Z", "cost": 1e-300}
    # two arrivals of one session, of which the first has a cost
    visit = {"event_id": "v1", "customer_id": "c1", "kind": "visit", "channel": "mail", "cost": 1}
    visit |= {"timestamp": "2026-03-01T10:00:00Z"}
    later = {**visit, "event_id": "v2", "timestamp": "2026-03-01T10:05:00Z", "cost": ""}
    rows = [*world(13, 300), odd, far, visit, later]
    sessions = replace(KEEP, sessions=True)
    event_table = tmp_path / "customers.csv"
    event_table.write_text("customer_id,age\nc1,33\nnobody,44\n", encoding="utf-8")
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "event_id,customer_id,timestamp,kind,order_id,message_id\n"
        "s1,c1,2026-03-01T00:00:00Z,conversion,o1,m1\n"
        "s2,c1,2026-03-02T00:00:00Z,conversion,,\n",
        encoding="utf-8",
    )
    files = [write(tmp_path / "events.csv", rows), event_table, orders]
    both = ["events", "customers"]
    online = events(graph, *files, presets=both, staging=sessions)
    assert online.mode == "online"
    expected = snapshot()
    wipe(graph)
    bulk = events(graph, *files, presets=both, staging=sessions, mode="bulk", local=own_server)
    assert bulk.mode == "bulk"
    assert bulk.events == online.events
    assert snapshot() == expected
    assert seen_loads(graph.driver).number == 1
    assert count_changed(graph.driver, 0) > count_changed(graph.driver, 1) == 0
    again = events(graph, *files, presets=both, staging=sessions)
    assert again.events is not None
    assert again.events.touches + again.events.conversions == 0
    with pytest.raises(InputError, match="needs an empty graph"):
        events(graph, *files, presets=both, mode="bulk", local=own_server)


def test_journeys_without_times_load_in_bulk_as_they_do_online(
    graph: Stores, own_server: LocalGraph, snapshot: Snapshot, tmp_path: Path
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(
        "path,total_conversions,total_conversion_value,total_null\na > b > a,3,7.5,2\nb,1,1,0\n",
        encoding="utf-8",
    )
    events(graph, file, presets=["paths"])
    expected = snapshot()
    wipe(graph)
    events(graph, file, presets=["paths"], mode="bulk", local=own_server)
    assert snapshot() == expected


def test_a_bulk_load_that_fails_leaves_the_graph_as_it_was(
    graph: Stores,
    own_server: LocalGraph,
    snapshot: Snapshot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write(tmp_path / "events.csv", world(14, 10))
    whole = LocalGraph.fill

    def broken(self: LocalGraph, arguments: Sequence[str], **more: Any) -> None:
        for part in more["folder"].glob("Touchpoint.*.csv"):
            part.write_text("not, what, the header, says\n", encoding="utf-8")
        whole(self, arguments, **more)

    monkeypatch.setattr(LocalGraph, "fill", broken)
    with pytest.raises(LocalStoreError, match=r"the import failed .* the graph is unchanged"):
        events(graph, file, mode="bulk", local=own_server)
    assert snapshot() == set()
    assert events(graph, file).rejected == 0


@cases("loads", [2, 3], short=1)
def test_a_bulk_load_that_is_killed_leaves_all_events_or_none(
    graph: Stores,
    settings: Settings,
    own_server: LocalGraph,
    snapshot: Snapshot,
    tmp_path: Path,
    loads: int,
) -> None:
    file = write(tmp_path / "events.csv", world(16, 300, ids=False))
    assert run(settings, file).returncode == 0
    whole, touches = snapshot(), count(graph, "Touchpoint")
    wipe(graph)
    draw = random.Random(2)
    begun = time.monotonic()
    for place in range(loads):
        process = start(settings, file, more=["--bulk"])
        if place == 0:
            # the first is left to end, to see how long it takes
            _, said = process.communicate()
            assert process.returncode == 0, said
            usual = time.monotonic() - begun
        else:
            time.sleep(draw.uniform(0.3, 1.0) * usual)
            process.kill()
            process.communicate()
        stack.up(settings)
        bootstrap.migrate(settings)
        reset_connections(graph.driver)
        assert count(graph, "Touchpoint") in (0, touches)
        assert run(settings, file).returncode == 0
        assert snapshot() == whole
        wipe(graph)


def test_a_bulk_load_needs_a_server_of_its_own_and_the_graph_for_itself(
    graph: Stores, own_server: LocalGraph, tmp_path: Path
) -> None:
    file = write(tmp_path / "events.csv", world(15, 5))
    with pytest.raises(InputError, match="as a process of this computer"):
        events(graph, file, mode="bulk")
    with own_server.held(alone=False), pytest.raises(LocalStoreError, match="another load"):
        events(graph, file, mode="bulk", local=own_server)
    with own_server.held(alone=True), pytest.raises(LocalStoreError, match="another load"):
        events(graph, file, local=own_server)


def test_options_are_read_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("who,timestamp,kind,channel\nc,2026-03-01 10:00:00,click,mail\n")
    program = [sys.executable, "-c", "from attrigraph.cli.main import main; main()", "load"]
    more = ["--column", "customer_id=who", "--zone", "Europe/Berlin", "--home", str(tmp_path)]
    done = subprocess.run(
        [*program, str(file), "--preset", "events", "--dry-run", "--json", *more],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["rows"]["taken"] == 1
    wrong = subprocess.run(
        [*program, str(file), "--preset", "events", "--column", "customer_id", "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert wrong.returncode == 2
    assert wrong.stderr == "Error: --column takes FIELD=COLUMN, got 'customer_id'\n"


def test_events_from_two_tables_in_separate_loads_are_counted(
    graph: Stores, tmp_path: Path
) -> None:
    head, at = "id,anonymous_id,timestamp,event", "2026-03-01 12:00:00"
    tracks, orders = tmp_path / "tracks.csv", tmp_path / "order_completed.csv"
    tracks.write_text(f"{head}\nm1,a,{at},order_completed\nm2,b,{at},order_completed\n")
    orders.write_text(f"{head},order_id,revenue\nm1,a,{at},order_completed,o1,30\n")
    options = LoadOptions(staging=StagingOptions(keep_ids=True))

    def notes(*files: Path) -> list[str]:
        report = load(files, preset("segment"), options, graph)
        return [note for note in report.notes if "counts twice" in note]

    assert notes(tracks) == []
    assert notes(orders) == []
    tracks.write_text(f"{head}\nm5,a,{at},order_completed\n")
    (note,) = notes(tracks)
    assert note.startswith("1 conversion in the graph without a value")
    later = tmp_path / "later.csv"
    later.write_text(f"{head},order_id,revenue\nm9,a,2026-03-01 12:00:01,order_completed,o9,3\n")
    assert notes(later) == []


TABLES = {
    "tracks": "id,anonymous_id,timestamp,event,order_id\n"
    "m1,a,2026-03-01 12:00:00,order_completed,o1\n"
    "m2,a,2026-03-02 12:00:00,order_completed,\n"
    "m3,b,2026-03-01 12:00:00,order_completed,\n"
    "m4,b,2026-03-02 12:00:00,order_completed,\n"
    "m5,b,2026-03-02 12:00:00,order_refunded,o1\n"
    "m6,b,2026-03-02 12:00:00,order_cancelled,o3\n",
    "order_completed": "id,anonymous_id,timestamp,event,order_id,revenue\n"
    "m1,a,2026-03-01 12:00:00,order_completed,o1,30\n"
    "m2,a,2026-03-02 12:00:00,order_completed,o2,20\n"
    "m3,b,2026-03-01 12:00:00,order_completed,o3,10\n",
    "order_refunded": "id,anonymous_id,timestamp,event,order_id,total\n"
    "m5,b,2026-03-02 12:00:00,order_refunded,o1,4\n",
}
"""Tables of Segment: m4 is in the table of all events alone."""


@cases("tool", ["segment", "rudderstack"], short=1)
def test_tables_of_all_events_and_of_one_give_one_graph_in_any_order(
    tool: str, graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    together, *apart = ("order_completed tracks order_refunded",), *permutations(TABLES)
    expected, merged, removed = loaded_tables(together, tool, graph, snapshot, tmp_path)
    assert (merged, removed) == (0, 0)
    for loads in apart:
        found, merged, removed = loaded_tables(loads, tool, graph, snapshot, tmp_path)
        assert found == expected, loads
        assert merged > 0, loads
        assert removed > 0, loads
    records, _, _ = graph.driver.execute_query(
        "MATCH (n:Conversion|CancelledConversion) RETURN n.id, n.value, labels(n)",
        database_=DATABASE,
    )
    assert {(key, value, *labels) for key, value, labels in records} == {
        ("o1", 26.0, "Conversion"),
        ("o2", 20.0, "Conversion"),
        ("o3", 10.0, "CancelledConversion"),
        ("m4", 0.0, "Conversion"),
    }


def loaded_tables(
    loads: Sequence[str], tool: str, graph: Stores, snapshot: Snapshot, folder: Path
) -> tuple[set[tuple[Any, ...]], int, int]:
    """The graph after loads, the first of which is repeated, and what was merged and removed."""
    wipe(graph)
    merged = removed = 0
    for names in (*loads, loads[0]):
        files = [folder / f"{name}.csv" for name in names.split()]
        report = load(
            files, preset(tool), LoadOptions(staging=StagingOptions(keep_ids=True)), graph
        )
        assert report.events is not None
        assert report.rejected == 0
        merged += report.events.merged_conversions
        removed += sum("removed from the graph" in note for note in report.notes)
    return snapshot(), merged, removed


PURCHASES = {
    "orders": "customer_id,timestamp,kind,order_id,value\n"
    "a,2026-03-01T12:00:00Z,conversion:sale,o1,30\n"
    "b,2026-03-01T12:00:00Z,conversion:sale,o2,20\n",
    "tracks": "event_id,customer_id,timestamp,kind,order_id,value\n"
    "m1,a,2026-03-01T12:00:01Z,conversion:sale,o1,\n"
    "m2,b,2026-03-01T12:00:00Z,conversion:sale,o2,20\n"
    "m3,b,2026-03-01T12:00:00Z,conversion:sale,o3,\n"
    "m4,c,2026-03-01T12:00:00Z,conversion:sale,o4,5\n"
    "m5,c,2026-03-01T12:00:00Z,conversion:sale,o4,7\n"
    "m6,a,2026-03-01T12:00:00Z,conversion:lead,o1,\n",
}
"""Two purchases that both files have; the others are one's own, or lines of one order."""


@cases("loads", [["orders", "tracks"], ["orders tracks"], ["tracks", "orders"]], short=2)
def test_a_purchase_with_one_order_id_in_two_tables_is_one_conversion(
    loads: list[str], graph: Stores, tmp_path: Path
) -> None:
    options = LoadOptions(staging=StagingOptions(keep_ids=True))
    notes: list[str] = []
    for names in (*loads, loads[-1]):
        files = [tmp_path / f"{name}.csv" for name in names.split()]
        for path in files:
            path.write_text(PURCHASES[path.stem])
        notes += load(files, preset("events"), options, graph).notes
    records, _, _ = graph.driver.execute_query(
        "MATCH (c:Customer)-[:MADE]->(n:Conversion) RETURN c.id, n.id, n.kind, n.value",
        database_=DATABASE,
    )
    assert {tuple(record.values()) for record in records} == {
        ("a", "o1", "sale", 30.0),
        ("b", "o2", "sale", 20.0),
        ("b", "m3", "sale", 0.0),
        ("c", "m4", "sale", 5.0),
        ("c", "m5", "sale", 7.0),
        ("a", "m6", "lead", 0.0),
    }
    removed = [note for note in notes if "removed from the graph" in note]
    assert bool(removed) == (len(loads) > 1)
    assert all(note.startswith("2 conversions removed") for note in removed)
