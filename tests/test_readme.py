"""What README.md shows is what the commands and the code print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from attrigraph.cli.main import cli

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_keeps_its_two_commands_and_one_picture() -> None:
    lines = [line.split("#")[0].strip() for line in README.splitlines()]
    assert [line for line in lines if line.startswith("make ")] == ["make demo", "make test"]
    assert len(re.findall(r"!\[", README)) == 1


def test_the_console_example_prints_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    joined = block.replace("\\\n", " ")
    command, _, shown = joined.split("$ attrigraph ")[1].partition("\n")
    result = CliRunner().invoke(cli, shlex.split(command))
    assert result.exit_code == 0
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert lines[: len(shown.splitlines())] == shown.splitlines()


def test_the_python_example_prints_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == ["display 45.0", "paid search 45.0"]
    assert "# display 45.0, then paid search 45.0" in block
