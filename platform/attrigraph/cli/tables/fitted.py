"""Tables and sentences that fit the terminal, however narrow, without cutting anything off.

In a terminal long names fold, and columns without room continue in a further block with the same
names. Where stdout is no terminal, names stay whole and lines may be longer than 80 columns. All
text is escaped here, so that no name in it can control the terminal.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len
from rich.text import Text

from attrigraph.escaping import escape_control

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rich.console import Console

BETWEEN: Final = 3
"""Cells between two columns."""

MIN_NAME_WIDTH: Final = 8
"""Names are not folded to less, even where a column then leaves the screen."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        head: its heading.
        cells: one per row.
        group: the column that it details. Columns of a group are kept together where there is
            room, and the group is named above one that begins a block. Empty for a column of its
            own.
        justify: to which side.
        named: whether the heading always names the group, not only at the beginning of a block.
    """

    head: str
    cells: Sequence[str]
    group: str = ""
    justify: Literal["left", "right"] = "right"
    named: bool = False

    @cached_property
    def width(self) -> int:
        """Cells it needs, so that nothing of it is cut."""
        return max(map(_width, (*self.head.split("\n"), *self.cells)))


def show_table(
    names: Column, columns: Sequence[Column], *, console: Console, ends: Collection[int] = ()
) -> None:
    """Print a table, in as many blocks as its columns need, with an empty line between them.

    Args:
        names: the first column, repeated in each block.
        columns: the others.
        console: what to print on.
        ends: rows after which a section ends.
    """
    names, columns = _escaped(names), [_named(_escaped(column)) for column in columns]
    width = _name_width(names, columns, console)
    names = replace(names, justify="left")
    for number, block in enumerate(_blocks(columns, console.width - width)):
        if number:
            console.print()
        widths = [width, *(column.width for column in block)]
        lines = _lines([names, *block], widths, ends, console)
        _print_block(lines, max(len(column.head.split("\n")) for column in block), console)


def print_sentence(words: str, *, console: Console) -> None:
    """Print a sentence: wrapped between words in a terminal, else in one line."""
    console.print(Text(escape_control(words)), soft_wrap=not console.is_terminal)


def _print_block(lines: Iterator[str], n_heads: int, console: Console) -> None:
    for _ in range(n_heads):
        console.print(Text(next(lines), style="bold"), no_wrap=True, overflow="ignore", crop=False)
    # rich renders some thousand rows a second; these lines are finished
    console.file.write("".join(f"{line}\n" for line in lines))
    console.file.flush()


def _escaped(column: Column) -> Column:
    return replace(
        column, head=escape_control(column.head), cells=[escape_control(c) for c in column.cells]
    )


def _named(column: Column) -> Column:
    return replace(_with_group(column), group=column.group) if column.named else column


def _name_width(names: Column, columns: Sequence[Column], console: Console) -> int:
    """Whole names where all fits, or where stdout is no terminal; else half of the terminal."""
    if not console.is_terminal:
        return names.width
    others = [column.width + BETWEEN for column in columns]
    room = max(console.width - sum(others), console.width // 2)
    room = min(room, console.width - max(others, default=0))
    return min(names.width, max(room, MIN_NAME_WIDTH))


def _blocks(columns: Sequence[Column], room: int) -> Iterator[list[Column]]:
    """Columns in blocks that fit after the names; a wider one has a block of its own."""
    block: list[Column] = []
    taken = 0
    for number, column in enumerate(columns):
        needed = column.width + BETWEEN
        of_group = needed + sum(later.width + BETWEEN for later in _details(columns, number))
        if block and (taken + needed > room or (taken + of_group > room >= of_group)):
            yield block
            block, taken = [], 0
        block.append(column if block else _with_group(column))
        taken += block[-1].width + BETWEEN
    if block:
        yield block


def _details(columns: Sequence[Column], number: int) -> Iterator[Column]:
    """The columns after one that detail it."""
    if columns[number].group:
        return
    for column in columns[number + 1 :]:
        if not column.group:
            return
        yield column


def _with_group(column: Column) -> Column:
    """A column as it begins a block, apart from the one that it details."""
    if not column.group or column.head.startswith(f"{column.group}\n"):
        return replace(column, group="")
    return replace(column, head=f"{column.group}\n{column.head}", group="")


def _lines(
    columns: Sequence[Column], widths: Sequence[int], ends: Collection[int], console: Console
) -> Iterator[str]:
    """The heading, a rule, and the rows; an empty line after each section."""
    justify = [column.justify for column in columns]
    heads = [column.head.split("\n") for column in columns]
    depth = max(map(len, heads))
    for line in zip(*([""] * (depth - len(head)) + head for head in heads), strict=True):
        yield _line(line, widths, justify)
    yield "─" * (sum(widths) + BETWEEN * (len(widths) - 1))
    for number, (name, *cells) in enumerate(zip(*(c.cells for c in columns), strict=True)):
        first, *rest = _fold(name, widths[0], console)
        yield _line((first, *cells), widths, justify)
        yield from rest
        if number in ends:
            yield ""


def _line(cells: Sequence[str], widths: Sequence[int], justify: Sequence[str]) -> str:
    padded = (
        " " * (width - _width(cell)) + cell
        if side == "right"
        else cell + " " * (width - _width(cell))
        for cell, width, side in zip(cells, widths, justify, strict=True)
    )
    return (" " * BETWEEN).join(padded).rstrip()


def _fold(name: str, width: int, console: Console) -> list[str]:
    """A name in lines of a width: between words, and within a word that is longer."""
    if _width(name) <= width:
        return [name]
    folded = Text(name).wrap(console, width, overflow="fold")
    return [line.plain.rstrip() for line in folded]


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


@contextmanager
def at_least(console: Console, width: int) -> Iterator[None]:
    """A console that cuts no line of this width off; the terminal wraps what it has no room for."""
    before = console.width
    console.width = max(before, width)
    try:
        yield
    finally:
        console.width = before
