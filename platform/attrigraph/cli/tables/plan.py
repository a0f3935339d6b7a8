"""Which channel to test next, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from attrigraph.attribution.incremental.experiments.plan import Design, PlannedTest
    from attrigraph.planning.request import PlanRequest

ABOUT: Final = (
    "expected gain: money that the decision on a channel's spend gains by the experiment, over a "
    "period as long as the data"
)

ABOUT_BUDGET: Final = (
    "expected gain: money that the experiment adds to the value of the plan of the budget, in its "
    "period; channels that the plan does not have are without one"
)

IDENTIFIED: Final = {True: "yes", False: "no", None: ""}


def show(
    planned: Sequence[PlannedTest],
    design: Design,
    *,
    console: Console,
    budget: PlanRequest | None = None,
) -> None:
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
    about = ABOUT if budget is None else ABOUT_BUDGET
    print_sentence(f"{about}; {_customers(design)}", console=console)
    for sentence in _about_costs(planned):
        print_sentence(sentence, console=console)


def _customers(design: Design) -> str:
    return (
        f"customers: how many an experiment of {design.days:g} days with {design.share:.0%} of them"
        f" held out needs to detect the expected effect with a probability of {design.power:.0%}"
    )


def _about_costs(planned: Sequence[PlannedTest]) -> Iterator[str]:
    """Channels of which a part of the cost is known."""
    for one in planned:
        if one.cost is not None and one.cost_known < 1:
            yield (
                f"the cost of {one.channel} is known for {one.cost_known:.0%} of its touches; the "
                "others are taken to cost the same"
            )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
