"""``attrigraph experiment``: a holdout of files becomes an experiment that `attribute` takes."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.attribution.observed.costs import UNKNOWN_COST
from attrigraph.cli.main import cli
from attrigraph.domain import SegmentSizes
from attrigraph.staging.experiment_file import read_experiments

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.attribution.data import EventData

CUSTOMERS = 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Half of the customers are held out: 20 of them buy in January, and 60 of the others."""
    with (tmp_path / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", "held"])
        writer.writerows([f"c{n:03}", "yes" if n < 200 else "no"] for n in range(CUSTOMERS))
    with (tmp_path / "events.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["event_id", "customer_id", "timestamp", "kind", "channel", "value"])
        writer.writerow(["t", "c399", "2026-01-01T09:00:00Z", "impression", "tv", ""])
        for n in [*range(20), *range(200, 260)]:
            writer.writerow([f"v{n}", f"c{n:03}", "2026-01-20T12:00:00Z", "conversion", "", 10])
        # after the experiment
        for n in range(20, 120):
            writer.writerow([f"v{n}", f"c{n:03}", "2026-02-20T12:00:00Z", "conversion", "", 10])
    return tmp_path


def run(folder: Path, *more: str) -> tuple[int, str]:
    files = [str(folder / "events.csv"), "--customers", str(folder / "customers.csv")]
    channel = [] if "--channel" in more else ["--channel", "tv"]
    arguments = ["experiment", "read", *files, "--preset", "events", *channel, *more]
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.output if result.exception is None else str(result.exception)


def test_a_holdout_becomes_an_experiment(folder: Path) -> None:
    out = folder / "experiments.csv"
    january = ["--from", "2026-01-01", "--to", "2026-01-31"]
    code, text = run(folder, "--holdout", "held", *january, "--out", str(out), "--json")
    assert code == 0
    (experiment,) = read_experiments(out)
    # 0.3 less 0.1 conversions per customer, of the 200 who were not held out
    assert experiment.lift == pytest.approx(200 * (60 - 20) / 200)
    variance = 0.3 * 0.7 / 199 + 0.1 * 0.9 / 199
    assert experiment.standard_error == pytest.approx(200 * variance**0.5)
    assert (experiment.channel, experiment.population) == ("tv", CUSTOMERS)
    assert (experiment.days, experiment.kind) == (31, "holdout")
    printed = json.loads(text[text.index("{") :])
    assert printed["lift"] == experiment.lift
    assert printed["held_out"] == 200


def test_without_dates_all_conversions_count(folder: Path) -> None:
    code, text = run(folder, "--holdout", "held", "--json")
    assert code == 0
    printed = json.loads(text[text.index("{") :])
    assert printed["lift"] == pytest.approx(200 * (60 - 120) / 200)
    assert printed["end"] == "2026-02-20"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--holdout", "nope"], "no column 'nope'; its columns are held"),
        (["--holdout", "held", "--from", "yesterday"], "--from must be a day"),
        (["--holdout", "held", "--share", "0.2"], "200 of 400 customers were held out"),
        (
            ["--holdout", "held", "--from", "2026-02-01", "--to", "2026-01-01"],
            "ends on 2026-01-01, before it starts",
        ),
        (["--holdout", "held", "--channel", "radio"], "'radio'; the names are: tv"),
        (["--holdout", "held", "--channel", "TVs"], "no touch is of the channel 'TVs'; near"),
        (
            ["--holdout", "held", "--from", "2019-01-01", "--to", "2019-02-01"],
            "2019-01-01 to 2019-02-01, and the data are of 2026-01-01 to 2026-02-20",
        ),
        (
            ["--holdout", "held", "--from", "2026-01-15"],
            "no touch is of the channel 'tv' from 2026-01-15 to 2026-02-20",
        ),
        (
            ["--holdout", "held", "--to", "2026-01-19"],
            "no customer in the experiment converted from 2026-01-01 to 2026-01-19",
        ),
        (["--holdout", "held", "--currency", "EUR"], "--currency is that of --spend"),
        (["--holdout", "held", "--spend", "9", "--currency", "euro"], "code of three letters"),
        (["--holdout", "held", "--spend", "-9"], "needs a spend of at least 0"),
        (["--holdout", "held", "--zone", "Berlin"], "IANA name"),
    ],
)
def test_faults_are_one_sentence(folder: Path, options: list[str], message: str) -> None:
    code, text = run(folder, *options)
    assert code != 0
    assert message in text


