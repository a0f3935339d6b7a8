"""The report page: complete, without network access, and safe against markup in names."""

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import StringIO
from urllib.parse import unquote

import numpy as np

from attrigraph.attribution.observed.summary import Flow, PathRow, Stop
from attrigraph.domain import (
    Amount,
    Attribution,
    BaselineBounds,
    Credit,
    FailedModel,
    HealthLine,
    ModelCredits,
    Observed,
    PairCredit,
    Robustness,
    RobustnessCheck,
    TriggeredShare,
)
from attrigraph.domain.returns import Return
from attrigraph.report.changes import EarlierRun
from attrigraph.report.data import LoadOutcome, ReportData
from attrigraph.report.headline import headline
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


VOID = {"meta", "br", "path", "link", "img", "line", "circle"}


class Nesting(HTMLParser):
    """Checks that tags close in the order in which they open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} at line {self.getpos()[0]}")


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    return parser


def test_page_fetches_no_resources_and_runs_no_script() -> None:
    found = outline(render(report("Email", "Search")))
    assert all(address.startswith("data:text/csv") for address in found.fetched)
    assert found.scripts == 0


def test_a_page_of_many_names_fits_into_an_email() -> None:
    page = render(report(*(f"a channel with a long name, number {n}" for n in range(300))))
    assert len(page.encode()) < 1_500_000


def test_every_tag_is_closed() -> None:
    for data in (report(NASTY), causal_report(NASTY)):
        checker = Nesting()
        checker.feed(render(data))
        assert checker.faults == []
        assert checker.open == []


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


def test_characters_that_reorder_text_are_visible_everywhere() -> None:
    name = "a\u202egnp.exe\u2066\x1b[2J"
    data = replace(causal_report(name), experiments=())
    for page in (render(data), render(report(name, None))):
        assert not set(page) & set("\u202e\u2066\x1b")
        assert "a\\u202egnp.exe\\u2066\\x1b[2J" in page
        page.encode("utf-8")


def test_names_are_no_formulas_in_the_csv_files() -> None:
    page = render(report('=HYPERLINK("http://x")', "+a", "@b", "ok"))
    files = files_of(page)
    assert {row["key"] for row in files["credit-by-channel.csv"] if row["key"]} == {
        *('\'=HYPERLINK("http://x")', "'+a", "'@b", "ok")
    }
    first = files["top-paths.csv"][0]
    assert first["path"].startswith("'=HYPERLINK")
    assert first["value"] == "20.0"


def test_text_and_graphics_have_enough_contrast() -> None:
    """The ratios of WCAG 2.2: 4.5 for text, 3 for graphics that carry meaning."""
    style = render(report("Email")).split("</style>")[0]
    text = set(re.findall(r"(?<![-a-z])color: (#[0-9a-f]{6})", style))
    text |= set(re.findall(r"--(?:ink|soft): (#[0-9a-f]{6})", style))
    shapes = set(re.findall(r"(?:fill|border-color|background): (#[0-9A-Fa-f]{6})", style))
    assert len(text) >= 4
    assert {colour: contrast(colour) for colour in text if contrast(colour) < 4.5} == {}
    pale = {"#f6f8fa", "#f0f2f4", "#DCE0E5"}  # backgrounds, and a bar with a dark outline
    assert {c: contrast(c) for c in shapes - pale if contrast(c) < 3} == {}


def contrast(colour: str) -> float:
    """Contrast of a colour with white."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_pictures_have_names_for_screen_readers() -> None:
    page = render(causal_report())
    for svg in re.findall(r"<svg [^>]*>", page):
        assert 'aria-hidden="true"' in svg or 'aria-label="' in svg
    assert '<html lang="en">' in page


def test_data_without_times_have_a_note_instead_of_the_figure() -> None:
    timeless = report("Email")
    without = ReportData(
        **{name: getattr(timeless, name) for name in ReportData.__slots__}
        | {"days_to_conversion": np.empty(0)}
    )
    assert "have the order of touches but not their times" in render(without)


def test_data_without_touches_before_conversions_have_another_note() -> None:
    untouched = replace(
        report("Email"),
        converting_by_length=np.array([3.0, 0.0]),
        days_to_conversion=np.empty(0),
    )
    page = render(untouched)
    assert "No conversion has a touch before it" in page
    assert "not their times" not in page


