"""Reports by ad: daily figures of creatives beside the spend of campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.domain import Audience
from attrigraph.staging import preset

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.domain import CreativeDays, SpendDays

META = (
    "Reporting starts,Reporting ends,Campaign name,Campaign ID,Ad set name,Ad set ID,Ad name,Ad ID,"
    "Reach,Impressions,Link clicks,Amount spent (EUR),Purchases\n"
)
META_ADS = (
    META
    + '2026-06-01,2026-06-01,Spring,120,Lookalike,77,Film,9001,800,"1,000",30,12.50,2\n'
    + "2026-06-01,2026-06-01,Spring,120,Lookalike,77,Banner,9002,400,500,5,5.00,\n"
    + "2026-06-01,2026-06-01,Spring,120,Retargeting,78,Film,9003,90,100,9,2.50,1\n"
    + "2026-06-02,2026-06-02,Spring,120,Lookalike,77,Film,9001,700,900,20,11.00,\n"
)
GOOGLE_ADS = (
    'Ad report\n"June 1, 2026 - June 2, 2026"\n'
    "Day,Campaign,Campaign ID,Campaign type,Ad group,Ad group ID,Ad ID,Device,Currency code,Cost,"
    "Impr.,Clicks,Conversions\n"
    "2026-06-01,Brand,55,Search,Exact,551,701,Mobile,EUR,4.00,100,10,0.50\n"
    "2026-06-01,Brand,55,Search,Exact,551,701,Computers,EUR,6.00,200,20,0.25\n"
    "2026-06-01,Brand,55,Search,Exact,551,702,Mobile,EUR,1.00,50,0,0.00\n"
    "2026-06-01,Brand,55,Search,Exact,551,703,Mobile,EUR,1.00,50,0,0.00\n"
    "Total: Account,,,,,,,,EUR,12.00,400,30,0.75\n"
)


def rows(days: CreativeDays) -> list[tuple[Any, ...]]:
    columns = (
        *(days.creative.values(), days.audience.values(), days.date.astype(str)),
        *(days.channel.values(), days.ad_set.values(), days.campaign.values()),
        *(days.currency.values(), days.impressions, days.reach, days.clicks, days.conversions),
        days.cost,
    )
    return [
        tuple(None if value != value else value for value in row)
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]


def spend_rows(spend: SpendDays) -> list[tuple[Any, ...]]:
    columns = spend.date.astype(str), spend.campaign.values(), spend.creative.values(), spend.cost
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def test_a_report_of_meta_by_ad(staged: Stage, write: Write) -> None:
    result = staged(write("meta.csv", META_ADS), source="meta-ads")
    found = result.references()
    common = "paid social", "77", "120", "EUR"
    assert rows(found.creative_days) == [
        ("9001", "77", "2026-06-01", *common, 1000, 800, 30, 2, 12.5),
        ("9001", "77", "2026-06-02", *common, 900, 700, 20, None, 11),
        ("9002", "77", "2026-06-01", *common, 500, 400, 5, None, 5),
        ("9003", "78", "2026-06-01", "paid social", "78", "120", "EUR", 100, 90, 9, 1, 2.5),
    ]
    assert spend_rows(found.spend) == [
        ("2026-06-01", "120", None, 20),
        ("2026-06-02", "120", None, 11),
    ]
    assert [(one.id, one.name, one.campaign) for one in found.creatives] == [
        ("9001", "Film", None),
        ("9002", "Banner", None),
        ("9003", "Film", None),
    ]
    assert found.audiences == (Audience("77", "Lookalike"), Audience("78", "Retargeting"))
    counts = result.counts
    assert (counts.read, counts.taken, counts.merged, counts.creative_days) == (4, 2, 2, 4)
    assert not found.campaigns


def test_a_report_of_google_by_ad_and_device(staged: Stage, write: Write) -> None:
    found = staged(write("google.csv", GOOGLE_ADS), source="google-ads").references()
    common = "paid search", "551", "55", "EUR"
    assert rows(found.creative_days) == [
        ("701", "551", "2026-06-01", *common, 300, None, 30, 0.75, 10),
        ("702", "551", "2026-06-01", *common, 50, None, 0, 0, 1),
        ("703", "551", "2026-06-01", *common, 50, None, 0, 0, 1),
    ]
    # of 702 and 703, which have equal figures, both count
    assert spend_rows(found.spend) == [("2026-06-01", "55", None, 12)]


def test_spend_and_claims_are_those_of_a_report_without_ads(staged: Stage, write: Write) -> None:
    lines = [line.split(",") for line in META_ADS.replace('"1,000"', "1000").splitlines()]
    bare = "\n".join(",".join([*line[:4], *line[9:]]) for line in lines)
    one = staged(write("ads.csv", META_ADS), source="meta-ads").references()
    other = staged(write("bare.csv", bare), source="meta-ads").references()
    assert spend_rows(one.spend) == spend_rows(other.spend)
    np.testing.assert_array_equal(one.claims.conversions, other.claims.conversions)
    assert len(other.creative_days) == 0


@pytest.mark.parametrize(
    ("columns", "values", "expected"),
    [
        ("campaign_id,ad", "k,Film", ("Film", "k")),
        ("campaign,ad_set,ad", "Spring,Young,Film", ("Film", "Spring / Young")),
        ("campaign,ad_set,ad_set_id,ad_id", "Spring,Young,7,9", ("9", "7")),
        ("campaign,ad_set_id,audience_id,ad_id", "Spring,7,everyone,9", ("9", "everyone")),
        ("channel,ad_id", "display,9", ("9", "display")),
    ],
)
def test_the_audience_is_the_smallest_that_is_known(
    columns: str, values: str, expected: tuple[str, str], staged: Stage, write: Write
) -> None:
    text = f"date,cost,impressions,clicks,{columns}\n2026-06-01,1,9,1,{values}\n"
    days = staged(write("s.csv", text), source="spend").references().creative_days
    assert (days.creative.values()[0], days.audience.values()[0]) == expected


def test_what_is_no_daily_figure_is_spend_and_noted(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    text = (
        META
        + "2026-06-01,2026-06-07,Spring,120,A,77,Film,1,9,90,3,7,\n"
        + "2026-06-08,2026-06-08,Spring,120,A,77,Film,1,9,,3,7,\n"
        + "2026-06-09,2026-06-09,Spring,120,A,77,Film,1,9,3,4,7,\n"
        + "2026-06-10,2026-06-10,Spring,120,A,77,Film,1,9,8,4,7,\n"
    )
    days = "creative_id,audience_id,date,impressions,clicks\n1,77,2026-06-10,80,4\n"
    result = staged(
        write("m.csv", text), write("d.csv", days), source=preset("meta-ads", "creative-days")
    )
    found = result.references()
    assert reasons(result) == []
    assert found.creative_days.impressions.tolist() == [80]
    assert found.spend.cost.sum() == pytest.approx(28)
    why = "no daily figures of a creative; their spend counts"
    notes = result.notes
    for note in (
        f"1 row of ads on several days: {why}; export by day",
        f"1 row of ads without impressions: {why}",
        f"1 day of ads with more clicks than impressions: {why}",
        "1 day of ads that a table of creative-days has too; those of the table count",
    ):
        assert note in notes


def test_daily_figures_are_those_of_the_spend_that_is_taken(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    whole = write("whole.csv", META_ADS)
    again = write("again.csv", META_ADS)
    early = write("early.csv", META + META_ADS.splitlines()[1].replace("12.50", "3.50") + "\n")
    result = staged(whole, again, early, source="meta-ads")
    found = result.references()
    assert [reason for _, reason in reasons(result)] == ["other-content"]
    # of two totals of a day, that which sorts first is taken
    assert found.spend.cost.sum() == found.creative_days.cost.sum() == pytest.approx(14.5)
