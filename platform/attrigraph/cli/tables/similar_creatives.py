"""Similar creatives for people: what was linked, and near duplicates in groups."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.services.duplicate_creatives import DuplicateCreatives
    from attrigraph.services.similar_creatives import LinkedCreatives


def show_linked(found: LinkedCreatives, *, console: Console) -> None:
    """Print what was linked, and which creatives could not be compared."""
    pairs, audiences = counted(found.links, "pair"), counted(found.audiences, "audience")
    print_sentence(
        f"{pairs} of similar creatives in {audiences}: cosine of their hooks at least "
        f"{found.threshold:g}",
        console=console,
    )
    without = (
        (found.without_hook, "without a hook"),
        (found.without_vector, "whose hook has no vector; run `attrigraph embed --kind element`"),
        (found.without_audience, "in no audience"),
    )
    compared = f"{found.compared:,} of {counted(found.creatives, 'creative')} compared"
    missing = [f"{number:,} {reason}" for number, reason in without if number]
    print_sentence("; ".join([compared, *missing]), console=console)
    state = "written" if found.written else "there already"
    print_sentence(f"run {found.run}, {state}", console=console)


def show_duplicates(found: DuplicateCreatives, *, top: int | None, console: Console) -> None:
    """Print groups of creatives that are nearly the same, with a rule after each."""
    groups = found.groups[:top]
    rows = [one for group in groups for one in group]
    if rows:
        show_table(
            Column("creative", [one.id for one in rows]),
            [
                Column("name", [one.name or "" for one in rows], justify="left"),
                Column("campaign", [one.campaign or "" for one in rows], justify="left"),
                Column("similarity", [f"{one.similarity:.3f}" for one in rows]),
            ],
            console=console,
            ends=[end - 1 for end in accumulate(map(len, groups))],
        )
        console.print()
    members = sum(map(len, found.groups))
    print_sentence(
        f"{counted(len(found.groups), 'group')} with {counted(members, 'creative')} of "
        f"{found.compared:,} in {found.collection}: each has another of its group with a cosine of "
        f"at least {found.threshold:g}",
        console=console,
    )
    if len(groups) < len(found.groups):
        print_sentence(f"{counted(len(groups), 'group')} shown; --all shows all", console=console)
