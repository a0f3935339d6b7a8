from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from rich.console import Console

from attrigraph.cli.tables.budget import show_plan
from attrigraph.planning.allocate import allocate
from attrigraph.planning.plan_json import plan_json
from attrigraph.planning.related_campaigns import CampaignReach, RelatedPair, related_campaigns
from attrigraph.planning.verify import verify
from attrigraph.report.plan_page import render
from budget_problems import REQUEST


def reach(channels: str, audiences: str) -> CampaignReach:
    """From names of one letter."""
    return CampaignReach(frozenset(channels), frozenset(audiences))


IDS = ("a", "b", "c", "d", "e")
REACHES = (reach("sx", "y"), reach("s", "yo"), reach("m", "y"), reach("m", ""), reach("", "y"))
SIMILARITY = np.array(
    [
        [1.0, 0.8, 0.95, 0.99, 0.1],
        [0.8, 1.0, 0.5, 0.99, 0.2],
        [0.95, 0.5, 1.0, 0.3, 0.3],
        [0.99, 0.99, 0.3, 1.0, 0.4],
        [0.1, 0.2, 0.3, 0.4, 1.0],
    ]
)
FOUND = related_campaigns(IDS, REACHES, SIMILARITY)


def test_siblings_compete_where_they_share_a_channel_or_an_audience() -> None:
    # d is on the channel of c alone, and is no sibling of it; it shares nothing with a and b
    assert FOUND.competing == (
        RelatedPair(("a", "c"), 0.95, (), ("y",)),
        RelatedPair(("a", "b"), 0.8, ("s",), ("y",)),
    )
    assert FOUND.n_competing == 2
    assert FOUND.competing[1].shared() == "on s, for y"


def test_candidates_reach_an_audience_by_different_channels() -> None:
    # nothing is known of the channels of e
    assert FOUND.synergy_candidates == (RelatedPair(("b", "c"), 0.5, (), ("y",)),)


def test_the_most_similar_are_kept_and_all_are_counted() -> None:
    n = 30
    close = np.full((n, n), 0.9) + np.eye(n) * 0.1
    close[0, 1] = close[1, 0] = 0.97
    found = related_campaigns([f"c{i}" for i in range(n)], [reach("s", "")] * n, close)
    assert (len(found.competing), found.n_competing) == (20, n * (n - 1) // 2)
    assert found.competing[0].campaigns == ("c0", "c1")


def test_a_plan_shows_them_and_changes_no_number() -> None:
    plain, plan = allocate(REQUEST), allocate(replace(REQUEST, related=FOUND))
    console = Console(record=True, width=10_000)
    show_plan(plan, console=console)
    shown = console.export_text()
    assert "a and c may take from each other: texts with a cosine of 0.95, both for y." in shown
    assert "b and c may help each other, and no number of the plan holds that" in shown
    first, second = (json.loads(json.dumps(plan_json(one))) for one in (plain, plan))
    assert (first.pop("related"), second["related"]["n_competing"]) == (None, 2)
    del second["related"]
    assert first == second
    assert verify(json.loads(json.dumps(plan_json(plan)))).is_best
    written = datetime(2026, 1, 31, tzinfo=UTC)
    page = render(plan, source="the graph", written=written)
    assert "a and c: texts with a cosine of 0.95, both for y" in page
    assert "May help each other: worth a test" in page
    assert "Related campaigns" not in render(plain, source="the graph", written=written)
