"""``attrigraph report``: an HTML report on the graph's current attribution, or on files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.attribution_options import (
    attribution_of,
    attribution_options,
    check_attribution_options,
    inputs,
)
from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_files
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import flag, is_given
from attrigraph.cli.options import home_option, json_option, run_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.report.data import ReportData

GRAPH_OPTIONS: Final = ("output", "kind", "run_key", "home", "as_json")
"""Parameters of a report on the graph; its run has the others."""

ONE_PAGE: Final = "the page has channels, campaigns and creatives, each with conversions and value"

ELSEWHERE: Final = {
    "--by": ONE_PAGE,
    "--values": ONE_PAGE,
    "--top": "the page folds what is long; its tables are in it as CSV",
    "--all": "the page folds what is long; its tables are in it as CSV",
    "--transitions": "removal effects and transitions are shown by `attrigraph attribute`",
    "--mmm-out": "lift rows are written by `attrigraph attribute --mmm-out`",
    **dict.fromkeys(
        ("--touch-model", "--keep", "--name", "--publish", "--segments", "--extend"),
        "a report writes nothing to the graph; use `attrigraph attribute`",
    ),
    "--artefact": "a report shows the run that `attrigraph attribute --artefact` made",
    "--cache": "a report reads a stored run; use `attrigraph attribute`",
}
"""Options of ``attribute`` that a report does not have, and what to do instead."""


@click.command("report", cls=Command, elsewhere=ELSEWHERE)
@click.option(
    "--input",
    "named_files",
    multiple=True,
    type=InputFile(),
    metavar="FILE...",
    help="Report on these files instead of the graph. Needs no store.",
)
@click.argument("more_files", nargs=-1, type=InputFile())
@click.option(
    "--output",
    "--out",
    type=OutputFile(),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="The page to write; an older one is replaced.",
)
@click.option(
    "--kind",
    metavar="NAME",
    help="The kind of conversion that the report is about. Default: that of the run, the one "
    "with the largest value.",
)
@run_option
@home_option
@json_option
@attribution_options
@click.pass_context
def command(
    context: click.Context,
    /,
    named_files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    output: Path,
    kind: str | None,
    run_key: str | None,
    home: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Write an HTML report on an attribution of the graph, or on files.

    With --input the files are attributed as `attrigraph attribute --input` does, with the same
    options except for those of its table and of what it writes (--by, --values, --top, --all,
    --mmm-out, --touch-model, --keep), and the report is on the result. Without it only
    --output, --kind, --run, --json and --home apply: the settings are those of the run.

    It is about one kind of conversion; a table lists all kinds in the data, with their credit.

    The first screen has what to do first where most credit is not identified, what came out as a
    sentence, money per channel by one model, and which channels make touches of which. Below are
    kinds of conversions, experiments, what changed against the run before, data health and rejected
    rows, campaigns and creatives, all models, how robust the decision is if that was checked
    (--robustness), journeys, and the settings of the run. Each table is in the page as CSV, too.
    The page opens without a network or scripts.
    """
    from attrigraph.report.page import render

    if named_files:
        _check_file_options(context)
        data = _of_files((*named_files, *more_files), parameters, kind)
    else:
        _check_graph_options(context, more_files)
        data = _of_graph(home, kind, run_key)
    write_page(output, render(data))
    print_files([output], as_json=as_json)


def _of_graph(home: Path | None, kind: str | None, run_key: str | None) -> ReportData:
    from attrigraph import bootstrap
    from attrigraph.services.report import build_report

    with bootstrap.open_stores(settings_of(home)) as stores:
        return build_report(stores, kind=kind, run_key=run_key)


def _of_files(files: tuple[Path, ...], parameters: dict[str, Any], kind: str | None) -> ReportData:
    from attrigraph.services.file_report import build_file_report

    options = attribution_of(parameters)
    with inputs(files, parameters) as (every, source, staging, folder), progress_bar() as progress:
        return build_file_report(
            every,
            source,
            options,
            staging=staging,
            folder=folder,
            rejects=parameters["rejects"],
            strict=parameters["strict"],
            kind=kind,
            progress=progress,
        )


def _check_file_options(context: click.Context) -> None:
    """Check that options of a report on files have an effect.

    Raises:
        InputError: one has none, or two exclude each other.
    """
    if is_given(context, "home"):
        raise InputError("--home is for the graph; with --input no store is used")
    if context.params["run_key"] is not None:
        raise InputError("--run is for the graph; credit of files is computed from them")
    if context.params["kind"] is not None and context.params["sum_kinds"]:
        raise InputError("--kind is for one kind of conversion; --sum-kinds adds up all of them")
    check_attribution_options(context)


def _check_graph_options(context: click.Context, more_files: tuple[Path, ...]) -> None:
    """Check that no option of files is given.

    Raises:
        InputError: one is, or files without ``--input``.
    """
    if more_files:
        raise InputError(f"{more_files[0]} needs --input before it: --input {more_files[0]}")
    for name in context.params:
        if name not in GRAPH_OPTIONS and is_given(context, name):
            raise InputError(
                f"{flag(context, name)} is for files; name them with --input. A report on the "
                "graph has the settings of its run"
            )
