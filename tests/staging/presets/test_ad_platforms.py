"""Reports of ad platforms: generated downloads, against the costs from which they were written."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.staging import StagingOptions, preset, stage
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.domain import SpendDays

START: Final = date(2026, 9, 20)
GERMAN: Final = "Tag,Kampagnenname,Ausgegebener Betrag (EUR)"
Lines = list[list[str]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one campaign cost on one day; cost 0 is often written as no value."""

    day: date
    number: int
    campaign: str
    kind: str
    cost: float
    impressions: int
    clicks: int


def costs(seed: int, days: int = 30, campaigns: int = 40) -> list[Cost]:
    rng = np.random.default_rng(seed)
    names = [f"Total Care, {i}" if i % 9 == 0 else f"brand | de | {i}" for i in range(campaigns)]
    kinds = rng.choice(["Search", "Display", "Shopping"], size=campaigns).tolist()
    return [
        Cost(
            START + timedelta(days=day),
            9_007_199_254 + i,
            name,
            kinds[i],
            round(float(rng.gamma(1, 900)), 2) if rng.random() < 0.9 else 0.0,
            int(rng.gamma(1, 90_000)),
            int(rng.gamma(1, 2_000)),
        )
        for day in range(days)
        for i, name in enumerate(names)
    ]


def english(value: float) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def german(value: float) -> str:
    return english(value).translate(str.maketrans(",.", ".,"))


def or_nothing(value: float) -> str:
    return str(value) if value else ""


def google(rows: Sequence[Cost]) -> Lines:
    head = ["Day", "Campaign", "Campaign ID", "Campaign type", "Campaign status"]
    lines = [
        [
            f"{row.day}",
            row.campaign,
            str(row.number),
            row.kind,
            "Enabled",
            "EUR",
            english(row.cost) if row.cost else " --",
            english(row.impressions),
            english(row.clicks),
            "1.23%",
        ]
        for row in rows
    ]
    total = english(sum(row.cost for row in rows))
    totals = [[f"Total: {of}", *["--"] * 5, total, "9", "9", "--"] for of in ("Account", "Search")]
    head += ["Currency code", "Cost", "Impr.", "Clicks", "CTR"]
    return [["Campaign report"], ["September 20, 2026 - October 19, 2026"], head, *lines, *totals]


def google_in_german(rows: Sequence[Cost]) -> Lines:
    lines = [
        [
            f"{row.day:%d.%m.%Y}",
            row.campaign,
            "EUR",
            german(row.cost),
            german(row.impressions),
            german(row.clicks),
        ]
        for row in rows
    ]
    head = ["Tag", "Kampagne", "Währungscode", "Kosten", "Impr.", "Klicks"]
    total = ["Gesamt: Konto", "--", "--", german(sum(row.cost for row in rows)), "9", "9"]
    return [["Kampagnenbericht"], ["20. September 2026 bis 19. Oktober 2026"], head, *lines, total]


def google_api(rows: Sequence[Cost]) -> Lines:
    head = ["customer.currency_code", "segments.date", "campaign.id", "campaign.name"]
    head += ["metrics.cost_micros", "metrics.impressions", "metrics.clicks"]
    return [head] + [
        [
            "EUR",
            f"{row.day}",
            str(row.number),
            row.campaign,
            f"{round(row.cost * 1e6)}",
            f"{row.impressions}",
            f"{row.clicks}",
        ]
        for row in rows
    ]


def meta(rows: Sequence[Cost]) -> Lines:
    head = ["Reporting starts", "Reporting ends", "Campaign name", "Campaign delivery", "Results"]
    head += ["Amount spent (EUR)", "Impressions", "Link clicks", "Attribution setting"]
    lines = [
        [
            f"{row.day}",
            f"{row.day}",
            row.campaign,
            "active",
            "",
            f"{row.cost}" if row.cost else "",
            f"{row.impressions}",
            f"{row.clicks}",
            "7-day click or 1-day view",
        ]
        for row in rows
    ]
    total = [
        lines[0][0],
        lines[-1][1],
        "",
        "",
        "12",
        f"{sum(row.cost for row in rows)}",
        "9",
        "9",
        "",
    ]
    return [head, total, *lines]


