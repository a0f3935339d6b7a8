"""Vectors that `similar --vector` reads from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "{}", "[1, 2", "[[1, 2]]", '["1"]', "[true, false]", "[" * 100_000, "\xff"),
    ],
    ids=["empty", "null", "map", "cut", "nested", "texts", "booleans", "deep", "latin-1"],
)
def test_what_is_no_list_of_numbers_is_named_with_its_file(content: str, tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_text(content, encoding="latin-1")
    done = CliRunner().invoke(cli, ["similar", "--vector", str(file)])
    assert isinstance(done.exception, InputError)
    assert "must hold one JSON list of numbers" in str(done.exception)
    assert str(file) in str(done.exception)
