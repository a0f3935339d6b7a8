"""``python -m attrigraph.cli.reference``: every command and option as Markdown, for the docs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.console import print_lines
from attrigraph.cli.main import COMMANDS, cli

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100
NOTES = (
    "Results go to stdout, messages to stderr. With `--json` the result is one JSON object in",
    "ASCII; other characters are written as `\\uXXXX`. In tables and messages, control characters",
    "in names are written as escapes such as `\\x1b`, so that no name can control the terminal.",
    "",
    "`python -m attrigraph.cli.reference` writes this page.",
)


def reference() -> str:
    """The text of ``docs/commands.md``."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield from NOTES
    top = click.Context(
        cli,
        info_name="attrigraph",
        max_content_width=WIDTH,
        terminal_width=WIDTH,
        **cli.context_settings,
    )
    yield from _section("attrigraph", cli, top)
    for name in COMMANDS:
        command = cli.get_command(top, name)
        assert command is not None
        context = click.Context(
            command, info_name=name, parent=top, max_content_width=WIDTH, terminal_width=WIDTH
        )
        yield from _section(f"attrigraph {name}", command, context)
        if isinstance(command, click.Group):
            for part, subcommand in command.commands.items():
                inner = click.Context(
                    subcommand,
                    info_name=part,
                    parent=context,
                    max_content_width=WIDTH,
                    terminal_width=WIDTH,
                )
                yield from _section(f"attrigraph {name} {part}", subcommand, inner)


def _section(title: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield "```text"
    yield from (line.rstrip() for line in command.get_help(context).splitlines())
    yield "```"


if __name__ == "__main__":
    print_lines(*reference().splitlines())
