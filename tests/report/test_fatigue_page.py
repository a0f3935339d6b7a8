"""The page of creatives to replace: what it says where money, intervals or neither are known."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from attrigraph.fatigue.creatives import REASONS
from attrigraph.report.fatigue_page import MAX_PICTURES, MAX_ROWS, render, savings
from creative_fatigues import LOSS, NOT_KNOWN, creative, fatigue_report, not_identified

if TYPE_CHECKING:
    from attrigraph.fatigue.creatives import CreativeFatigue


def page(*creatives: CreativeFatigue, **changed: Any) -> str:
    return render(
        fatigue_report(creatives, **changed), written=datetime(2026, 6, 2, 9, 30, tzinfo=UTC)
    )


def words(text: str) -> str:
    """What a reader sees."""
    text = re.sub(r"<(style|title)>.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r" (?=[.,;)])", "", " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()))


def test_the_headline_sums_what_the_most_urgent_lose() -> None:
    small = replace(LOSS, value=20.0, low=5.0, high=45.0)
    seen = words(page(creative("a"), creative("b", small)))
    assert (
        "Replacing the 2 most urgent creatives saves about 120 EUR per week. "
        "80 % interval: 65 to 185 EUR."
    ) in seen
    assert "As of 1 June 2026, by the graph network." in seen
    assert "A click is worth what a click of a fresh creative costs." in seen
    assert "3.9 by the graph network (used), 4.6 by the shrunk exponential" in seen
    assert "on 40 campaigns that it was not fitted on" in seen


def test_the_savings_are_those_of_ten_creatives_that_lose() -> None:
    gain = replace(LOSS, value=-5.0, low=-9.0, high=1.0)
    losses = [creative(f"{n}") for n in range(12)]
    found = savings([*losses, creative("gain", gain)])
    assert found is not None
    assert (found.value, found.low, found.high) == (1000, 600, 1400)
    assert savings([creative("gain", gain)]) is None
    assert "No creative brings less than a fresh one would" in words(page(creative("gain", gain)))


def test_creatives_without_an_interval_are_not_part_of_the_headline_and_said_to_be() -> None:
    seen = words(page(not_identified(), creative("a"), creative("b")))
    assert "the 2 most urgent creatives saves about 200 EUR per week" in seen
    assert "1 more urgent creative without an interval is not counted" in seen
    assert "10 not identified" in seen
    assert REASONS["too-young"][1:] in seen


def test_where_no_interval_is_known_the_reason_is_given_once() -> None:
    creatives = [not_identified(name, "few-campaigns") for name in ("a", "b")]
    seen = words(page(*creatives, errors={}, tested_campaigns=0))
    assert "saves about 200 EUR per week. No interval is known." in seen
    assert seen.count(REASONS["few-campaigns"][1:]) == 1
    assert "How far days left are off is not known" in seen


def test_losses_that_may_be_gains_are_the_first_thing_said() -> None:
    doubtful = replace(LOSS, low=-20.0)
    assert words(page(creative("a", doubtful), creative("b"))).startswith("Of 1 of these 2")
    assert words(page(creative("a", doubtful))).startswith("It is not sure that a fresh creative")
    assert words(page(creative("a"))).startswith("Replacing the most urgent creative, a, saves")


def test_without_money_the_page_is_about_days() -> None:
    one = creative(
        "a", NOT_KNOWN, loss_per_day=None, spill_per_week=None, reasons=("value-unknown",)
    )
    seen = words(page(one, currency=None))
    assert "not known in money. a has the fewest days left: 10 (5 to 20)." in seen
    assert "loss per week" not in seen.split("How to read it")[0]
    assert "give --value-per-click" in seen
    assert "None" not in seen


def test_names_are_escaped_and_the_page_needs_neither_script_nor_network() -> None:
    hostile = '"><script>alert(1)</script>\u202e'
    text = page(
        creative(hostile, element="<b>"),
        method="<script>",
        currency="<script>",
        notes=("<script>alert(2)</script>",),
    )
    assert "<script" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert" in text
    assert not re.search(r'(?:src|href)="(?!data:text/csv)', text)
    assert "http" not in text


@pytest.mark.parametrize("name", ["=1+1", "plain"])
def test_the_csv_file_has_all_creatives_and_no_formula(name: str) -> None:
    many = [creative(f"{name}{n}") for n in range(MAX_ROWS + 5)]
    text = page(*many)
    [link] = re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)"', text)
    rows = list(csv.DictReader(StringIO(unquote(unescape(link)))))
    assert len(rows) == len(many)
    assert not any(row["creative"].startswith("=") for row in rows)
    assert (rows[0]["order"], rows[0]["loss_low"], rows[0]["days_high"]) == ("1", "60.0", "20.0")
    assert text.count("<figure>") == MAX_PICTURES
    assert "5 less urgent creatives not shown" in words(text)
