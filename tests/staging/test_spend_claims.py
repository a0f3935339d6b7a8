"""Claims that rows of spend state, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.services.factors import FactorOptions, factors_from_files
from attrigraph.staging import StagingOptions, preset
from spend_sample import CLAIMS, EVENTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.staging import Staged

SPEND = """\
date,platform,campaign,cost,claimed_conversions,claimed_value
2026-06-01,google,a,10,3,30.5
2026-06-01,google,a,5,1,
2026-06-02,google,a,10,,
2026-06-02,meta,b,10,,
2026-06-03,bing,c,10,,7
"""


def claims_of(result: Staged) -> list[tuple[Any, ...]]:
    days = result.references().claims
    columns = (days.date.astype(str), days.platform.values(), days.conversions, days.value)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_rows_of_a_platform_that_claims_are_claims(staged: Stage, write: Write) -> None:
    result = staged(write("s.csv", SPEND), source="spend")
    assert claims_of(result) == [("2026-06-01", "google", 4, 30.5), ("2026-06-02", "google", 0, 0)]
    assert len(result.references().spend) == 4
    counts = result.counts
    assert (counts.read, counts.taken, counts.merged, counts.rejected) == (5, 4, 1, 0)
    assert [note for note in result.notes if "claim" in note] == [
        "1 row of spend with a claimed value and no claimed conversions, without effect"
    ]


def test_a_table_of_claims_counts_instead(staged: Stage, write: Write) -> None:
    table = "date,platform,campaign_id,conversions\n2026-06-09,google,101,2\n"
    files = [write("s.csv", SPEND), write("c.csv", table)]
    result = staged(*files, source=preset("spend", "claims"))
    assert [row[:3] for row in claims_of(result)] == [("2026-06-09", "google", 2)]
    assert "2 rows of spend with claims of platforms that a table of claims has too" in str(
        result.notes
    )


def test_wrong_claims_are_rejected(staged: Stage, write: Write, reasons: Reasons) -> None:
    rows = "2026-06-01,,a,1,2,\n2026-06-02,,a,1,,\n2026-06-03,g,a,1,-2,\n2026-06-04,g,a,1,2,x\n"
    result = staged(write("s.csv", f"{SPEND.splitlines()[0]}\n{rows}"), source="spend")
    found = [(line, reason.split("\x1d")[0]) for line, reason in reasons(result)]
    assert [(line, reason.split(":")[0]) for line, reason in found] == [
        (2, "no-platform"),
        (4, "negative"),
        (5, "bad-number"),
    ]


def test_a_download_of_google_gives_the_factors_of_a_table_of_claims(tmp_path: Path) -> None:
    """Cost and claims of one report, beside the same claims in a table."""
    report = """Campaign report
Day,Campaign,Campaign ID,Campaign type,Currency code,Cost,Conversions,Conv. value
2026-06-01,Brand,101,Search,EUR,10.00,3.00,300.00
2026-06-10,Brand,101,Search,EUR,10.00,1.00,100.00
Total: Account,--,--,--,EUR,20.00,4.00,400.00
"""
    lines = CLAIMS.splitlines(keepends=True)
    texts = {"events": EVENTS, "report": report, "claims": "".join(lines[:3])}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    found = [
        factors_from_files(
            [tmp_path / "events.csv", tmp_path / f"{name}.csv"],
            preset("events", "claims", "google-ads"),
            FactorOptions("linear", "EUR"),
            staging=StagingOptions(keep_ids=True),
            folder=tmp_path / "staged",
        )
        for name in ("report", "claims")
    ]
    brand, other = ([row for row in one.rows if row.level == "campaign"] for one in found)
    assert brand == other
    assert brand[0].factor == pytest.approx(1.5 / 4)
