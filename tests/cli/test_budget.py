"""``attrigraph budget``: plan, verify, compare, and wrong input."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.cli.budget import command
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from click.testing import Result

DOCS = Path(__file__).parents[2] / "docs" / "budget.md"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the documentation."""
    [text] = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "december.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False)


def test_the_documented_file_is_planned_within_its_limits(file: Path) -> None:
    plan = json.loads(run("plan", file, "--json").stdout)
    spend = {row["campaign"]: row["spend"] for row in plan["allocations"]}
    assert spend["search"] + spend["social"] == pytest.approx(12_000)
    assert plan["spent"] == pytest.approx(12_000)
    assert plan["left_over"] == pytest.approx(3_000)
    assert {row["reason"] for row in plan["allocations"]} == {"group-limit"}
    assert plan["certificate"]["gap"] == pytest.approx(0, abs=1e-6)


def test_a_plan_is_written_verified_and_compared(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    assert "group-limit" in run("plan", file, "--out", out).stdout
    assert "Proven: it is the best plan." in run("verify", out).stdout
    found = json.loads(run("verify", out, "--json").stdout)
    assert found["is_best"]

    compared = run("compare", file, out).stdout
    assert "december.toml" in compared
    assert "plan.json" in compared

    plan = json.loads(out.read_text())
    plan["allocations"][0]["spend"] += 3_000
    out.write_text(json.dumps(plan))
    broken = run("verify", out)
    assert broken.exit_code == 1
    assert "the limit 'paid'" in broken.stdout
    with pytest.raises(InputError, match=r"plan.json cannot be compared"):
        run("compare", file, out)


def test_a_plan_is_a_page(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    run("plan", file, "--page", page)
    text = page.read_text(encoding="utf-8")
    assert "1 to 31 December 2026" in text
    assert "december.toml" in text


def test_a_plan_that_cannot_be_stored_is_shown_and_written_first(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_such_campaign(*_: object) -> str:
        raise InputError("the graph has no campaign 'search'")

    monkeypatch.setattr("attrigraph.cli.budget._store", no_such_campaign)
    out = tmp_path / "plan.json"
    words = ["plan", str(file), "--store", "--out", str(out)]
    for more, shown in ([], "group-limit"), (["--json"], '"certificate"'):
        failed = CliRunner().invoke(command, [*words, *more])
        assert shown in failed.stdout
        assert isinstance(failed.exception, InputError)
        assert json.loads(out.read_text())["spent"] == pytest.approx(12_000)


def variant(file: Path, name: str, old: str, new: str) -> Path:
    path = file.with_name(name)
    path.write_text(file.read_text().replace(old, new, 1))
    return path


def test_three_plans_are_side_by_side_and_after_a_change_of_the_market(file: Path) -> None:
    cut = variant(file, "cut.toml", "budget = 15_000", "budget = 9_000")
    careful = variant(
        file, "careful.toml", 'currency = "EUR"', 'currency = "EUR"\nmax_change = 0.1'
    )
    files = (file, cut, careful)
    shown = run("compare", *files).stdout.splitlines()
    assert shown[0].split() == ["campaign", "december.toml", "cut.toml", "careful.toml"]
    rows = {line[:16].strip(): line[16:].split() for line in shown}
    assert rows["spent"] == ["12,000", "9,000", "11,000"]
    assert rows["left over"] == ["3,000", "4,000"]
    assert "Amounts in EUR from 2026-12-01 to 2026-12-31." in shown

    shown_after = run("compare", *files, "--market", "search=0.5").stdout
    assert "value after the change" in shown_after
    assert "The best plans with the same limits after the change of the market:" in shown_after

    found = json.loads(run("compare", *files, "--market", "search=0.5", "--json").stdout)
    halved = variant(file, "halved.toml", "value = 20_000", "value = 10_000")
    direct = json.loads(run("plan", halved, "--json").stdout)
    after = found["changed"]["december.toml"]
    assert after["best"] == pytest.approx(direct["value"]["value"])
    assert after["spends"] == pytest.approx(
        {a["campaign"]: a["spend"] for a in direct["allocations"]}
    )
    assert after["value"] <= after["best"] < found["plans"]["december.toml"]["value"]["value"]


def test_a_change_of_the_whole_market_scales_the_value_of_every_plan(file: Path) -> None:
    found = json.loads(run("compare", file, "--market", "0.8", "--json").stdout)
    value = found["plans"]["december.toml"]["value"]["value"]
    assert found["changed"]["december.toml"]["value"] == pytest.approx(0.8 * value)
    assert found["changed"]["december.toml"]["best"] == pytest.approx(0.8 * value)


@pytest.mark.parametrize(
    ("market", "words"),
    [
        ("serch=0.7", "--market names 'serch'.*near names: search"),
        ("search=much", "--market takes a factor such as 0.9, .*got 'search=much'"),
        ("-1", "--market takes a factor"),
        ("nan", "--market takes a factor"),
        ("=2", "--market takes each name once"),
    ],
)
def test_wrong_changes_of_the_market_get_one_sentence(file: Path, market: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run("compare", file, f"--market={market}")


def test_plans_in_different_currencies_are_not_compared(file: Path) -> None:
    other = variant(file, "dollars.toml", '"EUR"', '"USD"')
    with pytest.raises(InputError, match=r"december.toml in EUR, dollars.toml in USD"):
        run("compare", file, other)


def test_a_file_is_compared_with_others(file: Path) -> None:
    with pytest.raises(InputError, match=r"december\.toml is given twice"):
        run("compare", file, file)


@pytest.mark.parametrize("code", ["EUR,USD", "Euros", "<b>EUR</b>", "E1R", "E R", ""])
def test_a_currency_is_a_code(file: Path, code: str) -> None:
    words = r"at plan\.currency: a currency must be a code of three letters such as EUR"
    with pytest.raises(InputError, match=words):
        run("plan", variant(file, "other.toml", '"EUR"', f'"{code}"'))


def test_a_currency_is_read_as_elsewhere(file: Path) -> None:
    plan = run("plan", variant(file, "small.toml", '"EUR"', '" eur"'), "--json").stdout
    assert json.loads(plan)["currency"] == "EUR"


def test_a_file_without_campaigns_is_told_how_to_begin_one(file: Path) -> None:
    file.write_text(file.read_text().partition("[[campaign]]")[0])
    with pytest.raises(InputError, match=r"it is missing; begin each one with a line \[\[campaign"):
        run("plan", file)


def test_a_plan_that_cannot_be_written_is_one_sentence(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*No such file or directory"):
        run("plan", file, "--out", tmp_path / "missing" / "plan.json")


def test_other_questions(file: Path) -> None:
    target = json.loads(run("plan", file, "--target-value", "18000", "--json").stdout)
    assert target["value"]["value"] == pytest.approx(18_000)
    marginal = json.loads(run("plan", file, "--marginal-return", "1.5", "--json").stdout)
    assert marginal["marginal_return"] == pytest.approx(1.5)
    frozen = json.loads(run("plan", file, "--freeze", "--json").stdout)
    assert [row["spend"] for row in frozen["allocations"]] == [5_000, 5_000]
    changed = json.loads(run("plan", file, "--max-change", "0.1", "--json").stdout)
    assert all(4_500 <= row["spend"] <= 5_500 + 1e-6 for row in changed["allocations"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("scale = 5_000", "scael = 5_000", r"at campaign.1.scael: there is no such setting"),
        ('"social"]\nmax', '"socail"]\nmax', r"group 'paid' names 'socail'"),
        ("value = 20_000", "value = nan", r"in line 11 at campaign.1.value: .*finite"),
        ("value = 500", "value = -5", r"the synergy of 'search' and 'social' must be"),
        ("min = 1_000", "min = 16_000", r"campaign 'search': max 9,000.00 is below min 16,000.00"),
        ("budget = 15_000", "budget = 900", r"100.00 below the sum of the least spends, 1,000.00"),
        ("max = 12_000", "min = 19_000", r"no plan within the budget meets the limits of 'paid'"),
        ('currency = "EUR"', "", r"at plan.currency: it is missing"),
    ],
)
def test_wrong_files_get_one_sentence(file: Path, old: str, new: str, words: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        run("plan", file)


@pytest.mark.parametrize(
    "options",
    [
        ["--target-value", "5000", "--budget", "3"],
        ["--marginal-return", "1", "--budget", "3"],
        ["--marginal-return", "1", "--target-value", "5000"],
        ["--freeze", "--target-value", "100"],
        ["--freeze", "--marginal-return", "1"],
        ["--freeze", "--max-change", "0.1"],
        ["--freeze", "--exploration", "0.1"],
    ],
)
def test_options_that_leave_nothing_to_each_other_are_one_sentence(
    file: Path, options: list[str]
) -> None:
    with pytest.raises(InputError, match=r"^--[a-z-]+ and --[a-z-]+ exclude each other; give one"):
        run("plan", file, *options)


def test_what_a_file_says_of_budget_and_change_gives_way_to_a_question(file: Path) -> None:
    whole = json.loads(run("plan", file, "--target-value", "18000", "--json").stdout)
    short = variant(file, "short.toml", "budget = 15_000", "budget = 3")
    assert json.loads(run("plan", short, "--target-value", "18000", "--json").stdout) == whole
    more = "max_change = 0.1\nexploration = 0.1\nbudget ="
    frozen = json.loads(
        run("plan", variant(file, "f.toml", "budget =", more), "--freeze", "--json").stdout
    )
    assert [row["spend"] for row in frozen["allocations"]] == [5_000, 5_000]
    assert frozen["exploration"] == 0


@pytest.mark.parametrize("number", ["nan", "inf", "-5", "much"])
@pytest.mark.parametrize(
    "option",
    [
        "--budget",
        "--target-value",
        "--marginal-return",
        "--max-change",
        "--exploration",
        "--season",
    ],
)
def test_options_are_numbers_within_limits(file: Path, option: str, number: str) -> None:
    failed = run("plan", file, option, number)
    assert failed.exit_code == 2
    assert f"Invalid value for '{option}': it must be a " in failed.stderr
    assert number in failed.stderr


@pytest.mark.parametrize("text", ["", "[]", "{}", "not JSON", '{"allocations": []}'])
def test_what_is_no_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match="plan"):
        run("verify", path)


def test_the_documented_file_is_toml() -> None:
    [text] = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert {"plan", "campaign", "group", "synergy"} == set(tomllib.loads(text))
