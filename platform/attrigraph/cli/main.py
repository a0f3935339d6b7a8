"""The ``attrigraph`` command: its list of commands, and how errors become sentences.

Commands are imported when they are called, so that ``attrigraph --help`` stays quick. Data go to
stdout, messages to stderr.
"""

from __future__ import annotations

import importlib
import signal
import sys
from typing import TYPE_CHECKING, Final

import click

from attrigraph.cli.messages import log_to_stderr
from attrigraph.errors import AttrigraphError

if TYPE_CHECKING:
    from types import FrameType

COMMANDS: Final = {
    "up": "Start Neo4j and Postgres on this computer, or find those that run.",
    "down": "Stop the stores that `up` started.",
    "status": "Say what runs where.",
    "migrate": "Bring the schemas of both stores up to date.",
    "load": "Load touchpoints, conversions and reference tables into the graph.",
    "attribute": "Share conversions out over channels, campaigns or creatives.",
    "explain": "Show one conversion's journey with the credit of each touch.",
    "report": "Write one HTML page about the graph's current attribution.",
    "simulate": "Simulate a world whose truth is known.",
    "evaluate": "Compare models with the truth of such a world.",
    "demo": "Show all of it on a simulated retailer, beside the truth.",
}
"""Each command's one line of help; the command itself is ``attrigraph.cli.<name>:command``."""


class LazyCommands(click.Group):
    """A group whose commands are imported when called or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order a newcomer needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"attrigraph.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="attrigraph")
def cli() -> None:
    """Marketing attribution on a graph.

    Exit codes: 0 done, 1 failed, 2 wrong input, 3 an optional package is missing, 4 a store cannot
    be used, 5 a local store cannot be started, 6 credits do not add up (nothing was written).
    """
    log_to_stderr()


def main() -> None:
    """Run the command line; every error of ours is one sentence on stderr and an exit code."""
    signal.signal(signal.SIGTERM, _end)
    try:
        cli()
    except AttrigraphError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except MemoryError:
        click.echo(
            "Error: there is not enough memory for this; ask fewer models, or a shorter window",
            err=True,
        )
        sys.exit(1)


def _end(signal_number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that nothing staged is left behind."""
    del frame
    sys.exit(128 + signal_number)
