"""``attrigraph explain``: one conversion's journey with the credit of each touch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.services.explain import Explanation

BAR: Final = 12
"""Cells of the longest bar."""

BETWEEN: Final = 2
"""Cells between two columns."""

UNKNOWN: Final = "(unknown)"


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

    The credit is that of the graph's current run, by its touch model: incremental where it was
    asked, else a rule. What no touch is credited with is organic.
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

        text = render(
            found.conversion,
            found.touches,
            found.credit,
            found.model,
            incremental=found.incremental,
            assumptions=found.assumptions,
            run=found.run,
        )
        _write(page, text)
        click.echo(str(page), err=True)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False))
    else:
        _show(found)


def _write(page: Path, text: str) -> None:
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {page}: {error.strerror}") from error


def _show(found: Explanation) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    value = found.conversion.value
    most = max(map(abs, (*found.credit, found.organic)))
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, collapse_padding=True)
    for head, width in _widths(found, console.width):
        right = head in {"before", "credit", "value"}
        justify: Literal["left", "right"] = "right" if right else "left"
        table.add_column(head, justify=justify, no_wrap=True, width=width)
    for touch, credit in zip(found.touches, found.credit, strict=True):
        table.add_row(
            _when(touch),
            _before(touch, found.conversion),
            Text(touch.channel or UNKNOWN),
            Text(_served(touch)),
            *_cells(credit, value, most),
        )
    if found.touches:
        table.add_section()
    table.add_row("", "", "organic", "", *_cells(found.organic, value, most))
    ended = found.conversion.timestamp
    when = "" if ended is None else f" at {ended:%Y-%m-%d %H:%M} UTC"
    touches = f"{len(found.touches)} touch{'' if len(found.touches) == 1 else 'es'}"
    console.print(
        Text(f"Conversion {found.conversion.id}{when}, value {value:,.2f}, after {touches}")
    )
    console.print(table)
    for line in _remarks(found):
        console.print(Text(line))


def _widths(found: Explanation, terminal: int) -> Iterator[tuple[str, int]]:
    """Heads and widths of the columns; where the terminal is narrow, names give way."""
    value = max(len("value"), len(f"{found.conversion.value:,.2f}") + 1)
    channels = max((len(touch.channel or UNKNOWN) for touch in found.touches), default=7)
    served = max((len(_served(touch)) for touch in found.touches), default=6)
    left = max(terminal - (12 + 6 + 6 + value + BAR + 6 * BETWEEN), 13)
    channel = max(7, min(channels, max(left // 2, left - served)))
    yield "when", 12
    yield "before", 6
    yield "channel", channel
    yield "served", max(6, min(served, left - channel))
    yield "credit", 6
    yield "value", value
    yield "", BAR


def _served(touch: Touchpoint) -> str:
    return touch.creative or touch.campaign or ""


def _cells(credit: float, value: float, most: float) -> tuple[str, str, str]:
    return f"{credit:.1%}", f"{credit * value:,.2f}", _bar(credit / most)


def _remarks(found: Explanation) -> Iterator[str]:
    from attrigraph.cli.credit_table import NOT_INCREMENTAL

    kind = "incremental" if found.incremental else "not incremental"
    yield f"credit by {found.model} ({kind}), run {found.run}"
    if any(credit < 0 for credit in found.credit):
        yield "a touch with credit below 0 made the conversion less likely"
    if found.organic < 0:
        yield (
            "organic is below 0: touches are credited with more than this one conversion, as "
            "credits are scaled so that each channel's touches sum to its credit"
        )
    for assumption in found.assumptions:
        yield f"{found.model} assumes: {assumption}"
    if not found.incremental:
        yield NOT_INCREMENTAL


def _when(touch: Touchpoint) -> str:
    at = touch.timestamp
    return f"touch {touch.position + 1}" if at is None else f"{at:%d %b %H:%M}"


def _before(touch: Touchpoint, conversion: Conversion) -> str:
    """How long before the conversion, in days or hours."""
    if touch.timestamp is None or conversion.timestamp is None:
        return ""
    hours = (conversion.timestamp - touch.timestamp).total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"


def _bar(part: float) -> str:
    """A bar to an eighth of a cell; light where the part is below 0."""
    eighths = round(abs(part) * BAR * 8)
    if part < 0:
        return "▒" * max(1, round(eighths / 8)) if eighths else ""
    return "█" * (eighths // 8) + str(("", *"▏▎▍▌▋▊▉")[eighths % 8])
