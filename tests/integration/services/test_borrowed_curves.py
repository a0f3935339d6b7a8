"""A plan of the graph that borrows curves by vectors in a real Postgres, and stores where from."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.services import budget_curves
from attrigraph.services.borrowed_curves import with_borrowed_curves
from attrigraph.services.embed import embed
from attrigraph.settings import DATABASE
from attrigraph.store.collections import delete_collection, list_collections
from lent_curves import lent_curves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

THEMES = ("running shoes for spring", "winter coats on sale", "espresso machine for the kitchen")
PLAN = ("budget", "plan", "--from-graph", "--from", "2026-02-01", "--to", "2026-02-28")


def run(stores: Stores, statement: str, **parameters: Any) -> list[Any]:
    with stores.driver.session(database=DATABASE) as session:
        return session.run(statement, parameters).values()


@pytest.fixture
def shop(graph: Stores) -> Iterator[Stores]:
    """Campaigns of three themes in turn."""
    rows = [[f"c{n:02}", f"{THEMES[n % 3]} number {n}"] for n in range(24)]
    run(graph, "UNWIND $rows AS row CREATE (:Campaign {id: row[0], name: row[1]})", rows=rows)
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def test_a_plan_borrows_and_stores_from_which_campaigns(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves, _, _ = lent_curves()
    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(shop))
    monkeypatch.setattr(budget_curves, "curves_from_graph", lambda *_, **__: curves)
    with pytest.raises(InputError, match="no vectors of campaigns; run `attrigraph embed` first"):
        with_borrowed_curves(shop, curves)
    embed(shop, ["campaign"])

    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, [*PLAN, "--by", "campaign", "--budget", "3000", *arguments])

    found = json.loads(command("--borrow", "--json", "--store").stdout)
    borrowed = {own["campaign"]: own["borrowed"] for own in found["allocations"]}
    assert {name for name, own in borrowed.items() if own} == {"c21", "c22", "c23"}
    for name in ("c21", "c22", "c23"):
        themes = {int(lender[1:]) % 3 for lender in borrowed[name]["campaigns"]}
        assert themes == {int(name[1:]) % 3}
    stored = run(
        shop,
        "MATCH (:Plan)-[a:ALLOCATES]->(c:Campaign) WHERE a.borrowedFrom IS NOT NULL "
        "RETURN c.id, a.borrowedFrom, a.identified ORDER BY c.id",
    )
    assert stored == [[n, borrowed[n]["campaigns"], False] for n in ("c21", "c22", "c23")]
    without = json.loads(command("--json").stdout)
    assert all(own["borrowed"] is None for own in without["allocations"])
    wrong = CliRunner().invoke(cli, [*PLAN, "--borrow"])
    assert "give --by campaign with --borrow" in str(wrong.exception)
