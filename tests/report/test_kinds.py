"""Kinds of conversions on the page: which of them it is about, and where the others are."""

from __future__ import annotations

from dataclasses import replace

from tests.report.test_page import NASTY, causal_report, files_of, outline, report

from attrigraph.domain import Observed
from attrigraph.report.kinds import KindOnPage, scope
from attrigraph.report.page import render

PURCHASE = KindOnPage("purchase", 10, 100.0, True, causal_report().levels[0])
SIGNUP = KindOnPage("signup", 7, 0.0, False, report("Email", None).levels[0])
LEAD = KindOnPage(NASTY, 3, 0.0, False)


def page(*kinds: KindOnPage) -> str:
    return render(replace(causal_report(), kinds=kinds))


def test_the_scope_is_said_where_there_is_a_choice() -> None:
    assert scope([]) == scope([PURCHASE]) == ""
    assert scope([PURCHASE, SIGNUP]) == "of the kind purchase"
    summed = replace(SIGNUP, on_page=True)
    assert scope([PURCHASE, summed]) == "of all kinds"
    assert scope([PURCHASE, summed, LEAD]) == "of the kinds purchase, signup"


def test_the_headline_and_a_table_say_which_kind_the_page_is_about() -> None:
    text = " ".join(outline(page(PURCHASE, SIGNUP, LEAD)).words)
    assert "caused 70 of 100 in value (70%) from conversions of the kind purchase, by" in text
    table = text[text.index("credit is on") :]
    assert "purchase 10 100 7.0 2.0 1.0 incremental this page" in table
    assert "signup 7 0 4.0 0.0 1.0 linear below" in table
    assert "3 0 not credited" in table
    assert "This page is about conversions of the kind purchase only." in text


def test_other_kinds_have_their_money_folded_and_a_command() -> None:
    text = page(PURCHASE, replace(SIGNUP, kind="sign up"))
    (fold,) = [
        part for part in text.split("<details>") if "conversions of the kind sign up" in part
    ]
    assert "by linear (a rule)</summary>" in fold
    assert "<code>attrigraph report</code> with <code>--kind &#39;sign up&#39;</code>" in fold
    assert "Money by channel for conversions of the kind purchase" not in text


def test_the_table_of_kinds_is_a_csv_file_and_names_are_escaped() -> None:
    text = page(PURCHASE, SIGNUP, LEAD)
    rows = files_of(text)["kinds-of-conversions.csv"]
    assert [(row["kind"], row["credited"], row["on_page"]) for row in rows] == [
        ("purchase", "7.0", "True"),
        ("signup", "4.0", "False"),
        (NASTY, "", "False"),
    ]
    assert "alert('x')</script>" not in text


def test_kinds_that_are_added_up_are_stated_as_such() -> None:
    summed = [replace(one, on_page=True, answer=None) for one in (PURCHASE, SIGNUP)]
    text = " ".join(outline(page(*summed)).words)
    assert "conversions of all kinds" in text
    assert "adds up the conversions of all kinds" in text


def test_one_kind_has_no_table_and_conversions_without_value_have_a_scope_too() -> None:
    assert "Kinds of conversions" not in page(PURCHASE)
    level = replace(causal_report().levels[0], observed=Observed(20, 10, 0.0))
    data = replace(causal_report(), levels=(level,), kinds=(PURCHASE, SIGNUP))
    assert "<h2>Credit by channel</h2>" in render(data)
    assert "caused 7 of 10 conversions (70%) of the kind purchase, by" in render(data)
