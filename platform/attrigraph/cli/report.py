"""``attrigraph report``: an HTML report on the graph's current attribution."""

from __future__ import annotations

from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_lines
from attrigraph.cli.options import home_option, settings_of
from attrigraph.cli.pages import write_page


@click.command("report", cls=Command)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="The page to write; an older one is replaced.",
)
@click.option(
    "--kind",
    metavar="NAME",
    help="The kind of conversion that the report is about. Default: that of the current run, the "
    "one with the largest value.",
)
@home_option
def command(output: Path, kind: str | None, home: Path | None) -> None:
    """Write an HTML report on the graph's current attribution.

    It is about one kind of conversion; a table lists all kinds in the data, with their credit.

    The first screen has what came out as a sentence, money per channel by one model, what changed
    against the run before, which channels make touches of which, data health and rejected rows.
    Below are campaigns and creatives, all models, how robust the decision is if the run has checked
    it (`attrigraph attribute --robustness`), journeys, and the settings of the run. Each table is
    in the page as CSV, too. The page opens without a network or scripts.
    """
    from attrigraph import bootstrap
    from attrigraph.report.page import render
    from attrigraph.services.report import build_report

    with bootstrap.open_stores(settings_of(home)) as stores:
        page = render(build_report(stores, kind=kind))
    write_page(output, page)
    print_lines(str(output))
