"""The queries of the cookbook on ``small_graph.cypher``, compared with results by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.graph.explore import queries, run_query
from attrigraph.settings import DATABASE
from cookbook import calls_of_the_cookbook

if TYPE_CHECKING:
    from attrigraph.stores import Stores

JUNE = {"from": "2026-06-01T00:00Z", "to": "2026-07-01T00:00Z"}
SUMMER = {"from": "2026-06-01T00:00Z", "to": "2026-09-01T00:00Z"}
BACK = {"lookbackDays": 30}
LINEAR = {"model": "linear"}
EARLY_JUNE = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 6, tzinfo=UTC))
QUARTILES = ("lowerQuartile", "median", "upperQuartile")
BOTH_RUNS = ("aaaa", "bbbb", "linear", *EARLY_JUNE, None, None, None, 30.0)

# name of the query: (parameters, columns, rows)
RESULTS: dict[str, tuple[dict[str, Any], tuple[str, ...], list[tuple[Any, ...]]]] = {
    "assisted_conversions": (
        SUMMER | BACK,
        ("channel", "assisted", "lastTouch", "assistedPerLastTouch"),
        [("Email", 1, 0, None), ("Search", 1, 1, 1.0), ("Social", 1, 2, 0.5), (None, 0, 2, 0.0)],
    ),
    "biggest_movers": (
        LINEAR | {"before": "aaaa", "after": "bbbb", "level": "channel", "limit": 3},
        (
            *("key", "before", "after", "change", "beforeRun", "afterRun", "model"),
            *("beforeWindowStart", "beforeWindowEnd", "afterWindowStart", "afterWindowEnd"),
            *("beforeLookbackDays", "afterLookbackDays"),
        ),
        [
            ("Social", 0.75, 11 / 6, 13 / 12, *BOTH_RUNS),
            ("Search", 0.25, 5 / 6, 7 / 12, *BOTH_RUNS),
            ("Email", 0.0, 1 / 3, 1 / 3, *BOTH_RUNS),
        ],
    ),
    "changes_between_runs": (
        {"before": "aaaa", "after": "bbbb"},
        ("property", "before", "after", "beforeRun", "afterRun"),
        [
            ("models", ["linear"], ["linear", "shapley-ordered"], "aaaa", "bbbb"),
            ("kind", None, "purchase", "aaaa", "bbbb"),
            ("lookbackDays", None, 30.0, "aaaa", "bbbb"),
            ("windowStart", EARLY_JUNE[0], None, "aaaa", "bbbb"),
            ("windowEnd", EARLY_JUNE[1], None, "aaaa", "bbbb"),
            ("fingerprint", "f1", "f2", "aaaa", "bbbb"),
        ],
    ),
    # journeys: v1 {Social, Email, Search}, v2 {Social}, v3 {Search, Social}, v4 {}, v5 {}
    "channel_overlap": (
        SUMMER | BACK | {"limit": 10},
        ("channel", "other", "together", "withChannel", "withOther", "lift"),
        [
            ("Search", "Social", 2, 2, 3, 2 * 5 / 6),
            ("Email", "Search", 1, 1, 2, 5 / 2),
            ("Email", "Social", 1, 1, 3, 5 / 3),
        ],
    ),
    "channels_not_identified": (
        {"model": "incremental"},
        ("channel", "reasons", "conversions", "low", "high", "captured"),
        [("Search", ["moment-of-purchase", "collinear"], 0.5, -1.0, 2.0, 1.0)],
    ),
    "conversions_without_touch": (
        SUMMER | {"limit": 10},
        ("conversion", "customer", "at", "kind", "value"),
        [("v4", "c4", datetime(2026, 6, 10, 10, tzinfo=UTC), "purchase", 20.0)],
    ),
    "cost_without_credit": (
        LINEAR | {"limit": 10},
        ("creative", "name", "campaign", "cost", "touches"),
        [("r4", "Poster", "k2", 5.0, 1)],
    ),
    "plans": (
        {"limit": 10},
        (
            *("plan", "stored", "start", "end", "currency", "budget", "spent", "value", "low"),
            *("high", "gain", "marginalReturn"),
        ),
        [
            (
                *("pppp", datetime(2026, 6, 30, 10, tzinfo=UTC), date(2026, 7, 1)),
                *(date(2026, 7, 31), "EUR", 100.0, 90.0, 120.0, 100.0, 140.0, 10.0, 0.5),
            )
        ],
    ),
    "plan_by_campaign": (
        {"plan": "pppp", "limit": 10},
        (
            *("campaign", "name", "old", "spend", "low", "high", "marginalReturn", "reason"),
            "borrowedFrom",
        ),
        [
            ("k2", "Brand", 45.0, 60.0, 50.0, 60.0, 0.9, "at-maximum", ["k1"]),
            ("k1", "Spring", 45.0, 30.0, 20.0, 40.0, 0.5, "equal-marginal-return", None),
        ],
    ),
    "return_by_campaign": (
        LINEAR | {"limit": 10},
        (
            *("campaign", "name", "value", "cost", "currency", "costCoverage", "roas", "roasLow"),
            *("roasHigh", "shareOfCredit", "shareOfSpend"),
        ),
        [
            ("k2", "Brand", 145 / 3, 9.0, None, None, 145 / 27, None, None, None, None),
            ("k1", "Spring", 395 / 3, 4.0, "EUR", 1.0, 395 / 12, 10.0, 50.0, 13 / 18, 0.25),
        ],
    ),
    # of 2 conversions that google claims for k2, the model credits 5/6
    "claims_by_campaign": (
        LINEAR | {"from": "2026-06-05", "to": "2026-06-06", "limit": 10},
        (
            "campaign",
            "name",
            "platform",
            "claimed",
            "claimedValue",
            "conversions",
            "value",
            "factor",
        ),
        [("k2", "Brand", "google", 2.0, 100.0, 5 / 6, 145 / 3, 5 / 12)],
    ),
    "creative_days": (
        {"creative": "r1", "from": "2026-06-01", "to": "2026-06-03"},
        ("day", "impressions", "reach", "clicks", "clickRate", "conversions", "cost"),
        [
            (date(2026, 6, 1), 2000.0, 1700.0, 60.0, 0.03, 2.0, 15.0),
            (date(2026, 6, 2), 0.0, 0.0, 0.0, None, 0.0, 0.0),
        ],
    ),
    "urgent_creatives": (
        {"limit": 5},
        (
            *("creative", "name", "campaign", "lossPerWeek", "low", "high", "currency"),
            *("daysRemaining", "fatigueScore", "element"),
        ),
        [
            ("r2", "Banner", "k1", 100.0, 0.0, 200.0, "EUR", 12.5, 0.2, None),
            ("r1", "Film", "k1", 70.0, 50.0, 90.0, "EUR", 0.0, 0.7, "hook"),
        ],
    ),
    "tired_creatives_by_audience": (
        {"limit": 5},
        ("audience", "name", "creatives", "tired", "shareTired", "expectedWithin7Days"),
        [("young", "Under 30", 3, 2, 2 / 3, 2.25), ("old", "Over 60", 1, 1, 1.0, 1.0)],
    ),
    "creatives_worn_by_siblings": (
        {"limit": 5},
        ("creative", "name", "lossPerWeek", "bySiblings", "currency", "siblings"),
        [
            ("r2", "Banner", 100.0, 30.0, "EUR", ["r1"]),
            ("r1", "Film", 70.0, 20.0, "EUR", ["r2", "r3"]),
        ],
    ),
    "decay_curve": (
        {"creative": "r1"},
        ("days", "ratio"),
        [
            *((3, 0.3), (6, 0.25), (9, 0.2), (12, 0.15)),
            *((days, 0.1) for days in (15, 18, 21, 24, 27)),
            (30, 0.05),
        ],
    ),
    # k1's 13/6 go to the young; half of k2's 5/6 to the young, half to the old
    # k1 is in g1, and k2 in none
    "credit_by_ad_account": (
        LINEAR,
        ("account", "campaigns", "conversions", "value", "cost"),
        [
            ("g1", 1, 13 / 6, 395 / 3, 4.0),
            (None, 1, 5 / 6, 145 / 3, 9.0),
        ],
    ),
    # r1 alone is in an ad set
    "credit_by_ad_set": (
        LINEAR | {"limit": 10},
        ("adSet", "campaign", "creatives", "conversions", "value", "cost"),
        [("s1", "k1", 1, 5 / 6, 145 / 3, 3.0)],
    ),
    "credit_by_audience": (
        LINEAR,
        ("audience", "name", "conversions", "value"),
        [
            ("everyone", "Everyone", 3.0, 180.0),
            # of the touches of k2, t3 names the old, and half of t5 is theirs
            ("young", "Under 30", 13 / 6 + 1 / 4, 395 / 3 + 15 / 2),
            ("old", "Over 60", 1 / 3 + 1 / 4, 100 / 3 + 15 / 2),
        ],
    ),
    "credit_by_campaign": (
        LINEAR,
        ("campaign", "name", "conversions", "value", "cost", "costPerConversion", "roas", "budget"),
        [
            ("k1", "Spring", 13 / 6, 395 / 3, 4.0, 24 / 13, 395 / 12, 100.0),
            ("k2", "Brand", 5 / 6, 145 / 3, 9.0, 54 / 5, 145 / 27, 40.0),
        ],
    ),
    "credit_by_channel": (
        LINEAR,
        ("channel", "conversions", "share", "value", "cost", "roas"),
        [
            ("Social", 11 / 6, 11 / 18, 295 / 3, 4.0, 295 / 12),
            ("Search", 5 / 6, 5 / 18, 145 / 3, 4.0, 145 / 12),
            ("Email", 1 / 3, 1 / 9, 100 / 3, None, None),
            ("Display", 0.0, 0.0, 0.0, 5.0, 0.0),
        ],
    ),
    "credit_by_kind": (
        LINEAR,
        ("kind", "channel", "conversions", "value"),
        [
            ("purchase", "Social", 11 / 6, 295 / 3),
            ("purchase", "Search", 5 / 6, 145 / 3),
            ("purchase", "Email", 1 / 3, 100 / 3),
            ("purchase", "Display", 0.0, 0.0),
        ],
    ),
    # June has v1 to v4; r1 has t1 and t6, r2 has t4, r3 has t3 and t5
    "credit_by_creative_in_period": (
        JUNE | {"limit": 2},
        ("creative", "name", "campaign", "conversions", "value", "assisted"),
        [
            ("r2", "Banner", "k1", 1.0, 50.0, 1),
            ("r1", "Film", "k1", 5 / 6, 100 / 3 + 15, 2),
        ],
    ),
    "credit_by_element": (
        LINEAR | {"kind": "cta", "limit": 10},
        ("text", "creatives", "conversions", "value"),
        [("Buy now", 2, 10 / 6, 290 / 3)],
    ),
    # t1 Mon, t2 Wed, t3 Fri, t4 Sun, t5 Tue, t6 Thu
    "credit_by_weekday": (
        JUNE,
        ("weekday", "channel", "conversions", "value"),
        [
            (1, "Social", 1 / 3, 100 / 3),
            (2, "Search", 0.5, 15.0),
            (3, "Email", 1 / 3, 100 / 3),
            (4, "Social", 0.5, 15.0),
            (5, "Search", 1 / 3, 100 / 3),
            (7, "Social", 1.0, 50.0),
        ],
    ),
    # v1 is a shirt of 60 and socks of 20, v3 a shirt, and v2 has no lines
    "credit_by_product": (
        JUNE | {"limit": 9},
        ("product", "name", "channel", "conversions", "value", "shareWithLines"),
        [
            (None, None, "Social", 1.0, 50.0, 2 / 3),
            ("shirt", "Shirt", "Search", 0.75, 40.0, 2 / 3),
            ("shirt", "Shirt", "Social", 0.75, 40.0, 2 / 3),
            ("shirt", "Shirt", "Email", 0.25, 25.0, 2 / 3),
            ("socks", None, "Email", 1 / 12, 25 / 3, 2 / 3),
            ("socks", None, "Search", 1 / 12, 25 / 3, 2 / 3),
            ("socks", None, "Social", 1 / 12, 25 / 3, 2 / 3),
        ],
    ),
    # the region of c1 is known, and that of c2 is not
    "credit_by_segment": (
        LINEAR | {"level": "channel", "limit": 9},
        ("fact", "segment", "key", "conversions", "value"),
        [
            ("region", "north", "Social", 4 / 3, 250 / 3),
            ("region", "north", "Email", 1 / 3, 100 / 3),
            ("region", "north", "Search", 1 / 3, 100 / 3),
            ("region", "unknown", "Search", 0.5, 15.0),
            ("region", "unknown", "Social", 0.5, 15.0),
        ],
    ),
    # weeks begin on Monday
    "credit_over_time": (
        LINEAR
        | {
            "level": "channel",
            "unit": "week",
            "from": "2026-06-01",
            "to": "2026-07-01",
            "limit": 9,
        },
        ("begins", "key", "conversions", "value"),
        [
            (date(2026, 6, 1), "Search", 5 / 6, 100 / 3 + 15),
            (date(2026, 6, 1), "Social", 5 / 6, 100 / 3 + 15),
            (date(2026, 6, 1), "Email", 1 / 3, 100 / 3),
            (date(2026, 6, 8), "Social", 1.0, 50.0),
        ],
    ),
    "first_to_last": (
        SUMMER | BACK,
        ("first", "last", "conversions", "value"),
        [
            (None, None, 2, 30.0),
            ("Search", "Social", 1, 30.0),
            ("Social", "Search", 1, 100.0),
            ("Social", "Social", 1, 50.0),
        ],
    ),
    "history_of_customer": (
        {"customer": "c2", "limit": 10},
        ("at", "event", "id", "kind", "channel", "served", "cost", "value"),
        [
            (
                datetime(2026, 6, 2, 10, tzinfo=UTC),
                *("touch", "t5", "click", "Search", "r3", 2.0, None),
            ),
            (
                datetime(2026, 6, 4, 10, tzinfo=UTC),
                *("touch", "t6", "impression", "Social", "r1", 1.0, None),
            ),
            (
                datetime(2026, 6, 6, 10, tzinfo=UTC),
                *("conversion", "v3", "purchase", None, None, None, 30.0),
            ),
        ],
    ),
    "journey_of_conversion": (
        BACK | {"conversion": "v1"},
        ("touch", "at", "kind", "channel", "served", "cost", "model", "credit", "value"),
        [
            (
                *("t1", datetime(2026, 6, 1, 10, tzinfo=UTC), "impression", "Social", "r1", 1.0),
                *("linear", 1 / 3, 100 / 3),
            ),
            (
                *("t2", datetime(2026, 6, 3, 10, tzinfo=UTC), "email", "Email", "k1", None),
                *("linear", 1 / 3, 100 / 3),
            ),
            (
                *("t3", datetime(2026, 6, 5, 10, tzinfo=UTC), "click", "Search", "r3", 2.0),
                *("linear", 1 / 3, 100 / 3),
            ),
        ],
    ),
    # seconds between: v1 2 h, v2 24 h, v3 48 h, v5 744 h
    "last_touches": (
        SUMMER,
        ("channel", "conversions", "value", "medianHours"),
        [
            ("Social", 2, 80.0, 36.0),
            ("?", 1, 10.0, 744.0),
            ("Search", 1, 100.0, 2.0),
            (None, 1, 20.0, None),
        ],
    ),
    "models_side_by_side": (
        {"level": "channel", "limit": 2},
        ("key", "models", "conversions", "highest"),
        [
            ("Social", ["linear", "shapley-ordered"], [11 / 6, 1.75], 11 / 6),
            ("Search", ["linear", "shapley-ordered"], [5 / 6, 1.25], 1.25),
        ],
    ),
    "new_in_current_run": (
        LINEAR | {"before": "aaaa", "level": "channel", "limit": 10},
        ("key", "conversions", "touches", "cost"),
        [("Email", 1 / 3, 1, None), ("Display", 0.0, 1, 5.0)],
    ),
    "path_length": (
        SUMMER | BACK,
        ("touches", "conversions", "value"),
        [(0, 2, 30.0), (1, 1, 50.0), (2, 1, 30.0), (3, 1, 100.0)],
    ),
    "paths_with_x_before_y": (
        SUMMER | BACK | {"first": "Social", "then": "Search", "limit": 10},
        ("conversion", "at", "value", "path"),
        [
            (
                "v1",
                datetime(2026, 6, 5, 12, tzinfo=UTC),
                100.0,
                ["Social", "Email", "Search"],
            )
        ],
    ),
    "repeat_conversions": (
        SUMMER,
        ("conversions", "customers", "value"),
        [(1, 3, 60.0), (2, 1, 150.0)],
    ),
    "runs": (
        {"limit": 1},
        (
            *("run", "name", "started", "finished", "status", "models", "touchModel", "kind"),
            *("windowStart", "windowEnd", "codeVersion", "fingerprint", "current", "pinned"),
        ),
        [
            (
                *("bbbb", None),
                datetime(2026, 7, 3, tzinfo=UTC),
                datetime(2026, 7, 3, 0, 1, tzinfo=UTC),
                *("done", ["linear", "shapley-ordered"], "linear", "purchase", None, None),
                *("0.1.0", "f2", True, False),
            )
        ],
    ),
    "similar_creatives": (
        {"creative": "r1", "limit": 5},
        ("creative", "name", "campaign", "cosine"),
        [("r2", "Banner", "k1", 0.9), ("r3", "Text ad", "k2", 0.7)],
    ),
    # v1 4 days 2 hours, v2 1 day, v3 4 days
    "time_lag": (
        SUMMER | BACK,
        ("days", "conversions", "value"),
        [(1, 1, 50.0), (4, 2, 130.0), (None, 2, 30.0)],
    ),
    "top_paths": (
        JUNE | BACK | {"limit": 3},
        ("path", "conversions", "value"),
        [
            (["Social", "Email", "Search"], 1, 100.0),
            (["Social"], 1, 50.0),
            (["Search", "Social"], 1, 30.0),
        ],
    ),
    "top_paths_of_run": (
        {"limit": 2},
        ("path", "conversions", "value"),
        [(["Social", "Email", "Search"], 1, 100.0), (["Social"], 1, 50.0)],
    ),
    # after t1 came v1 and v2, after t6 came v3, after t7 nothing
    "touches_of_creative": (
        {"creative": "r1", "limit": 10},
        ("touch", "at", "customer", "conversionsLater", "valueLater"),
        [
            ("t1", datetime(2026, 6, 1, 10, tzinfo=UTC), "c1", 2, 150.0),
            ("t7", datetime(2026, 6, 2, 10, tzinfo=UTC), "c3", 0, 0.0),
            ("t6", datetime(2026, 6, 4, 10, tzinfo=UTC), "c2", 1, 30.0),
        ],
    ),
    "touches_by_day": (
        {"from": "2026-06-01T00:00Z", "to": "2026-06-04T00:00Z"},
        ("day", "channel", "touches", "cost", "priced", "currency"),
        [
            (date(2026, 6, 1), "?", 1, 0.0, 0, "EUR"),
            (date(2026, 6, 1), "Social", 1, 1.0, 1, "EUR"),
            (date(2026, 6, 2), "Search", 1, 2.0, 1, "EUR"),
            (date(2026, 6, 2), "Social", 1, 1.0, 1, "EUR"),
            (date(2026, 6, 3), "Display", 1, 5.0, 1, "EUR"),
            (date(2026, 6, 3), "Email", 1, 0.0, 0, "EUR"),
        ],
    ),
    "reach_by_channel": (
        JUNE,
        ("channel", "reach", "touches", "frequency"),
        [
            ("Social", 3, 4, 4 / 3),
            ("Search", 2, 2, 1.0),
            ("Display", 1, 1, 1.0),
            ("Email", 1, 1, 1.0),
        ],
    ),
    "reach_overlap": (
        JUNE,
        ("channel", "other", "both", "reachOfChannel", "reachOfOther"),
        [
            ("Search", "Social", 2, 2, 3),
            ("Display", "Social", 1, 1, 3),
            ("Email", "Search", 1, 1, 2),
            ("Email", "Social", 1, 1, 3),
        ],
    ),
    "triggered_touches": (
        {"limit": 2},
        ("channel", "by", "share", "low", "high", "model"),
        [
            ("Search", "Social", 0.5, 0.25, 0.75, "incremental"),
            ("Social", "Email", 0.1, 0.0, 0.2, "incremental"),
        ],
    ),
    # t1 and t3 are of a phone, t4 of a desk
    "credit_by_property": (
        JUNE | {"property": "device", "limit": 9},
        ("propertyValue", "conversions", "value", "assisted"),
        [
            (None, 4 / 3, 100 / 3 + 30, 2),
            ("desk", 1.0, 50.0, 1),
            ("phone", 2 / 3, 200 / 3, 1),
        ],
    ),
    "touches_by_property": (
        JUNE | {"property": "device", "limit": 9},
        ("propertyValue", "touches", "customers", "cost", "priced", "currency"),
        [
            (None, 6, 4, 9.0, 4, "EUR"),
            ("phone", 2, 1, 3.0, 2, "EUR"),
            ("desk", 1, 1, 1.0, 1, "EUR"),
        ],
    ),
    # k2: t3, t5, t8, t9; k1: t1, t2, t4, t6, t7
    "reach_by_campaign": (
        JUNE | {"limit": 9},
        ("campaign", "name", "reach", "touches", "frequency"),
        [("k2", "Brand", 4, 4, 1.0), ("k1", "Spring", 3, 5, 5 / 3)],
    ),
    "frequency_by_channel": (
        JUNE,
        ("channel", "touches", "customers", "share"),
        [
            ("Display", 1, 1, 1.0),
            ("Email", 1, 1, 1.0),
            ("Search", 1, 2, 1.0),
            ("Social", 1, 2, 2 / 3),
            ("Social", 2, 1, 1 / 3),
        ],
    ),
    # after t1 48 hours, after t7 24; t4, t6, t8 and t9 are the last of their customers
    "time_between_touches": (
        JUNE,
        ("channel", "touches", "followed", *(f"{one}Hours" for one in QUARTILES)),
        [
            ("Social", 4, 2, 30.0, 36.0, 42.0),
            ("Search", 2, 2, 48.0, 48.0, 48.0),
            ("?", 1, 0, None, None, None),
            ("Display", 1, 0, None, None, None),
            ("Email", 1, 1, 48.0, 48.0, 48.0),
        ],
    ),
    # c3 did not convert; t4, t6, t8 and t9 are the last touches of their customers
    "transitions": (
        JUNE | {"limit": 20},
        ("channel", "next", "touches", "share", "ofConverters", "shareOfConverters"),
        [
            ("Search", "Social", 2, 1.0, 2, 1.0),
            ("Social", None, 2, 0.5, 2, 2 / 3),
            ("?", None, 1, 1.0, 1, 1.0),
            ("Display", None, 1, 1.0, 0, None),
            ("Email", "Search", 1, 1.0, 1, 1.0),
            ("Social", "Display", 1, 0.25, 0, 0.0),
            ("Social", "Email", 1, 0.25, 1, 1 / 3),
        ],
    ),
    # c5 converts in July
    "conversion_rate_by_touches": (
        JUNE,
        ("touches", "customers", "converted", "rate"),
        [(1, 1, 0, 0.0), (2, 2, 1, 0.5), (3, 1, 1, 1.0)],
    ),
    "first_channels": (
        JUNE,
        ("channel", "customers", "converted", "rate", "conversions", "value", "currency"),
        [
            ("Social", 2, 1, 0.5, 2, 150.0, "EUR"),
            ("?", 1, 1, 1.0, 1, 10.0, "EUR"),
            ("Search", 1, 1, 1.0, 1, 30.0, "EUR"),
        ],
    ),
    # c4 has no touch; v5 is of the week of 29 June
    "cohorts": (
        JUNE | {"unit": "week"},
        ("begins", "cohort", "elapsed", "customers", "conversions", "value", "currency"),
        [
            (date(2026, 6, 1), 4, 0, 2, 2, 130.0, "EUR"),
            (date(2026, 6, 1), 4, 1, 1, 1, 50.0, "EUR"),
            (date(2026, 6, 1), 4, 4, 1, 1, 10.0, "EUR"),
            (date(2026, 6, 1), 4, None, 1, 0, 0.0, "EUR"),
        ],
    ),
    # t7 and t8 are of c3, who did not convert
    "cost_of_non_converters": (
        JUNE,
        (
            *("channel", "touches", "priced", "cost", "customers", "nonConverters"),
            *("costOfNonConverters", "share", "currency"),
        ),
        [
            ("Display", 1, 1, 5.0, 1, 1, 5.0, 1.0, "EUR"),
            ("Social", 4, 4, 4.0, 3, 1, 1.0, 0.25, "EUR"),
            ("?", 1, 0, 0.0, 1, 0, 0.0, None, "EUR"),
            ("Email", 1, 0, 0.0, 1, 0, 0.0, None, "EUR"),
            ("Search", 2, 2, 4.0, 2, 0, 0.0, 0.0, "EUR"),
        ],
    ),
    "transitions_of_journeys": (
        JUNE | BACK | {"limit": 20},
        ("channel", "next", "times", "share"),
        [
            ("Social", None, 2, 2 / 3),
            (None, "Social", 2, 0.5),
            ("Email", "Search", 1, 1.0),
            ("Search", "Social", 1, 0.5),
            ("Search", None, 1, 0.5),
            ("Social", "Email", 1, 1 / 3),
            (None, "Search", 1, 0.25),
            (None, None, 1, 0.25),
        ],
    ),
    "sole_channels": (
        JUNE | BACK,
        ("channel", "sole", "value", "withChannel", "share"),
        [
            ("Social", 1, 50.0, 3, 1 / 3),
            ("Email", 0, 0.0, 1, 0.0),
            ("Search", 0, 0.0, 2, 0.0),
        ],
    ),
    # of the four steps of v1 and the two of v2, both have that from the start to Social
    "journeys_like_this": (
        JUNE | BACK | {"conversion": "v1", "limit": 10},
        ("conversion", "at", "value", "path", "similarity"),
        [
            ("v2", datetime(2026, 6, 8, 10, tzinfo=UTC), 50.0, ["Social"], 1 / 5),
            ("v3", datetime(2026, 6, 6, 10, tzinfo=UTC), 30.0, ["Search", "Social"], 0.0),
            ("v4", datetime(2026, 6, 10, 10, tzinfo=UTC), 20.0, [], 0.0),
        ],
    ),
    # v2 is the second purchase of c1
    "credit_of_new_customers": (
        JUNE,
        ("channel", "conversions", "value", "ofAll", "valueOfAll", "share"),
        [
            ("Search", 5 / 6, 145 / 3, 5 / 6, 145 / 3, 1.0),
            ("Social", 5 / 6, 100 / 3 + 15, 11 / 6, 295 / 3, 5 / 11),
            ("Email", 1 / 3, 100 / 3, 1 / 3, 100 / 3, 1.0),
        ],
    ),
    # c1 is of the north, and the region of c2 is not known
    "credit_by_fact": (
        JUNE | {"fact": "region", "limit": 20},
        ("factValue", "channel", "conversions", "value"),
        [
            ("north", "Social", 4 / 3, 250 / 3),
            (None, "Search", 0.5, 15.0),
            (None, "Social", 0.5, 15.0),
            ("north", "Email", 1 / 3, 100 / 3),
            ("north", "Search", 1 / 3, 100 / 3),
        ],
    ),
    # the cost of t2, of k1, is not known; k2 has spend
    "return_by_month": (
        LINEAR | {"from": "2026-06-01", "to": "2026-07-01", "limit": 20},
        ("month", "campaign", "name", "conversions", "value", "cost", "roas"),
        [
            (date(2026, 6, 1), "k1", "Spring", 13 / 6, 395 / 3, None, None),
            (date(2026, 6, 1), "k2", "Brand", 5 / 6, 145 / 3, 4.0, 145 / 12),
        ],
    ),
    "models_disagree": (
        LINEAR | {"level": "channel", "other": "shapley-ordered", "limit": 3},
        (
            *("key", "value", "otherValue", "difference", "conversions", "otherConversions"),
            "otherModel",
        ),
        [
            ("Search", 145 / 3, 85.0, 110 / 3, 5 / 6, 1.25, "shapley-ordered"),
            ("Email", 100 / 3, 0.0, -100 / 3, 1 / 3, 0.0, "shapley-ordered"),
            ("Social", 295 / 3, 95.0, 95 - 295 / 3, 11 / 6, 1.75, "shapley-ordered"),
        ],
    ),
    "spend_by_day": (
        {"from": "2026-06-01", "to": "2026-07-01"},
        ("day", "platform", "channel", "cost", "impressions", "clicks", "currency"),
        [(date(2026, 6, 1), "google", "Search", 4.0, 100, 5, "EUR")],
    ),
}


# the columns at the end of rows about a run
RUN = {
    "run": "bbbb",
    "model": "linear",
    "windowStart": None,
    "windowEnd": None,
    "lookbackDays": 30.0,
    "currency": "EUR",
}
OF_RUN = dict.fromkeys(
    (
        *("claims_by_campaign", "cost_without_credit", "credit_by_ad_account", "credit_by_ad_set"),
        *("credit_by_audience", "credit_by_campaign", "credit_by_channel", "credit_by_kind"),
        *("credit_by_creative_in_period", "credit_by_element", "credit_by_weekday"),
        *("credit_by_fact", "credit_by_product", "credit_by_property", "credit_by_segment"),
        *("credit_of_new_customers", "models_disagree", "return_by_month"),
        *("credit_over_time", "new_in_current_run", "top_paths_of_run"),
    ),
    RUN,
) | {
    "channels_not_identified": RUN | {"model": "incremental"},
    "models_side_by_side": {key: RUN[key] for key in RUN if key != "model"},
    "return_by_campaign": {key: RUN[key] for key in RUN if key != "currency"},
    "triggered_touches": {key: RUN[key] for key in RUN if key != "model"},
}
# those of rows about journeys, and about conversions
LOOKBACK: dict[str, Any] = {"lookbackDays": 30}
CURRENCY: dict[str, Any] = {"currency": "EUR"}
OF_PERIOD = (
    dict.fromkeys(("assisted_conversions", "channel_overlap", "transitions_of_journeys"), LOOKBACK)
    | dict.fromkeys(("conversions_without_touch", "last_touches", "repeat_conversions"), CURRENCY)
    | dict.fromkeys(("history_of_customer", "touches_of_creative"), CURRENCY)
    | {"journey_of_conversion": {"run": "bbbb"} | LOOKBACK | CURRENCY}
    | dict.fromkeys(
        (
            *("first_to_last", "journeys_like_this", "path_length", "paths_with_x_before_y"),
            *("sole_channels", "time_lag", "top_paths"),
        ),
        LOOKBACK | CURRENCY,
    )
)
for name, of in (OF_RUN | OF_PERIOD).items():
    parameters, columns, rows = RESULTS[name]
    RESULTS[name] = (parameters, (*columns, *of), [(*row, *of.values()) for row in rows])


def test_every_query_of_the_cookbook_has_an_expected_result() -> None:
    assert set(RESULTS) == set(queries())


@pytest.mark.parametrize("name", RESULTS)
def test_a_query_gives_the_result_computed_by_hand(name: str, small_graph: Stores) -> None:
    parameters, columns, rows = RESULTS[name]
    result = run_query(small_graph.driver, name, parameters)
    assert [tuple(row) for row in result] == [columns] * len(rows)
    for row, expected in zip(result, rows, strict=True):
        for value, expected_value in zip(row.values(), expected, strict=True):
            assert value == _approximately(expected_value)


def _approximately(value: Any) -> Any:
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


OF_A_RUN = [name for name, one in queries().items() if "run" in {p.name for p in one.parameters}]

# results of the run aaaa: (parameters, columns, rows)
OF_EARLY_JUNE: dict[str, tuple[dict[str, Any], tuple[str, ...], list[tuple[Any, ...]]]] = {
    "credit_by_channel": (
        LINEAR,
        ("channel", "conversions", "share", "value", "cost", "roas"),
        [("Social", 0.75, 0.75, 75.0, 1.0, 75.0), ("Search", 0.25, 0.25, 25.0, 2.0, 12.5)],
    ),
    "credit_by_creative_in_period": (
        JUNE | {"limit": 5},
        ("creative", "name", "campaign", "conversions", "value", "assisted"),
        [("r1", "Film", "k1", 0.75, 75.0, 1), ("r3", "Text ad", "k2", 0.25, 25.0, 1)],
    ),
    "credit_by_weekday": (
        JUNE,
        ("weekday", "channel", "conversions", "value"),
        [(1, "Social", 0.75, 75.0), (5, "Search", 0.25, 25.0)],
    ),
    "journey_of_conversion": (
        BACK | {"conversion": "v1"},
        ("touch", "credit", "run"),
        [("t1", 0.75, "aaaa"), ("t2", None, None), ("t3", 0.25, "aaaa")],
    ),
    "top_paths_of_run": (
        {"limit": 5},
        ("path", "conversions", "value", "model", "windowStart", "windowEnd"),
        [(["Social", "Search"], 1, 100.0, "linear", *EARLY_JUNE)],
    ),
    "triggered_touches": (
        {"limit": 5},
        ("channel", "by", "share", "low", "high", "model"),
        [("Search", "Social", 0.9, 0.8, 1.0, "incremental")],
    ),
}


@pytest.mark.parametrize("run", ["aaaa", "early June"])
@pytest.mark.parametrize("name", OF_EARLY_JUNE)
def test_a_query_answers_about_any_run(name: str, run: str, small_graph: Stores) -> None:
    parameters, columns, rows = OF_EARLY_JUNE[name]
    result = run_query(small_graph.driver, name, parameters | {"run": run})
    assert [tuple(row[column] for column in columns) for row in result] == rows
    assert {row["run"] for row in result} <= {"aaaa", None}


@pytest.mark.parametrize("name", OF_A_RUN)
def test_the_published_run_may_be_named_and_an_unknown_one_is_an_error(
    name: str, small_graph: Stores
) -> None:
    parameters = RESULTS[name][0]
    published = run_query(small_graph.driver, name, parameters)
    assert run_query(small_graph.driver, name, parameters | {"run": None}) == published
    assert run_query(small_graph.driver, name, parameters | {"run": "bbbb"}) == published
    with pytest.raises(InputError, match=r"\$run must be a finished run, .*, got 'late June'"):
        run_query(small_graph.driver, name, parameters | {"run": "late June"})


def test_models_without_credit_of_touches_have_none_over_time(small_graph: Stores) -> None:
    parameters = RESULTS["credit_over_time"][0] | {"model": "incremental"}
    with pytest.raises(InputError, match=r"Markov chains and rate models do not, .* got 'incr"):
        run_query(small_graph.driver, "credit_over_time", parameters)


def test_models_without_credit_of_touches_have_none_by_segment(small_graph: Stores) -> None:
    parameters = RESULTS["credit_by_segment"][0] | {"model": "incremental"}
    with pytest.raises(InputError, match=r"Markov chains and rate models do not, .* got 'incr"):
        run_query(small_graph.driver, "credit_by_segment", parameters)


def test_credit_by_segment_needs_a_run_with_segments(small_graph: Stores) -> None:
    parameters = RESULTS["credit_by_segment"][0] | {"run": "aaaa"}
    with pytest.raises(InputError, match=r"\$run must be a run with segments, .* got 'aaaa'"):
        run_query(small_graph.driver, "credit_by_segment", parameters)


def test_where_no_run_is_published_one_must_be_named(small_graph: Stores) -> None:
    small_graph.driver.execute_query("MATCH (a:Active) DETACH DELETE a", database_=DATABASE)
    with pytest.raises(
        InputError, match=r"\$run must be a finished run, .* published one, got None"
    ):
        run_query(small_graph.driver, "credit_by_channel", LINEAR)
    assert run_query(small_graph.driver, "credit_by_channel", LINEAR | {"run": "bbbb"})
    journey = run_query(small_graph.driver, "journey_of_conversion", BACK | {"conversion": "v1"})
    assert [(row["touch"], row["credit"]) for row in journey] == [
        (touch, None) for touch in ("t1", "t2", "t3")
    ]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("assisted_conversions", "lastTouch"),
        ("first_to_last", "conversions"),
        ("last_touches", "conversions"),
        ("path_length", "conversions"),
        ("time_lag", "conversions"),
        ("top_paths", "conversions"),
    ],
)
def test_journeys_without_touches_count_alike(name: str, column: str, small_graph: Stores) -> None:
    taken = {parameter.name for parameter in queries()[name].parameters}
    parameters = SUMMER | BACK | {"limit": 10}
    rows = run_query(
        small_graph.driver, name, {key: parameters[key] for key in parameters.keys() & taken}
    )
    assert sum(row[column] for row in rows) == 5


def test_a_longer_lookback_includes_more_touches(small_graph: Stores) -> None:
    july = {"from": "2026-07-01T00:00Z", "to": "2026-08-01T00:00Z"}
    lengths = [
        run_query(
            small_graph.driver,
            "path_length",
            july | {"lookbackDays": days},
        )
        for days in (30, 31)
    ]
    assert [rows[0]["touches"] for rows in lengths] == [0, 1]


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("top_pahts", {}, "no query 'top_pahts'"),
        ("runs", {}, "lacks limit"),
        ("runs", {"limit": 3, "linit": 4}, "does not take linit"),
        ("runs", {"limit": -1}, "below 0"),
        ("runs", {"limit": "many"}, "must be INTEGER"),
        ("last_touches", {"from": "2026-06-01T00:00", "to": "2026-07-01T00:00Z"}, "no time zone"),
        ("last_touches", {"from": "soon", "to": "2026-07-01T00:00Z"}, "from.* must be DATETIME"),
        ("credit_by_channel", {"model": None}, "must be STRING"),
        (
            "creative_days",
            {"creative": "r1", "from": datetime(2026, 6, 1, tzinfo=UTC), "to": "2026-06-02"},
            "must be DATE",
        ),
    ],
)
def test_invalid_parameters_are_rejected(
    name: str, parameters: dict[str, Any], message: str, stores: Stores
) -> None:
    with pytest.raises(InputError, match=message):
        run_query(stores.driver, name, parameters)


def test_cypher_in_a_parameter_is_not_executed(small_graph: Stores) -> None:
    hostile = "x'}) DETACH DELETE c //"
    with pytest.raises(InputError, match="must be the id of a customer in the graph"):
        run_query(small_graph.driver, "history_of_customer", {"customer": hostile, "limit": 5})
    assert run_query(small_graph.driver, "runs", {"limit": 5})


@pytest.mark.parametrize(("name", "parameters"), calls_of_the_cookbook())
def test_the_calls_in_the_cookbook_work(
    name: str, parameters: dict[str, Any], small_graph: Stores
) -> None:
    rows = run_query(small_graph.driver, name, parameters)
    assert tuple(rows[0]) == RESULTS[name][1]
    assert {call for call, _ in calls_of_the_cookbook()} == set(queries())
