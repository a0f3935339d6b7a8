"""The report page: complete, without network access, and safe against markup in names."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from attrigraph.attribution.observed.summary import Flow, PathRow, Stop
from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.report.data import ReportData
from attrigraph.report.page import number, percent, render

NASTY = "</script><script>alert('x')</script><b>&\"é"


def report(*keys: str | None) -> ReportData:
    """One level and two models over the given keys."""
    credits = tuple(Credit(key, 2.0, 20.0) for key in keys)
    models = {
        name: ModelCredits(name, False, Amount(1.0, 5.0), credits, notes)
        for name, notes in (("linear", ()), ("shapley-rate", ("sampled, standard error 0.2",)))
    }
    observed = Observed(10, 2 * len(keys) + 1, 20.0 * len(keys) + 5)
    first = Stop(0, "key", keys[0])
    return ReportData(
        source="events.csv",
        written=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        levels=(Attribution("channel", observed, models),),
        top_paths=(PathRow(keys, 2.0, 3.0, 20.0), PathRow((), 1.0, 0.0, 5.0)),
        converting_by_length=np.array([1.0, 2.0]),
        others_by_length=np.array([0.0, 7.0]),
        days_to_conversion=np.array([0.5, 3.0]),
        flows=(Flow(first, Stop(1, "converted"), 2.0), Flow(first, Stop(1, "ended"), 7.0)),
        costs={"channel": {keys[0]: 12.5}},
        settings={"lookback": "30 days"},
    )


class Outline(HTMLParser):
    """Collects what a browser would fetch, and the text outside scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.scripts = 0
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    return parser


def test_page_fetches_no_resources() -> None:
    assert outline(render(report("Email", "Search"))).fetched == []


def test_page_contains_every_key_model_note_and_setting() -> None:
    text = outline(render(report("Email", None))).text
    for expected in ("Email", "(unknown)", "linear", "shapley-rate", "standard error", "30 days"):
        assert expected in text
    assert "do not measure what marketing caused" in text
    assert "12.50" in text


def test_markup_in_names_is_escaped() -> None:
    plain, nasty = render(report("Email")), render(report(NASTY))
    assert outline(nasty).scripts == outline(plain).scripts
    assert NASTY in outline(nasty).text
    assert "alert('x')</script>" not in nasty


def test_data_without_times_have_a_note_instead_of_the_figure() -> None:
    timeless = report("Email")
    without = ReportData(
        **{name: getattr(timeless, name) for name in ReportData.__slots__}
        | {"days_to_conversion": np.empty(0)}
    )
    assert "have the order of touches but not their times" in render(without)


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0"), (1234567.0, "1,234,567"), (0.125, "0.12"), (-3.5, "-3.50")]
)
def test_numbers_are_readable(amount: float, shown: str) -> None:
    assert number(amount) == shown


def test_percentages_have_three_digits() -> None:
    assert (percent(0.2238), percent(0.0123)) == ("22.4%", "1.23%")


def test_every_figure_is_in_the_page() -> None:
    page = render(report("Email", "Search"))
    assert len(re.findall(r'class="plotly-graph-div"', page)) == 4