def test_returns_that_are_withheld_are_explained_and_have_no_column() -> None:
    level = causal_report().levels[0]
    model = level.models["incremental"]
    partly = Return(cost=9.0, cost_coverage=0.6)
    credits = tuple(replace(one, returns=partly) for one in model.credits)
    page = render(
        replace(
            causal_report(),
            levels=(replace(level, models={"incremental": replace(model, credits=credits)}),),
        )
    )
    first = page[page.index("Money by channel") : page.index("Data health")]
    assert "There is no ROAS where the credit is not identified" in first
    assert ">ROAS<" not in first
    assert "not identified</td>" in first


def test_a_level_without_credit_has_no_card() -> None:
    data = causal_report()
    level = data.levels[0]
    none = replace(level.models["incremental"], credits=(), triggered=(), advice=None)
    campaigns = replace(level, by="campaign", models={"incremental": none})
    assert "Money by campaign" not in render(replace(data, levels=(level, campaigns)))
    assert "Money by campaign" in render(
        replace(data, levels=(level, replace(level, by="campaign")))
    )


def test_the_sum_of_two_channels_is_with_the_reasons_of_both() -> None:
    data = causal_report()
    level = data.levels[0]
    pair = PairCredit(("Search", "TV"), 12.0, 9.0, 15.0)
    model = replace(level.models["incremental"], pairs=(pair,))
    page = render(replace(data, levels=(replace(level, models={"incremental": model}),)))
    text = " ".join(outline(page[page.index("Not identified, and") :]).words)
    sums = text.index("only the sum of the credits of Search and TV is identified: 12.0")
    assert text.index("Search almost always runs together") < sums < text.index("Data health")


def test_every_picture_is_in_the_page_without_a_script() -> None:
    page = render(report("Email", "Search"))
    assert page.count('class="sankey"') == 1
    assert page.count('<div class="columns') == 2
    assert page.count('<td class="picture"><svg') == 2


def files_of(page: str) -> dict[str, list[dict[str, str]]]:
    """The CSV files in a page, by name."""
    links = re.findall(r'<a download="([^"]+)" href="data:text/csv;charset=utf-8,([^"]*)"', page)
    return {name: list(csv.DictReader(StringIO(unquote(text), newline=""))) for name, text in links}


def test_the_csv_of_credit_has_the_rows_of_the_answer() -> None:
    data = causal_report(NASTY)
    rows = files_of(render(data))["credit-by-channel.csv"]
    expected = data.levels[0].rows()
    assert [list(row) for row in rows] == [list(row) for row in expected]
    for row, answer in zip(rows, expected, strict=True):
        assert row == {name: "" if v is None else str(v) for name, v in answer.items()}


def test_every_table_has_a_csv_file() -> None:
    line = HealthLine("tied_touches", "note", 2, 0.5, "2 touches", "map `position`")
    data = causal_report()
    level = replace(data.levels[0], data_health=(line,))
    load = LoadOutcome(("a.csv", "b.csv"), datetime(2026, 11, 1, tzinfo=UTC), 12, 7, 2, merged=3)
    check = RobustnessCheck("model last", "Search", "Email", 0.25)
    data = replace(
        data,
        levels=(level,),
        loads=(load,),
        earlier=EarlierRun(level, load.finished),
        robustness=Robustness("incremental", False, "Email", "Search", (check,), "it holds"),
    )
    page = render(data)
    assert "read taken merged rejected" in " ".join(outline(page).words)
    files = files_of(page)
    assert files.keys() == {
        "credit-by-channel.csv",
        "triggered-touches.csv",
        "data-health.csv",
        "top-paths.csv",
        "changes.csv",
        "robustness.csv",
        "loads.csv",
    }
    assert [row["best"] for row in files["robustness.csv"]] == ["Email", "Search"]
    assert [row["difference"] for row in files["changes.csv"]] == ["0.0", "0.0"]
    assert (files["loads.csv"][0]["files"], files["loads.csv"][0]["taken"]) == ("a.csv b.csv", "7")
    assert files["data-health.csv"] == [{n: str(v) for n, v in line.to_json().items()}]
    [share] = files["triggered-touches.csv"]
    assert (share["channel"], share["by"], share["share"]) == ("Search", "Email", "0.5")
    assert [row["path"] for row in files["top-paths.csv"]] == ["Email", ""]


