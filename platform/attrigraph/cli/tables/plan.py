"""Which channel to test next, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from attrigraph.attribution.incremental.experiments.plan import PlannedTest

ABOUT: Final = (
    "expected gain: money that the decision on a channel's spend gains by the experiment, over a "
    "period as long as the data; customers: how many the experiment needs to detect the credited "
    "effect"
)

IDENTIFIED: Final = {True: "yes", False: "no", None: ""}


def show(planned: Sequence[PlannedTest], *, console: Console) -> None:
    """Print the channels in the order in which to test them."""
    columns = [
        Column("expected gain", [_number(one.gain) for one in planned]),
        Column("credited", [f"{one.conversions:,.0f} ±{one.sd:,.0f}" for one in planned]),
        Column("cost", [_number(one.cost) for one in planned]),
        Column("customers", [_number(one.customers_needed) for one in planned]),
        Column("identified", [IDENTIFIED[one.identified] for one in planned]),
    ]
    names = Column("channel", [one.channel for one in planned], justify="left")
    show_table(names, columns, console=console)
    console.print()
    print_sentence(ABOUT, console=console)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
