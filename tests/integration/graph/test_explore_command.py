"""The queries of the cookbook on the command line."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.graph.explore import queries, run_query
from command_shell import shell_to

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

PERIOD = ("--from", "2026-06-01T00:00Z", "--to", "2026-09-01T00:00Z")


@pytest.fixture(autouse=True)
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shell_to(settings).environment.items():
        monkeypatch.setenv(name, value)


def explore(*words: str) -> str:
    result = CliRunner().invoke(cli, ["explore", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_and_csv_have_the_rows_of_the_query(small_graph: Stores) -> None:
    given = {"from": PERIOD[1], "to": PERIOD[3], "lookbackDays": 30, "limit": 20}
    rows = run_query(small_graph.driver, "top_paths", given)
    found = json.loads(explore("top_paths", *PERIOD, "--json"))
    assert (found["query"], found["parameters"]) == ("top_paths", given)
    assert found["rows"] == rows
    table = list(csv.DictReader(StringIO(explore("top_paths", *PERIOD, "--csv"))))
    assert [row["path"] for row in table] == [" > ".join(row["path"]) for row in rows]
    assert [float(row["conversions"]) for row in table] == [row["conversions"] for row in rows]


def test_a_table_has_a_line_per_row(small_graph: Stores) -> None:
    rows = run_query(small_graph.driver, "credit_by_channel", {"model": "linear"})
    lines = explore("credit_by_channel", "--param", "model=linear").splitlines()
    assert lines[0].split()[0] == next(iter(rows[0]))
    assert len([line for line in lines if line]) >= 2 + len(rows)


def test_a_run_is_named_by_an_option(small_graph: Stores) -> None:
    named = {"model": "linear", "run": "early June"}
    rows = run_query(small_graph.driver, "credit_by_channel", named)
    words = ("credit_by_channel", "--param", "model=linear", "--json")
    assert json.loads(explore(*words, "--run", "aaaa"))["rows"] == json.loads(
        json.dumps(
            [
                row
                | {
                    "windowStart": row["windowStart"].isoformat(),
                    "windowEnd": row["windowEnd"].isoformat(),
                }
                for row in rows
            ]
        )
    )


def test_days_are_texts(small_graph: Stores) -> None:
    words = ("--from", "2026-06-01", "--to", "2026-09-01", "--param", "creative=r1", "--json")
    found = json.loads(explore("creative_days", *words))
    assert found["rows"]
    assert all(row["day"].startswith("2026-") for row in found["rows"])


@pytest.mark.usefixtures("small_graph")
def test_wrong_words_get_one_sentence() -> None:
    for words, message in (
        (("top_pahts",), "there is no query 'top_pahts'"),
        (("top_paths", "--from", "2026-06-01T00:00Z"), "lacks to"),
        (("runs", "--param", "limit"), "--param must be NAME=VALUE, got 'limit'"),
        (("runs", "--param", "limit=many"), "limit must be a whole number, got 'many'"),
        (("runs", "--param", "model=linear"), "does not take model"),
        (("runs", "--json", "--csv"), "give one of them"),
        (("credit_by_channel", "--param", "model=liner"), "liner"),
        (("credit_by_channel", "--param", "model=linear", "--run", "x"), "must be a finished run"),
        (("last_touches", *PERIOD, "--run", "aaaa"), "does not take run"),
    ):
        with pytest.raises(InputError) as raised:
            CliRunner().invoke(cli, ["explore", *words], catch_exceptions=False)
        assert message in str(raised.value)


def test_all_queries_are_listed_with_their_parameters() -> None:
    listed = explore("--list")
    for name, query in queries().items():
        assert f"{name}: " in listed
        assert all(f"{one.name} ({one.type})" in listed for one in query.parameters)
