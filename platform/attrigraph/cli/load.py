"""``attrigraph load``: files into the graph."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.console import print_json, print_lines, print_messages
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.cli.sources import instant_of, source_of, source_options
from attrigraph.errors import ExitCode

if TYPE_CHECKING:
    from attrigraph.graph.ingest import Ingested
    from attrigraph.services.load import LoadReport
    from attrigraph.settings import Settings
    from attrigraph.staging import StagingOptions

CELL: Final = 12
"""Cells of a number and of what it counts."""


@click.command("load")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@source_options
@click.option(
    "--keep-ids",
    is_flag=True,
    help="Keep customers' ids as they are, instead of pseudonyms made with the home's key.",
)
@click.option(
    "--bulk/--online",
    default=None,
    help="Fill an empty local graph by an import, or write through the running server; by default "
    "bulk for a million events and more where the graph is local and empty.",
)
@click.option("--dry-run", is_flag=True, help="Only read and check; needs no running store.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where refused rows are listed (file, line, reason); by default in rejects/ of the home.",
)
@click.option("--strict", is_flag=True, help="Exit with 7 when rows were refused.")
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

    FILEs are CSV (.csv, .tsv) or JSON lines (.jsonl, .ndjson), both also with .gz, or Parquet.
    Loading the same file again changes nothing, and a load that was killed goes on when it is run
    again. Refused rows are listed in a file, and the rest is loaded: the exit code is 0 then,
    unless --strict is given.
    """
    from attrigraph.services.load import LoadOptions, load
    from attrigraph.services.load import dry_run as check
    from attrigraph.staging.rejects import check_not_an_input

    check_not_an_input(rejects, () if mapping is None else (mapping,))
    settings = settings_of(home)
    source = source_of(presets, mapping, columns)
    options = LoadOptions(
        staging=_staging(settings, reading),
        mode="auto" if bulk is None else "bulk" if bulk else "online",
        rejects=rejects,
    )
    with progress_bar(hidden=as_json) as progress:
        if dry_run:
            report = check(files, source, options, home=settings.home, progress=progress)
        else:
            from attrigraph import bootstrap

            with bootstrap.open_stores(settings) as stores:
                report = load(files, source, options, stores, progress=progress)
    if as_json:
        print_json(report.to_json(), indent=2)
    else:
        print_lines(*as_table(report, width=shutil.get_terminal_size().columns))
    if report.rejected:
        rows = "1 row was" if report.rejected == 1 else f"{report.rejected:,} rows were"
        print_messages(f"{rows} rejected; see {report.rejects}")
        if strict:
            context.exit(ExitCode.REJECTED_ROWS)


def _staging(settings: Settings, reading: dict[str, Any]) -> StagingOptions:
    from attrigraph.staging import StagingOptions, customer_key

    start = reading.pop("start")
    return StagingOptions(
        start=None if start is None else instant_of(start, "--start"),
        customer_key=None if reading["keep_ids"] else customer_key(settings),
        **reading,
    )


def as_table(report: LoadReport, *, width: int = 80) -> list[str]:
    """What became of rows and events, for people.

    Args:
        report: of the load.
        width: of the terminal; where columns have no room in it, each number has a line.
    """
    rows = report.rows
    counts = {"read": rows.read, "taken": rows.taken, "duplicates": rows.duplicates}
    lines = _counted("rows", {"": {**counts, "rejected": rows.rejected}}, width)
    if report.events is None:
        found = {"touches": rows.touches, "conversions": rows.conversions}
        lines += ["", *_counted("found", {"": {**found, "customers": rows.customers}}, width)]
        lines += ["", "A dry run: nothing was written."]
    else:
        lines += ["", *_counted("events", _became(report.events), width)]
        rate = report.events.events / max(report.seconds, 1e-9)
        pace = f", {rate:,.0f} events/s" if rate >= 1 else ""
        lines += ["", f"{report.seconds:.1f} s{pace} ({report.mode})"]
    return [*lines, *(f"note: {note}" for note in report.notes)]


def _became(events: Ingested) -> dict[str, dict[str, int]]:
    from attrigraph.services.load import events_json

    return {
        name: {
            "in files": sum(counts.values()),
            "written": counts["written"],
            "there before": counts["present"],
            "rejected": counts["rejected"],
        }
        for name, counts in events_json(events).items()
    }


def _counted(title: str, counts: dict[str, dict[str, int]], width: int) -> list[str]:
    """Counts as lines: a line for each of ``counts``, or one for each number."""
    heads = list(next(iter(counts.values())))
    table = [
        f"{title:<{CELL}} " + " ".join(f"{head:>{CELL}}" for head in heads),
        *(
            f"{name:<{CELL}} " + " ".join(f"{number:>{CELL},}" for number in numbers.values())
            for name, numbers in counts.items()
        ),
    ]
    if max(map(len, table)) <= width:
        return table
    lines = []
    for name, numbers in counts.items():
        lines.append(name or title)
        lines += (f"  {head:<{CELL}} {number:>{CELL},}" for head, number in numbers.items())
    return lines
