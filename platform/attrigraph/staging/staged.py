"""Rows that were read, checked and ordered, ready to be taken out in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from attrigraph.domain import CustomerFacts, Facts, PathCounts, References, Refusal

Kind = Literal["touch", "conversion"]


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """What became of the rows of all files: read = accepted + repeated + refused.

    Attributes:
        read: rows of all files, headers and blank lines not counted.
        accepted: rows that were taken.
        repeated: rows equal to one that was taken.
        refused: rows that were not taken, each with a reason.
        touches: touches that came of them.
        conversions: conversions that came of them.
        customers: customers with a touch or conversion.
        known_customers: customers of whom facts are given.
        channels: distinct channels.
        campaigns: distinct campaigns.
        creatives: distinct creatives.
        audiences: distinct audiences.
        creative_days: rows of daily figures.
    """

    read: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    touches: int = 0
    conversions: int = 0
    customers: int = 0
    known_customers: int = 0
    channels: int = 0
    campaigns: int = 0
    creatives: int = 0
    audiences: int = 0
    creative_days: int = 0


class Staged:
    """The staged rows; a context manager that removes them at its end.

    Attributes:
        counts: what became of the rows.
        fingerprint: SHA-256 over the bytes of the files, whatever their order, in hexadecimal.
        notes: sentences about what a reader may not expect, such as columns that were not used.
    """

    counts: StagedCounts
    fingerprint: str
    notes: tuple[str, ...]

    def __enter__(self) -> Staged:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the staged rows from the folder; may be called again."""
        raise NotImplementedError

    def refused(self) -> Iterator[Refusal]:
        """The rows that were not taken, by file and line."""
        raise NotImplementedError

    def locate(self, kind: Kind, ids: Sequence[str]) -> list[tuple[str, int]]:
        """File and line that each touch or conversion came from, in the order of ``ids``."""
        raise NotImplementedError

    def batches(self, *, touches: int = 5000, part: int = 0, parts: int = 1) -> Iterator[Facts]:
        """Whole customers, in batches of about so many touches and conversions.

        Customers come by (bucket, id). Part ``part`` of ``parts`` holds the customers whose
        bucket modulo ``parts`` is ``part``. Each call reads through a cursor of its own, so that
        parts may be read by as many threads.
        """
        raise NotImplementedError

    def facts(self) -> Facts:
        """All customers at once."""
        raise NotImplementedError

    def path_counts(self) -> PathCounts:
        """Counts of the paths of preset ``paths`` by channel, without its journeys being made.

        Raises:
            InputError: when the files hold no path counts.
        """
        raise NotImplementedError

    def references(self) -> References:
        """Channels, campaigns, creatives, elements, audiences and daily figures."""
        raise NotImplementedError

    def customer_facts(self, size: int = 5000) -> Iterator[CustomerFacts]:
        """What is known of customers, in batches of ``size`` customers."""
        raise NotImplementedError
