"""Which channels make touches of which, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.cli.tables.triggers import show
from attrigraph.domain import TriggeredShare
from attrigraph.services.explain import ChannelTriggers

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]

SHARES = (
    TriggeredShare("brand search", "video", 0.5, 0.25, 0.75),
    TriggeredShare(None, "video", 0.125, 0.0, 0.25),
)


def test_a_row_per_pair_of_channels(in_pipe: Printed) -> None:
    lines = in_pipe(show, ChannelTriggers("r" * 32, {"incremental": SHARES}))
    assert lines[:5] == [
        "Touches that other channels triggered, by incremental",
        "channels               share    90 % interval",
        "─────────────────────────────────────────────",
        "video → brand search   50.0%   25.0% to 75.0%",
        "video → (unknown)      12.5%    0.0% to 25.0%",
    ]
    assert lines[-1] == f"run {'r' * 32}"


def test_a_bounded_table_counts_what_it_leaves_out(in_pipe: Printed) -> None:
    lines = in_pipe(show, ChannelTriggers("r", {"incremental": SHARES}), top=1)
    assert "1 smaller share; --all shows each" in lines
    assert not any("(unknown)" in line for line in lines)


def test_a_model_without_triggered_touches_has_a_sentence(in_pipe: Printed) -> None:
    lines = in_pipe(show, ChannelTriggers("r", {"incremental": ()}))
    assert lines == ["incremental found no channel that triggers touches of another", "run r"]


@pytest.mark.parametrize("width", [30, 50])
def test_a_narrow_terminal_loses_nothing(in_terminal: Printed, width: int) -> None:
    lines = in_terminal(width, show, ChannelTriggers("r", {"incremental": SHARES}))
    assert max(map(len, lines)) <= width
    for text in ("50.0%", "12.5%", "25.0% to 75.0%", "0.0% to 25.0%", "video →"):
        assert text in "\n".join(lines)


def test_channels_of_a_pair_stay_together_where_columns_need_several_blocks(
    in_terminal: Printed,
) -> None:
    long = TriggeredShare("paid social of the north", "radio and television", 0.5, 0.25, 0.75)
    lines = in_terminal(40, show, ChannelTriggers("r", {"incremental": (long,)}))
    blocks = "\n".join(lines).split("\n\n")
    with_numbers = [block for block in blocks if "50.0%" in block or "75.0%" in block]
    assert with_numbers
    for block in with_numbers:
        folded = "".join(block.split())
        assert "radio" in folded
        assert "→" in folded
        assert "north" in folded
