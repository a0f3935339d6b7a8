"""Tables and sentences that lose nothing, however narrow the terminal.

In a terminal long names fold and columns without room go on in a further block below, beside the
same names. Where stdout is no terminal names stay whole and lines may be longer than 80 columns.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rich.console import Console

BETWEEN: Final = 3
"""Cells between two columns."""

NARROWEST_NAME: Final = 8
"""Names are not folded to less, even where a column beside them then leaves the screen."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        head: what stands above it.
        cells: one for each row.
        of: what it tells more of, in columns that are kept together where there is room; named
            above it where it begins a block. Empty for a column that stands for itself.
        justify: to which side.
    """

    head: str
    cells: Sequence[str]
    of: str = ""
    justify: Literal["left", "right"] = "right"

    @property
    def width(self) -> int:
        """Cells it needs, so that nothing of it is cut."""
        return _widest([self.head, *self.cells])


def show_table(
    names: Column, columns: Sequence[Column], *, console: Console, ends: Collection[int] = ()
) -> None:
    """Print a table, in as many blocks as its columns need, with an empty line between them.

    Args:
        names: the first column, repeated in each block.
        columns: the others.
        console: where to.
        ends: rows after which a section ends.
    """
    wide = _name_width(names, columns, console)
    for number, block in enumerate(_blocks(columns, console.width - wide)):
        if number:
            console.print()
        table = _table(names, wide, block, ends)
        with at_least(console, wide + sum(column.width + BETWEEN for column in block)):
            console.print(table)


def say(words: str, *, console: Console) -> None:
    """Print a sentence: wrapped between words in a terminal, else in one line."""
    console.print(Text(words), soft_wrap=not console.is_terminal)


def _widest(cells: Sequence[str]) -> int:
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def _name_width(names: Column, columns: Sequence[Column], console: Console) -> int:
    """Whole names where all fits, or where nobody looks at lines; else half of the terminal."""
    if not console.is_terminal:
        return names.width
    others = [column.width + BETWEEN for column in columns]
    room = max(console.width - sum(others), console.width // 2)
    room = min(room, console.width - max(others, default=0))
    return min(names.width, max(room, NARROWEST_NAME))


def _blocks(columns: Sequence[Column], room: int) -> Iterator[list[Column]]:
    """Columns in blocks that fit beside the names; a wider one has a block of its own."""
    block: list[Column] = []
    taken = 0
    for place, column in enumerate(columns):
        wide = column.width + BETWEEN
        whole = wide + sum(later.width + BETWEEN for later in _of_the_same(columns, place))
        if block and (taken + wide > room or (taken + whole > room >= whole)):
            yield block
            block, taken = [], 0
        block.append(column if block else _named_anew(column))
        taken += block[-1].width + BETWEEN
    if block:
        yield block


def _of_the_same(columns: Sequence[Column], place: int) -> Iterator[Column]:
    """The columns behind one that tell more of it."""
    if columns[place].of:
        return
    for column in columns[place + 1 :]:
        if not column.of:
            return
        yield column


def _named_anew(column: Column) -> Column:
    """A column as it begins a block, apart from what it tells more of."""
    if not column.of:
        return column
    return Column(f"{column.of}\n{column.head}", column.cells, justify=column.justify)


def _table(names: Column, wide: int, block: Sequence[Column], ends: Collection[int]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column(Text(names.head), width=wide, overflow="fold")
    for column in block:
        table.add_column(
            Text(column.head, justify=column.justify),
            justify=column.justify,
            width=column.width,
            no_wrap=True,
        )
    for row, name in enumerate(names.cells):
        cells = (Text(column.cells[row]) for column in block)
        table.add_row(Text(name), *cells, end_section=row in ends)
    return table


@contextmanager
def at_least(console: Console, width: int) -> Iterator[None]:
    """A console that cuts no line of this width off; the terminal wraps what it has no room for."""
    before = console.width
    console.width = max(before, width)
    try:
        yield
    finally:
        console.width = before
