"""Pictures without a script: what lies where, and that nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.observed.summary import Flow, Stop
from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.report.changes import changes
from attrigraph.report.chosen import chosen_model, credited
from attrigraph.report.columns import MAX_BINS, MAX_LENGTH, lag_chart, length_columns
from attrigraph.report.sankey import HEIGHT, sankey

FIRST = [Stop(0, "key", name) for name in ("a", None)]
SECOND = [Stop(1, "other"), Stop(1, "converted"), Stop(2, "ended")]
FLOWS = (
    Flow(FIRST[0], SECOND[0], 30.0),
    Flow(FIRST[1], SECOND[0], 10.0),
    Flow(SECOND[0], SECOND[2], 40.0),
    Flow(FIRST[0], SECOND[1], 10.0),
)


def test_bands_are_as_thick_as_their_journeys_and_fill_their_nodes() -> None:
    picture = sankey(FLOWS, ["a", None])
    thickness = sorted(band.thickness for band in picture.ribbons)
    assert [band / thickness[0] for band in thickness] == pytest.approx([1, 1, 3, 4])
    for node in picture.nodes:
        inner = [band for band in picture.ribbons if band.x1 == node.x and _within(band.y1, node)]
        outer = [
            band for band in picture.ribbons if band.x0 == node.x + 14 and _within(band.y0, node)
        ]
        most = max(sum(b.thickness for b in inner), sum(b.thickness for b in outer))
        assert most == pytest.approx(node.height)
        assert node.y + node.height <= HEIGHT + 1e-6
    assert {label for label, _ in picture.legend} == {
        *("a", "(unknown)", "(all others)", "converted", "not converted")
    }


def _within(y: float, node: object) -> bool:
    return bool(node.y - 1e-6 <= y <= node.y + node.height + 1e-6)  # type: ignore[attr-defined]


def test_journeys_by_length_keep_all_journeys() -> None:
    converting, others = np.ones(30), np.full(30, 3.0)
    columns = length_columns(converting, others)
    assert columns[-1].name == f"{MAX_LENGTH}+"
    assert columns[-1].text == "15+ touches: 60 journeys, 15 converted"
    assert (columns[-1].height, columns[0].part) == (100.0, 25.0)
    assert columns[0].height == pytest.approx(100 * 4 / 60, abs=0.01)
    assert [column.part for column in length_columns(np.zeros(2), np.zeros(2))] == [0.0, 0.0]


def test_times_to_conversion_are_in_columns_between_round_edges() -> None:
    chart = lag_chart(np.array([0.5, 0.6, 6.9, 7.0]))
    assert chart is not None
    assert [column.name for column in chart.columns] == [f"{0.5 * n:g}" for n in range(14)]
    assert (chart.end, chart.unit, chart.median) == ("7", "days", "3.8 days")
    assert [column.text for column in chart.columns if column.height] == [
        "0.5 to 1 days: 2 conversions",
        "6.5 to 7 days: 2 conversions",
    ]
    assert lag_chart(np.empty(0)) is None


def test_short_times_to_conversion_are_in_hours() -> None:
    chart = lag_chart(np.array([0.25, 1.0, 2.0]))
    assert chart is not None
    assert (chart.end, chart.unit, chart.median) == ("48", "hours", "24.0 hours")
    assert chart.columns[3].text == "6 to 8 hours: 1 conversion"
    at_once = lag_chart(np.zeros(3))
    assert at_once is not None
    assert [column.text for column in at_once.columns] == ["0 to 0.01 hours: 3 conversions"]


@pytest.mark.parametrize("longest", [1e-6, 0.02, 1.99, 2.01, 29.99, 30.0, 30.0 + 1e-12, 31.0, 5e3])
def test_no_conversion_is_outside_the_columns(longest: float) -> None:
    chart = lag_chart(longest * np.linspace(0.0, 1.0, 101))
    assert chart is not None
    assert len(chart.columns) <= MAX_BINS
    assert sum(int(column.text.split()[-2]) for column in chart.columns) == 101
    assert chart.columns[-1].height > 0


def model(name: str, *credits: Credit, incremental: bool = False) -> ModelCredits:
    return ModelCredits(name, incremental, Amount(0.0, 0.0), credits)


def test_the_model_to_show_estimates_causes_if_any_does() -> None:
    rules = [model("last"), model("shapley-simplified"), model("linear")]
    causal = model("attention", incremental=True)
    assert chosen_model([*rules, causal]) is causal
    assert chosen_model(rules) is rules[2]
    assert chosen_model(rules[1:2]) is rules[1]
    assert chosen_model([]) is None


def test_bars_share_one_scale_with_zero_in_it() -> None:
    credits = (
        Credit("a", 3.0, 30.0, value_low=10.0, value_high=90.0, identified=True),
        Credit("b", -1.0, -10.0, value_low=-40.0, value_high=20.0, identified=False),
    )
    one = model("incremental", *credits, incremental=True)
    answer = Attribution("channel", Observed(9, 5, 50.0), {"incremental": one})
    table = credited(answer, one, max_rows=1)
    assert (table.unit, table.hidden, table.rows[0].ends) == ("value", 1, (10.0, 90.0))
    strips = [row.strip for row in credited(answer, one, max_rows=9).rows]
    assert [(strip.zero, strip.value) for strip in strips] == [(10.0, 40.0), (10.0, 0.0)]
    assert (strips[0].low, strips[0].high) == (20.0, 100.0)
    assert (strips[1].low, strips[1].high) == (None, None)


def test_without_values_conversions_are_shown() -> None:
    one = model("last", Credit("a", 3.0, 0.0))
    table = credited(Attribution("channel", Observed(9, 3, 0.0), {"last": one}), one, max_rows=9)
    assert (table.unit, table.rows[0].amount) == ("conversions", 3.0)


def test_changes_whose_intervals_are_apart_are_beyond_chance() -> None:
    now = model(
        "incremental",
        Credit("a", 0.0, 50.0, value_low=40.0, value_high=60.0, identified=True),
        Credit("b", 0.0, 50.0, value_low=40.0, value_high=60.0, identified=False),
        Credit("new", 0.0, 5.0),
    )
    before = model(
        "incremental",
        Credit("a", 0.0, 20.0, value_low=10.0, value_high=30.0, identified=True),
        Credit("b", 0.0, 20.0, value_low=10.0, value_high=30.0, identified=True),
        Credit("gone", 0.0, 4.0),
    )
    earlier = Attribution("channel", Observed(9, 3, 9.0), {"incremental": before})
    found = changes(now, earlier, "value", max_rows=9)
    assert found is not None
    assert [(one.key, one.difference, one.beyond_chance) for one in found] == [
        ("a", 30.0, True),
        ("b", 30.0, False),
        ("new", 5.0, False),
        ("gone", -4.0, False),
    ]
    assert changes(model("last"), earlier, "value", max_rows=9) is None
