"""The ``attrigraph`` command: its list of commands, and how errors become exit codes.

Commands are imported when they are called, so that ``attrigraph --help`` stays quick. Results go
to stdout, messages to stderr.
"""

from __future__ import annotations

import importlib
import logging
import signal
import sys
import traceback
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, get_args

import click

from attrigraph.cli.console import guard_streams
from attrigraph.errors import AttrigraphError, ExitCode, OutputError
from attrigraph.log_fields import clear_log_fields
from attrigraph.messages import (
    MessageForm,
    choose_message_form,
    discard,
    log_to_stderr,
    print_messages,
)

if TYPE_CHECKING:
    from types import FrameType

COMMANDS: Final = {
    "up": "Start Neo4j and Postgres locally, or reuse running ones.",
    "down": "Stop the stores that `up` started.",
    "status": "Show whether the stores are running, and where.",
    "backup": "Back up both stores into one file, restore or verify it.",
    "migrate": "Bring the schemas of both stores up to date.",
    "load": "Load touchpoints, conversions and reference tables into the graph.",
    "inspect": "Show what files hold and how to read them: a preset, or a proposed mapping.",
    "channels": "Show which channel rule gives which channel to the touches of files.",
    "attribute": "Attribute conversions to channels, campaigns or creatives.",
    "fit": "Fit attribution models to a period, for `attribute --artefact`, and list the fits.",
    "runs": "List, name, pin, publish, compare or delete stored runs.",
    "explain": "Show one conversion's journey with the credit of each touch.",
    "explore": "Run a query of the cookbook on the graph.",
    "export": "Export credit, paths, spend and events by day to Parquet, DuckDB or Postgres.",
    "jobs": "Run scheduled jobs, and show what is due, failed or missing.",
    "watch": "Report what is unusual about the events of a day, and alert.",
    "bloom": "Write files for Neo4j Bloom, NeoDash and Neo4j Browser.",
    "customer": "Find a customer, export what is held about one, or forget one.",
    "retain": "Delete events that are older than some days.",
    "factors": "Compare credit with the conversions that platforms claim.",
    "experiment": "Read a randomised holdout, or plan which channel to test next.",
    "budget": "Plan a budget with a proof, verify a plan, or compare plans.",
    "embed": "Make vectors of campaigns, creatives, elements and audiences.",
    "similar": "Find similar campaigns, with what they brought.",
    "hierarchy": "Learn positions in the campaign tree, which `similar` uses.",
    "fatigue": "Forecast how long creatives last, with losses in money.",
    "adapt": "Correct predictions by what was observed since.",
    "replica": "Copy both stores into a home that takes no writes.",
    "report": "Write an HTML report on the graph's current attribution.",
    "simulate": "Simulate a world whose true effects are known.",
    "evaluate": "Compare models with the ground truth of a simulated world.",
    "demo": "Run the whole pipeline on a simulated retailer and compare it with the ground truth.",
}
"""Each command's one line of help; the command itself is ``attrigraph.cli.<name>:command``."""

SIGNALS: Final = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}
"""The signals that end a command, and what it then exits with."""


class LazyCommands(click.Group):
    """A group whose commands are imported when called or when their help is shown."""

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called.

        Raises:
            click.UsageError: there is none of that name; the message has the nearest one.
        """
        near = get_close_matches(args[0], COMMANDS, n=1)
        if near and args[0] not in COMMANDS:
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near[0]!r}?", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them, then the exit codes."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), code.meaning) for code in ExitCode])


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
)
@click.option("--quiet", "-q", is_flag=True, help="Print no messages but warnings and errors.")
@click.option(
    "--log-format",
    type=click.Choice(get_args(MessageForm)),
    default="text",
    envvar="ATTRIGRAPH_LOG_FORMAT",
    show_envvar=True,
    help="Messages as text, or as JSON lines with time, level, command, run and window.",
)
@click.version_option(package_name="attrigraph")
@click.pass_context
def cli(context: click.Context, /, quiet: bool, log_format: MessageForm) -> None:
    """Marketing attribution on a graph.

    Results go to stdout, messages to stderr.
    """
    clear_log_fields()
    choose_message_form(log_format)
    context.with_resource(log_to_stderr(logging.WARNING if quiet else logging.INFO))
    if context.invoked_subcommand is None:
        print_messages(*context.get_help().splitlines())
        context.exit(ExitCode.INPUT)


def main() -> None:
    """Run the command line and exit; every error of ours is one sentence on stderr."""
    received: list[ExitCode] = []

    def stop(number: int, frame: FrameType | None) -> None:
        """End the command as Ctrl-C does, so that nothing staged is left behind."""
        del frame
        received.append(SIGNALS[signal.Signals(number)])
        if database := sys.modules.get("attrigraph.staging.database"):
            database.interrupt_queries()
        raise KeyboardInterrupt

    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    guard_streams()
    try:
        code = cli.main(standalone_mode=False) or ExitCode.DONE
    except BaseException as error:
        if isinstance(error, SystemExit) and not received:
            raise
        code = _report_signal(received) if received else _report(error)
    sys.exit(code)


def _report_signal(received: list[ExitCode]) -> ExitCode:
    """Report the first signal, whatever has become of it: DuckDB makes it a RuntimeError."""
    print_messages(received[0].meaning)
    return received[0]


def _report(error: BaseException) -> int:
    """Print an error as one sentence, or with its traceback if it is not ours; its exit code."""
    if isinstance(error, click.ClickException):
        _print_usage(error)
        return error.exit_code
    if isinstance(error, OutputError):
        discard(sys.stdout)
        if isinstance(error.__cause__, BrokenPipeError):
            return ExitCode.FAILED  # the reader has seen enough, as `head` does
    if isinstance(error, AttrigraphError):
        print_messages(f"Error: {error}")
        return error.exit_code
    if isinstance(error, MemoryError):
        print_messages("Error: out of memory; run fewer models, or choose a shorter --window")
        return ExitCode.FAILED
    trace = "".join(traceback.format_exception(error)).split("\n")[:-1]
    print_messages(*trace, level=logging.ERROR)
    return ExitCode.FAILED


def _print_usage(error: click.ClickException) -> None:
    """Print an error of click's with the usage of its command, as click does, but in our form."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        help_option = f"Try '{context.command_path} --help' for help."
        print_messages(*context.get_usage().splitlines(), help_option, "")
    message = error.format_message()
    print_messages(f"Error: {message[:1].lower()}{message[1:].removesuffix('.')}")
