"""``attrigraph customer`` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.settings import DATABASE
from command_shell import shell_to

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores


@pytest.fixture
def kept(small_graph: Stores) -> Stores:
    """The small graph, which has customers under their own ids."""
    small_graph.driver.execute_query(
        "MERGE (mark:DataSet {name: 'customers'}) SET mark.check = 'ids kept'", database_=DATABASE
    )
    return small_graph


@pytest.fixture(autouse=True)
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shell_to(settings).environment.items():
        monkeypatch.setenv(name, value)


def customer(*words: str) -> str:
    result = CliRunner().invoke(cli, ["customer", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_customer_is_found_shown_and_exported(kept: Stores, tmp_path: Path) -> None:
    assert customer("id", "c1") == "c1\n"
    assert customer("id", "d1") == "c1\n"
    counts = json.loads(customer("show", "c1", "--json"))
    assert counts["held"]["touches"] == 4
    assert "touches: 4" in customer("show", "d1")
    out = tmp_path / "held.json"
    customer("export", "c1", "--out", str(out))
    held = json.loads(out.read_text(encoding="utf-8"))
    assert held == json.loads(customer("export", "c1"))
    assert {one["id"] for one in held["conversions"]} >= {"v1", "v2"}


def test_forget_prints_a_receipt(kept: Stores) -> None:
    receipt = json.loads(customer("forget", "c1", "--yes", "--json"))
    assert (receipt["graph"]["customers"], receipt["graph"]["touches"]) == (1, 4)
    assert "customers: 0" in customer("forget", "c1", "--yes")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("forget", "c1"), "add --yes"),
        (("forget", "nobody", "--yes"), "holds nothing about a customer 'nobody'"),
        (("show", "nobody"), "holds nothing about a customer 'nobody'"),
        (("export", " "), "must not be blank"),
    ],
)
def test_wrong_input_is_an_error(kept: Stores, words: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(cli, ["customer", *words])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