def meta_in_german(rows: Sequence[Cost]) -> Lines:
    head = ["Kampagnenname", "Tag", "Ausgegebener Betrag (EUR)", "Impressionen", "Link-Klicks"]
    return [[*head, "Berichtsstart", "Berichtsende"]] + [
        [
            row.campaign,
            f"{row.day}",
            german(row.cost).replace(".", ""),
            f"{row.impressions}",
            f"{row.clicks}",
            "2026-09-20",
            "2026-10-19",
        ]
        for row in rows
    ]


def microsoft(rows: Sequence[Cost]) -> Lines:
    head = ["AccountName", "TimePeriod", "CampaignName", "CampaignId", "CampaignType"]
    head += ["CurrencyCode", "Impressions", "Clicks", "Spend"]
    lines = [
        [
            "Shop",
            f"{row.day}",
            row.campaign,
            str(row.number),
            row.kind,
            "EUR",
            f"{row.impressions}",
            f"{row.clicks}",
            english(row.cost),
        ]
        for row in rows
    ]
    about = [["Report Name: Campaigns"], ["Report Time: 9/20/2026,10/19/2026"], ["Rows: 1200"], []]
    return [*about, head, *lines, [], ["©2026 Microsoft Corporation. All rights reserved. "]]


def microsoft_page(rows: Sequence[Cost]) -> Lines:
    head = ["Gregorian date", "Campaign name", "Campaign ID", "Spend", "Impressions", "Clicks"]
    lines = [
        [
            f"{row.day:%m/%d/%Y}",
            row.campaign,
            str(row.number),
            english(row.cost),
            english(row.impressions),
            english(row.clicks),
        ]
        for row in rows
    ]
    return [["Campaign performance"], head, *lines, ["@2026 Microsoft Corporation. All rights"]]


def linkedin(rows: Sequence[Cost]) -> Lines:
    head = ["Start Date (in UTC)", "Account Name", "Currency", "Campaign Group Name", "Campaign ID"]
    head += ["Campaign Name", "Total Spent", "Impressions", "Clicks"]
    about = [["Campaign Performance Report (in UTC)"], ["Report Start: September 20, 2026"], []]
    return [*about, head] + [
        [
            f"{row.day:%m/%d/%Y}",
            "Shop",
            "EUR",
            "Default group",
            str(row.number),
            row.campaign,
            f"{row.cost}",
            f"{row.impressions}",
            f"{row.clicks}",
        ]
        for row in rows
    ]


def tiktok(rows: Sequence[Cost]) -> Lines:
    head = ["Campaign name", "By Day", "Campaign ID", "Currency", "Cost", "Impressions"]
    lines = [
        [
            row.campaign,
            f"{row.day}",
            str(row.number),
            "EUR",
            f"{row.cost}",
            f"{row.impressions}",
            f"{row.clicks}",
        ]
        for row in rows
    ]
    total = ["Total of 1200 results", "-", "-", "EUR", "99999.99", "9", "9"]
    return [[*head, "Clicks (destination)"], *lines, total]


def tiktok_api(rows: Sequence[Cost]) -> Lines:
    head = ["stat_time_day", "campaign_id", "campaign_name", "spend", "impressions", "clicks"]
    return [[*head, "currency"]] + [
        [
            f"{row.day} 00:00:00",
            str(row.number),
            row.campaign,
            f"{row.cost}",
            f"{row.impressions}",
            f"{row.clicks}",
            "EUR",
        ]
        for row in rows
    ]


