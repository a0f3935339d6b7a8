"""``attrigraph demo``: all of it on a bundled sample, in a home of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from attrigraph.cli.options import settings_of

if TYPE_CHECKING:
    from attrigraph.domain import Attribution
    from attrigraph.settings import Settings


@click.command("demo")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    help="Folder of the demo's own data set; yours is not touched.",
)
def command(home: Path) -> None:
    """Show all of it on a bundled sample: 88,387 journeys over 12 channels.

    Starts both stores in a home of the demo's own, loads the sample, shares its conversions out,
    prints the credits, and writes report.html into that home. The second time it is quick.
    """
    settings = settings_of(home)
    address = _start(settings)
    answer = _attribute(settings, address)
    page = _report(settings, address)
    from attrigraph.cli.credit_table import show

    show(answer)
    click.echo(f"\nReport   {page}")
    _say_how_to_go_on(settings)


def _start(settings: Settings) -> str:
    from attrigraph import bootstrap
    from attrigraph.local import stack

    stack.up(settings, say=_say)
    bootstrap.migrate(settings)
    return bootstrap.resolve_addresses(settings).neo4j_uri


def _attribute(settings: Settings, address: str) -> Attribution:
    from attrigraph import bootstrap
    from attrigraph.graph.connection import store_errors
    from attrigraph.samples import pathdata
    from attrigraph.services.attribute import AttributionOptions, attribute_graph
    from attrigraph.services.load import LoadOptions, load
    from attrigraph.staging import StagingOptions, preset

    with bootstrap.open_stores(settings) as stores, store_errors(address):
        _say("loading the sample (about a minute the first time)")
        report = load(
            [pathdata()],
            preset("paths"),
            LoadOptions(staging=StagingOptions(keep_ids=True)),
            home=stores.home,
            driver=stores.driver,
            engine=stores.engine,
        )
        if report.events is not None:
            _say(
                f"{report.events.touches:,} touches written, "
                f"{report.events.present_touches:,} there before"
            )
        options = AttributionOptions(keep=1)
        return attribute_graph(
            stores.driver, stores.engine, options, database=stores.database, say=_say
        )


def _report(settings: Settings, address: str) -> Path:
    from attrigraph import bootstrap
    from attrigraph.graph.connection import store_errors
    from attrigraph.report.page import render
    from attrigraph.services.report import tell_current_run

    with bootstrap.open_stores(settings) as stores, store_errors(address):
        page = render(tell_current_run(stores.driver, database=stores.database))
    path = settings.home.resolve() / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def _say_how_to_go_on(settings: Settings) -> None:
    from attrigraph import bootstrap
    from attrigraph.cli.stores_view import as_lines, as_object

    click.echo("\n".join(as_lines(as_object(settings, bootstrap.health(settings)))))
    click.echo(f"Stop it   attrigraph down --home {settings.home}")


def _say(words: str) -> None:
    click.echo(words, err=True)
