"""What the graph says of campaigns, creatives, elements and audiences: texts and facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from attrigraph.graph.names import pages_of, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neo4j import Driver

    from attrigraph.similarity.filters import Value

FACTS: Final = {
    "campaign": (
        "name", "objective", "start", "end", "budget", "channel", "audience", "account",
    ),
    "creative": ("name", "format", "campaign"),
    "element": ("kind", "text"),
    "audience": ("name",),
}  # fmt: skip
"""Fields of metadata by kind of node, in the order in which the statement of the kind has them."""

AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Described:
    """A node of the graph.

    Attributes:
        id: its key.
        text: what it is about, the parts of it by lines; empty if the graph does not say.
        facts: its properties by field, without those that are missing.
    """

    id: str
    text: str
    facts: dict[str, Value]


class CampaignResult(NamedTuple):
    """What one model of the current run credits a campaign with.

    Attributes:
        name: of the campaign; None without one.
        account: id of its ad account; None without one.
        numbers: conversions, low, high, value, low, high, cost, ROAS, low, high; None where not
            known.
        identified: whether the data can answer them; None without credit.
    """

    name: str | None
    account: str | None
    numbers: list[float | None]
    identified: bool | None


def read_results(driver: Driver, ids: Sequence[str], model: str) -> dict[str, CampaignResult]:
    """What the campaigns that the graph has were credited with, by id.

    Args:
        driver: an open driver.
        ids: of campaigns, which the graph may lack.
        model: whose credit.
    """
    record = record_of(driver, "similarity/read_results", {"ids": list(ids), "model": model})
    rows = zip(record["id"], record["facts"], record["numbers"], record["identified"], strict=True)
    return {
        id_: CampaignResult(name, account, numbers, identified)
        for id_, [name, account], numbers, [identified] in rows
    }


def read_described(
    driver: Driver, kind: str, *, at_once: int = AT_ONCE
) -> Iterator[list[Described]]:
    """All nodes of a kind, by id, some at a time.

    Args:
        driver: an open driver.
        kind: one of ``FACTS``.
        at_once: how many.
    """
    for record in pages_of(driver, f"similarity/read_{kind}s", at_once):
        rows = zip(record["id"], record["texts"], record["facts"], strict=True)
        yield [Described(id_, _text(texts), _facts(kind, facts)) for id_, texts, facts in rows]


def _text(parts: list[str | None]) -> str:
    """Parts that are there, each once."""
    return "\n".join(dict.fromkeys(part for part in parts if part))


def _facts(kind: str, values: list[Value | None]) -> dict[str, Value]:
    named = zip(FACTS[kind], values, strict=True)
    return {name: value for name, value in named if value is not None}
