"""One person for people: what is held, and what was erased."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from attrigraph.cli.tables.fitted import print_sentence
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from rich.console import Console

    from attrigraph.services.erasure import Receipt

KINDS: Final = ("customers", "identities", "touches", "conversions", "credit")
"""Kinds of things that are held, as the export has them."""


def counts_of(held: dict[str, Any]) -> dict[str, Any]:
    """Ids of a person, how much is held of each kind, and the span of its events."""
    events = [*held["touches"], *held["conversions"]]
    times = sorted(one["timestamp"] for one in events if one.get("timestamp"))
    return {
        "id": held["id"],
        "ids": held["ids"],
        "held": {kind: len(held[kind]) for kind in KINDS},
        "first_event": times[0] if times else None,
        "last_event": times[-1] if times else None,
    }


def show_held(held: dict[str, Any], *, console: Console) -> None:
    """Print how much is held about a person."""
    counts = counts_of(held)
    for one in counts["ids"]:
        print_sentence(f"id {one['id']}", console=console)
    for kind, number in counts["held"].items():
        print_sentence(f"{kind}: {number:,}", console=console)
    if counts["first_event"]:
        print_sentence(
            f"events from {counts['first_event']} to {counts['last_event']}", console=console
        )


def show_receipt(receipt: Receipt, *, console: Console) -> None:
    """Print what was erased."""
    print_sentence(f"erased at {receipt.at.isoformat(timespec='seconds')}", console=console)
    for kind, number in asdict(receipt.graph).items():
        print_sentence(f"{kind}: {number:,}", console=console)
    print_sentence(f"job history: {counted(receipt.job_runs, 'row')} changed", console=console)
    for file, outcome in receipt.files.items():
        print_sentence(f"{file}: {outcome}", console=console)
    if receipt.graph.runs:
        print_sentence(
            f"{counted(receipt.graph.runs, 'run')} counted this person; run `attrigraph attribute` "
            "for credit without them",
            console=console,
        )
