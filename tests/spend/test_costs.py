"""Costs of keys: every unit of spend counts once, whatever touches there are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attrigraph.domain import LEVELS, Level, SpendDays
from attrigraph.domain.returns import SpendLine
from attrigraph.spend.costs import level_costs
from attrigraph.spend.matching import Matcher
from attrigraph.spend.period import Period, day_bounds, days_inside
from attrigraph.spend.targets import SpendTarget
from attrigraph.spend.touch_groups import TouchGroups

NAMES: dict[Level, tuple[str, ...]] = {
    "channel": ("social", "search"),
    "campaign": ("brand", "spring"),
    "creative": ("a", "b"),
}
TOUCH = st.tuples(
    *(st.integers(-1, 1) for _ in LEVELS), st.integers(0, 9), st.sampled_from([1.0, 2.0, math.nan])
)
LINE = st.builds(
    SpendLine,
    st.integers(0, 5).map(float),
    channel=st.sampled_from([None, "Search", "tv"]),
    campaign=st.sampled_from([None, "brand", "77"]),
    campaign_name=st.sampled_from([None, "SPRING", "Fall"]),
    creative=st.sampled_from([None, "a", "z"]),
)


def grouped(touches: list[tuple[int, int, int, int, float]]) -> TouchGroups:
    """Groups of touches with codes, time and cost."""
    rows = np.array([touch[:3] for touch in touches], np.int64).reshape(-1, 3)
    present, group = np.unique(rows, axis=0, return_inverse=True)
    count = np.bincount(group, minlength=len(present)).astype(float)
    cost = np.array([touch[4] for touch in touches], float)
    return TouchGroups(
        keys=NAMES,
        codes={level: present[:, i] for i, level in enumerate(LEVELS)},
        counted=count,
        total=count,
        group=group,
        time=np.array([touch[3] for touch in touches], np.int64),
        cost=cost,
        priced=(~np.isnan(cost)).astype(float),
        weight=np.ones(len(touches)),
    )


@example([(0, 1, 0, 0, 1.0), (0, 1, 1, 0, 1.0)], [SpendLine(0.0, campaign="brand", creative="a")])
@given(st.lists(TOUCH, max_size=12), st.lists(LINE, max_size=6))
def test_every_level_has_the_spend_and_the_costs_of_touches_that_no_spend_supersedes(
    touches: list[tuple[int, int, int, int, float]], lines: list[SpendLine]
) -> None:
    matcher = Matcher(grouped(touches), {})
    targets = [SpendTarget(line, 2, 7) for line in lines]
    sums = []
    for level in LEVELS:
        found = level_costs(matcher, targets, level)
        of_keys = math.fsum(one.cost or 0.0 for one in found.keys.values())
        sums.append(of_keys + math.fsum(line.cost for line in found.not_assigned))
    own = math.fsum(
        cost
        for *codes, _, cost in touches
        if not math.isnan(cost) and not any(is_for(line, codes, touches) for line in lines)
    )
    assert sums == pytest.approx([sum(line.cost for line in lines) + own] * len(LEVELS))


def is_for(
    line: SpendLine, codes: list[int], touches: list[tuple[int, int, int, int, float]]
) -> bool:
    """Whether a line takes the place of a touch's own cost, worked out touch by touch."""
    channel = {"Search": 1}.get(line.channel or "")
    campaign = {"brand": 0}.get(line.campaign or "", {"SPRING": 1}.get(line.campaign_name or ""))
    creative = {"a": 0}.get(line.creative or "")
    all_codes: list[tuple[int, ...]] = [touch[:3] for touch in touches]

    def narrowed(
        some: list[tuple[int, ...]], place: int, code: int | None
    ) -> list[tuple[int, ...]]:
        return [one for one in some if one[place] == code] or some

    own = [one for one in all_codes if campaign is not None and one[1] == campaign]
    if own:
        own = narrowed(own, 2, creative)
    elif creative is not None:
        own = [one for one in all_codes if one[2] == creative]
    own = narrowed(own, 0, channel)
    named = {one[1] for one in own} - {-1}
    of_campaigns = [one for one in all_codes if one in own or one[1] in named]
    touch = (codes[0], codes[1], codes[2])
    in_channel = channel is not None and touch[0] == channel
    has_campaign = bool(line.campaign or line.campaign_name or line.creative)
    return (
        touch in narrowed(of_campaigns, 0, channel)
        or (creative is not None and touch[2] == creative)
        or (in_channel and (touch[1] == -1 if has_campaign else True))
    )


def test_by_campaign_the_own_costs_of_a_channel_with_spend_do_not_count() -> None:
    untagged = [(0, -1, -1, 3, 0.5)] * 10
    line = SpendLine(100.0, channel="social")
    found = level_costs(Matcher(grouped(untagged), {}), [SpendTarget(line, 0, 9)], "campaign")
    assert (found.keys[None].cost, found.keys[None].coverage) == (None, 0.0)
    assert found.not_assigned == (line,)


