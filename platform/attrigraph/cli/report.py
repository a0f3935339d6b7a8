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
@home_option
def command(output: Path, home: Path | None) -> None:
    """Write an HTML report on the graph's current attribution.

    It shows credit per channel, campaign and creative by each model, how robust the decision is if
    the run has checked it (`attrigraph attribute --robustness`), the flow of journeys, the top
    paths, path lengths, the time to conversion, and the inputs and settings of the run. The page
    opens without a network.
    """
    from attrigraph import bootstrap
    from attrigraph.report.page import render
    from attrigraph.services.report import build_report

    with bootstrap.open_stores(settings_of(home)) as stores:
        page = render(build_report(stores))
    write_page(output, page)
    print_lines(str(output))
