"""Paths of Snowplow's attribution packages: generated tables, credited by an independent script."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset
from walked_histories import RULES, credit_by_rules
from web_visits import MUTATIONS, Row, mutated, written

if TYPE_CHECKING:
    from pathlib import Path

    from walked_histories import Event

CHANNELS = ("Paid_Search", "Organic_Search", "Email", "Direct", "Display_Other", "Referral")


def path_of(row: Row) -> str:
    return str(row["channel_transformed_path"])


def paths(seed: int, count: int = 1_200) -> tuple[list[Row], list[Row]]:
    """Rows of paths to conversion, and of paths to non-conversion."""
    rng = np.random.default_rng(seed)
    converted, others = [], []
    for number in range(count):
        steps = " > ".join(rng.choice(CHANNELS, size=rng.integers(1, 6)))
        row = {
            "customer_id": f"user{number}",
            "channel_path": f"{steps} > Direct",
            "channel_transformed_path": steps,
            "campaign_path": "autumn",
            "campaign_transformed_path": "autumn",
        }
        if rng.random() < 0.6:
            cv = {"cv_id": f"cv{number}", "cv_tstamp": f"2026-10-{1 + number % 30:02} 12:00:00"}
            converted.append({**cv, **row, "revenue": round(float(rng.gamma(2, 30)), 2)})
        else:
            others.append(row)
    return converted, others


def worked_out(converted: list[Row]) -> dict[str, dict[str, float]]:
    """Credited value by rule; the conversions of a path share its value."""
    histories: dict[str, list[Event]] = {}
    totals: dict[str, float] = defaultdict(float)
    for row in converted:
        totals[path_of(row)] += row["revenue"]
    for path, value in totals.items():
        steps: list[Event] = list(enumerate(path.split(" > ")))
        histories[path] = [*steps, (len(steps), value)]
    return credit_by_rules(histories)


def summary(converted: list[Row], others: list[Row]) -> list[Row]:
    n_converted, n_others = Counter(map(path_of, converted)), Counter(map(path_of, others))
    revenue: dict[str, float] = defaultdict(float)
    for row in converted:
        revenue[path_of(row)] += row["revenue"]
    return [
        {
            "transformed_path": path,
            "conversions": n_converted[path],
            "non_conversions": n_others[path],
            "revenue": revenue[path],
        }
        for path in {**n_converted, **n_others}
    ]


@pytest.mark.parametrize("mutation", [*MUTATIONS, "summary"])
def test_paths_have_the_credits_that_are_worked_out_from_them(
    mutation: str, tmp_path: Path
) -> None:
    converted, others = paths(len(mutation))
    files = [written(summary(converted, others), tmp_path / "summary.csv")]
    if mutation != "summary":
        optional = ("customer_id", "cv_id", "campaign_path", "campaign_transformed_path")
        files = [
            path
            for name, rows in (("cv", converted), ("non_cv", others))
            for path in mutated(
                rows,
                tmp_path / f"{name}.csv",
                mutation,
                optional=optional,
                day=lambda row: row["customer_id"][-1] > "4",
            )
        ]
    answer = attribute_files(
        files,
        preset("snowplow-paths"),
        AttributionOptions(models=RULES),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path / "staged",
        strict=True,
    )
    observed = answer.observed
    assert observed.conversions == len(converted)
    assert observed.journeys == len(converted) + len(others)
    expected = worked_out(converted)
    for rule in RULES:
        credits = {str(each.key): each.value for each in answer.models[rule].credits}
        assert credits == pytest.approx(expected[rule], rel=1e-9), rule
