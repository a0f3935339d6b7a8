"""``attrigraph explain``: one conversion's journey with the credit of each touch."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.services.explain import Explanation

BAR: Final = 12
"""Cells of the longest bar."""

BETWEEN: Final = 2
"""Cells between two columns."""

ROOM_FOR_NAMES: Final = 24
"""Where less is left for channel and creative together, each touch has lines of its own."""

HEADS: Final = ("when", "before", "channel", "served", "credit", "value", "")
"""Of the columns, in the order of a row's fields."""


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
    asked, else a rule. What no touch is credited with is baseline.
    """
    from attrigraph import bootstrap
    from attrigraph.services.explain import explain_conversion

    with bootstrap.open_stores(settings_of(home)) as stores:
        found = explain_conversion(stores, conversion_id)
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
        show(found)


def _write(page: Path, text: str) -> None:
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {page}: {error.strerror}") from error


def show(found: Explanation, console: Console | None = None) -> None:
    """Print the journey, what made its credit, and what that assumes.

    Args:
        found: what is explained.
        console: where to; stdout when None.
    """
    from rich.console import Console

    from attrigraph.cli.fitted_table import say

    console = console or Console()
    ended = found.conversion.timestamp
    when = "" if ended is None else f" at {ended:%Y-%m-%d %H:%M} UTC"
    touches = f"{len(found.touches)} touch{'' if len(found.touches) == 1 else 'es'}"
    say(
        f"Conversion {found.conversion.id}{when}, value {found.conversion.value:,.2f}, "
        f"after {touches}",
        console=console,
    )
    rows = list(_rows(found))
    room = console.width - _beside_names(rows)
    if console.is_terminal and room < min(ROOM_FOR_NAMES, sum(_names_width(rows))):
        _show_lines(rows, console)
    else:
        _show_columns(rows, console, room)
    for line in _remarks(found):
        say(line, console=console)


@dataclass(frozen=True, slots=True)
class _Row:
    """A touch, or at last the baseline part, as it is shown."""

    when: str
    before: str
    channel: str
    served: str
    credit: str
    value: str
    bar: str


def _rows(found: Explanation) -> Iterator[_Row]:
    from attrigraph.domain import UNKNOWN

    value = found.conversion.value
    most = max(map(abs, (*found.credit, found.baseline)))
    for touch, credit in zip(found.touches, found.credit, strict=True):
        yield _Row(
            _when(touch),
            _before(touch, found.conversion),
            touch.channel or UNKNOWN,
            _served(touch),
            *_cells(credit, value, most),
        )
    yield _Row("", "", "baseline", "", *_cells(found.baseline, value, most))


def _show_columns(rows: Sequence[_Row], console: Console, room: int) -> None:
    """A line a touch, in which names fold where a terminal has no room for them."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from attrigraph.cli.fitted_table import at_least

    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, collapse_padding=True)
    names = _names_width(rows)
    if console.is_terminal:
        names = _folded(*names, room)
    widths = dict(zip(("channel", "served"), names, strict=True))
    for head in HEADS:
        table.add_column(
            head,
            justify="right" if head in {"before", "credit", "value"} else "left",
            no_wrap=head not in widths,
            overflow="fold",
            width=widths.get(head) or _width(rows, head),
        )
    for row in rows:
        table.add_row(*map(Text, astuple(row)), end_section=row is rows[-2:][0])
    with at_least(console, _beside_names(rows) + sum(names)):
        console.print(table)


def _show_lines(rows: Sequence[_Row], console: Console) -> None:
    """Two or three lines a touch, where a terminal has no room for columns."""
    from attrigraph.cli.fitted_table import say

    wide = _width(rows, "value")
    for row in rows:
        console.print()
        before = f"{row.before} before" if row.before else ""
        say("  ".join(word for word in (row.when, before, row.channel) if word), console=console)
        if row.served:
            say(f"  {row.served}", console=console)
        say(f"  {row.credit:>6}  {row.value:>{wide}}  {row.bar}".rstrip(), console=console)
    console.print()


def _width(rows: Sequence[_Row], head: str) -> int:
    """Cells that a column needs; that of the bars has no head, and all have the room of one."""
    from rich.cells import cell_len

    if head == "":
        return BAR
    least = {"when": 12, "before": 6, "credit": 6}.get(head, len(head))
    return max([least, *(cell_len(getattr(row, head)) for row in rows)])


def _beside_names(rows: Sequence[_Row]) -> int:
    """Cells of all columns but the two of names, and of what lies between columns."""
    fixed = (_width(rows, head) for head in HEADS if head not in {"channel", "served"})
    return sum(fixed) + BETWEEN * (len(HEADS) - 1)


def _names_width(rows: Sequence[_Row]) -> tuple[int, int]:
    return _width(rows, "channel"), _width(rows, "served")


def _folded(channel: int, served: int, room: int) -> tuple[int, int]:
    """Widths of the two columns of names; what is short leaves its room to the other."""
    if channel + served <= room:
        return channel, served
    kept = min(channel, max(room // 2, room - served))
    return kept, room - kept


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
    if found.baseline < 0:
        yield (
            "baseline is below 0: touches are credited with more than this one conversion, as "
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
    """How long before the conversion, in the largest unit that there are two of."""
    if touch.timestamp is None or conversion.timestamp is None:
        return ""
    seconds = (conversion.timestamp - touch.timestamp).total_seconds()
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _bar(part: float) -> str:
    """A bar to an eighth of a cell; light where the part is below 0."""
    eighths = round(abs(part) * BAR * 8)
    if part < 0:
        return "▒" * max(1, round(eighths / 8)) if eighths else ""
    return "█" * (eighths // 8) + str(("", *"▏▎▍▌▋▊▉")[eighths % 8])
