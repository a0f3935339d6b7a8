"""What a new campaign may expect, as a table of its neighbours and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from attrigraph.services.campaign_results import Estimate
    from attrigraph.services.expectation import ExpectedRoas


def show_expected(found: ExpectedRoas, *, top: int | None, console: Console) -> None:
    """Print the estimate, what it is made of, and how well it works in this account."""
    if found.reason is not None:
        print_sentence(f"not identified: {found.reason}", console=console)
    else:
        print_sentence(f"expected ROAS: {_interval(found.roas)}", console=console)
        console.print()
        _neighbours(found, top, console)
        console.print()
    for sentence in _sentences(found, top):
        print_sentence(sentence, console=console)


def _interval(roas: Estimate) -> str:
    return f"{roas.value:,.2f} ({roas.low:,.2f} to {roas.high:,.2f})"


def _neighbours(found: ExpectedRoas, top: int | None, console: Console) -> None:
    shown = found.neighbours[:top]
    show_table(
        Column("neighbour", [one.id for one in shown]),
        [
            Column("name", [one.name or "" for one in shown], justify="left"),
            Column("weight", [f"{one.weight:.3f}" for one in shown]),
            Column("distance", [f"{one.cosine_distance:.3f}" for one in shown]),
            Column("ROAS", [_interval(one.roas) for one in shown]),
        ],
        console=console,
    )


def _sentences(found: ExpectedRoas, top: int | None) -> Iterator[str]:
    if found.common is not None and found.common_weight is not None:
        others = found.neighbours[top:] if top is not None else ()
        if others:
            weight = sum(one.weight for one in others)
            yield f"{counted(len(others), 'further campaign')} have a weight of {weight:.3f}"
        yield (
            f"shrunk to the mean of all campaigns, a ROAS of {found.common:,.2f}, which has a "
            f"weight of {found.common_weight:.3f}"
        )
        yield (
            f"expected from the others, the campaigns of the account are missed by a factor of "
            f"{found.error:.2f}; {found.common_error:.2f} by the mean of all"
        )
    yield (
        f"{counted(found.campaigns, 'campaign')} with a ROAS of {found.model}, 90 % intervals; "
        f"without {found.not_identified:,} not identified and {found.without_return:,} with a ROAS "
        "of 0 or less"
    )
