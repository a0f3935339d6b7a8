"""What touches and tables say of creatives, campaigns and audiences, in whatever order it comes."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from functools import partial
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.local.importing import local_graph
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.local.importing import LocalGraph
    from attrigraph.services.load import LoadReport
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]
    Row = dict[str, Any]

FORMS = ("events", "campaigns", "creatives", "audiences")
# places of four files in every order; first come the four in which each place has each file once
ORDERS = sorted(
    permutations(range(4)),
    key=lambda order: any((a - b) % 4 != 1 for a, b in pairwise(order)),
)
CAMPAIGN_OF = {"r1": "k1", "r2": "k2", "r3": "k1", "r4": "k3"}
TREE = {
    *CAMPAIGN_OF.items(),
    *[("r1", "s1"), ("r3", "s1"), ("r4", "s3"), ("s1", "k1"), ("s3", "k3")],
    *[("k1", "a"), ("k2", "a")],
}
"""What is part of what by the files of ``tree_pieces``."""


def file_of(path: Path, rows: Sequence[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def touch(number: int | str, **more: Any) -> Row:
    return {
        "event_id": f"e{number}",
        "customer_id": "c1",
        "timestamp": "2026-03-01T00:00:00Z",
        "kind": "click",
        **more,
    }


def touches(seed: int, count: int) -> list[Row]:
    """Touches that often leave out the campaign, channel or audience, and contradict nothing."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        creative = draw.choice([*CAMPAIGN_OF, ""])
        campaign = CAMPAIGN_OF.get(creative, draw.choice(["k1", "k4", ""]))
        row = touch(
            f"{seed}-{number}",
            channel=draw.choice(["search", "mail", "tv", ""]),
            campaign=campaign if draw.random() < 0.3 else "",
            creative=creative,
            audience=draw.choice(["young", "old", "town", "", ""]),
        )
        row["customer_id"] = f"c{draw.randrange(5)}"
        row["timestamp"] = f"2026-03-{draw.randrange(1, 29):02}T00:00:00Z"
        rows.append(row)
    return rows


def given(
    stores: Stores,
    *files: Path,
    local: LocalGraph | None = None,
    meanwhile: Callable[[], object] | None = None,
    moment: str = "",
    **options: Any,
) -> LoadReport:
    """Load files, each by the preset that its name begins with.

    Args:
        stores: where to.
        files: what.
        local: the server, for bulk loads.
        meanwhile: what else is to happen while this load is at work.
        moment: when: once all is ``read``, or before the first event is to ``write``.
        options: of the load.
    """
    left = [] if meanwhile is None else [meanwhile]

    def progress(step: str, done: int, total: int | None) -> None:
        if left and step == moment and done == (total if step == "read" else 0):
            left.pop()()

    forms = [form for form in FORMS if any(file.name.startswith(form) for file in files)]
    return load(
        files,
        preset(*forms),
        LoadOptions(staging=StagingOptions(keep_ids=True, max_rejected=1), **options),
        replace(stores, local=local),
        progress=progress,
    )


def wipe(stores: Stores) -> None:
    with stores.driver.session(database=DATABASE) as session:
        session.run("MATCH (n) WHERE NOT n:__Neo4jMigration DETACH DELETE n").consume()


def pairs(stores: Stores, link: str) -> set[tuple[str, str]]:
    """Ids or names at both ends of all relationships of a type."""
    records = stores.driver.execute_query(
        "MATCH (a)-[r]->(b) WHERE type(r) = $link "
        "RETURN coalesce(a.id, a.name) AS a, coalesce(b.id, b.name) AS b",
        {"link": link},
        database_=DATABASE,
    ).records
    return {(record["a"], record["b"]) for record in records}


def reasons(report: LoadReport) -> list[tuple[int, str]]:
    """Line and reason of the refused rows."""
    if report.rejects is None:
        return []
    with report.rejects.open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["reason"].partition(":")[0]) for row in csv.DictReader(file)]