@given(st.lists(TOUCH, max_size=12), st.lists(LINE, max_size=6), st.sampled_from(LEVELS))
def test_costs_add_up_to_the_spend_and_coverage_is_a_share(
    touches: list[tuple[int, int, int, int, float]], lines: list[SpendLine], level: Level
) -> None:
    groups = grouped(touches)
    targets = [SpendTarget(line, 2, 7) for line in lines]
    found = level_costs(Matcher(groups, {}), targets, level)
    spent = sum(line.cost for line in lines) - sum(line.cost for line in found.not_assigned)
    own = math.fsum(cost for *_, cost in touches if not math.isnan(cost))
    total = math.fsum(one.cost or 0.0 for one in found.keys.values())
    assert spent - 1e-9 <= total <= spent + own + 1e-9
    assert all(0 <= one.coverage <= 1 for one in found.keys.values())
    assert sum(one.touches for one in found.keys.values()) == len(touches)
    if not lines:
        assert total == pytest.approx(own)


def test_a_campaign_on_several_channels_is_divided_by_its_touches() -> None:
    groups = grouped([(0, 0, -1, 3, math.nan)] * 3 + [(1, 0, -1, 3, math.nan)])
    line = SpendLine(8.0, campaign="brand")
    found = level_costs(Matcher(groups, {}), [SpendTarget(line, 0, 9)], "channel")
    assert {key: one.cost for key, one in found.keys.items()} == {"social": 6.0, "search": 2.0}
    assert found.split == (("search", "social"),)
    named = SpendLine(8.0, channel="Search", campaign="brand")
    found = level_costs(Matcher(groups, {}), [SpendTarget(named, 0, 9)], "channel")
    assert {key: one.cost for key, one in found.keys.items()} == {"social": None, "search": 8.0}


def test_touches_outside_the_days_of_a_platform_have_no_known_cost() -> None:
    groups = grouped([(1, 0, -1, time, math.nan) for time in range(10)])
    line = SpendLine(8.0, campaign="brand")
    found = level_costs(Matcher(groups, {}), [SpendTarget(line, 2, 7)], "campaign")
    assert (found.keys["brand"].coverage, found.keys["brand"].cost) == (0.5, 8.0)


def test_the_name_of_a_known_campaign_finds_its_id() -> None:
    groups = grouped([(1, 1, -1, 3, math.nan)])
    line = SpendLine(8.0, campaign="4711", campaign_name="Spring 26")
    found = level_costs(
        Matcher(groups, {"spring": "spring-26"}), [SpendTarget(line, 0, 9)], "campaign"
    )
    assert found.keys["spring"].cost == 8.0


@pytest.mark.parametrize(
    ("zone", "inside"),
    [(None, [0, 1, 1, 0]), ("Europe/Berlin", [0, 1, 1, 0]), ("America/Los_Angeles", [0, 1, 1, 0])],
)
def test_a_day_counts_in_the_window_that_holds_most_of_it(
    zone: str | None, inside: list[int]
) -> None:
    from dataclasses import replace

    from attrigraph.domain import Categorical

    days = np.arange("2026-06-01", "2026-06-05", dtype="datetime64[D]")
    spend = replace(SpendDays.empty(), date=days, zone=Categorical.encode([zone] * 4))
    start, end = (days[1::2].astype("datetime64[ms]").astype(np.int64)).tolist()
    window = Period(start, end, stated=True)
    assert days_inside(*day_bounds(spend), window).astype(int).tolist() == inside
    starts, _ = day_bounds(spend)
    assert (starts[0] - days[0].astype("datetime64[ms]").astype(np.int64)) / 3_600_000 == {
        None: 0, "Europe/Berlin": -2, "America/Los_Angeles": 7,
    }[zone]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "days"),
    [(None, ("2026-03-02", "2026-03-05")), ("Europe/Berlin", ("2026-03-03", "2026-03-05"))],
)
def test_the_days_of_a_period_are_in_the_zone_of_its_window(
    zone: str | None, days: tuple[str, str]
) -> None:
    # 2026-03-03 and 2026-03-06, midnight in Berlin
    period = Period(1_772_492_400_000, 1_772_751_600_000, stated=True, zone=zone)
    assert tuple(day.isoformat() for day in period.days) == days


def test_a_campaign_without_touches_has_no_full_coverage_where_touches_name_none() -> None:
    untagged, elsewhere = (1, -1, -1, 3, math.nan), (0, -1, -1, 3, math.nan)
    line = SpendLine(8.0, channel="Search", campaign_name="Fall")
    for touches, coverage, unnamed in (([untagged, elsewhere], 0.0, 1), ([elsewhere], 1.0, 0)):
        found = level_costs(Matcher(grouped(touches), {}), [SpendTarget(line, 0, 9)], "campaign")
        assert (found.keys["Fall"].cost, found.keys["Fall"].coverage) == (8.0, coverage)
        assert found.unnamed == unnamed