def test_the_headline_has_the_figures_of_the_answer() -> None:
    data = replace(causal_report(), period=(date(2026, 9, 1), date(2026, 11, 27)))
    level = replace(data.levels[0], currency="EUR")
    page = render(replace(data, levels=(level,)))
    title = page[page.index("<h1>") + 4 : page.index("</h1>")]
    assert title == (
        "From 1 September 2026 to 27 November 2026, marketing caused 70 of 100 EUR (70%), by "
        "the incremental model; the data cannot confirm 30 of it. <span>The rest is 20 captured "
        "at the moment of purchase, and 10 baseline, which would have come without any "
        "touch.</span>"
    )


def test_the_headline_of_a_rule_says_what_rules_are() -> None:
    found = headline(report("Email").levels[0], report("Email").levels[0].models["linear"], None)
    assert found.sentence.startswith(
        "The rule linear credits touches with 20 of 25 in value (80%)."
    )
    assert found.rest.endswith("Rules do not measure what marketing caused.")
    assert found.credited + found.baseline == found.observed == 25


def test_the_headline_claims_nothing_of_which_nothing_is_identified() -> None:
    level = causal_report().levels[0]
    credits = tuple(replace(one, identified=False) for one in level.models["incremental"].credits)
    found = headline(level, replace(level.models["incremental"], credits=credits), None)
    assert found.sentence == (
        "The incremental model credits marketing with 70 of 100 in value (70%), but the data "
        "cannot show what it caused."
    )
    assert "would have come" not in found.rest


def test_the_headline_explains_credit_below_0() -> None:
    level = causal_report().levels[0]
    credits = tuple(replace(one, value=-one.value) for one in level.models["incremental"].credits)
    found = headline(level, replace(level.models["incremental"], credits=credits), None)
    assert "marketing caused -70 of 100" in found.sentence.lower()
    assert "fewer people bought than would have without marketing" in found.rest
    assert "without marketing" not in headline(level, level.models["incremental"], None).rest


def test_the_advice_is_the_first_line_of_the_page() -> None:
    page = render(causal_report())
    words = outline(page[page.index("<main>") :]).words
    assert " ".join(words[:5]) == "Pause Search in some regions."
    assert page.count("Pause Search") == 2  # and with the figures of its model


def test_cost_and_return_are_shown_where_they_are_known() -> None:
    data = causal_report()
    model = data.levels[0].models["incremental"]
    known = Return(cost=12.5, cost_coverage=1.0, roas=3.2, roas_low=2.0, roas_high=4.4)
    partly = Return(cost=9.0, cost_coverage=0.6)
    credits = tuple(
        replace(credit, returns=returns)
        for credit, returns in zip(model.credits, (known, partly), strict=True)
    )
    models = {**data.levels[0].models, "incremental": replace(model, credits=credits)}
    page = render(replace(data, levels=(replace(data.levels[0], models=models),)))
    table = " ".join(outline(page[: page.index("Data health")]).words)
    assert "Email 40.0 4.0 12.50 3.20 2.00 to 4.40" in table
    assert "9.00 (60% known)" in table
    assert "21.50 cost, as far as it is known" in table


def test_credit_without_a_cost_is_explained_beside_returns() -> None:
    level = causal_report().levels[0]
    model = level.models["incremental"]
    known = Return(cost=12.5, cost_coverage=1.0, roas=3.2)
    for amount, explained in ((30.0, True), (0.0, False)):
        open_credit = replace(model.credits[1], value=amount)
        credits = (replace(model.credits[0], returns=known), open_credit)
        one = replace(level, models={"incremental": replace(model, credits=credits)})
        page = render(replace(causal_report(), levels=(one,)))
        first = page[: page.index("Data health")]
        assert ("There is no ROAS" in first) == explained
        assert ("cannot confirm" in first) == explained


