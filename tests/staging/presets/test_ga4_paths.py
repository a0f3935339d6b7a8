"""GA4's report of attribution paths: a generated download, credited by an independent script."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.channels.built_in import built_in_rules

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.staging.channels.built_in import BuiltIn

CHANNELS = ("Organic Search", "Direct", "Paid Search", "Email", "Cross-network", "Paid Social")
COLUMNS = (
    "Default channel group path",
    "Key events",
    "Purchase revenue",
    "Days to key event",
    "Touchpoints to key event",
)
PREAMBLE = "# ------\n# Attribution paths\n# Account: Shop (1,234)\n# 20261001-20261031\n# ------\n"
Row = tuple[list[tuple[str, int]], int, float]


def report_rows(seed: int, count: int = 1_200) -> list[Row]:
    """Rows of a report: steps of a channel with a number of touches, key events and revenue."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for _ in range(count):
        steps = rng.choice(CHANNELS, size=rng.integers(1, 6)).tolist()
        repeats = rng.integers(1, 16, size=len(steps)) * (rng.random(len(steps)) < 0.4)
        path = [(name, max(1, int(n))) for name, n in zip(steps, repeats, strict=True)]
        events = int(rng.pareto(1.2) * 3) + 1
        rows.append((path, events, round(float(rng.gamma(2, 40)) * events, 2)))
    return rows


def written(rows: list[Row], *, sign: str = "×", arrow: str = " → ", german: bool = False) -> str:
    """The report as a file."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    out.writerow(["", number(sum(row[1] for row in rows), german), "", "", ""])
    for path, events, revenue in rows:
        shares = [f"{100 / len(path):.0f}%"] * len(path)
        steps = [
            f"{name}{f' {sign} {n}' if n > 1 else ''} ({share})"
            for (name, n), share in zip(path, shares, strict=True)
        ]
        touches = sum(n for _, n in path)
        figures = (number(events, german), number(revenue, german), "3.5", touches)
        out.writerow([arrow.join(steps), *figures])
    return PREAMBLE + text.getvalue()


def number(value: float, german: bool) -> str:
    text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,")) if german else text


def worked_out(text: str, *, german: bool = False) -> dict[str, dict[str, float]]:
    """Credit of first, last and linear, straight from the text of the report."""
    names = ("first", "last", "linear")
    credits: dict[str, dict[str, float]] = {name: defaultdict(float) for name in names}
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for row in csv.DictReader(lines):
        path = row.get(COLUMNS[0]) or row.get("Default channel group") or ""
        if not path:
            continue
        events = row.get("Key events") or row["Conversions"]
        total = float(events.replace("." if german else ",", "").replace(",", "."))
        touches: list[str] = []
        for step in re.split(" → | > ", path):
            match = re.fullmatch(r"(.*?)(?: [x×] (\d+))? \(\d+%\)", step)
            assert match is not None
            touches += [match[1]] * int(match[2] or 1)
        credits["first"][touches[0]] += total
        credits["last"][touches[-1]] += total
        for touch in touches:
            credits["linear"][touch] += total / len(touches)
    return credits


def credited(
    *files: Path, folder: Path, notation: str | None = None
) -> dict[str, dict[str, float]]:
    source = preset("ga4-paths")
    if notation == "german":
        source = source.with_numbers("1.234,56")
    options = AttributionOptions(models=("first", "last", "linear"))
    answer = attribute_files(
        files, source, options, staging=StagingOptions(keep_ids=True), folder=folder, strict=True
    )
    return {
        name: {str(each.key): each.conversions for each in model.credits}
        for name, model in answer.models.items()
    }


def mutated(name: str, text: str) -> str:
    head, body = text.split("# ------\n")[1], text.split("# ------\n")[2]
    lines = body.splitlines()
    match name:
        case "as it comes":
            return text
        case "without preamble":
            return body
        case "CRLF and blank lines":
            return text.replace("\n", "\r\n") + "\r\n\r\n"
        case "byte order mark":
            return "\ufeff" + text
        case "older names":
            return f"# {head}" + body.replace(COLUMNS[0], "Default channel group").replace(
                "Key events", "Conversions"
            )
        case "other columns in another order":
            rows = [[row[2], row[1], "x", row[0]] for row in csv.reader(lines)]
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows(rows)
            return out.getvalue()
    raise AssertionError(name)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "mutation",
    [
        "as it comes",
        "without preamble",
        "CRLF and blank lines",
        "byte order mark",
        "older names",
        "other columns in another order",
    ],
)
def test_a_report_has_the_credits_that_are_worked_out_from_its_text(
    mutation: str, seed: int, tmp_path: Path
) -> None:
    sign, arrow = ("×", " → ") if seed == 1 else ("x", " > ")
    text = mutated(mutation, written(report_rows(seed), sign=sign, arrow=arrow))
    path = tmp_path / "paths.csv"
    path.write_bytes(text.encode())
    expected = worked_out(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    for model, credits in credited(path, folder=tmp_path / "s").items():
        assert credits == pytest.approx(expected[model], rel=1e-9), model


def test_several_reports_and_a_report_in_german_numbers(tmp_path: Path) -> None:
    rows = report_rows(3)
    for name, part in (("a.csv", rows[:700]), ("b.csv", rows[700:])):
        (tmp_path / name).write_text(written(part))
    expected = worked_out(written(rows))
    files = (tmp_path / "a.csv", tmp_path / "b.csv")
    assert credited(*files, folder=tmp_path / "s")["linear"] == pytest.approx(expected["linear"])
    german = tmp_path / "c.csv"
    german.write_text(written(rows, german=True))
    got = credited(german, folder=tmp_path / "s", notation="german")
    assert got["linear"] == pytest.approx(expected["linear"])


def test_another_file_is_named_by_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("customer_id,timestamp\na,1\n")
    with pytest.raises(InputError, match="lacks the columns Default channel group path or "):
        credited(path, folder=tmp_path / "s")


@pytest.mark.parametrize(
    ("rules", "channels"),
    [
        (None, {"google / cpc", "crm / email", "t.co / referral"}),
        ("ga4", {"Paid Search", "Email", "Organic Social"}),
        ("classic", {"paid search", "email", "social"}),
    ],
)
def test_sources_and_media_become_channels_by_rules(
    rules: BuiltIn | None, channels: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "paths.csv"
    path.write_text(
        "Source / medium path,Key events\n"
        "google / cpc × 2 (60%) → crm / email (40%),3\nt.co / referral (100%),2\n",
        encoding="utf-8",
    )
    given = None if rules is None else built_in_rules(rules)
    found = attribute_files(
        [path],
        preset("ga4-paths"),
        AttributionOptions(models=("linear",)),
        staging=StagingOptions(keep_ids=True, channel_rules=given),
        folder=tmp_path / "s",
    )
    credits = {each.key: each.conversions for each in found.models["linear"].credits}
    assert credits.keys() == channels
    assert sorted(credits.values()) == pytest.approx([1, 2, 2])
