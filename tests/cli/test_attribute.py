"""``attrigraph attribute`` over files: options, table and JSON; no store is needed."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from attrigraph.attribution.models import MultiTouch
from attrigraph.cli.main import cli
from attrigraph.cli.tables.credit import NOT_INCREMENTAL, show
from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.errors import (
    AttrigraphError,
    ConvergenceError,
    ExitCode,
    InputError,
    NeedsTimesError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attrigraph.attribution.data import Data
    from attrigraph.attribution.models import FittedModel

    Printed = Callable[..., list[str]]

PATHS = "path,total_conversions,total_conversion_value,total_null\n"


@pytest.fixture
def paths(tmp_path: Path) -> Path:
    file = tmp_path / "paths.csv"
    file.write_text(PATHS + "a > b,2,20,1\nb,1,5,3\n,1,7,0\n", encoding="utf-8")
    return file


def run(*arguments: object) -> Any:
    """What the command prints on stdout and stderr; its errors are raised."""
    return CliRunner().invoke(
        cli, ["attribute", *(str(a) for a in arguments)], catch_exceptions=False
    )


def error(*arguments: object) -> AttrigraphError:
    with pytest.raises(AttrigraphError) as caught:
        run(*arguments)
    return caught.value


def test_json_is_the_documented_object(paths: Path) -> None:
    models = "linear,shapley-ordered"
    result = run(
        *("--input", paths, "--preset", "paths", "--models", models, "--draws", 0, "--json")
    )
    unknown = dict.fromkeys(
        ("cost", "roas", "roas_low", "roas_high", "cost_per_conversion", "share_of_spend")
    )
    b, a = (unknown | {"cost_coverage": 0.0, "share_of_credit": share} for share in (0.6, 0.4))
    assert json.loads(result.stdout) == {
        "by": "channel",
        "kind": None,
        "zone": "UTC",
        "currency": None,
        "observed": {"journeys": 8, "conversions": 4, "value": 32.0},
        "models": {
            "linear": {
                "incremental": False,
                "baseline": {"conversions": 1.0, "value": 7.0},
                "credits": [
                    {"key": "b", "conversions": 2.0, "value": 15.0, **b},
                    {"key": "a", "conversions": 1.0, "value": 10.0, **a},
                ],
                "chain": None,
            },
            "shapley-ordered": {
                "incremental": False,
                "baseline": {"conversions": 1.0, "value": 7.0},
                "credits": [
                    {"key": "b", "conversions": 2.0, "value": 15.0, "by_position": [1.0, 1.0], **b},
                    {"key": "a", "conversions": 1.0, "value": 10.0, "by_position": [1.0, 0.0], **a},
                ],
                "chain": None,
            },
        },
        "data_health": [
            {
                "code": "conversions_without_touch",
                "severity": "warning",
                "count": 1,
                "share": 0.25,
                "message": (
                    "1 of 4 conversions (25.0%) without an earlier touch of their customer"
                ),
                "advice": (
                    "they count as baseline; check that touches and conversions name customers by "
                    "the same ids"
                ),
            }
        ],
    }


def test_the_table_ends_with_data_health(paths: Path) -> None:
    result = run("--input", paths, "--preset", "paths", "--models", "linear", "--draws", 0)
    [line] = [line for line in result.stdout.splitlines() if line.startswith("data health")]
    assert line.startswith("data health, warning: 1 of 4 conversions (25.0%) without an earlier")
    assert result.stdout.endswith(f"{line}\n")


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_fit_that_fails_costs_the_exit_code_and_not_the_other_answers(
    output: str, paths: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(self: MultiTouch, data: Data) -> FittedModel:
        if self.name == "markov-1":
            raise ConvergenceError("the chain did not settle")
        return fit_of_rules(self, data)

    fit_of_rules = MultiTouch.fit
    monkeypatch.setattr(MultiTouch, "fit", fit)
    options = ("--preset", "paths", "--draws", 0, *(["--json"] if output == "json" else []))
    result = run("--input", paths, *options, "--models", "markov-1,linear")
    assert result.exit_code == ExitCode.CONVERGENCE
    assert "skipping markov-1: the chain did not settle" in result.stderr
    if output == "json":
        answer = json.loads(result.stdout)
        assert list(answer["models"]) == ["linear"]
        assert [failure["model"] for failure in answer["failed"]] == ["markov-1"]
    else:
        assert re.search(r"^b +2\.00$", result.stdout, re.MULTILINE)
    with pytest.raises(ConvergenceError, match="did not settle"):
        run("--input", paths, *options, "--models", "markov-1")


def test_json_has_intervals_and_how_sure_the_ranking_is(paths: Path) -> None:
    arguments = ("--input", paths, "--preset", "paths", "--models", "linear", "--json")
    linear = json.loads(run(*arguments).stdout)["models"]["linear"]
    first, last = linear["credits"]
    assert 0 <= first["low"] < first["conversions"] < first["high"]
    assert 0.5 < first["prob_ranked_above_next"] <= 1
    assert last["prob_ranked_above_next"] is None
    assert linear["prob_ranked_above"]["b"] == {"a": first["prob_ranked_above_next"]}
    assert linear["prob_ranked_above"]["a"]["b"] <= 1 - first["prob_ranked_above_next"]
    other_seed = json.loads(run(*arguments, "--seed", 1).stdout)["models"]["linear"]["credits"]
    assert other_seed[0]["conversions"] == first["conversions"]
    assert other_seed != linear["credits"]


def test_the_unknown_key_has_a_name_of_its_own_in_the_matrix() -> None:
    lines = tuple(Credit(key, 1.0, 1.0) for key in ("(unknown)", None))
    ranking: dict[str | None, dict[str | None, float]] = {
        "(unknown)": {None: 0.25},
        None: {"(unknown)": 0.5},
    }
    answer = ModelCredits("linear", False, Amount(0, 0), lines, prob_ranked_above=ranking)
    answer_json = Attribution("channel", Observed(2, 2, 2.0), {"linear": answer}).to_json()
    assert answer_json["models"]["linear"]["prob_ranked_above"] == {
        "(unknown)": {"((unknown))": 0.25},
        "((unknown))": {"(unknown)": 0.5},
    }


def test_the_table_has_intervals_in_full_for_the_first_model_alone() -> None:
    wide = Credit("a", 120.0, 1.0, low=100.5, high=151.0, prob_ranked_above_next=0.985)
    narrow = Credit("b", 3.0, 1.0, low=0.0, high=6.0)
    models = {
        name: ModelCredits(name, False, Amount(7, 0), (wide, narrow)) for name in ("x", "longer")
    }
    screen = io.StringIO()
    show(
        Attribution("channel", Observed(9, 130, 2.0), models),
        console=Console(file=screen, width=60),
    )
    table = [line.rstrip() for line in screen.getvalue().splitlines()[1:8]]
    assert table == [
        "channel      x   90 % interval   P(> next)    longer",
        "────────────────────────────────────────────────────",
        "a          120      100 to 151         98%   120 ±25",
        "b            3          0 to 6                 3 ±3",
        "",
        "baseline     7                                 7",
        "total      130                               130",
    ]
    assert "P(> next): probability that a row is credited with more than the next one" in " ".join(
        screen.getvalue().split()
    )


@pytest.mark.parametrize("draws", [-1, 19])
def test_too_few_draws_are_rejected(paths: Path, draws: int) -> None:
    raised = error("--input", paths, "--preset", "paths", "--draws", draws)
    assert "draws must be 0 for no intervals, or at least 20" in str(raised)


def test_more_files_may_follow_the_first(paths: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(PATHS + "c,5,1,0\n", encoding="utf-8")
    result = run("--input", paths, other, "--preset", "paths", "--models", "last", "--json")
    assert json.loads(result.stdout)["observed"]["conversions"] == 9


def test_by_default_every_model_runs_that_the_data_supports(paths: Path) -> None:
    result = run("--input", paths, "--preset", "paths", "--json")
    models = json.loads(result.stdout)["models"]
    assert {"first", "markov-4", "shapley-ordered"} <= set(models)
    assert not {"time-decay", "shapley-rate", "markov-auto"} & set(models)
    assert "skipping time-decay: it needs the times of touches" in result.stderr


def test_a_named_model_that_the_data_does_not_support_is_an_error(paths: Path) -> None:
    raised = error("--input", paths, "--preset", "paths", "--models", "time-decay")
    assert isinstance(raised, NeedsTimesError)
    assert raised.exit_code == 2


def test_people_get_a_table_with_totals_and_what_it_does_not_mean(paths: Path) -> None:
    result = run("--input", paths, "--preset", "paths", "--models", "linear,first", "--draws", 0)
    table = [line.split() for line in result.stdout.splitlines()]
    assert ["channel", "linear", "first"] in table
    assert ["a", "1.00", "2.00"] in table
    assert ["b", "2.00", "1.00"] in table
    assert ["baseline", "1.00", "1.00"] in table
    assert ["total", "4.00", "4.00"] in table
    assert "observed: 8 journeys, 4 conversions, value 32.00" in result.stdout
    assert NOT_INCREMENTAL in " ".join(result.stdout.split())


def test_values_are_shown_on_request(paths: Path) -> None:
    result = run("--input", paths, "--preset", "paths", "--models", "linear", "--values")
    assert ["total", "32"] in [line.split() for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "journeys", "models"),
    [
        ([], 30.0, None),
        (["--lookback", "auto"], 30.0, None),
        (["--lookback", "none"], None, None),
        (["--lookback", "30"], 30.0, 30.0),
        (["--lookback", "7.5"], 7.5, 7.5),
    ],
)
def test_the_lookback_limits_causal_models_only_where_it_is_given(
    paths: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    journeys: float | None,
    models: float | None,
) -> None:
    seen = []

    def attribute_files(files: Any, source: Any, options: Any, **others: Any) -> None:
        seen.append(options)
        raise InputError("seen")

    monkeypatch.setattr("attrigraph.services.attribute_files.attribute_files", attribute_files)
    with pytest.raises(InputError, match="seen"):
        run("--input", paths, "--preset", "paths", *arguments)
    assert [one.journeys.lookback_days for one in seen] == [journeys]
    assert [one.model_options.lookback_days for one in seen] == [models]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["more.csv"], "more.csv needs --input before it: --input more.csv"),
        (["--preset", "paths"], "--preset is for files"),
        (["--zone", "UTC"], "--zone is for files and for the days of --window"),
        (["--input", "FILE"], "the layout of the files is missing: give --preset"),
        (["--input", "FILE", "--preset", "pahts"], "got 'pahts'"),
        (["--input", "FILE", "--preset", "paths", "--keep", "3"], "--keep is for the graph"),
        (
            ["--input", "FILE", "--preset", "paths", "--touch-model", "none"],
            "--touch-model is for the graph",
        ),
        (["--input", "FILE", "--preset", "paths", "--values", "--json"], "--values is for the"),
        (["--input", "FILE", "--preset", "paths", "--transitions", "--json"], "--transitions is"),
        (["--input", "FILE", "--preset", "paths", "--models", "liner"], "no model is called"),
        (["--input", "FILE", "--preset", "paths", "--models", ","], "no model"),
        (["--input", "FILE", "--preset", "paths", "--lookback", "soon"], "--lookback must be"),
        (["--input", "FILE", "--preset", "paths", "--lookback", "-1"], "positive number"),
        (["--input", "FILE", "--preset", "paths", "--window", "2026-06-01"], "START..END"),
        (
            ["--input", "FILE", "--preset", "paths", "--window", "2026-06-01T10:00..2026-07-01"],
            "--window needs an offset",
        ),
        (
            ["--input", "FILE", "--preset", "paths", "--window", "June..July"],
            "--window must be a day or a time",
        ),
        (
            ["--input", "FILE", "--preset", "paths", "--window", "2026-07-01..2026-06-01"],
            "start before it ends",
        ),
        (
            ["--input", "FILE", "--preset", "paths", "--position-weights", "1,2"],
            "three numbers",
        ),
        (
            [
                *("--input", "FILE", "--preset", "paths", "--models", "linear"),
                *("--half-life", "3"),
            ],
            "--half-life is for time-decay",
        ),
        (
            ["--input", "FILE", "--preset", "paths", "--models", "linear", "--direct", "b"],
            "--direct is for last-non-direct",
        ),
        (
            [
                *("--input", "FILE", "--preset", "paths", "--models", "linear"),
                *("--purchase-window", "1h"),
            ],
            "--purchase-window is for incremental, attention, none of which is among --models",
        ),
        (
            ["--input", "FILE", "--preset", "paths", "--models", "incremental", "--steps", "2"],
            "--steps is for first, last, ",
        ),
        (
            [
                *("--input", "FILE", "--preset", "paths", "--models", "linear"),
                *("--position-weights", "1,2,3"),
            ],
            "--position-weights is for position-custom",
        ),
    ],
)
def test_an_option_that_is_wrong_or_without_effect_is_rejected_in_a_sentence(
    arguments: list[str], words: str, paths: Path
) -> None:
    raised = error(*(str(paths) if word == "FILE" else word for word in arguments))
    assert isinstance(raised, InputError)
    assert words in str(raised)
    assert "\n" not in str(raised)


def test_direct_channels_are_an_option_of_every_model_that_drops_them(paths: Path) -> None:
    arguments = ("--input", paths, "--preset", "paths", "--json", "--models", "linear")
    result = run(*arguments, "--drop-direct", "--direct", "B")
    credits = json.loads(result.stdout)["models"]["linear"]["credits"]
    plain = json.loads(run(*arguments).stdout)["models"]["linear"]["credits"]
    assert "no effect" not in result.stderr
    assert credits != plain


def test_options_of_models_reach_them(paths: Path) -> None:
    result = run(
        *("--input", paths, "--preset", "paths", "--json", "--position-weights", "1,0,3"),
        *("--models", "position-custom,last-non-direct", "--direct", "B"),
    )
    models = json.loads(result.stdout)["models"]
    credits = {
        name: {credit["key"]: credit["conversions"] for credit in model["credits"]}
        for name, model in models.items()
    }
    assert credits == {
        "position-custom": {"b": 2.5, "a": 0.5},
        "last-non-direct": {"a": 2.0, "b": 1.0},
    }


def printed(answer: Attribution, width: int = 80) -> str:
    file = io.StringIO()
    show(answer, console=Console(file=file, width=width))
    return file.getvalue()


def answer_of(*keys: str | None, models: int = 1) -> Attribution:
    credits = tuple(Credit(key, 1.0, 2.0) for key in keys)
    names = [f"model-{number}" for number in range(models)]
    return Attribution(
        by="channel",
        observed=Observed(len(keys), len(keys), 2.0 * len(keys)),
        models={name: ModelCredits(name, False, Amount(0.0, 0.0), credits) for name in names},
    )


def test_names_with_markup_are_printed_as_they_are() -> None:
    text = printed(answer_of("[bold]x[/bold]", "a [link=y]", None))
    assert "[bold]x[/bold]" in text
    assert "a [link=y]" in text
    assert "(unknown)" in text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_models_that_do_not_fit_go_below_each_other_and_nothing_is_cut(
    in_terminal: Printed, width: int
) -> None:
    lines = in_terminal(width, show, answer_of("Paid Search", "Display", models=16))
    text = "\n".join(lines).partition("observed:")[0]
    assert [f"model-{number}" for number in range(16)] == [
        word for word in text.split() if word.startswith("model-")
    ]
    assert max(map(len, lines)) <= width


def test_a_long_name_is_whole_in_a_pipe_and_folds_in_a_terminal(
    in_terminal: Printed, in_pipe: Printed
) -> None:
    name = "-".join(["campaign"] * 20)
    assert any(line.startswith(name) for line in in_pipe(show, answer_of(name)))
    lines = in_terminal(40, show, answer_of(name))
    assert name in "".join(line.split()[0] for line in lines if line.strip())


def test_attention_runs_only_if_named(paths: Path) -> None:
    result = run("--input", paths, "--preset", "paths", "--json")
    assert "attention" not in json.loads(result.stdout)["models"]
    assert "attention" not in result.stderr


def test_attention_needs_times(paths: Path) -> None:
    raised = error("--input", paths, "--preset", "paths", "--models", "attention")
    assert isinstance(raised, NeedsTimesError)
    assert "attention needs the time of every touch" in str(raised)


@pytest.mark.long
def test_attention_runs_on_files(tmp_path: Path) -> None:
    from attrigraph.worlds.files import write_world
    from attrigraph.worlds.world import simulate

    files = write_world(simulate("unconfounded", 3, 4000, measured_on=2000), tmp_path / "world")
    result = run(
        *("--input", files["events"], "--customers", files["customers"], "--preset", "events"),
        *("--models", "attention", "--by", "creative", "--json"),
    )
    answer = json.loads(result.stdout)
    model = answer["models"]["attention"]
    assert model["incremental"] is True
    assert model["assumptions"]
    assert all(line["low"] < line["conversions"] < line["high"] for line in model["credits"])
    credited = sum(line["conversions"] for line in model["credits"])
    total = credited + model["baseline"]["conversions"]
    assert total == pytest.approx(answer["observed"]["conversions"], rel=1e-9)
    assert "attention fits several networks, which takes minutes" in result.stderr


@pytest.fixture
def many_channels(tmp_path: Path) -> Path:
    file = tmp_path / "many.csv"
    rows = "".join(f"channel {n:02} > x,{n},{n},0\n" for n in range(1, 61))
    file.write_text(PATHS + rows, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("options", "n_rows"), [((), 50), (("--top", 3), 3), (("--top", 61), 61), (("--all",), 61)]
)
def test_a_table_has_a_bounded_number_of_rows(
    many_channels: Path, options: tuple[object, ...], n_rows: int
) -> None:
    arguments = ("--input", many_channels, "--preset", "paths", "--models", "linear", "--draws", 0)
    lines = run(*arguments, *options).stdout.splitlines()
    assert sum(line.startswith(("channel ", "x ")) for line in lines[2:]) == n_rows
    rest = 61 - n_rows
    assert any(line.startswith(f"and {rest} more ") for line in lines) == (rest > 0)
    assert any(line.split() == ["total", "1,830.00"] for line in lines)


def test_json_holds_every_key(many_channels: Path) -> None:
    arguments = ("--input", many_channels, "--preset", "paths", "--models", "linear", "--draws", 0)
    answer = json.loads(run(*arguments, "--json").stdout)
    assert len(answer["models"]["linear"]["credits"]) == 61


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--top", 3, "--all"), "--top and --all exclude each other"),
        (("--top", 3, "--json"), "--top is for the table; --json has every row"),
        (("--all", "--json"), "--all is for the table; --json has every row"),
    ],
)
def test_bounds_without_effect_are_rejected(
    paths: Path, options: tuple[object, ...], words: str
) -> None:
    assert words in str(error("--input", paths, "--preset", "paths", *options))


def test_progress_is_shown_on_a_terminal(on_screen: Callable[..., bytes], paths: Path) -> None:
    arguments = ("attribute", "--input", paths, "--preset", "paths", "--models", "linear,first")
    screen = on_screen(*arguments, columns=100).decode()
    assert "reading files" in screen
    assert "2 of 2" in screen
    quiet = on_screen("--quiet", *arguments, columns=100).decode()
    assert "reading files" not in quiet
    assert "total" in quiet


def test_robustness_needs_times(paths: Path) -> None:
    found = error("--preset", "paths", "--input", paths, "--models", "linear", "--robustness")
    assert isinstance(found, InputError)
    assert "needs the time of every touch" in str(found)


MOSTLY_WRONG = """customer_id,timestamp,kind,channel
a,2026-01-01T00:00:00Z,klick,x
a,2026-01-02T00:00:00Z,klick,x
a,2026-01-03T00:00:00Z,conversion,
"""


def test_files_of_which_most_rows_are_rejected_give_no_table(tmp_path: Path) -> None:
    path, rejects = tmp_path / "e.csv", tmp_path / "rejects.csv"
    path.write_text(MOSTLY_WRONG)
    reading = ("--input", path, "--preset", "events", "--models", "linear", "--draws", "0")
    wrong = error(*reading, "--rejects", rejects)
    assert (wrong.exit_code, str(wrong)[:22]) == (ExitCode.INPUT, "rejected rows: 2 of 3 ")
    assert [line.split(",")[1] for line in rejects.read_text().splitlines()] == ["line", "2", "3"]
    assert "baseline" in run(*reading, "--max-rejected", "0.7").stdout
    strict = error(*reading, "--max-rejected", "0.7", "--strict")
    assert (strict.exit_code, str(strict)) == (
        ExitCode.STRICT,
        "2 rows rejected, and none may be",
    )


@pytest.fixture
def shop_of_two_segments(tmp_path: Path) -> tuple[Path, Path]:
    """Files of events and of the customers who have some: 60 of each segment, half of them buy."""
    events, customers = ["customer_id,timestamp,kind,channel"], ["customer_id,region"]
    for number in range(120):
        day, region = number % 27 + 1, "north" if number % 2 else "south"
        events.append(f"c{number},2026-06-{day:02}T00:00:00Z,email,email")
        if number % 4 < 2:
            events.append(f"c{number},2026-06-{day + 1:02}T0{number % 9}:00:00Z,conversion,")
        customers.append(f"c{number},{region}")
    files = tmp_path / "events.csv", tmp_path / "customers.csv"
    for file, lines in zip(files, (events, customers), strict=True):
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files


def attribute_people(files: tuple[Path, Path], people: str, tmp_path: Path) -> Any:
    file = tmp_path / "people.csv"
    file.write_text(people, encoding="utf-8")
    events, customers = files
    return run(
        *("--input", events, "--preset", "events", "--customers", customers),
        *("--models", "incremental"),
        *("--population", file, "--draws", 0, "--json"),
    )


def test_people_are_added_by_segment_of_a_customer_attribute(
    shop_of_two_segments: tuple[Path, Path], tmp_path: Path
) -> None:
    people = "region,people\nnorth,500\nsouth,900\n"
    result = attribute_people(shop_of_two_segments, people, tmp_path)
    model = json.loads(result.stdout)["models"]["incremental"]
    (email,) = model["credits"]
    parts = model["baseline"]["conversions"], email["conversions"], email["captured"]
    assert sum(parts) == pytest.approx(60)
    assert not any("No customers table" in line for line in model["assumptions"])


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ("city,people\nrome,500\n", r"by 'city', which is not a column .* it has 'region'"),
        ("region,people\nnorth,500\n", "60 customers of the segment 'south' have no number"),
        ("region,people\nnorth,500\nsouth,59\n", "'south' must have at least the 60 in the data"),
    ],
)
def test_numbers_of_people_that_do_not_fit_the_table_are_rejected(
    shop_of_two_segments: tuple[Path, Path], tmp_path: Path, people: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        attribute_people(shop_of_two_segments, people, tmp_path)


BERLIN = """customer_id,timestamp,kind,channel,value
a,2026-09-30T21:00:00Z,click,Direct,
a,2026-09-30T20:00:00Z,impression,display,
a,2026-09-30T22:30:00Z,conversion,,20
b,2026-10-30T10:00:00Z,click,search,
b,2026-10-31T22:59:00Z,conversion,,10
b,2026-10-31T23:01:00Z,conversion,,5
"""


def test_windows_are_local_days_and_rules_of_journeys_apply(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(BERLIN, encoding="utf-8")
    options = ("--preset", "events", "--models", "last", "--draws", 0, "--json")
    october = ("--window", "2026-10-01..2026-11-01")

    def answer(*rules: object) -> dict[str, object]:
        found = json.loads(run("--input", file, *options, *october, *rules).stdout)
        credits = found["models"]["last"]["credits"]
        values = {one["key"]: one["value"] for one in credits if one["conversions"]}
        return {"value": found["observed"]["value"], "zone": found["zone"], **values}

    assert answer() == {"value": 15.0, "zone": "UTC", "search": 10.0}
    berlin = ("--zone", "Europe/Berlin")
    local = {"value": 30.0, "zone": "Europe/Berlin"}
    assert answer(*berlin) == {**local, "Direct": 20.0, "search": 10.0}
    assert answer(*berlin, "--drop-direct") == {**local, "display": 20.0, "search": 10.0}
    short = ("--lookback", "impression=0.05d", "--lookback", "channel:search=2d")
    assert answer(*berlin, "--drop-direct", *short) == {**local, "Direct": 20.0, "search": 10.0}
    only = ("--only", "channel=display", "--steps", 1)
    assert answer(*berlin, *only) == {**local, "display": 20.0}
    unknown = error("--input", file, *options, "--exclude", "channel=serch")
    assert "near names: search" in str(unknown)
    wrong = error("--input", file, *options, *october, "--zone", "Berlin")
    assert "Europe/Berlin" in str(wrong)
