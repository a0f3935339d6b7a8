"""One conversion's journey as a table for people, with a bar per touch."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from attrigraph.cli.tables.credit import BASELINE, CAPTURED, NOT_INCREMENTAL
from attrigraph.cli.tables.fitted import at_least, print_sentence
from attrigraph.domain import UNKNOWN
from attrigraph.domain.reasons import shared_sentences
from attrigraph.escaping import escape_control

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.services.explain import Explanation

BAR_WIDTH: Final = 12
"""Cells of the longest bar."""

BETWEEN: Final = 2
"""Cells between two columns."""

MIN_NAMES_WIDTH: Final = 24
"""Where less is left for channel and creative together, each touch has lines of its own."""

HEADS: Final = ("when", "before", "channel", "served", "credit", "value", "")
"""Headings of the columns, in the order of a row's fields."""


def show(explanation: Explanation, *, console: Console, top: int | None = None) -> None:
    """Print the journey, the model of its credit, and what that assumes.

    Args:
        explanation: what to show.
        console: what to print on.
        top: how many touches have a row, the latest ones; one more row sums the credit of the
            earlier ones. None for all.
    """
    print_sentence(_title(explanation), console=console)
    rows = list(_rows(explanation, top))
    room = console.width - _fixed_width(rows)
    if console.is_terminal and room < min(MIN_NAMES_WIDTH, sum(_names_width(rows))):
        _show_lines(rows, console)
    else:
        n_summaries = 2 if any(explanation.captured) else 1
        _show_columns(rows, console, room, last_touch=len(rows) - n_summaries - 1)
    for line in _remarks(explanation):
        print_sentence(line, console=console)


def _title(explanation: Explanation) -> str:
    conversion, n_touches = explanation.conversion, len(explanation.touches)
    time = conversion.timestamp
    when = "" if time is None else f" at {time:%Y-%m-%d %H:%M} UTC"
    touches = f"{n_touches:,} touch{'' if n_touches == 1 else 'es'}"
    return f"Conversion {conversion.id}{when}, value {conversion.value:,.2f}, after {touches}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A touch, the sum of earlier touches, or the baseline, as it is shown."""

    when: str
    before: str
    channel: str
    served: str
    credit: str
    value: str
    bar: str


def _rows(explanation: Explanation, top: int | None) -> Iterator[_Row]:
    conversion = explanation.conversion
    earlier = 0 if top is None else max(0, len(explanation.touches) - top)
    credit, sums = explanation.credit[earlier:], explanation.credit[:earlier]
    rest, baseline = math.fsum(sums), explanation.baseline
    captured = math.fsum(explanation.captured)
    largest = max(map(abs, (*credit, rest, captured, baseline)))
    labels = explanation.labels
    if earlier:
        name = f"{earlier:,} earlier touches"
        yield _Row("", "", name, "--all shows each", *_amounts(rest, conversion.value, largest))
    for touch, part in zip(explanation.touches[earlier:], credit, strict=True):
        yield _Row(
            _when(touch),
            _before(touch, conversion),
            escape_control(touch.channel or UNKNOWN),
            escape_control(_served(touch, labels)),
            *_amounts(part, conversion.value, largest),
        )
    if captured:
        yield _Row("", "", CAPTURED, "", *_amounts(captured, conversion.value, largest))
    yield _Row("", "", BASELINE, "", *_amounts(baseline, conversion.value, largest))


def _served(touch: Touchpoint, labels: Mapping[str, Mapping[str | None, str]]) -> str:
    """The creative of a touch, else its campaign, by name where that is known."""
    if touch.creative is not None:
        return labels["creative"][touch.creative]
    return "" if touch.campaign is None else labels["campaign"][touch.campaign]


def _show_columns(rows: Sequence[_Row], console: Console, room: int, *, last_touch: int) -> None:
    """Print a line per touch, in which names fold where a terminal has no room for them."""
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
    for number, row in enumerate(rows):
        table.add_row(*map(Text, astuple(row)), end_section=number == last_touch)
    with at_least(console, _fixed_width(rows) + sum(names)):
        console.print(table)


