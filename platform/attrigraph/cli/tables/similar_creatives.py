"""Links of similar creatives, as sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import print_sentence
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from rich.console import Console

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
