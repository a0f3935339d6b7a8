"""The commands of docs/worked-example.md print what the page shows."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "worked-example.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(console|text)\n(.*?)```", PAGE, re.DOTALL)


def printed(command: str) -> str:
    result = CliRunner().invoke(cli, shlex.split(command), catch_exceptions=False)
    assert result.exit_code == 0
    return "\n".join(line.rstrip() for line in result.stdout.splitlines())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "examples" / "shop", tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def test_every_command_prints_what_the_page_shows(folder: Path) -> None:
    output = ""
    for kind, block in BLOCKS:
        shown = block.strip()
        if kind == "console":
            command, _, shown = (
                block.replace("\\\n", " ").removeprefix("$ attrigraph ").partition("\n")
            )
            output = printed(command)
        assert shown.strip() in output
    assert [kind for kind, _ in BLOCKS].count("console") == 4
    page = (folder / "shop.html").read_text(encoding="utf-8")
    assert "Paid Search" in page
    assert "ROAS" in page
