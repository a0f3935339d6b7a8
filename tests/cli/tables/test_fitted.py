"""Tables lose no name and no number, whatever the width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.cli.tables.fitted import BETWEEN, Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    Printed = Callable[..., list[str]]

NAMES = Column("channel", ["email", "a channel whose name is much too long for one line", ""])
MODELS = [
    Column("incremental", ["1,234.56", "-7.00", "99.00"]),
    Column("interval", ["1,000.00 to 1,500.00", "-9.00 to -1.00", ""], group="incremental"),
    Column("P(> next)", ["98%", "", ""], group="incremental"),
    *(Column(f"model-{n}", [f"{n}.11", f"{n},222.22", "0.00"]) for n in range(1, 6)),
]
NUMBERS = [cell for column in MODELS for cell in column.cells if cell]


def show(names: Column, columns: list[Column], *, console: Console) -> None:
    show_table(names, columns, console=console, ends=[1])


@pytest.mark.parametrize("width", [32, 40, 60, 80, 200])
def test_every_head_number_and_name_is_printed_whole(in_terminal: Printed, width: int) -> None:
    lines = in_terminal(width, show, NAMES, MODELS)
    text = "\n".join(lines)
    for whole in [*NUMBERS, *(column.head for column in MODELS)]:
        assert whole in text
    assert "…" not in text
    assert max(map(len, lines)) <= width
    folded = "".join(line.split("  ")[0].replace(" ", "") for line in lines)
    assert NAMES.cells[1].replace(" ", "") in folded


@pytest.mark.parametrize("width", [32, 40, 60])
def test_a_column_in_a_further_block_names_its_group(in_terminal: Printed, width: int) -> None:
    lines = in_terminal(width, show, NAMES, MODELS)
    heads = [n for n, line in enumerate(lines) if line.startswith("channel") or not line.strip()]
    assert heads, "each block has a head"
    for n, line in enumerate(lines):
        for head in ("interval", "P(> next)"):
            if head in line:
                assert "incremental" in lines[n] or "incremental" in lines[n - 1]


def test_columns_of_one_model_stay_together_where_there_is_room(in_terminal: Printed) -> None:
    first = Column("first", ["0.00"] * 3)
    lines = in_terminal(62, show, Column("channel", ["a", "b", "c"]), [first, first, *MODELS[:3]])
    assert [line.split() for line in lines if "first" in line or "incremental" in line] == [
        ["channel", "first", "first"],
        ["channel", "incremental", "interval", "P(>", "next)"],
    ]


def test_a_column_wider_than_the_terminal_is_printed_whole(in_terminal: Printed) -> None:
    cell = "1234567890" * 5
    lines = in_terminal(40, show, Column("channel", ["a"]), [Column("m", [cell])])
    assert any(line.endswith(cell) for line in lines)


def test_in_a_pipe_names_are_whole_in_one_line(in_pipe: Printed) -> None:
    lines = in_pipe(show, NAMES, MODELS)
    long = [line for line in lines if line.startswith(NAMES.cells[1])]
    assert sum(len(line.split("-7.00")) > 1 for line in long) == 1
    assert all(cell in "\n".join(lines) for cell in NUMBERS)


def test_wide_characters_take_two_cells(in_terminal: Printed) -> None:
    lines = in_terminal(40, show, Column("channel", ["日本語"]), [Column("m", ["日本"])])
    assert lines[-1] == "日本語 " + " " * BETWEEN + "日本"


def test_sentences_wrap_in_a_terminal_and_stay_whole_in_a_pipe(
    in_terminal: Printed, in_pipe: Printed
) -> None:
    words = " ".join(["word"] * 50)

    def sentence(*, console: Console) -> None:
        print_sentence(words, console=console)

    assert in_pipe(sentence) == [words]
    wrapped = in_terminal(40, sentence)
    assert max(map(len, wrapped)) <= 40
    assert " ".join(line.strip() for line in wrapped) == words
