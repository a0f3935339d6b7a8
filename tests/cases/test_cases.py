"""Small files that once gave a wrong answer, or that must stay right, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from attrigraph.cli.main import cli
from attrigraph.errors import InputError

DATA = Path(__file__).parent / "data"

RIGHT: dict[str, tuple[int, float, dict[str, dict[str, float]]]] = {
    "cnt": (1, 0, {"first": {"a": 1}, "markov-1": {"a": 1}}),
    "dupid": (1, 0, {"linear": {"a": 1}}),
    "g": (
        4,
        1,
        {
            "first": {"search": 2, "a>b": 1, "email": 0},
            "last": {"search": 1, "a>b": 1, "email": 1},
            "linear": {"search": 1.5, "a>b": 1, "email": 0.5},
            "markov-1": {"search": 1.5, "a>b": 0.75, "email": 0.75},
        },
    ),
    "loops": (
        17,
        0,
        {
            "first": {"g": 12, "i": 4, "f": 1},
            "last": {"g": 7, "f": 5, "i": 5},
            "linear": {"g": 9.416667, "f": 3.833333, "i": 3.75},
            "markov-1": {"g": 7.845049, "f": 4.772531, "i": 4.38242},
            "shapley-simplified": {"g": 9, "f": 4, "i": 4},
        },
    ),
    "mc": (3, 1, {"first": {"a": 1, "b": 1, "c": 0}, "linear": {"a": 1, "b": 1, "c": 0}}),
    "names": (
        10,
        0,
        {
            "first": {
                "(null)": 3,
                "(start)": 2,
                "organic": 2,
                "(unknown)": 1,
                "conv": 1,
                "null": 1,
            },
            "last": {"start": 3, "(conversion)": 2, "organic": 2, "(organic)": 1, "NULL": 1},
        },
    ),
    "rt": (
        8,
        0,
        {
            "linear": {"a": 4.333333, "b": 3.333333, "c": 0.333333},
            "markov-1": {"a": 3.894909, "b": 3.751008, "c": 0.354083},
        },
    ),
    "same": (1, 0, {"first": {"search": 1, "email": 0}, "last": {"search": 1, "email": 0}}),
    "same2": (1, 1, {"linear": {"email": 0}}),
    "win": (3, 0, {"last": {"a": 1, "b": 1, "c": 1}}),
}
"""Conversions observed, the baseline, and credits of some channels by some models."""

PATHS = {"cnt", "loops", "names", "rt"}


def attribute(name: str, *options: str) -> tuple[dict[str, Any], str]:
    """The JSON answer for a file, without intervals, and what the command printed on stderr."""
    (file,) = DATA.glob(f"{name}.csv*")
    form = "paths" if name in PATHS or name.startswith("sep") else "events"
    result = run("attribute", "--input", str(file), "--preset", form, "--draws", "0", *options)
    return json.loads(result.stdout), result.stderr


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)


def credits_of(answer: dict[str, Any], model: str) -> dict[str, float]:
    return {line["key"]: line["conversions"] for line in answer["models"][model]["credits"]}


def health_of(answer: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [line for line in answer["data_health"] if line["code"] == code]


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_stay_right(name: str) -> None:
    observed, baseline, credits = RIGHT[name]
    answer, _ = attribute(name, "--models", ",".join(credits))
    assert answer["observed"]["conversions"] == observed
    for model, expected in credits.items():
        actual = credits_of(answer, model)
        assert {key: actual[key] for key in expected} == pytest.approx(expected, abs=1e-6)
        assert answer["models"][model]["baseline"]["conversions"] == pytest.approx(baseline)


@pytest.mark.parametrize(
    ("name", "options", "first", "last"),
    [("us", ["--time-unit", "us"], "search", "email"), ("iso", [], "alpha", "zeta")],
)
def test_order_within_a_millisecond_is_that_of_the_file(
    name: str, options: list[str], first: str, last: str
) -> None:
    answer, _ = attribute(name, "--models", "first,last", *options)
    assert credits_of(answer, "first")[first] == 1
    assert credits_of(answer, "last")[last] == 1


def test_touches_at_the_time_of_a_conversion_are_counted_in_data_health() -> None:
    answer, _ = attribute("day2", "--models", "last,linear")
    assert answer["models"]["linear"]["baseline"]["conversions"] == 100
    [line] = health_of(answer, "conversions_at_time_of_touch")
    assert line["message"].startswith("100 of 100 conversions with a touch at the very same time")


def test_implausible_figures_get_a_note() -> None:
    customers = ("--customers", str(DATA / "cust.csv"))
    answer, _ = attribute("rate2", "--models", "shapley-rate,linear", *customers)
    (rate, linear) = (answer["models"][name] for name in ("shapley-rate", "linear"))
    assert rate["baseline"]["conversions"] > answer["observed"]["conversions"] == 64
    assert any(note.startswith("implausible: a baseline of 838.3") for note in rate["notes"])
    assert not any("implausible" in note for note in linear.get("notes", []))


@pytest.mark.parametrize("spelling", ["DIRECT", "(direct)", "Direct Traffic", "Typed/Bookmarked"])
def test_direct_traffic_is_known_by_its_usual_names(spelling: str, tmp_path: Path) -> None:
    file = tmp_path / "dir.csv"
    text = (DATA / "dir.csv").read_text(encoding="utf-8")
    file.write_text(text.replace("DIRECT", spelling), encoding="utf-8")
    result = run(
        "attribute", "--input", str(file), "--preset", "events", "--models", "last-non-direct"
    )
    assert credits_of(json.loads(result.stdout), "last-non-direct")["search"] == 1


def test_a_dry_run_rejects_counts_that_a_load_rejects(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="4,000,000,008 touches, more than the 500,000,000"):
        run(
            *("load", str(DATA / "huge.csv"), "--preset", "paths", "--dry-run"),
            *("--home", str(tmp_path / "home")),
        )


@pytest.mark.parametrize(
    ("name", "code", "figure"),
    [
        ("sep", "separators_in_channels", "4 channels with what may be a separator of paths"),
        ("sep2", "separators_in_channels", "2 channels with what may be a separator of paths"),
        ("near", "near_equal_channels", "channels that differ only in capitals, blanks,"),
        ("mu", "placeholder_customers", "5 events of customers named 'NaN', 'null', 'undefined'"),
        ("unk2", "touches_without_channel", "1 of 1 touch (100.0%) without a channel"),
    ],
)
def test_names_that_probably_mean_something_else_are_in_data_health(
    name: str, code: str, figure: str
) -> None:
    answer, _ = attribute(name, "--models", "first")
    [line] = health_of(answer, code)
    assert line["message"].startswith(figure)


def test_a_customer_written_in_several_ways_gets_a_note() -> None:
    _, messages = attribute("fl", "--models", "first")
    assert "1 customer is written in several ways, as 1 and 1.0" in messages
