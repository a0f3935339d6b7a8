"""``attrigraph report`` over files: the page without any store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.cli import attribute, report
from attrigraph.cli.main import cli
from attrigraph.cli.report import ELSEWHERE
from attrigraph.errors import AttrigraphError
from spend_sample import write_sample

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = """event_id,customer_id,timestamp,kind,channel,value
t1,ada,2026-06-01T12:00:00Z,click,search,
t2,ada,2026-06-03T12:00:00Z,click,email,
c1,ada,2026-06-04T12:00:00Z,conversion:order,,30
t3,ben,2026-06-01T12:00:00Z,click,search,
s1,ben,2026-06-02T12:00:00Z,conversion:signup,,0
t4,cleo,2026-06-02T12:00:00Z,click,social,
x1,dan,yesterday,click,social,
"""
SPEND = "date,channel,cost,currency\n2026-06-01,search,5,EUR\n"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    return file


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli, ["report", *(str(a) for a in arguments)], catch_exceptions=False)


def test_the_page_of_files_has_credit_money_kinds_and_rejected_rows(
    events: Path, tmp_path: Path
) -> None:
    spend, out = tmp_path / "spend.csv", tmp_path / "page.html"
    spend.write_text(SPEND, encoding="utf-8")
    options = ["--preset", "events", "--spend", spend, "--models", "linear,last"]
    result = run("--input", events, *options, "--out", out)
    page = out.read_text(encoding="utf-8")
    assert result.stdout.strip() == str(out)
    assert "Attribution of events.csv, spend.csv, conversions of the kind order" in page
    assert "signup" in page  # the other kind, folded
    assert '<td data-label="rejected" class="moved">1</td>' in page
    assert "rejected: 1 of 7 of events.csv, 1 of them as bad-time, first line 8" in page
    assert "ROAS" in page
    assert "data since the run" not in page


def test_campaigns_are_called_by_their_names(tmp_path: Path) -> None:
    files, out = write_sample(tmp_path), tmp_path / "page.html"
    money = ["--spend", files["google"], "--currency", "EUR", "--models", "linear"]
    run("--input", files["events"], "--preset", "events", *money, "--output", out)
    page = out.read_text(encoding="utf-8")
    assert page.count("<td>Brand</td>") == 3  # money, cost and return, and all models
    assert "<td>101</td>" not in page
    shown = CliRunner().invoke(
        cli,
        ["attribute", "--input", str(files["events"]), "--preset", "events", "--by", "campaign"]
        + [str(one) for one in money],
        catch_exceptions=False,
    )
    first = [line.split()[0] for line in shown.stdout.splitlines() if line[:1] not in ("", " ")]
    assert first.count("Brand") >= 2  # credit, and cost and return
    assert "101" not in first


def test_creatives_are_called_by_their_names(tmp_path: Path) -> None:
    events, creatives = tmp_path / "events.csv", tmp_path / "creatives.csv"
    events.write_text(
        "event_id,customer_id,timestamp,kind,channel,campaign,creative,value\n"
        "t1,ada,2026-06-01T12:00:00Z,click,search,101,c7,\n"
        "c1,ada,2026-06-04T12:00:00Z,conversion,,,,30\n",
        encoding="utf-8",
    )
    creatives.write_text("id,name,campaign\nc7,Cat video,101\n", encoding="utf-8")
    presets = ["--preset", "events", "--preset", "creatives"]
    out = tmp_path / "page.html"
    run("--input", events, creatives, *presets, "--models", "linear", "--output", out)
    page = out.read_text(encoding="utf-8")
    assert page.count("<td>Cat video</td>") == 2  # money, and all models
    assert "<td>c7</td>" not in page


def test_another_kind_is_chosen_by_name(events: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    run("--input", events, "--preset", "events", "--models", "linear", "--kind", "signup",
        "--output", out)  # fmt: skip
    assert "conversions of the kind signup" in out.read_text(encoding="utf-8")
    with pytest.raises(AttrigraphError, match="no conversion is of kind 'x'; the kinds are: order"):
        run("--input", events, "--preset", "events", "--kind", "x", "--output", out)


def test_paths_have_a_page_too(tmp_path: Path) -> None:
    file, out = tmp_path / "paths.csv", tmp_path / "page.html"
    file.write_text(
        "path,total_conversions,total_conversion_value,total_null\na > b,2,20,1\nb,1,5,3\n",
        encoding="utf-8",
    )
    run("--input", file, "--preset", "paths", "--models", "last,markov-1", "--output", out)
    assert "7 journeys" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["events.csv"], "events.csv needs --input before it"),
        (["--lookback", "7"], "--lookback is for files; name them with --input. A report on the"),
        (["--input", "e.csv", "--home", "x"], "--home is for the graph"),
        (["--input", "e.csv", "--kind", "a", "--sum-kinds"], "--kind is for one kind"),
        (["--input", "e.csv", "--no-spend", "--spend", "s.csv"], "exclude each other"),
    ],
)
def test_options_without_effect_are_errors(arguments: list[str], message: str) -> None:
    with pytest.raises(AttrigraphError, match=message):
        run(*arguments)


@pytest.mark.parametrize("option", ELSEWHERE)
def test_options_of_attribute_that_a_report_lacks_are_explained(option: str, events: Path) -> None:
    names = {name for parameter in report.command.params for name in parameter.opts}
    known = {name for parameter in attribute.command.params for name in parameter.opts}
    assert option in known - names
    result = run("--input", events, "--preset", "events", option, "campaign")
    assert result.exit_code == 2
    assert f"there is no option {option}; {ELSEWHERE[option]}" in " ".join(result.stderr.split())


def test_a_report_has_all_other_options_of_attribute() -> None:
    names = {name for parameter in report.command.params for name in parameter.opts}
    known = {name for parameter in attribute.command.params for name in parameter.opts}
    of_lift_rows = {"--mmm-format", "--mmm-period"}
    assert known - names == {*ELSEWHERE, *of_lift_rows}
