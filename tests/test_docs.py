"""Docs cannot drift: commands, settings, links and shell examples are held to the code."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from attrigraph.cli.main import COMMANDS, cli
from attrigraph.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_the_command_reference_is_what_the_commands_say() -> None:
    # in a process of its own: click keeps a command's help option as it was first asked for
    told = subprocess.run(
        [sys.executable, "-m", "attrigraph.cli.reference"], check=True, capture_output=True
    ).stdout
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == told.decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_shell_example_names_commands_and_options_that_exist(page: Path) -> None:
    wrong = [line for line in _shell_lines(page) if not _is_known(line)]
    assert wrong == []


def test_every_setting_is_described() -> None:
    text = (ROOT / "docs/stores.md").read_text(encoding="utf-8")
    names = [f"ATTRIGRAPH_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if name not in text] == []


def test_readme_keeps_its_two_commands_and_one_picture() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [
        line.split("#")[0].strip() for line in text.splitlines() if line.startswith("make ")
    ] == [
        "make demo",
        "make test",
    ]
    assert len(re.findall(r"!\[", text)) == 1


def _shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if re.match(r"(\$ )?(\.venv/bin/)?attrigraph\b", line)]


def _is_known(line: str) -> bool:
    words = shlex.split(line.removeprefix("$ "), comments=True)[1:]
    if not words or words[0].startswith("-"):
        return True
    if words[0] not in COMMANDS:
        return False
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    known = {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
    used = {word.split("=")[0] for word in words[1:] if word.startswith("--")}
    return used <= {*known, "--help"}
