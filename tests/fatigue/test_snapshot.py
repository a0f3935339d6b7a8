"""Features by hand, finite for every unit, and of nothing that came after the day."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.fatigue.panel import PSEUDO_CLICKS, panel_of
from attrigraph.fatigue.snapshot import (
    NEIGHBOUR_FEATURES,
    OWN_FEATURES,
    Snapshot,
    snapshot_of,
)
from fatigue_histories import history, small_history

if TYPE_CHECKING:
    from attrigraph.fatigue.history import FatigueHistory


def own(snapshot: Snapshot, name: str) -> np.ndarray:
    return snapshot.own[:, OWN_FEATURES.index(name)]


def neighbour(snapshot: Snapshot, name: str) -> np.ndarray:
    return snapshot.neighbour[:, NEIGHBOUR_FEATURES.index(name)]


def same(one: Snapshot, other: Snapshot) -> None:
    for field in fields(Snapshot):
        assert getattr(one, field.name) == pytest.approx(getattr(other, field.name)), field.name


def test_rates_by_hand() -> None:
    # the second unit paused, and came back on the last day
    impressions = np.array([[1000.0] * 6, [0, 1000, 0, 0, 0, 1000]])
    clicks = np.array([[10.0, 30, 30, 20, 10, 5], [0, 20, 0, 0, 0, 10]])
    panel = panel_of(history(impressions, clicks))
    # at equal conditions exactly, so that numbers are round
    mean = (135 + PSEUDO_CLICKS) / (8000 + PSEUDO_CLICKS / (136 / 8100))
    panel = replace(
        panel,
        impressions=impressions,
        factor=np.ones_like(panel.factor),
        rates=np.full_like(panel.rates, mean),
    )
    found = snapshot_of(panel)

    def log_rate(some_clicks: float, shown: float) -> float:
        return float(np.log((some_clicks + PSEUDO_CLICKS) / (shown + PSEUDO_CLICKS / mean)))

    peak = [log_rate(80, 3000), log_rate(20, 1000)]
    recent = [log_rate(35, 3000), log_rate(30, 2000)]
    assert found.units.tolist() == [0, 1]
    assert found.log_peak == pytest.approx(peak)
    assert found.log_ratio == pytest.approx(np.subtract(recent, peak))
    first = np.array([log_rate(70, 3000), log_rate(20, 1000)])
    assert own(found, "log first rate") == pytest.approx(first - np.log(mean))
    assert own(found, "log recent rate") == pytest.approx(recent - np.log(mean))
    assert own(found, "log of recent over first") == pytest.approx(recent - first)
    assert np.exp(own(found, "log age")) == pytest.approx([6, 5])
    assert np.exp(own(found, "log impressions")) == pytest.approx([6000, 2000])
    assert np.exp(own(found, "log clicks")) == pytest.approx([106, 31])
    # days on which the windows of the peak ended: 3, and 3, which is the first full one
    exposure = panel.own[:, -1] - panel.own[:, 3]
    assert own(found, "exposure since the peak") == pytest.approx(exposure)


def test_a_pause_is_no_peak() -> None:
    """Days without impressions have no rate, not the usual one."""
    impressions = np.array([[5000.0] * 4 + [0] * 4 + [5000], [5000.0] * 9])
    clicks = impressions * [[0.001], [0.1]]
    found = snapshot_of(panel_of(history(impressions, clicks)))
    assert found.log_peak[0] == pytest.approx(found.log_peak[0] + found.log_ratio[0], abs=0.7)
    assert found.log_peak[0] < np.log(0.01)


def test_similar_units_by_hand() -> None:
    figures = history(np.full((3, 10), 100.0), similar=[(0, 1)], similarity=[0.75])
    panel = panel_of(figures)
    found = snapshot_of(panel)
    exposure, frequency = panel.own[0, -1], panel.frequency[0, -1]
    assert set(zip(found.source.tolist(), found.target.tolist(), strict=True)) == {(0, 1), (1, 0)}
    expected = [0.5, 0.5 * exposure, np.log1p(0.5 * exposure), frequency]
    assert found.edge == pytest.approx(np.array([expected, expected]))
    spilled = [np.log1p(0.5 * exposure)] * 2 + [0]
    assert neighbour(found, "log exposure of similar creatives") == pytest.approx(spilled)
    sums = [np.log1p(0.5 * frequency)] * 2 + [0]
    assert neighbour(found, "log frequency of similar creatives") == pytest.approx(sums)
    assert np.expm1(neighbour(found, "log of similar creatives")) == pytest.approx([1, 1, 0])


def test_units_are_live_that_were_shown_within_a_week() -> None:
    shown = np.ones((3, 20))
    shown[0, 12:] = 0
    shown[1, 14:] = 0
    figures = history(shown, similar=[(0, 1), (1, 2)], similarity=[0.9, 0.9])
    found = snapshot_of(panel_of(figures))
    assert found.units.tolist() == [1, 2]
    # rows of the snapshot, not numbers of units
    assert set(zip(found.source.tolist(), found.target.tolist(), strict=True)) == {(0, 1), (1, 0)}
    # what is no longer live is still remembered by the audience
    assert neighbour(found, "log exposure of similar creatives")[0] > 0


@pytest.mark.parametrize("day", [20, 47])
def test_what_comes_after_the_day_changes_nothing(day: int) -> None:
    figures = small_history()
    later = np.arange(figures.days) > day
    rng = np.random.default_rng(0)

    def altered(table: np.ndarray, value: float) -> np.ndarray:
        return np.where(later, rng.permuted(table, axis=0) * value, table)

    impressions = altered(figures.impressions, 3)
    other = replace(
        figures,
        impressions=impressions,
        clicks=np.minimum(altered(figures.clicks, 2), impressions),
        reach=altered(figures.reach, 2),
        cost=altered(figures.cost, 5),
        observed=np.where(later, impressions > 0, figures.observed),
    )
    found = snapshot_of(panel_of(figures.until(day)))
    assert len(found.units) > 30
    same(found, snapshot_of(panel_of(other.until(day))))
    # units that are launched later change nothing either
    known = np.flatnonzero((figures.impressions[:, : day + 1] > 0).any(axis=1))
    alone = snapshot_of(panel_of(only(figures, known).until(day)))
    same(found, replace(alone, units=known[alone.units]))


def only(figures: FatigueHistory, units: np.ndarray) -> FatigueHistory:
    """The history of some units."""
    tables = (
        "creative", "audience", "channel", "observed", "impressions", "clicks", "reach", "cost",
    )  # fmt: skip
    return replace(figures, **{name: getattr(figures, name)[units] for name in tables})


def test_the_order_of_units_changes_nothing() -> None:
    figures = small_history().until(40)
    order = np.random.default_rng(0).permutation(figures.units)
    found, other = (snapshot_of(panel_of(f)) for f in (figures, only(figures, order)))
    back = np.argsort(order[other.units])
    assert order[other.units][back].tolist() == found.units.tolist()
    for name in ("own", "neighbour", "log_peak", "log_ratio"):
        assert getattr(other, name)[back] == pytest.approx(getattr(found, name))


def test_an_isolated_creative_changes_others_only_by_what_all_share() -> None:
    """It has an audience and a channel of its own, and hardly any clicks."""
    figures = small_history().until(40)
    row = np.where(np.arange(figures.days) >= 30, 50.0, 0.0)

    def more(table: np.ndarray, value: object) -> np.ndarray:
        return np.concatenate([table, np.asarray([value], table.dtype)])

    other = replace(
        figures,
        creatives=(*figures.creatives, "new"),
        campaigns=(*figures.campaigns, "new"),
        audiences=(*figures.audiences, "new"),
        channels=(*figures.channels, "new"),
        campaign=more(figures.campaign, len(figures.campaigns)),
        creative=more(figures.creative, len(figures.creatives)),
        audience=more(figures.audience, len(figures.audiences)),
        channel=more(figures.channel, len(figures.channels)),
        observed=more(figures.observed, row > 0),
        impressions=more(figures.impressions, row),
        clicks=more(figures.clicks, row / 50),
        reach=more(figures.reach, row / 2),
        cost=more(figures.cost, row),
    )
    found, changed = snapshot_of(panel_of(figures)), snapshot_of(panel_of(other))
    count = len(found.units)
    assert changed.units.tolist() == [*found.units.tolist(), figures.units]
    for name in ("source", "target", "edge"):
        assert getattr(changed, name) == pytest.approx(getattr(found, name))
    assert changed.neighbour[:count, :3] == pytest.approx(found.neighbour[:, :3])
    assert changed.neighbour[:count] == pytest.approx(found.neighbour, abs=0.02)
    # shared: the mean rate to which a few clicks are shrunk, slopes, and the common factor
    assert changed.own[:count] == pytest.approx(found.own, abs=0.02)
    assert changed.log_peak[:count] == pytest.approx(found.log_peak, abs=0.01)


SHOWN = st.lists(
    st.lists(st.sampled_from([0, 0, 1, 40, 3000]), min_size=9, max_size=9), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=60)
@given(shown=SHOWN, days=st.integers(1, 9), rate=st.sampled_from([0.0, 0.02, 1.0]))
def test_features_are_finite(shown: list[list[int]], days: int, rate: float) -> None:
    """Launched on the day, paused, of one day, without clicks or reach: no feature is missing."""
    impressions = np.array(shown, float)[:, :days]
    figures = history(
        impressions,
        np.floor(impressions * rate),
        similar=[(0, len(shown) - 1)] if len(shown) > 1 else [],
        similarity=[0.9] if len(shown) > 1 else [],
    )
    found = snapshot_of(panel_of(figures))
    live = (impressions[:, -7:] > 0).any(axis=1)
    assert found.units.tolist() == np.flatnonzero(live).tolist()
    for field in fields(Snapshot):
        assert np.isfinite(getattr(found, field.name)).all(), field.name