def test_conversions_without_value_have_a_cost_each_in_the_place_of_a_return() -> None:
    data = report("Email")
    level = replace(data.levels[0], observed=Observed(9, 3, 0.0))
    known = replace(
        level.models["linear"].credits[0],
        value=0.0,
        returns=Return(cost=250.0, cost_coverage=1.0, cost_per_conversion=125.0),
    )
    models = {"linear": replace(level.models["linear"], credits=(known,))}
    page = render(replace(data, levels=(replace(level, models=models),)))
    table = " ".join(outline(page[: page.index("Data health")]).words)
    assert "cost per conversion Email 2.00 250 125.00" in table
    assert "ROAS" not in table


def test_changes_against_the_run_before_are_listed() -> None:
    data = causal_report()
    model = data.levels[0].models["incremental"]
    before = replace(model, credits=(replace(model.credits[0], value=10.0),))
    earlier = replace(data.levels[0], models={"incremental": before})
    ended = datetime(2026, 11, 14, 8, tzinfo=UTC)
    page = render(replace(data, earlier=EarlierRun(earlier, ended, ("the data", "seed"))))
    text = " ".join(outline(page).words)
    assert "Email 10.0 40.0 +30.0 Search 0.0 30.0 +30.0" in text
    assert "the run that ended 14 November 2026, 08:00 UTC" in text
    assert "Between the two changed: the data, seed." in text
    assert "What changed" not in render(data)


def test_data_health_and_rejected_rows_are_shown() -> None:
    line = HealthLine("tied_touches", "note", 2, 0.5, "2 touches tied", "map <b>")
    level = replace(causal_report().levels[0], data_health=(line,))
    load = LoadOutcome((NASTY,), datetime(2026, 11, 1, tzinfo=UTC), 9, 7, 2, "r.csv", ("a note",))
    page = render(replace(causal_report(), levels=(level,), loads=(load,)))
    text = " ".join(outline(page).words)
    assert "note 2 touches tied. Map <b>." in text
    assert "A note. 2026-11-01 00:00 UTC 9 7 2 r.csv" in text
    healthy = replace(level, data_health=())
    assert "No check found anything" in render(replace(causal_report(), levels=(healthy,)))
    assert "did not check it" in render(causal_report())


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
    first = text.index("Money by channel")
    assert first < text.index("Who makes demand for whom")
    assert text.index("Who makes demand") < text.index("Credit by channel and model")
    assert "Pause Search in some regions." in text
    assert (
        "7.0 conversions caused by touches (70% of all); 3.0 of them not identified "
        "2.0 captured at the moment of purchase"
    ) in text
    assert (
        "limits for the baseline: without marketing, at least the 1 that no touch preceded" in text
    )
    assert "Email 4.0 3.0 to 5.0 0.0 12.50 3.20 Search 3.0 not identified 2.0" in text
    assert "Not identified, and what to do: Search almost always runs together" in text
    assert "Search Email 50% 25% to 75%" in text
    assert "attention is left out. It did not converge." in text
    assert page[page.index("Who makes") : page.index("Data health")].count("<path d=") == 1


def test_every_column_of_the_table_adds_up_with_what_was_captured() -> None:
    text = " ".join(outline(render(causal_report())).words)
    level = text[text.index("Credit by channel and model") :]
    assert (
        "Email 12.50 4.0 3.0 to 5.0 0.0 Search 3.0 not identified captured: 2.0 0.0 "
        "captured 2.0 0.0 baseline 1.0 10.0 all 12.50 10.0 10.0"
    ) in level


def test_markup_in_names_is_escaped_in_the_picture() -> None:
    page = render(causal_report(NASTY))
    assert outline(page).scripts == outline(render(causal_report())).scripts
    assert "alert('x')</script>" not in page


def test_without_a_causal_model_the_first_screen_has_no_such_part() -> None:
    assert "that marketing caused" not in render(report("Email"))


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
    assert "the most and the least credited value;" in section
    for row in (
        "nothing Email Search",
        "10% of touches lost Email Search 100%",
        "model last Search Email 25%",
        "only the last 30 days no result: too few conversions",
    ):
        assert row in section
    assert page.count('<td class="word moved"') == 2


def test_a_report_without_robustness_has_no_such_section() -> None:
    assert "How robust" not in render(causal_report())