@pytest.mark.parametrize(
    ("zone", "lift"), [((), 40.0), (("--zone", "UTC"), 40.0), (("--zone", "Asia/Tokyo"), 30.0)]
)
def test_days_are_those_of_the_zone(folder: Path, zone: tuple[str, ...], lift: float) -> None:
    # the last ten sales to treated customers are on 31 January in UTC, and in February in Tokyo
    with (folder / "events.csv").open(encoding="utf-8") as file:
        text = file.read()
    for n in range(250, 260):
        text = text.replace(f"v{n},c{n},2026-01-20T12", f"v{n},c{n},2026-01-31T20")
    (folder / "events.csv").write_text(text, encoding="utf-8")
    january = ["--from", "2026-01-01", "--to", "2026-01-31"]
    code, printed = run(folder, "--holdout", "held", *january, "--json", *zone)
    assert code == 0
    assert json.loads(printed[printed.index("{") :])["lift"] == pytest.approx(lift)


def test_what_is_not_in_the_lift_is_said(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"t{n},c{n:03},2026-01-02T09:00:00Z,impression,tv,\n" for n in range(20))
        file.writelines(f"u{n},c{n},2026-01-02T09:00:00Z,impression,tv,\n" for n in range(300, 350))
        file.write("w,stranger,2026-01-02T09:00:00Z,impression,tv,\n")
    code, _ = run(folder, "--holdout", "held", "--from", "2025-12-01", "--to", "2026-01-31")
    assert code == 0
    # 20 of 200 held out, and 51 of the 200 others, with the customer touched from the start
    assert "tv touched 10.0% of the customers who were held out, and 25.5% of" in caplog.text
    assert "1 customer with events and not in the customers table" in caplog.text
    assert "the experiment ran from 2025-12-01 to 2026-01-31, and the data are of" in caplog.text


def test_other_values_of_the_column_are_refused(folder: Path) -> None:
    table = folder / "customers.csv"
    text = table.read_text(encoding="utf-8").replace("yes", "perhaps")
    table.write_text(text, encoding="utf-8")
    code, message = run(folder, "--holdout", "held")
    assert code != 0
    assert "must mark customers who were held out" in message
    assert "'perhaps'" in message


def test_files_of_which_most_rows_are_rejected_have_no_lift(folder: Path) -> None:
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"x{n},c{n:03},no time,impression,tv,\n" for n in range(CUSTOMERS))
    code, message = run(folder, "--holdout", "held")
    assert code != 0
    assert "rejected rows: 400 of 581" in message
    assert run(folder, "--holdout", "held", "--max-rejected", "0.9")[0] == 0


