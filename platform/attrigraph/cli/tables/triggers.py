"""Which channels make touches of which, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.domain import UNKNOWN
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from attrigraph.domain import TriggeredShare
    from attrigraph.services.explain import ChannelTriggers

ABOUT: Final = (
    "share: of the touches of the second channel, how many would not have happened without touches "
    "of the first"
)


def show(answer: ChannelTriggers, *, console: Console, top: int | None = None) -> None:
    """Print one table per causal model, the largest shares first.

    Args:
        answer: what to show.
        console: what to print on.
        top: how many pairs of channels have a row; None for all.
    """
    for model, shares in answer.triggered.items():
        if shares:
            print_sentence(f"Touches that other channels triggered, by {model}", console=console)
            _show_shares(shares[:top], console)
            if len(shares[:top]) < len(shares):
                hidden = len(shares) - len(shares[:top])
                shares_left_out = counted(hidden, "smaller share")
                print_sentence(f"{shares_left_out}; --all shows each", console=console)
            print_sentence(ABOUT, console=console)
        else:
            print_sentence(
                f"{model} found no channel that triggers touches of another", console=console
            )
    print_sentence(f"run {answer.run}", console=console)


def _show_shares(shares: Sequence[TriggeredShare], console: Console) -> None:
    """Print a row per pair, whose name has both channels: a narrow table repeats it."""
    pairs = [f"{_name(share.by)} → {_name(share.channel)}" for share in shares]
    columns = [
        Column("share", [f"{share.share:.1%}" for share in shares]),
        Column("90 % interval", [f"{share.low:.1%} to {share.high:.1%}" for share in shares]),
    ]
    show_table(Column("channels", pairs), columns, console=console)
    console.print()


def _name(channel: str | None) -> str:
    return UNKNOWN if channel is None else channel
