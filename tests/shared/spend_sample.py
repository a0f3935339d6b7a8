"""A small shop with spend from two platforms in two currencies, and its returns by hand.

Credit is linear. Times are in June 2026, UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

EVENTS: Final = """\
event_id,customer_id,timestamp,kind,channel,campaign,cost,value
t1,ann,2026-06-01T09:00:00Z,click,search,101,,
x1,ann,2026-06-02T09:00:00Z,conversion,,,,100
t2,bob,2026-06-03T09:00:00Z,click,social,spring_sale,0.7,
t3,bob,2026-06-03T19:00:00Z,click,search,101,0.4,
x2,bob,2026-06-04T09:00:00Z,conversion,,,,60
t4,cyd,2026-06-05T09:00:00Z,click,search,,,
x3,cyd,2026-06-06T09:00:00Z,conversion,,,,40
t5,dan,2026-06-07T09:00:00Z,email,email,news,0.5,
t6,dan,2026-06-07T10:00:00Z,email,email,news,,
x4,dan,2026-06-08T09:00:00Z,conversion,,,,20
t7,eve,2026-06-09T09:00:00Z,click,affiliates,aff,2,
x5,eve,2026-06-11T09:00:00Z,conversion,,,,30
t8,fay,2026-06-09T09:00:00Z,click,organic,,,
"""

GOOGLE: Final = """\
start,end,platform,channel,campaign_id,campaign,cost,currency
2026-06-01,2026-06-10,google,search,101,Brand,100,EUR
2026-06-02,2026-06-02,google,search,999,Generic,15,EUR
2026-06-12,2026-06-12,google,search,101,Brand,1000,EUR
"""
"""The last day is after the last event."""

META: Final = """\
date,platform,campaign,cost,currency
2026-06-01,meta,Spring Sale,12,USD
2026-06-02,meta,Spring Sale,12,USD
2026-06-03,meta,SPRING-SALE,12,USD
2026-06-04,meta,Spring Sale,12,USD
2026-06-05,meta,Spring Sale,12,USD
2026-06-05,meta,Lost,10,USD
"""

RATES: Final = """\
currency,date,rate
USD,2026-06-01,0.9
USD,2026-06-04,0.8
"""

SPRING: Final = 3 * 12 * 0.9 + 2 * 12 * 0.8
LOST: Final = 10 * 0.8

CHANNELS: Final = {
    "search": (100 + 30 + 40, 100 + 15, 1.0, 170 / 115),
    "social": (30, SPRING, 1.0, 30 / SPRING),
    "email": (20, 0.5, 0.5, None),
    "affiliates": (30, 2, 1.0, 15.0),
    "organic": (0, None, 0.0, None),
}
"""Value, cost, coverage and ROAS. The spend on 999 is known to be of search, and so is the touch
without a campaign."""

CAMPAIGNS: Final = {
    "101": (130, 100, 1.0, 1.3),
    "999": (0, 15, 0.0, None),
    "spring_sale": (30, SPRING, 1.0, 30 / SPRING),
    "Lost": (0, LOST, 1.0, 0.0),
    "news": (20, 0.5, 0.5, None),
    "aff": (30, 2, 1.0, 15.0),
    None: (40, None, 0.0, None),
}
"""The touch of search without a campaign may be one of 999. Lost names no channel."""

TOTAL: Final = 100 + 15 + SPRING + LOST


def write_sample(folder: Path) -> dict[str, Path]:
    """The files by name: events, google, meta and rates."""
    texts = {"events": EVENTS, "google": GOOGLE, "meta": META, "rates": RATES}
    paths = {name: folder / f"{name}.csv" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text, encoding="utf-8")
    return paths


CLAIMS: Final = """\
day,platform,channel,campaign_id,campaign,conversions,value,currency
2026-06-01,google,search,101,Brand,3,300,EUR
2026-06-10,google,search,101,Brand,1,100,EUR
2026-06-03,meta,,,Spring Sale,2,50,USD
2026-06-04,meta,search,101,,1,,
2026-06-12,meta,,,Spring Sale,9,,
"""
"""Google claims 4 conversions of 101, meta 2 of spring_sale and 1 of 101, and 9 too late."""
