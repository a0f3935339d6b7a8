from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.domain import Audience, Campaign, Creative, Element
from attrigraph.staging import preset
from attrigraph.staging.references import element_id

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

CAMPAIGNS = "id,name,objective,start_date,end_date,budget,channel,audience\n"
CREATIVES = "id,name,format,text,campaign,hook,promise,frame,cta\n"
AUDIENCES = "id,name,parent\n"
DAYS = "creative_id,audience_id,date,impressions,reach,clicks,conversions,cost\n"


def test_rows_of_a_campaign_complete_each_other(staged: Stage, write: Write) -> None:
    result = staged(
        write(
            "c.csv",
            CAMPAIGNS
            + "brand,Brand,sales,2024-01-01,2024-02-01,1000.5,search,young\n"
            + "brand,,,,,,display,\n"
            + "other,,,,,,,\n",
        ),
        source="campaigns",
    )
    entities = result.references()
    assert entities.campaigns == (
        Campaign("brand", "Brand", "sales", date(2024, 1, 1), date(2024, 2, 1), 1000.5),
        Campaign("other"),
    )
    assert entities.runs_on == (("brand", "display"), ("brand", "search"))
    assert entities.targets == (("brand", "young"),)
    assert entities.channels == ("display", "search")
    assert entities.audiences == (Audience("young"),)
    assert (result.counts.taken, result.counts.duplicates) == (3, 0)