def _show_lines(rows: Sequence[_Row], console: Console) -> None:
    """Print two or three lines per touch, where a terminal has no room for columns."""
    width = _width(rows, "value")
    for row in rows:
        console.print()
        before = f"{row.before} before" if row.before else ""
        heading = "  ".join(word for word in (row.when, before, row.channel) if word)
        print_sentence(heading, console=console)
        if row.served:
            print_sentence(f"  {row.served}", console=console)
        numbers = f"  {row.credit:>6}  {row.value:>{width}}  {row.bar}"
        print_sentence(numbers.rstrip(), console=console)
    console.print()


def _width(rows: Sequence[_Row], head: str) -> int:
    """Cells that a column needs; that of the bars has no heading, and always one width."""
    if head == "":
        return BAR_WIDTH
    least = {"when": 12, "before": 6, "credit": 6}.get(head, len(head))
    return max([least, *(cell_len(getattr(row, head)) for row in rows)])


def _fixed_width(rows: Sequence[_Row]) -> int:
    """Cells of all columns except the two of names, and of what lies between columns."""
    fixed = (_width(rows, head) for head in HEADS if head not in {"channel", "served"})
    return sum(fixed) + BETWEEN * (len(HEADS) - 1)


def _names_width(rows: Sequence[_Row]) -> tuple[int, int]:
    return _width(rows, "channel"), _width(rows, "served")


def _folded(channel: int, served: int, room: int) -> tuple[int, int]:
    """Widths of the two columns of names; a short one leaves its room to the other."""
    if channel + served <= room:
        return channel, served
    kept = min(channel, max(room // 2, room - served))
    return kept, room - kept


def _amounts(credit: float, value: float, largest: float) -> tuple[str, str, str]:
    return f"{credit:.1%}", f"{credit * value:,.2f}", _bar(credit / largest)


def _remarks(explanation: Explanation) -> Iterator[str]:
    kind = "incremental" if explanation.incremental else "not incremental"
    yield f"credit by {explanation.model} ({kind}), run {explanation.run}"
    if any(credit < 0 for credit in explanation.credit):
        yield "a touch with credit below 0 made the conversion less likely"
    yield from _captured(explanation)
    for text in shared_sentences(explanation.not_identified):
        yield f"not identified: {text}"
    if explanation.baseline < 0:
        yield (
            "the baseline is below 0: touches are credited with more than this one conversion, "
            "because credits are scaled so that each channel's touches sum to its credit"
        )
    for assumption in explanation.assumptions:
        yield f"{explanation.model} assumes: {assumption}"
    if not explanation.incremental:
        yield NOT_INCREMENTAL


def _captured(explanation: Explanation) -> Iterator[str]:
    """A line on each touch that captured a part of the conversion."""
    for touch, part in zip(explanation.touches, explanation.captured, strict=True):
        if part:
            before = _before(touch, explanation.conversion)
            when = f"{before} before the conversion" if before else _when(touch)
            yield (
                f"{part:.1%} captured by {touch.channel or UNKNOWN}, {when}: the touch may be only "
                "the way to the shop, and caused between none and all of this part"
            )


def _when(touch: Touchpoint) -> str:
    time = touch.timestamp
    return f"touch {touch.position + 1}" if time is None else f"{time:%d %b %H:%M}"


def _before(touch: Touchpoint, conversion: Conversion) -> str:
    """How long before the conversion, in the largest unit of which there are at least two."""
    if touch.timestamp is None or conversion.timestamp is None:
        return ""
    seconds = (conversion.timestamp - touch.timestamp).total_seconds()
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _bar(part: float) -> str:
    """A bar to an eighth of a cell; light where the part is below 0."""
    eighths = round(abs(part) * BAR_WIDTH * 8)
    if part < 0:
        return "▒" * max(1, round(eighths / 8)) if eighths else ""
    return "█" * (eighths // 8) + str(("", *"▏▎▍▌▋▊▉")[eighths % 8])