@pytest.fixture
def pieces(tmp_path: Path) -> list[Path]:
    """Four files that say something of the same creatives, campaigns and audiences."""
    creatives = [
        {"id": "r1", "campaign": "k1", "name": "Blossom", "hook": "Look!", "ad_set_id": "s1"},
        {"id": "r2", "campaign": "k2", "hook": "Look!", "cta": "Buy"},
        {"id": "r3", "campaign": "", "text": "words"},
    ]
    audiences = [
        {"id": "young", "parent": "all"},
        {"id": "old", "parent": "all"},
        {"id": "town", "parent": "young"},
    ]
    return [
        file_of(tmp_path / "events-1.csv", touches(1, 12)),
        file_of(tmp_path / "events-2.csv", touches(2, 12)),
        file_of(tmp_path / "creatives.csv", creatives),
        file_of(tmp_path / "audiences.csv", audiences),
    ]


@pytest.fixture
def tree_pieces(tmp_path: Path) -> list[Path]:
    """Four files by which two campaigns have an account, and three creatives an ad set."""
    campaigns = [
        {"id": "k1", "account_id": "a", "name": "Spring"},
        {"id": "k2", "account_id": "a"},
        {"id": "k3"},
    ]
    creatives = [
        {"id": "r1", "campaign": "k1", "ad_set_id": "s1"},
        {"id": "r2", "campaign": "k2"},
        {"id": "r4", "campaign": "k3"},
    ]
    later = [
        {"id": "r3", "campaign": "k1", "ad_set_id": "s1"},
        {"id": "r4", "campaign": "k3", "ad_set_id": "s3"},
    ]
    return [
        file_of(tmp_path / "events.csv", touches(3, 12)),
        file_of(tmp_path / "campaigns.csv", campaigns),
        file_of(tmp_path / "creatives-1.csv", creatives),
        file_of(tmp_path / "creatives-2.csv", later),
    ]


@cases("order", ORDERS, short=4)
def test_the_campaign_tree_is_the_same_in_every_order_of_loads(
    graph: Stores, snapshot: Snapshot, tree_pieces: list[Path], order: tuple[int, ...]
) -> None:
    given(graph, *tree_pieces)
    together = snapshot()
    assert pairs(graph, "PART_OF") == TREE
    assert given(graph, *tree_pieces).rejected == 0
    assert snapshot() == together
    wipe(graph)
    assert [given(graph, tree_pieces[place]).rejected for place in order] == [0, 0, 0, 0]
    assert snapshot() == together


MOVES = [
    ("campaigns", {"id": "k", "account_id": "a"}, {"id": "k", "account_id": "b"}, "other-account"),
    (
        "creatives",
        {"id": "r", "campaign": "k", "ad_set_id": "s"},
        {"id": "r", "campaign": "k", "ad_set_id": "t"},
        "other-ad-set",
    ),
    (
        "creatives",
        {"id": "r", "campaign": "k", "ad_set_id": "s"},
        {"id": "q", "campaign": "x", "ad_set_id": "s"},
        "other-campaign",
    ),
]
"""Form, a row, a row that contradicts it, and the reason for which the later one is rejected."""


@pytest.mark.parametrize(("form", "first", "second", "reason"), MOVES)
def test_a_later_row_does_not_change_the_campaign_tree(
    graph: Stores,
    snapshot: Snapshot,
    tmp_path: Path,
    form: str,
    first: Row,
    second: Row,
    reason: str,
) -> None:
    given(graph, file_of(tmp_path / f"{form}-1.csv", [first]))
    stored = snapshot()
    report = given(graph, file_of(tmp_path / f"{form}-2.csv", [second]))
    assert reasons(report) == [(2, reason)]
    assert snapshot() == stored


@pytest.mark.parametrize(("form", "first", "second", "reason"), MOVES)
def test_a_campaign_tree_that_another_load_changed_meanwhile_is_kept(
    graph: Stores, tmp_path: Path, form: str, first: Row, second: Row, reason: str
) -> None:
    before = file_of(tmp_path / f"{form}-1.csv", [first])
    after = file_of(tmp_path / f"{form}-2.csv", [second])
    given(graph, before)
    tree = pairs(graph, "PART_OF")
    wipe(graph)
    with pytest.raises(InputError, match=r"another load assigned .* load the files again"):
        given(graph, after, meanwhile=partial(given, graph, before), moment="read")
    kept = pairs(graph, "PART_OF")
    assert tree <= kept
    # what the later load wrote before it came to the contradiction
    assert kept - tree <= {("t", "k"), ("q", "x")}
    assert reasons(given(graph, after)) == [(2, reason)]


