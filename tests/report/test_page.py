"""The report page: complete, without network access, and safe against markup in names."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np

from attrigraph.attribution.observed.summary import Flow, PathRow, Stop
from attrigraph.domain import (
    Amount,
    Attribution,
    BaselineBounds,
    Credit,
    FailedModel,
    ModelCredits,
    Observed,
    Robustness,
    RobustnessCheck,
    TriggeredShare,
)
from attrigraph.report.data import ReportData
from attrigraph.report.page import render

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
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.words += data.split()


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


def test_every_figure_is_in_the_page() -> None:
    page = render(report("Email", "Search"))
    assert len(re.findall(r'class="plotly-graph-div"', page)) == 4


def causal_report(key: str = "Email") -> ReportData:
    """A causal model beside a rule: one channel is identified, one is not; 2 were captured."""
    sure = Credit(key, 4.0, 40.0, low=3.0, high=5.0, identified=True, captured=Amount(0.0, 0.0))
    unsure = Credit(
        "Search", 3.0, 30.0, low=-9.0, high=15.0,
        identified=False, reasons=("collinear",), captured=Amount(2.0, 20.0),
    )  # fmt: skip
    model = ModelCredits(
        "incremental",
        True,
        Amount(1.0, 10.0),
        (sure, unsure),
        triggered=(TriggeredShare("Search", key, 0.5, 0.25, 0.75),),
        advice="pause Search in some regions",
        baseline_bounds=BaselineBounds(1.0, 10.0),
    )
    rule = ModelCredits("linear", False, Amount(10.0, 100.0), ())
    models = {"incremental": model, "linear": rule}
    failed = (FailedModel("attention", "it did not converge", 8),)
    level = Attribution("channel", Observed(20, 10, 100.0), models, failed=failed)
    plain = report(key)
    fields = {name: getattr(plain, name) for name in ReportData.__slots__}
    return ReportData(**fields | {"levels": (level,)})


def test_the_first_screen_has_parts_reasons_advice_and_triggers() -> None:
    page = render(causal_report())
    text = " ".join(outline(page).words)
    first = text.index("What marketing caused, by incremental")
    assert first < text.index("Which channels make touches of which")
    assert text.index("Which channels make") < text.index("Credit by channel and model")
    assert "Pause Search in some regions." in text
    assert (
        "7.0 conversions caused by touches (70% of all); 3.0 of them not identified "
        "2.0 captured at the moment of purchase"
    ) in text
    assert "bound the baseline: of 10 conversions, at least the 1 that no touch preceded" in text
    assert "Email 4.0 3.0 to 5.0 0.0 12.50 3.20 Search 3.0 not identified 2.0" in text
    assert "Not identified, and what to do: Search almost always runs together" in text
    assert "Search Email 50% 25% to 75%" in text
    assert "attention is left out. it did not converge" in text
    assert page.count("<path d=") == 1


def test_every_column_of_the_table_adds_up_with_what_was_captured() -> None:
    text = " ".join(outline(render(causal_report())).words)
    level = text[text.index("Credit by channel and model") :]
    assert (
        "Email 12.50 4.0 3.0 to 5.0 0.0 0 Search 3.0 not identified 2.0 0 captured 2.0 0" in level
    )
    assert "baseline 1.0 10 all 12.50 10.0 10" in level


def test_markup_in_names_is_escaped_in_the_picture() -> None:
    page = render(causal_report(NASTY))
    assert outline(page).scripts == outline(render(causal_report())).scripts
    assert "alert('x')</script>" not in page


def test_without_a_causal_model_the_first_screen_has_no_such_part() -> None:
    assert "What marketing caused" not in render(report("Email"))


def test_the_robustness_has_a_row_per_change_and_marks_what_moved() -> None:
    checks = (
        RobustnessCheck("10% of touches lost", "Email", "Search", 1.0),
        RobustnessCheck("model last", "Search", "Email", 0.25),
        RobustnessCheck("only the last 30 days", failure="too few conversions"),
    )
    robustness = Robustness("incremental", False, "Email", "Search", checks, "the decision holds")
    page = render(replace(causal_report(), robustness=robustness))
    text = " ".join(outline(page).words)
    start = text.index("How robust the decision is")
    section = text[start : text.index("Credit by channel and model")]
    assert "The decision holds." in section
    assert "the most and the least credit;" in section
    for row in (
        "nothing Email Search",
        "10% of touches lost Email Search 100%",
        "model last Search Email 25%",
        "only the last 30 days no result: too few conversions",
    ):
        assert row in section
    assert page.count('<td class="word moved">') == 2


def test_a_report_without_robustness_has_no_such_section() -> None:
    assert "How robust" not in render(causal_report())
