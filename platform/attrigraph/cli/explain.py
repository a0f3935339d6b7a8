"""``attrigraph explain``: one conversion's journey with the credit of each touch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from attrigraph.domain import Touchpoint
    from attrigraph.services.explain import Explanation

BAR = 30


@click.command("explain")
@click.argument("conversion_id")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it as an HTML page too; it opens without a network.",
)
@home_option
@json_option
def command(conversion_id: str, page: Path | None, home: Path | None, as_json: bool) -> None:
    """Show the journey that led to one conversion, with the credit of each touch.

    The credit is that of the graph's current run, by its touch model; what no touch is credited
    with is organic.
    """
    from attrigraph import bootstrap
    from attrigraph.graph.connection import store_errors
    from attrigraph.services.explain import explain_conversion

    settings = settings_of(home)
    address = bootstrap.resolve_addresses(settings).neo4j_uri
    with bootstrap.open_stores(settings) as stores, store_errors(address):
        found = explain_conversion(stores.driver, conversion_id, database=stores.database)
    if page is not None:
        from attrigraph.report.journey import render

        page.write_text(render(found.conversion, found.touches, found.credit, found.model), "utf-8")
        click.echo(str(page), err=True)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False))
    else:
        _show(found)


def _show(found: Explanation) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for head in ("when", "channel", "served", "credit", "value", ""):
        table.add_column(head, justify="right" if head in {"credit", "value"} else "left")
    value = found.conversion.value
    for touch, credit in zip(found.touches, found.credit, strict=True):
        table.add_row(
            _when(touch),
            Text(touch.channel or "(unknown)"),
            Text(touch.creative or touch.campaign or ""),
            f"{credit:.3f}",
            f"{credit * value:,.2f}",
            _bar(credit),
        )
    organic = found.organic
    table.add_row("", "organic", "", f"{organic:.3f}", f"{organic * value:,.2f}", _bar(organic))
    console = Console()
    ended = found.conversion.timestamp
    when = "" if ended is None else f" at {ended:%Y-%m-%d %H:%M} UTC"
    console.print(Text(f"Conversion {found.conversion.id}{when}, value {value:,.2f}"))
    console.print(table)
    console.print(Text(f"credit by {found.model}, run {found.run}"))


def _when(touch: Touchpoint) -> str:
    at = touch.timestamp
    return f"touch {touch.position + 1}" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _bar(credit: float) -> str:
    return ("█" if credit >= 0 else "▒") * round(abs(credit) * BAR)
