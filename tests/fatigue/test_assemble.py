"""Daily rows as dense arrays, against a dictionary of rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.domain import Categorical
from attrigraph.errors import InputError
from attrigraph.fatigue.assemble import UNKNOWN, assemble
from attrigraph.fatigue.daily_rows import CreativeTable, DailyRows
from attrigraph.fatigue.history import FatigueHistory, Genomes
from attrigraph.fatigue.usable_rows import UsableRows, usable_rows

Row = dict[str, Any]
NO_PAIRS = np.empty((2, 0), np.int64)
FIGURES = ("impressions", "clicks", "reach", "cost")
CREATIVES = CreativeTable(
    ids=("c0", "c1", "c2", "c3"),
    campaigns=("k1", "k0", None, None),
    channels=(("tv", "mail"), ("mail",), (), ()),
    elements=((), (), (), ()),
)


def columns(rows: list[Row]) -> DailyRows:
    def numbers(name: str) -> Any:
        return np.array([row.get(name, np.nan) for row in rows], float)

    def texts(name: str) -> Categorical:
        return Categorical.encode(row.get(name) for row in rows)

    return DailyRows(
        np.array([row["creative"] for row in rows], np.int64),
        texts("audience"),
        np.array([row["day"] for row in rows], np.int64).astype("datetime64[D]"),
        texts("channel"),
        texts("campaign"),
        texts("currency"),
        *(numbers(name) for name in FIGURES),
    )


def built(usable: UsableRows) -> FatigueHistory:
    empty = Genomes(("hook",), np.zeros((len(usable.creatives), 1, 2), np.float32))
    return assemble(usable, empty, NO_PAIRS, np.empty(0))


def row(creative: int = 0, audience: str = "a", day: int = 0, **figures: Any) -> Row:
    return {"creative": creative, "audience": audience, "day": day, **figures}


FIGURE = st.one_of(st.just(np.nan), st.integers(-1, 5).map(float), st.just(np.inf))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "creative": st.integers(0, 3),
            "audience": st.sampled_from(["a", "b"]),
            "day": st.integers(10, 14),
            "impressions": FIGURE,
            "clicks": FIGURE,
            "reach": FIGURE,
            "cost": FIGURE,
            "channel": st.sampled_from(["tv", "web", None]),
            "campaign": st.sampled_from(["k0", "k7", None]),
            "currency": st.sampled_from(["EUR", "USD", None]),
        }
    ),
    unique_by=lambda one: (one["creative"], one["audience"], one["day"]),
)


def fault(one: Row) -> str | None:
    values = [one[name] for name in FIGURES]
    if np.inf in values:
        return "not-finite"
    if min((value for value in values if value == value), default=0) < 0:
        return "negative"
    if np.isnan(one["impressions"]):
        return "no-impressions"
    if np.isnan(one["clicks"]):
        return "no-clicks"
    return "clicks-above-impressions" if one["clicks"] > one["impressions"] else None


@given(rows=ROWS, currency=st.sampled_from(["EUR", None]))
def test_arrays_are_those_of_a_dictionary(rows: list[Row], currency: str | None) -> None:
    usable = usable_rows(columns(rows), CREATIVES, currency)
    good: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for one in rows:
        if fault(one) is None:
            good[one["creative"], one["audience"]].append(one)
    shown = {unit: days for unit, days in good.items() if any(d["impressions"] for d in days)}
    kept = [one for days in shown.values() for one in days]
    assert sum(usable.left_out.values()) == len(rows) - len(kept)
    for name, number in usable.left_out.items():
        if name != "never-shown":
            assert number == sum(fault(one) == name for one in rows)
    numbers = sorted({creative for creative, _ in shown})
    assert usable.creatives.ids == tuple(CREATIVES.ids[i] for i in numbers)
    assert usable.not_shown == tuple(
        name for i, name in enumerate(CREATIVES.ids) if i not in numbers
    )
    if not kept:
        with pytest.raises(InputError, match="no daily figures of creatives that were shown"):
            built(usable)
        return
    main = usable.currency
    history = built(usable)
    assert history.units == len(shown)
    assert str(history.first_day) == str(np.datetime64(min(d["day"] for d in kept), "D"))
    assert history.days == max(d["day"] for d in kept) - min(d["day"] for d in kept) + 1
    start = min(d["day"] for d in kept)
    for unit, (creative, audience) in enumerate(sorted(shown)):
        assert history.creatives[history.creative[unit]] == CREATIVES.ids[creative]
        assert history.audiences[history.audience[unit]] == audience
        by_day = {one["day"] - start: one for one in shown[creative, audience]}
        assert np.flatnonzero(history.observed[unit]).tolist() == sorted(by_day)
        for day in range(history.days):
            expected = [0, 0, np.nan, np.nan]
            if day in by_day:
                expected = [by_day[day][name] for name in FIGURES]
                if by_day[day]["currency"] not in (main, None):
                    expected[3] = np.nan
            found = [getattr(history, name)[unit, day] for name in FIGURES]
            np.testing.assert_array_equal(found, expected)
        named = most_shown(shown[creative, audience], "channel")
        expected_channel = named or {0: None, 1: "mail"}.get(creative, UNKNOWN)
        if expected_channel is not None:
            assert history.channels[history.channel[unit]] == expected_channel
        by_days = most_shown([one for one in kept if one["creative"] == creative], "campaign")
        campaign = CREATIVES.campaigns[creative] or by_days or UNKNOWN
        assert history.campaigns[history.campaign[history.creative[unit]]] == campaign


def most_shown(rows: list[Row], name: str) -> str | None:
    shown: dict[str, float] = defaultdict(float)
    for one in rows:
        if one[name] is not None:
            shown[one[name]] += one["impressions"]
    return min(shown, key=lambda key: (-shown[key], key), default=None)


@given(rows=ROWS.filter(len), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[Row], seed: Any) -> None:
    one, other = usable_rows(columns(rows), CREATIVES), None
    seed.shuffle(rows)
    other = usable_rows(columns(rows), CREATIVES)
    assert one.left_out == other.left_out
    if len(one.rows):
        for name in (*FIGURES, "channel", "campaign", "observed"):
            np.testing.assert_array_equal(getattr(built(one), name), getattr(built(other), name))


def test_a_campaign_on_several_channels_gives_the_one_that_is_shown_most() -> None:
    rows = [
        row(impressions=1, clicks=0),
        row(1, channel="mail", impressions=3, clicks=0),
        row(2, channel="tv", impressions=4, clicks=0),
    ]
    history = built(usable_rows(columns(rows), CREATIVES))
    assert [history.channels[i] for i in history.channel] == ["tv", "mail", "tv"]


def test_a_mixture_of_currencies_is_counted_and_named() -> None:
    rows = [
        row(day=0, impressions=9, clicks=1, cost=5),
        row(day=1, impressions=9, clicks=1, cost=6, currency="USD"),
        row(day=2, impressions=9, clicks=1, cost=7, currency="EUR"),
        row(day=3, impressions=9, clicks=1, cost=8, currency="EUR"),
        row(day=4, impressions=9, clicks=1, currency="USD"),
    ]
    usable = usable_rows(columns(rows), CREATIVES)
    assert (usable.currency, usable.other_currencies) == ("EUR", {"USD": 1})
    np.testing.assert_array_equal(built(usable).cost, [[5, np.nan, 7, 8, np.nan]])
    assert usable_rows(columns(rows), CREATIVES, "GBP").other_currencies == {"EUR": 2, "USD": 1}


def test_two_rows_of_one_day_are_an_error() -> None:
    rows = [row(1, day=4, impressions=9, clicks=1), row(1, day=4, impressions=8, clicks=1)]
    with pytest.raises(InputError, match="c1 has two for a on 1970-01-05; keep one of them"):
        usable_rows(columns(rows), CREATIVES)
