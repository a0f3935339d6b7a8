"""``attrigraph load``: files into the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_lines, stdout_console, terminal_width
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.money_options import currency_options, rates_of
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.cli.sources import (
    channel_rules_of,
    instant_of,
    rules_files,
    source_of,
    source_options,
)
from attrigraph.errors import ExitCode
from attrigraph.messages import print_messages
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.settings import Settings
    from attrigraph.staging import StagingOptions


@click.command("load", cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=InputFile())
@source_options
@currency_options
@click.option(
    "--keep-ids",
    is_flag=True,
    help="Store customer ids as they are, instead of pseudonyms made with the home's key.",
)
@click.option(
    "--bulk/--online",
    default=None,
    help="Fill an empty local graph by an import, or write through the running server. Default: "
    "bulk for a million events or more, if the graph is local and empty.",
)
@click.option(
    "--dry-run", is_flag=True, help="Only read and check the files. Needs no running store."
)
@click.option(
    "--rejects",
    type=OutputFile(),
    metavar="FILE",
    help="List of rejected rows (file, line, reason). Default: in rejects/ of the home.",
)
@click.option("--strict", is_flag=True, help="Exit with 7 if rows were rejected.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    presets: tuple[str, ...],
    mapping: Path | None,
    columns: tuple[str, ...],
    bulk: bool | None,
    dry_run: bool,
    rejects: Path | None,
    strict: bool,
    home: Path | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Load touchpoints, conversions and reference tables into the graph.

    FILEs are CSV (.csv, .tsv) or JSON (.jsonl, .ndjson, .json), also with .gz, or Parquet.
    Loading the same file again changes nothing. Rerun a load that was killed to resume it.
    Rejected rows are listed in a file and the rest is loaded; the exit code is then 0, unless
    --strict is given. Nothing is loaded if most rows are rejected (see --max-rejected).
    """
    from attrigraph.services.load import LoadOptions, load
    from attrigraph.services.load import dry_run as check
    from attrigraph.staging.rejects import check_not_an_input

    check_not_an_input(rejects, rules_files(reading["channel_rules"]))
    settings = settings_of(home)
    source = source_of(
        presets,
        mapping,
        columns,
        numbers=reading.pop("numbers"),
        conversion_events=reading.pop("conversion_events"),
        encoding=reading.pop("encoding"),
    )
    options = LoadOptions(
        staging=_staging(settings, reading),
        mode="auto" if bulk is None else "bulk" if bulk else "online",
        rejects=rejects,
    )
    with progress_bar() as progress:
        if dry_run:
            report = check(files, source, options, home=settings.home, progress=progress)
        else:
            from attrigraph import bootstrap

            with bootstrap.open_stores(settings) as stores:
                report = load(files, source, options, stores, progress=progress)
    if as_json:
        print_json(report.to_json(), indent=2)
    else:
        from attrigraph.cli.tables.fitted import print_sentence
        from attrigraph.cli.tables.load import as_lines, sentences

        print_lines(*as_lines(report, width=terminal_width()))
        for sentence in sentences(report):
            print_sentence(sentence, console=stdout_console())
    if report.rejected:
        print_messages(f"{counted(report.rejected, 'row')} rejected; see {report.rejects}")
        if strict:
            context.exit(ExitCode.STRICT)


def _staging(settings: Settings, reading: dict[str, Any]) -> StagingOptions:
    from attrigraph.staging import StagingOptions, customer_key

    start, rules = reading.pop("start"), reading.pop("channel_rules")
    currency, rates = rates_of(reading)
    reading |= {"currency": currency, "rates": rates}
    return StagingOptions(
        channel_rules=channel_rules_of(rules),
        start=None if start is None else instant_of(start, "--start"),
        customer_key=None if reading["keep_ids"] else customer_key(settings),
        **reading,
    )