@cases("order", ORDERS, short=4)
def test_four_files_give_one_graph_in_every_order_of_loads(
    graph: Stores, snapshot: Snapshot, pieces: list[Path], order: tuple[int, ...]
) -> None:
    given(graph, *pieces)
    together = snapshot()
    assert len(pairs(graph, "RUNS_ON")) > 4
    assert len(pairs(graph, "TARGETS")) > 3
    wipe(graph)
    assert [given(graph, pieces[place]).rejected for place in order] == [0, 0, 0, 0]
    assert snapshot() == together


@cases("seed", range(10, 16), short=2)
def test_random_touches_in_random_pieces_give_one_graph(
    graph: Stores, snapshot: Snapshot, tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    rows = touches(seed, 40)
    given(graph, file_of(tmp_path / "events.csv", rows))
    together = snapshot()
    wipe(graph)
    draw.shuffle(rows)
    cuts = sorted(draw.sample(range(1, len(rows)), 4))
    for lo, hi in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        given(graph, file_of(tmp_path / f"events-{lo}.csv", rows[lo:hi]))
    assert snapshot() == together


@cases("first", [1, 0], short=1)
def test_a_bulk_load_first_and_the_rest_online_give_the_graph_of_online_loads(
    graph: Stores, settings: Settings, snapshot: Snapshot, pieces: list[Path], first: int
) -> None:
    local = local_graph(settings)
    if local is None:
        pytest.skip("the server is not ours to stop")
    given(graph, *pieces)
    together = snapshot()
    wipe(graph)
    assert given(graph, pieces[first], mode="bulk", local=local).mode == "bulk"
    for place, file in enumerate(pieces):
        if place != first:
            given(graph, file)
    assert snapshot() == together


def test_a_bulk_load_without_events_is_refused(graph: Stores, pieces: list[Path]) -> None:
    with pytest.raises(InputError, match="is for touches and conversions, and the files hold none"):
        given(graph, pieces[2], mode="bulk")


def test_a_bulk_load_of_all_files_gives_the_graph_of_an_online_load(
    graph: Stores,
    settings: Settings,
    snapshot: Snapshot,
    pieces: list[Path],
    tree_pieces: list[Path],
) -> None:
    local = local_graph(settings)
    if local is None:
        pytest.skip("the server is not ours to stop")
    given(graph, *pieces, *tree_pieces)
    together = snapshot()
    assert pairs(graph, "PART_OF") >= TREE
    assert len(pairs(graph, "RUNS_ON")) > 4
    assert len(pairs(graph, "TARGETS")) > 3
    wipe(graph)
    assert given(graph, *pieces, *tree_pieces, mode="bulk", local=local).mode == "bulk"
    assert snapshot() == together


def test_a_creative_of_two_campaigns_in_one_file_goes_to_the_one_that_most_touches_name(
    graph: Stores, tmp_path: Path
) -> None:
    rows = [touch(n, creative="r", campaign=k, channel="tv") for n, k in enumerate(["x", "k", "k"])]
    report = given(graph, file_of(tmp_path / "events.csv", rows))
    assert reasons(report) == [(2, "other-campaign")]
    assert pairs(graph, "PART_OF") == {("r", "k")}
    assert pairs(graph, "RUNS_ON") == {("k", "tv")}


def test_a_creative_of_two_campaigns_in_two_files_goes_where_its_table_says(
    graph: Stores, tmp_path: Path
) -> None:
    rows = [touch(1, creative="r", campaign="x"), touch(2, creative="r", campaign="x")]
    events = file_of(tmp_path / "events.csv", rows)
    table = file_of(tmp_path / "creatives.csv", [{"id": "r", "campaign": "k"}])
    report = given(graph, events, table)
    assert reasons(report) == [(2, "other-campaign"), (3, "other-campaign")]
    assert pairs(graph, "PART_OF") == {("r", "k")}
    twice = [{"id": "s", "campaign": "k"}, {"id": "s", "campaign": "x"}]
    report = given(graph, file_of(tmp_path / "creatives-2.csv", twice))
    assert reasons(report) == [(3, "other-content")]


@pytest.mark.parametrize("form", ["events", "creatives"])
@pytest.mark.parametrize("before", ["events", "creatives"])
def test_a_creative_that_the_graph_has_in_another_campaign_is_refused(
    graph: Stores, snapshot: Snapshot, tmp_path: Path, form: str, before: str
) -> None:
    rows = {
        "events": [touch(1, creative="r", campaign="k", channel="tv")],
        "creatives": [{"id": "r", "campaign": "k"}],
    }
    given(graph, file_of(tmp_path / f"{before}-1.csv", rows[before]))
    stood = snapshot()
    moved = {
        "events": [touch(2, creative="r", campaign="x", channel="web", audience="old")],
        "creatives": [{"id": "r", "campaign": "x", "name": "moved"}],
    }
    report = given(graph, file_of(tmp_path / f"{form}-2.csv", moved[form]))
    assert reasons(report) == [(2, "other-campaign")]
    assert snapshot() == stood


def test_audiences_that_would_lie_within_themselves_by_two_loads_are_refused_rows(
    graph: Stores, tmp_path: Path
) -> None:
    first = [{"id": "a", "parent": "b"}, {"id": "b", "parent": "c"}]
    given(graph, file_of(tmp_path / "audiences-1.csv", first))
    second = [{"id": "c", "parent": "a"}, {"id": "d", "parent": "a"}]
    report = given(graph, file_of(tmp_path / "audiences-2.csv", second))
    assert reasons(report) == [(2, "circle")]
    assert pairs(graph, "WITHIN") == {("a", "b"), ("b", "c"), ("d", "a")}


def test_a_campaign_told_while_its_creatives_touches_are_written_is_wired_all_the_same(
    graph: Stores, snapshot: Snapshot, tmp_path: Path
) -> None:
    rows = [touch(n, creative="r", channel=h, audience="old") for n, h in enumerate(["tv", "web"])]
    events = file_of(tmp_path / "events.csv", rows)
    table = file_of(tmp_path / "creatives.csv", [{"id": "r", "campaign": "k"}])
    given(graph, events, table)
    together = snapshot()
    for moment in ("read", "write"):
        wipe(graph)
        given(graph, events, meanwhile=lambda: given(graph, table), moment=moment)
        assert snapshot() == together, moment


def test_what_another_load_said_meanwhile_stands_and_is_told(graph: Stores, tmp_path: Path) -> None:
    pairs_of_files = [
        ("creatives", {"id": "r", "campaign": "k"}, {"id": "r", "campaign": "x"}, "other-campaign"),
        ("audiences", {"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}, "circle"),
    ]
    for form, first, second, reason in pairs_of_files:
        before = file_of(tmp_path / f"{form}-1.csv", [first])
        after = file_of(tmp_path / f"{form}-2.csv", [second])
        load_before = partial(given, graph, before)
        with pytest.raises(InputError, match=r"another load .* load the files again"):
            given(graph, after, meanwhile=load_before, moment="read")
        assert reasons(given(graph, after)) == [(2, reason)]
    assert pairs(graph, "PART_OF") == {("r", "k")}
    assert pairs(graph, "WITHIN") == {("a", "b")}


def test_a_later_table_moves_an_audience_and_replaces_an_element(
    graph: Stores, tmp_path: Path
) -> None:
    given(graph, file_of(tmp_path / "audiences-1.csv", [{"id": "a", "parent": "b"}]))
    given(graph, file_of(tmp_path / "audiences-2.csv", [{"id": "a", "parent": "c"}]))
    assert pairs(graph, "WITHIN") == {("a", "c")}
    for place, hook in enumerate(["Look!", "Listen!"]):
        row = {"id": "r", "hook": hook, "cta": "Buy"}
        given(graph, file_of(tmp_path / f"creatives-{place}.csv", [row]))
    found = graph.driver.execute_query(
        "MATCH (:Creative {id: 'r'})-[:HAS_ELEMENT]->(e) RETURN e.kind AS kind, e.text AS text",
        database_=DATABASE,
    ).records
    assert {(record["kind"], record["text"]) for record in found} == {
        ("hook", "Listen!"),
        ("cta", "Buy"),
    }