@pytest.mark.parametrize(
    ("source", "header", "row", "reason"),
    [
        ("campaigns", CAMPAIGNS, ",Brand,,,,,,", "missing-id"),
        ("campaigns", CAMPAIGNS, "a,,,1.2.2024,,,,", "bad-date"),
        ("campaigns", CAMPAIGNS, "a,,,,2024-02-30,,,", "bad-date"),
        ("campaigns", CAMPAIGNS, "a,,,0000-01-01,,,,", "bad-date"),
        ("campaigns", CAMPAIGNS, "a,,,2024-02-02,2024-02-01,,,", "reversed-dates"),
        ("campaigns", CAMPAIGNS, "a,,,,,-1,,", "negative"),
        ("campaigns", CAMPAIGNS, "a,,,,,inf,,", "not-finite"),
        ("campaigns", CAMPAIGNS, "a,,,,,lots,,", "bad-number"),
        ("creatives", CREATIVES, ",x,,,,,,,", "missing-id"),
        ("creatives", "id,campaign,ad_set_id\n", "r,,s", "no-campaign"),
        ("creatives", "id,ad_set_id\n", "r,s", "no-campaign"),
        ("creatives", "id,campaign,ad_set_id\n", f"r,k,{'s' * 4001}", "long-name"),
        ("campaigns", "id,account_id\n", f"k,{'a' * 4001}", "long-name"),
        ("audiences", AUDIENCES, ",x,", "missing-id"),
        ("audiences", AUDIENCES, "a,x,a", "circle"),
        ("creative-days", DAYS, "a,,2024-01-01,1,1,1,1,1", "missing-id"),
        ("creative-days", DAYS, "a,b,,1,1,1,1,1", "bad-date"),
        ("creative-days", DAYS, "a,b,2024-13-01,1,1,1,1,1", "bad-date"),
        ("creative-days", DAYS, "a,b,2024-01-01,-1,1,1,1,1", "negative"),
        ("creative-days", DAYS, "a,b,2024-01-01,1,x,1,1,1", "bad-number"),
        ("creative-days", DAYS, "a,b,2024-01-01,1,1,1,1,nan", "not-finite"),
        ("creative-days", DAYS, "a,b,2024-01-01,5,1,2.5,1,1", "bad-count"),
        ("creative-days", DAYS, "a,b,2024-01-01,5,4,6,1,1", "clicks-above-impressions"),
        ("creative-days", f"currency,{DAYS}", "euro,a,b,2024-01-01,1,1,1,1,1", "bad-currency"),
        ("creative-days", f"channel,{DAYS}", f"{'c' * 4001},a,b,2024-01-01,,,,,", "long-name"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(
    source: str, header: str, row: str, reason: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("r.csv", f"{header}{row}\n"), source=source)
    assert reasons(result) == [(2, reason)]


def test_rows_that_contradict_each_other_are_rejected_whatever_their_order(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    lines = ["a,Alpha,,,,,,", "a,Beta,,,,,,", "a,Alpha,,,,,,", "a,,,,,5,,", "a,,,,,6,,"]
    seen = set()
    for name, order in (("a", lines), ("b", lines[::-1])):
        result = staged(write(f"{name}.csv", CAMPAIGNS + "\n".join(order)), source="campaigns")
        seen.add(result.references().campaigns)
        assert sorted(reason for _, reason in reasons(result)) == ["other-content"] * 2
        assert result.counts.duplicates == 1
    assert seen == {(Campaign("a", "Alpha", budget=5.0),)}


def test_creatives_bring_elements_which_they_share(staged: Stage, write: Write) -> None:
    result = staged(
        write("c.csv", CREATIVES + "1,One,video,Buy,brand,Wow,Cheap,,Go\n2,,,,,Wow,,,\n"),
        source="creatives",
    )
    entities = result.references()
    assert entities.creatives == (
        Creative("1", "One", "video", "Buy", "brand"),
        Creative("2"),
    )
    assert entities.campaigns == (Campaign("brand"),)
    wow = element_id("hook", "Wow")
    assert Element(wow, "hook", "Wow") in entities.elements
    assert len(entities.elements) == 3
    assert [pair for pair in entities.has_element if pair[1] == wow] == [("1", wow), ("2", wow)]


def test_circles_of_audiences_are_rejected_and_what_hangs_on_them_stays(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(
        write("a.csv", AUDIENCES + "a,,b\nb,B,c\nc,,a\nd,D,a\ne,,all\n"), source="audiences"
    )
    assert reasons(result) == [(2, "circle"), (3, "circle"), (4, "circle")]
    assert result.references().audiences == (
        Audience("a"),
        Audience("all"),
        Audience("d", "D", "a"),
        Audience("e", None, "all"),
    )


def test_daily_figures_come_as_columns_in_order(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(
        write(
            "d.csv",
            DAYS
            + "b,x,2024-01-02,5,,,,0.5\n"
            + "a,x,2024-01-02,10,2,3,4,5\n"
            + "a,x,2024-01-01,,,,,\n"
            + "a,x,2024-01-01,,,,,\n"
            + "a,x,2024-01-02,20,2,3,4,5\n",
        ),
        source="creative-days",
    )
    entities = result.references()
    days = entities.creative_days
    assert days.creative.values().tolist() == ["a", "a", "b"]
    assert days.audience.values().tolist() == ["x"] * 3
    assert days.date.tolist() == [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 2)]
    np.testing.assert_array_equal(days.impressions, [np.nan, 10, 5])
    np.testing.assert_array_equal(days.cost, [np.nan, 5, 0.5])
    assert reasons(result) == [(6, "other-content")]
    assert result.counts.duplicates == 1
    assert [each.id for each in entities.creatives] == ["a", "b"]
    assert entities.audiences == (Audience("x"),)


def test_daily_figures_name_what_they_were_part_of(staged: Stage, write: Write) -> None:
    days = (
        staged(
            write(
                "d.csv",
                "creative_id,audience_id,date,clicks,conversions,cost,currency,channel,ad_set_id,"
                "campaign_id\n"
                "a,x,2024-01-01,3,0.5,1,eur,social,s1,k1\n"
                "b,x,2024-01-01,3,,,,,,\n",
            ),
            source="creative-days",
        )
        .references()
        .creative_days
    )
    for column, expected in (
        (days.currency, "EUR"),
        (days.channel, "social"),
        (days.ad_set, "s1"),
        (days.campaign, "k1"),
    ):
        assert column.values().tolist() == [expected, None]
    np.testing.assert_array_equal(days.conversions, [0.5, np.nan])


def test_events_name_things_too(staged: Stage, write: Write) -> None:
    result = staged(
        write(
            "e.csv",
            "customer_id,timestamp,kind,channel,campaign,creative,audience\n"
            "a,2024-03-01T12:00:00Z,click,search,brand,ad,young\n"
            "a,2024-03-01T12:00:01Z,click,display,,ad,\n"
            "a,2024-03-01T12:00:02Z,conversion,email,mail,letter,old\n",
        ),
        source="events",
    )
    entities = result.references()
    assert entities.channels == ("display", "search")
    assert entities.campaigns == (Campaign("brand"),)
    assert entities.creatives == (Creative("ad", campaign="brand"),)
    assert entities.audiences == (Audience("young"),)
    assert entities.runs_on == (("brand", "display"), ("brand", "search"))
    assert entities.targets == (("brand", "young"),)


def test_text_of_tables_passes_through_unchanged(staged: Stage, write: Write) -> None:
    odd = "'); MATCH (n) DETACH DELETE n // <b>é"
    result = staged(write("a.csv", f'{AUDIENCES}"{odd}","{odd} ",\n'), source="audiences")
    assert result.references().audiences == (Audience(odd, odd + " "),)


def test_all_tables_go_together(staged: Stage, write: Write) -> None:
    result = staged(
        write("1.csv", CAMPAIGNS + "brand,,,,,,,\n"),
        write("2.csv", CREATIVES + "ad,,,,brand,,,,\n"),
        write("3.csv", AUDIENCES.replace("id", "audience_id", 1) + "young,,\n"),
        write("4.csv", DAYS + "ad,young,2024-01-01,1,1,1,1,1\n"),
        write("5.csv", "customer_id,timestamp,kind,creative\na,2024-03-01T12:00:00Z,click,ad\n"),
        source=preset("campaigns", "creatives", "audiences", "creative-days", "events"),
    )
    events = result.events()
    assert events.touches.campaign.values().tolist() == ["brand"]
    assert result.counts.creative_days == 1