def fivetran(rows: Sequence[Cost]) -> Lines:
    head = ["source_relation", "date_day", "platform", "account_id", "account_name", "campaign_id"]
    head += ["campaign_name", "clicks", "impressions", "spend"]
    return [head] + [
        [
            "",
            f"{row.day}",
            "google_ads" if row.kind == "Search" else "facebook_ads",
            "1",
            "Shop",
            str(row.number),
            row.campaign,
            f"{row.clicks}",
            f"{row.impressions}",
            f"{row.cost}",
        ]
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Report:
    """One form of report: how it is written, and what besides the cost is read from it."""

    preset: str
    lines: Callable[[Sequence[Cost]], Lines]
    platform: str | None
    channels: frozenset[str | None]
    currency: str | None = "EUR"
    delimiter: str = ","
    encoding: str = "utf-8"
    claims: tuple[str, str] = ("Conversions", "Conv. value")
    number: Callable[[float], str] = english


BY_TYPE = frozenset({"paid search", "Display", "paid shopping"})
SOCIAL = frozenset({"paid social"})
NONE: frozenset[str | None] = frozenset({None})
REPORTS = {
    "google": Report("google-ads", google, "google", BY_TYPE),
    "google for spreadsheets": Report(
        "google-ads", google, "google", BY_TYPE, delimiter="\t", encoding="utf-16"
    ),
    "google in German": Report(
        "google-ads",
        google_in_german,
        "google",
        NONE,
        claims=("Conversions", "Conv.-Wert"),
        number=german,
    ),
    "google's API": Report(
        "google-ads",
        google_api,
        "google",
        NONE,
        claims=("metrics.conversions", "metrics.conversions_value"),
        number=str,
    ),
    "meta": Report(
        "meta-ads",
        meta,
        "meta",
        SOCIAL,
        claims=("Purchases", "Purchases conversion value"),
        number=or_nothing,
    ),
    "meta in German": Report(
        "meta-ads",
        meta_in_german,
        "meta",
        SOCIAL,
        delimiter=";",
        claims=("Käufe", "Conversion-Wert von Käufen"),
        number=german,
    ),
    "microsoft": Report(
        "microsoft-ads",
        microsoft,
        "microsoft",
        BY_TYPE,
        encoding="utf-8-sig",
        claims=("Conversions", "Revenue"),
    ),
    "microsoft's page": Report(
        "microsoft-ads",
        microsoft_page,
        "microsoft",
        NONE,
        None,
        claims=("Conversions", "Revenue"),
    ),
    "linkedin": Report(
        "linkedin-ads",
        linkedin,
        "linkedin",
        SOCIAL,
        delimiter="\t",
        encoding="utf-16",
        claims=("Conversions", "Total Conversion Value"),
        number=str,
    ),
    "tiktok": Report(
        "tiktok-ads",
        tiktok,
        "tiktok",
        SOCIAL,
        claims=("Purchases (website)", "Purchase value (website)"),
    ),
    "tiktok's API": Report(
        "tiktok-ads",
        tiktok_api,
        "tiktok",
        SOCIAL,
        claims=("complete_payment", "total_complete_payment_rate"),
        number=str,
    ),
    "fivetran": Report(
        "fivetran-ad-reporting",
        fivetran,
        None,
        NONE,
        None,
        claims=("conversions", "conversions_value"),
        number=str,
    ),
}


def claimed(row: Cost) -> tuple[float, float]:
    """What the platform claims for a campaign on a day, by number and value."""
    conversions = (row.number * 31 + row.day.toordinal() * 7) % 9 * 250.5
    return conversions, round(conversions * 19.9, 2)


def with_claims(report: Report, rows: Sequence[Cost]) -> Lines:
    """The report with claims at the end of its lines; totals have some, too."""
    lines, names, of = report.lines(rows), {row.campaign for row in rows}, iter(rows)
    width = max(map(len, lines))
    head = next(i for i, line in enumerate(lines) if len(line) == width)
    for i, line in enumerate(lines):
        if i == head:
            line += report.claims
        elif len(line) == width:
            line += map(report.number, claimed(next(of)) if names & {*line} else (9.0, 9.0))
    return lines


def written(
    report: Report,
    rows: Sequence[Cost],
    path: Path,
    mutation: str = "",
    lines_of: Callable[[Report, Sequence[Cost]], Lines] | None = None,
) -> Path:
    lines = report.lines(rows) if lines_of is None else lines_of(report, rows)
    width = max(map(len, lines))
    if mutation == "other columns in another order":
        lines = [[*line[::-1], "x"] if len(line) == width else line for line in lines]
        place = next(i for i, line in enumerate(lines) if len(line) > width)
        lines[place][-1] = "Further"
    text = io.StringIO()
    quoting: Literal[0, 1] = 1 if report.preset == "microsoft-ads" else 0
    end = "\r\n\r\n" if mutation == "blank lines" else "\n"
    csv.writer(text, delimiter=report.delimiter, quoting=quoting, lineterminator=end).writerows(
        lines
    )
    path.write_bytes(text.getvalue().encode(report.encoding))
    return path


def parts(rows: Sequence[Cost]) -> list[Cost]:
    """Each row twice, as reports by device have them; together they are the row."""
    halves = []
    for row in rows:
        phone = round(row.cost / 3, 2)
        halves += [
            Cost(row.day, row.number, row.campaign, row.kind, phone, row.impressions, 0),
            Cost(row.day, row.number, row.campaign, row.kind, row.cost - phone, 0, row.clicks),
        ]
    return halves


def days_of(files: Sequence[Path], folder: Path, *presets: str) -> SpendDays:
    """Spend per day of files of which no row is rejected."""
    options = StagingOptions(keep_ids=True)
    with stage(files, preset(*presets), options, folder=folder / "s") as staged:
        counts, days = staged.counts, staged.references().spend
    assert (counts.rejected, counts.duplicates) == (0, 0)
    return days


def spent(days: SpendDays) -> dict[tuple[str, str], list[float]]:
    """Cost, impressions and clicks by day and campaign."""
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for i, key in enumerate(
        zip(days.date.astype(str).tolist(), days.campaign_name.values().tolist(), strict=True)
    ):
        for place, figure in enumerate((days.cost, days.impressions, days.clicks)):
            found[key][place] += float(figure[i])
    return found


def expected(rows: Sequence[Cost]) -> dict[tuple[str, str], object]:
    return {
        (f"{row.day}", row.campaign): pytest.approx(
            [row.cost, row.impressions, row.clicks], abs=1e-6
        )
        for row in rows
    }


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_the_costs_from_which_it_was_written(name: str, tmp_path: Path) -> None:
    report, rows = REPORTS[name], costs(len(name))
    path = written(report, rows, tmp_path / "report.csv")
    days = days_of([path], tmp_path, report.preset)
    assert spent(days) == expected(rows)
    assert set(days.currency.values().tolist()) == {report.currency}
    assert set(days.channel.values().tolist()) == report.channels
    if report.platform is not None:
        assert set(days.platform.values().tolist()) == {report.platform}


OPTIONAL = {
    *("Campaign ID", "Campaign type", "Campaign status", "Currency code", "Impr.", "Clicks", "CTR"),
    *("customer.currency_code", "metrics.impressions", "metrics.clicks", "CampaignType"),
    *("Währungscode", "Klicks", "Impressions", "Link clicks", "Impressionen", "Link-Klicks"),
    *("CampaignId", "CurrencyCode", "Currency", "Clicks (destination)", "impressions", "clicks"),
    *("Campaign Status", "campaign_id", "currency", "account_currency", "inline_link_clicks"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_without_optional_columns_has_the_costs(name: str, tmp_path: Path) -> None:
    report, rows = REPORTS[name], costs(len(name), days=5)

    def fewer(own: Report, of: Sequence[Cost]) -> Lines:
        lines = own.lines(of)
        width = max(map(len, lines))
        head = next(line for line in lines if len(line) == width)
        kept = [place for place, column in enumerate(head) if column not in OPTIONAL]
        assert len(kept) < width
        return [[line[i] for i in kept] if len(line) == width else line for line in lines]

    path = written(report, rows, tmp_path / "report.csv", lines_of=fewer)
    found = {
        key: figures[0] for key, figures in spent(days_of([path], tmp_path, report.preset)).items()
    }
    assert found == {(f"{row.day}", row.campaign): pytest.approx(row.cost) for row in rows}


ENGLISH = [
    name
    for name, one in REPORTS.items()
    if preset(one.preset).tables[0].numbers == "1,234.56"
    and "German" not in name
    and "API" not in name
]
FIGURE = re.compile(r" ?[\d,]+(?:\.\d+)?")


@pytest.mark.parametrize("name", ENGLISH)
def test_a_report_may_have_the_numbers_of_another_country(name: str, tmp_path: Path) -> None:
    report, rows = REPORTS[name], costs(len(name), days=5)

    def swapped(own: Report, of: Sequence[Cost]) -> Lines:
        signs = str.maketrans(",.", ".,")
        return [
            [cell.translate(signs) if FIGURE.fullmatch(cell) else cell for cell in line]
            for line in own.lines(of)
        ]

    path = written(report, rows, tmp_path / "report.csv", lines_of=swapped)
    source = preset(report.preset).with_numbers("1.234,56")
    options = StagingOptions(keep_ids=True)
    with stage([path], source, options, folder=tmp_path / "s") as staged:
        assert staged.counts.rejected == 0
        assert spent(staged.references().spend) == expected(rows)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_also_has_the_claims_of_its_platform(name: str, tmp_path: Path) -> None:
    report, rows = REPORTS[name], costs(len(name), days=5)
    path = written(report, rows, tmp_path / "report.csv", lines_of=with_claims)
    with stage(
        [path], preset(report.preset), StagingOptions(keep_ids=True), folder=tmp_path / "s"
    ) as staged:
        counts, days = staged.counts, staged.references().claims
        assert spent(staged.references().spend) == expected(rows)
        assert not [note for note in staged.notes if "claim" in note or report.claims[0] in note]
    assert (counts.rejected, counts.taken) == (0, len(rows))
    names = zip(days.date.astype(str).tolist(), days.campaign_name.values().tolist(), strict=True)
    figures = zip(days.conversions.tolist(), days.value.tolist(), strict=True)
    found = dict(zip(names, figures, strict=True))
    assert found == {
        (f"{row.day}", row.campaign): pytest.approx(claimed(row), abs=1e-6) for row in rows
    }
    assert set(days.currency.values().tolist()) == {report.currency}
    if report.platform is not None:
        assert set(days.platform.values().tolist()) == {report.platform}


@cases(
    "mutation",
    ["other columns in another order", "two files", "as they come", "blank lines", "by device"],
    short=1,
)
def test_reports_of_all_platforms_go_into_one_command(mutation: str, tmp_path: Path) -> None:
    rows = costs(len(mutation), days=6)
    files: list[Path] = []
    for number, (name, report) in enumerate(REPORTS.items()):
        own = [row for row in rows if row.number % len(REPORTS) == number]
        files += written_as(mutation, report, own, tmp_path / f"{name}.csv")
    presets = dict.fromkeys(report.preset for report in REPORTS.values())
    assert spent(days_of(files, tmp_path, *presets)) == expected(rows)


def written_as(mutation: str, report: Report, rows: Sequence[Cost], path: Path) -> list[Path]:
    match mutation:
        case "two files":
            halves = (rows[: len(rows) // 2], rows[len(rows) // 2 :])
            return [
                written(report, half, path.with_stem(f"{path.stem}{i}"))
                for i, half in enumerate(halves)
            ]
        case "by device":
            return [written(report, parts(rows), path)]
    return [written(report, rows, path, mutation)]


def test_a_report_gives_the_cost_of_credit(tmp_path: Path) -> None:
    """Two campaigns of Google, of which one sold; its return is what it sold by what it cost."""
    rows = [row for row in costs(3, days=9) if row.number % 20 == 16]
    report = written(REPORTS["google"], rows, tmp_path / "google.csv")
    sold, other = (rows[0].campaign, rows[1].campaign)
    events = tmp_path / "events.csv"
    lines = [
        f"a,{START}T00:00:00Z,click,paid search,{sold},",
        f"a,{START + timedelta(days=4)}T00:00:00Z,conversion,,,900",
        f"b,{START + timedelta(days=8)}T23:00:00Z,click,paid search,{other},",
    ]
    events.write_text("\n".join(["customer_id,timestamp,kind,channel,campaign,value", *lines]))
    arguments = ["attribute", "--input", str(events), "--preset", "events", "--spend", str(report)]
    arguments += ["--preset", "google-ads", "--models", "last", "--by", "campaign", "--json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    credits = {each["key"]: each for each in json.loads(result.stdout)["models"]["last"]["credits"]}
    for campaign, value in ((sold, 900), (other, 0)):
        cost = sum(row.cost for row in rows if row.campaign == campaign)
        assert credits[campaign]["cost"] == pytest.approx(cost, rel=1e-9)
        assert credits[campaign]["roas"] == pytest.approx(value / cost, rel=1e-9)


@pytest.mark.parametrize(
    ("header", "day"),
    [("Day,Campaign name,Amount spent (EUR)", "2026-10-01"), (GERMAN, "01.10.2026")],
)
def test_a_report_of_meta_needs_the_day_alone(header: str, day: str, tmp_path: Path) -> None:
    path = tmp_path / "meta.csv"
    path.write_text(f'{header}\n{day},Autumn,"20"\n', encoding="utf-8")
    options = StagingOptions(keep_ids=True)
    with stage([path], preset("meta-ads"), options, folder=tmp_path / "s") as staged:
        spend = staged.references().spend
    assert (spend.date.tolist(), spend.cost.tolist()) == ([date(2026, 10, 1)], [20.0])
