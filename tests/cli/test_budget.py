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


def test_a_plan_is_a_page(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    run("plan", file, "--page", page)
    text = page.read_text(encoding="utf-8")
    assert "1 to 31 December 2026" in text
    assert "december.toml" in text


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


@pytest.mark.parametrize("text", ["", "[]", "{}", "not JSON", '{"allocations": []}'])
def test_what_is_no_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match="plan"):
        run("verify", path)


def test_the_documented_file_is_toml() -> None:
    [text] = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert {"plan", "campaign", "group", "synergy"} == set(tomllib.loads(text))
