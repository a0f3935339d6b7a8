"""Rows of spend: typed, spread over their days, added up within a file, compared between files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.staging import Source
from attrigraph.staging.mapping import Table

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.domain import SpendDays

HEAD = "date,start,end,platform,channel,campaign_id,campaign,creative_id,cost,currency,clicks\n"


def rows(spend: SpendDays) -> list[tuple[Any, ...]]:
    """Day, platform, channel, campaign, name, creative, cost, currency and clicks of each row."""
    return list(
        zip(
            spend.date.astype(str).tolist(),
            spend.platform.values().tolist(),
            spend.channel.values().tolist(),
            spend.campaign.values().tolist(),
            spend.campaign_name.values().tolist(),
            spend.creative.values().tolist(),
            spend.cost.tolist(),
            spend.currency.values().tolist(),
            spend.clicks.tolist(),
            strict=True,
        )
    )


def test_a_row_has_all_its_columns_and_a_range_is_spread_over_its_days(
    staged: Stage, write: Write
) -> None:
    lines = (
        "2026-06-01,,,google,search,c1,Brand,a1,12.5,eur,4\n"
        ",2026-06-02,2026-06-05,meta,,,Spring,,10,USD,\n"
    )
    result = staged(write("s.csv", HEAD + lines), source="spend", zone="Europe/Berlin")
    spend = result.references().spend
    assert rows(spend)[0] == (
        "2026-06-01", "google", "search", "c1", "Brand", "a1", 12.5, "EUR", 4.0,
    )  # fmt: skip
    assert [(row[0], row[6]) for row in rows(spend)[1:]] == [
        (f"2026-06-0{day}", 2.5) for day in (2, 3, 4, 5)
    ]
    assert spend.zone.keys == ("Europe/Berlin",)
    assert str(spend.clicks[1]) == str(spend.impressions[0]) == "nan"
    assert (result.counts.taken, result.counts.spend_days) == (2, 5)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-06-01,,,google,,,,,1,EUR,", "no-target"),
        ("2026-06-01,,,google,tv,,,,1,Euro,", "bad-currency"),
        ("2026-06-01,,,google,tv,,,,,EUR,", "bad-number"),
        ("2026-06-01,,,google,tv,,,,-1,EUR,", "negative"),
        ("2026-06-01,,,google,tv,,,,1,EUR,x", "bad-number"),
        ("1.6.26,,,google,tv,,,,1,EUR,", "bad-date"),
        (",,,google,tv,,,,1,EUR,", "bad-date"),
        ("2026-06-01 10:00:00,,,google,tv,,,,1,EUR,", "bad-date"),
        (",2026-06-01,,google,tv,,,,1,EUR,", "bad-date"),
        (",2026-06-02,2026-06-01,google,tv,,,,1,EUR,", "reversed-dates"),
        (",2006-06-02,2026-06-01,google,tv,,,,1,EUR,", "long-range"),
        ("2026-06-07,2026-06-07,2026-06-08,google,tv,,,,1,EUR,", "two-dates"),
        ("2026-06-07,2026-06-06,,google,tv,,,,1,EUR,", "two-dates"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(
    row: str, reason: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("s.csv", f"{HEAD}{row}\n"), source="spend")
    assert reasons(result) == [(2, reason)]
    assert len(result.references().spend) == 0
    (rejected,) = result.rejected()
    assert rejected.reason.endswith(")")


def test_a_bad_currency_is_shown_with_its_column(staged: Stage, write: Write) -> None:
    row = "2026-06-01,,,google,tv,,,,1,Euro,"
    (rejected,) = staged(write("s.csv", f"{HEAD}{row}\n"), source="spend").rejected()
    assert rejected.reason.endswith("(currency: 'Euro')")


def test_a_date_and_the_same_start_and_end_are_one_day(staged: Stage, write: Write) -> None:
    row = "2026-06-07,2026-06-07,2026-06-07 00:00,google,tv,,,,1,EUR,"
    result = staged(write("s.csv", f"{HEAD}{row}\n"), source="spend")
    assert [row[0] for row in rows(result.references().spend)] == ["2026-06-07"]


def test_parts_of_one_file_are_added_up_and_rows_of_other_files_contradict(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    phone = "2026-06-01,,,google,,c1,Brand,,1,EUR,1\n"
    laptop = "2026-06-01,,,google,,c1,Brand,,2,EUR,1\n"
    corrected = "2026-06-01,,,google,,c1,Brand (new),,4,EUR,1\n"
    one = write("1.csv", HEAD + phone + laptop + phone)
    other = write("2.csv", HEAD + phone + corrected)
    result = staged(one, other, source="spend")
    assert [(row[6], row[8]) for row in rows(result.references().spend)] == [(3.0, 2.0)]
    counts = result.counts
    assert (counts.read, counts.taken, counts.duplicates, counts.merged) == (5, 1, 2, 1)
    assert reasons(result) == [(3, "other-content")]


def test_days_that_two_rows_of_a_campaign_have_count_once(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    week = ",2026-06-01,2026-06-07,google,,c1,,,7,EUR,\n"
    day = "2026-06-07,,,google,,c1,,,1,EUR,\n"
    other = "2026-06-07,,,google,,c2,,,1,EUR,\n"
    result = staged(write("s.csv", HEAD + day + week + other), source="spend")
    assert reasons(result) == [(2, "overlapping-days")]
    assert sum(row[6] for row in rows(result.references().spend)) == 8.0


@pytest.mark.parametrize(
    "day", ["2026-06-01", "2026-06-01 00:00:00", "2026-06-01T00:00:00.000Z", "2026-06-01 00:00 UTC"]
)
def test_a_day_may_be_written_as_its_midnight(day: str, staged: Stage, write: Write) -> None:
    result = staged(write("s.csv", f"date,channel,cost\n{day},tv,1\n"), source="spend")
    assert result.references().spend.date.astype(str).tolist() == ["2026-06-01"]


def test_a_mapping_yields_spend(staged: Stage, write: Write) -> None:
    table = Table(
        rows="spend",
        columns={"date": "Day", "campaign": "Campaign", "cost": "Cost"},
        constants={"platform": "google", "currency": "EUR"},
        numbers="1.234,56",
        times=("%d.%m.%Y",),
        group='concat(column("Day"), column("Campaign"))',
    )
    path = write("google.csv", 'Day,Campaign,Cost\n01.06.2026,Brand,"1.234,56"\n')
    result = staged(path, source=Source(tables=(table,)))
    assert rows(result.references().spend)[0][:7] == (
        "2026-06-01", "google", None, None, "Brand", None, 1234.56,
    )  # fmt: skip


CLAIM = "day,platform,campaign_id,conversions,value,currency\n"


def test_claims_are_read_like_spend(staged: Stage, write: Write, reasons: Reasons) -> None:
    lines = (
        "2026-06-01,meta,c1,3,30,EUR\n"
        "2026-06-01,meta,c1,1.5,15,EUR\n"
        "2026-06-01,,c1,1,,\n"
        "2026-06-02,meta,,1,,\n"
        "2026-06-03,meta,c1,,,\n"
    )
    result = staged(write("c.csv", CLAIM + lines), source="claims")
    claims = result.references().claims
    assert (claims.platform.keys, claims.campaign.keys) == (("meta",), ("c1",))
    assert (claims.conversions.tolist(), claims.value.tolist()) == ([4.5], [45.0])
    assert reasons(result) == [(4, "no-platform"), (5, "no-target"), (6, "bad-number")]
    assert (result.counts.claim_days, result.counts.merged) == (1, 1)


def test_a_row_without_a_target_names_a_column_that_could_hold_it(
    staged: Stage, write: Write
) -> None:
    text = "date,cost,campaign\n2026-06-01,1,a\n2026-06-01,1,\n"
    (rejected,) = staged(write("s.csv", text), source="spend").rejected()
    assert rejected.reason.endswith("(campaign is empty)")
