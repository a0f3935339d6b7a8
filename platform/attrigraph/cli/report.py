"""``attrigraph report``: one HTML page about the graph's current attribution."""

from __future__ import annotations

from pathlib import Path

import click

from attrigraph.cli.options import home_option, settings_of


@click.command("report")
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
    """Write one HTML page about the graph's current attribution.

    It shows credit per channel, campaign and creative by each model, how journeys move, the top
    paths, path lengths, the time to conversion, and the inputs and settings of the run. It opens
    without a network.
    """
    from attrigraph import bootstrap
    from attrigraph.errors import InputError
    from attrigraph.report.page import render
    from attrigraph.services.report import build_report

    with bootstrap.open_stores(settings_of(home)) as stores:
        page = render(build_report(stores))
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {output}: {error.strerror}") from error
    click.echo(str(output))
