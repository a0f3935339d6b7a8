"""A training of the campaign tree as sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import print_sentence
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.services.hierarchy import TrainedHierarchy


def show_hierarchy(trained: TrainedHierarchy, *, console: Console) -> None:
    """Print on what it was trained, what the tree adds to text, and whether searches use it."""
    nodes = ", ".join(
        counted(count, kind.replace("_", " ")) for kind, count in trained.nodes.items() if count
    )
    print_sentence(
        f"trained on {trained.created:%Y-%m-%d %H:%M} UTC with {nodes}; "
        f"{counted(trained.campaigns_with_text, 'campaign')} with a text",
        console=console,
    )
    print_sentence(trained.verdict, console=console)
    if trained.best_blend is not None:
        print_sentence(f"best weight of the tree: {trained.best_blend:g}", console=console)
    print_sentence(_use(trained), console=console)


def _use(trained: TrainedHierarchy) -> str:
    if trained.published:
        return "`attrigraph similar` uses it; --blend sets the weight of the tree"
    if not trained.current:
        return (
            "`attrigraph similar` goes by text alone: campaigns have vectors of another embedder "
            "now; run `attrigraph hierarchy train` again"
        )
    return "`attrigraph similar` goes by text alone; `hierarchy train --publish` uses it anyway"
