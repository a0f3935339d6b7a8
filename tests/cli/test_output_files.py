"""Files that commands write never replace the files that they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from attrigraph.cli.commands import Command
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.main import COMMANDS, cli
from attrigraph.cli.output_files import OutputFile
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = "customer_id,timestamp,kind,channel\nada,2026-03-01T10:00:00Z,click,search\n"

WRITING = [
    ("inspect", "--out"),
    *(("attribute", option) for option in ("--rejects", "--mmm-out")),
    ("report", "--out"),
    ("factors", "--out"),
]


@pytest.mark.parametrize(("command", "option"), WRITING)
def test_an_output_that_is_an_input_is_an_error(command: str, option: str, tmp_path: Path) -> None:
    (file := tmp_path / "events.csv").write_text(ROWS, encoding="utf-8")
    (link := tmp_path / "link.csv").symlink_to(file)
    name = ["--input"] if command in {"attribute", "report"} else []
    with pytest.raises(InputError, match=r"link\.csv is an input file, and would be replaced"):
        CliRunner().invoke(
            cli, [command, *name, str(file), option, str(link)], catch_exceptions=False
        )
    assert file.read_text(encoding="utf-8") == ROWS


def test_two_outputs_are_two_files_unless_they_are_a_device(tmp_path: Path) -> None:
    @click.command(cls=Command)
    @click.argument("file", type=InputFile())
    @click.option("--out", type=OutputFile())
    @click.option("--rejects", type=OutputFile())
    def write(**files: Path) -> None:
        """Write nothing."""

    out = str(tmp_path / "out.csv")
    with pytest.raises(InputError, match=r"--out .*out\.csv is also written"):
        write.main(["e.csv", "--out", out, "--rejects", out], standalone_mode=False)
    write.main(["e.csv", "--out", "/dev/null", "--rejects", "/dev/null"], standalone_mode=False)
    write.main(["e.csv", "--out", out], standalone_mode=False)


def test_every_option_that_writes_a_file_is_checked() -> None:
    """An option of a plain path is read, or names a folder."""
    reading = {
        *("mapping", "header", "rates", "home", "java_home", "claims", "folder", "out", "vector"),
    }
    for path, command in commands():
        plain = {
            one.name
            for one in command.params
            if isinstance(one.type, click.Path) and not isinstance(one.type, OutputFile | InputFile)
        }
        assert plain <= reading, path
        assert "out" not in plain or path in {"simulate", "demo"}
        writing = {one.name for one in command.params if isinstance(one.type, OutputFile)}
        assert not writing or isinstance(command, Command), path


def commands() -> Iterator[tuple[str, click.Command]]:
    """All commands and those of groups, by the words that call them."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {own}", each) for own, each in command.commands.items())