def planned_from(folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> EventData:
    """Data that a plan is made of, given files and options besides the folder's."""
    seen: list[EventData] = []

    def plan(data: EventData, _: object) -> tuple[object, ...]:
        seen.append(data)
        return ()

    monkeypatch.setattr("attrigraph.services.experiment.plan_experiments", plan)
    files = [str(folder / "events.csv"), "--customers", str(folder / "customers.csv")]
    arguments = ["experiment", "plan", *files, "--preset", "events", "--json", *more]
    CliRunner().invoke(cli, arguments, catch_exceptions=False)
    return seen[0]


def cost_of_tv(data: EventData) -> float | None:
    assert data.spending is not None
    return data.spending.costs["channel"].get("tv", UNKNOWN_COST).cost


def test_a_plan_knows_the_experiments_among_the_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "experiments.csv"
    run(folder, "--holdout", "held", "--out", str(out))
    data = planned_from(folder, monkeypatch, str(out), "--preset", "experiments")
    (experiment,) = data.experiments
    assert experiment.channel == "tv"
    assert experiment.lift == pytest.approx(-60)


@pytest.mark.parametrize(
    ("options", "lift"), [((), 40.0), (("--conversion-kinds", "conversion, signup"), -60.0)]
)
def test_sign_ups_do_not_count_for_the_lift_of_purchases(
    folder: Path, options: tuple[str, ...], lift: float
) -> None:
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        time = "2026-01-10T12:00:00Z"
        file.writelines(f"s{n},c{n:03},{time},conversion:signup,,0\n" for n in range(100))
    january = ["--from", "2026-01-01", "--to", "2026-01-31"]
    code, text = run(folder, "--holdout", "held", *january, "--json", *options)
    assert code == 0
    assert json.loads(text[text.index("{") :])["lift"] == pytest.approx(lift)


def test_a_plan_is_for_the_kind_that_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = planned_from(folder, monkeypatch, "--conversion-kinds", "conversion")
    assert data.journey_options.conversion_kinds == ("conversion",)


def test_a_plan_knows_the_spend_among_the_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend = folder / "spend.csv"
    spend.write_text("date,platform,channel,cost\n2026-01-02,x,tv,70\n2026-01-03,x,tv,5\n")
    among = planned_from(folder, monkeypatch, str(spend), "--preset", "spend")
    named = planned_from(folder, monkeypatch, "--spend", str(spend))
    declined = planned_from(folder, monkeypatch, str(spend), "--preset", "spend", "--no-spend")
    assert [cost_of_tv(data) for data in (among, named, declined)] == [75.0, 75.0, None]


def test_a_plan_converts_spend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spend, rates = folder / "spend.csv", folder / "rates.csv"
    head = "date,platform,channel,cost,currency\n"
    spend.write_text(f"{head}2026-01-02,x,tv,70,USD\n2026-01-03,x,tv,5,EUR\n")
    rates.write_text("currency,rate\nUSD,0.5\n")
    more = ("--preset", "spend", "--currency", "EUR", "--rates", str(rates))
    data = planned_from(folder, monkeypatch, str(spend), *more)
    assert cost_of_tv(data) == 40.0


def test_a_plan_takes_people_and_experiments_as_attribute_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, rates, people = folder / "x.csv", folder / "rates.csv", folder / "people.csv"
    january = ["--from", "2026-01-01", "--to", "2026-01-31"]
    run(
        folder,
        "--holdout",
        "held",
        *january,
        "--out",
        str(out),
        "--spend",
        "50",
        "--currency",
        "usd",
    )
    rates.write_text("currency,rate\nUSD,0.5\n")
    people.write_text("held,people\nyes,500\nno,500\n")
    more = ("--experiments", str(out), "--population", str(people))
    data = planned_from(folder, monkeypatch, *more, "--currency", "EUR", "--rates", str(rates))
    assert data.model_options.population == SegmentSizes("held", (("yes", 500), ("no", 500)))
    (experiment,) = data.experiments
    assert (experiment.spend, experiment.currency) == (50.0, "USD")
    assert data.spending is not None
    assert data.spending.tested == {experiment.id: 25.0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--experiments", "x.csv", "--no-experiments"), "exclude each other"),
        (("--experiments", "x.csv", "--currency", "EUR"), "costs of experiments are in USD"),
        (("--days", "0"), "above 0 days"),
        (("--share", "1"), "the share must be between 0 and 1"),
        (("--population", "none.csv"), "there is no such file"),
        (("--budget", "x.csv"), "the file of a budget plan"),
    ],
)
def test_faults_of_plans_are_one_sentence(
    folder: Path, options: tuple[str, ...], message: str
) -> None:
    table = folder / "x.csv"
    table.write_text(
        "channel,lift,standard_error,start,end,spend,currency\n"
        "tv,40,9,2026-01-01,2026-01-31,50,USD\n"
    )
    files = [str(folder / "events.csv"), "--customers", str(folder / "customers.csv")]
    given = [str(table) if word == "x.csv" else word for word in options]
    result = CliRunner().invoke(cli, ["experiment", "plan", *files, "--preset", "events", *given])
    assert result.exit_code != 0
    assert message in str(result.exception)


def test_spend_of_a_plan_needs_files() -> None:
    result = CliRunner().invoke(cli, ["experiment", "plan", "--spend", __file__])
    assert "--spend is for files of events" in str(result.exception)
