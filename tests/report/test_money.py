"""Cost and return on the page: one model, its withheld figures empty, names escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from tests.report.test_page import NASTY, report

from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.domain.returns import Return, SpendLine, SpendSummary
from attrigraph.report.money import tables
from attrigraph.report.page import render

RETURN = Return(50.0, 1.0, 1.5, 1.2, 1.8, 25.0, 0.75, 0.8)
SUMMARY = SpendSummary(
    date(2026, 6, 1),
    date(2026, 6, 30),
    62.5,
    without_touches=(SpendLine(12.5, "meta", campaign_name=NASTY),),
    without_spend=((None, 3), ("email", 2)),
    notes=("2 daily rows of spend are outside",),
)


def answer() -> Attribution:
    credits = (
        Credit("search", 2.0, 75.0, returns=RETURN),
        Credit("part", 1.0, 25.0, returns=Return(12.5, 0.5, share_of_credit=0.25)),
        Credit("free", 0.0, 0.0, returns=Return()),
    )
    models = {
        name: ModelCredits(name, name == "incremental", Amount(0.0, 0.0), credits)
        for name in ("linear", "incremental")
    }
    return Attribution(
        "channel", Observed(5, 3, 100.0), models, currency="EUR", spend_summary=SUMMARY
    )


def test_a_table_has_the_causal_model_and_the_keys_with_a_cost() -> None:
    (table,) = tables([answer()], 1)
    assert (table.model, [row.key for row in table.rows], table.hidden) == (
        "incremental", ["search"], 1,
    )  # fmt: skip
    assert list(tables(report("a").levels, 9)) == []


def test_the_page_shows_returns_and_what_was_not_matched() -> None:
    page = render(replace(report("search"), levels=(answer(),)))
    section = page[page.index("Cost and return by channel") :].split("</section>")[0]
    text = " ".join(re.sub(r"<[^>]*>", " ", section).split())
    assert "amounts in EUR" in text
    assert "search 75.00 50.00 100% 1.50 1.20 to 1.80 25.00 75% 80%" in text
    assert "part 25.00 12.50 50% 25%" in text
    assert "(unknown) : 3 email: 2 2 daily rows of spend are outside." in text
    assert "free" not in text
    assert NASTY not in page
