"""Similar campaigns and outcomes of embedding as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from attrigraph.services.campaign_results import Estimate
    from attrigraph.services.embed import Embedded
    from attrigraph.services.similar import SimilarCampaigns


def show_embedded(outcomes: Sequence[Embedded], *, console: Console) -> None:
    """Print what became of the nodes of each kind."""
    show_table(
        Column("kind", [one.kind for one in outcomes]),
        [
            Column("in graph", [f"{one.read:,}" for one in outcomes]),
            Column("embedded", [f"{one.embedded:,}" for one in outcomes]),
            Column("unchanged", [f"{one.unchanged:,}" for one in outcomes]),
            Column("without a text", [f"{one.wordless:,}" for one in outcomes]),
            Column("deleted", [f"{one.deleted:,}" for one in outcomes]),
            Column("collection", [one.collection for one in outcomes], justify="left"),
        ],
        console=console,
    )


def show_similar(found: SimilarCampaigns, *, console: Console) -> None:
    """Print campaigns, the most similar first, with what they brought."""
    hits = found.hits
    if not hits:
        print_sentence(f"no campaign of {found.collection} was found", console=console)
        return
    show_table(
        Column("campaign", [hit.id for hit in hits]),
        [
            Column("name", [hit.name or "" for hit in hits], justify="left"),
            Column("distance", [f"{hit.cosine_distance:.3f}" for hit in hits]),
            *_in_tree(found),
            Column("conversions", [_shown(hit.credit, 1) for hit in hits]),
            Column("ROAS", [_shown(hit.roas, 2) for hit in hits]),
        ],
        console=console,
    )
    console.print()
    how = {"scan": "all compared", "index": "by the index", "scan after index": "all compared"}
    print_sentence(
        f"{counted(len(hits), 'campaign')} of {found.collection}, {how[found.plan.method]}; "
        f"{_order(found)}; {_brought(found)}",
        console=console,
    )


def _in_tree(found: SimilarCampaigns) -> Iterator[Column]:
    """What is known of the campaign tree."""
    if any(hit.hyperbolic_distance is not None for hit in found.hits):
        distances = [hit.hyperbolic_distance for hit in found.hits]
        yield Column("in tree", ["" if one is None else f"{one:.2f}" for one in distances])
    if any(hit.relation is not None for hit in found.hits):
        yield Column("relation", [hit.relation or "" for hit in found.hits], justify="left")


def _brought(found: SimilarCampaigns) -> str:
    if all(hit.credit is None for hit in found.hits):
        return f"none has credit of {found.model} in the current run: run `attrigraph attribute`"
    return f"conversions and ROAS: credit of {found.model} in the current run, with intervals"


def _order(found: SimilarCampaigns) -> str:
    if not found.blend:
        return "by cosine distance of texts"
    return f"by distance of texts (cosine) and in the campaign tree (weight {found.blend:g})"


def _shown(estimate: Estimate | None, digits: int) -> str:
    """A number with its interval, as far as they are known."""
    if estimate is None or (estimate.value is None and estimate.identified):
        return ""
    if not estimate.identified:
        return "not identified"
    value = f"{estimate.value:,.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low:,.{digits}f} to {estimate.high:,.{digits}f})"
