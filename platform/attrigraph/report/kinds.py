"""The kinds of conversions in the data, and which of them the page is about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

from attrigraph.report.chosen import chosen_model, credited
from attrigraph.report.downloads import credit_csv, csv_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.domain import Attribution, ModelCredits


@dataclass(frozen=True, slots=True, eq=False)
class KindOnPage:
    """A kind of conversion in the data.

    Attributes:
        kind: its name.
        conversions: how many there are in the window.
        value: of all of them, currency.
        on_page: whether the figures of the page contain them.
        answer: its own credits by channel; None where it has none.
    """

    kind: str
    conversions: int
    value: float
    on_page: bool
    answer: Attribution | None = None

    @property
    def model(self) -> ModelCredits | None:
        """The model that the page shows of this kind."""
        return None if self.answer is None else chosen_model(self.answer.models.values())

    @property
    def credited(self) -> float | None:
        """Conversions that its model credits touches with."""
        model = self.model
        return None if model is None else math.fsum(one.conversions for one in model.credits)

    @property
    def status(self) -> str:
        """Where a reader finds its credit."""
        if self.on_page:
            return "this page"
        return "below" if self.model is not None else "not credited"


def scope(kinds: Sequence[KindOnPage]) -> str:
    """What conversions the page is about, as words after a number; empty without a choice."""
    if len(kinds) < 2:
        return ""
    shown = [one.kind for one in kinds if one.on_page]
    if len(shown) == len(kinds):
        return "of all kinds"
    return f"of the kind{'' if len(shown) == 1 else 's'} {', '.join(shown)}"


def variables(kinds: Sequence[KindOnPage], max_rows: int) -> dict[str, Any]:
    """The variables of the template of kinds; the tables of other kinds have so many rows."""
    return {
        "scope": scope(kinds),
        "summed": len([one for one in kinds if one.on_page]) > 1,
        "other_kinds": list(_other_tables(kinds, max_rows)),
    }


def _other_tables(kinds: Sequence[KindOnPage], max_rows: int) -> Iterator[dict[str, Any]]:
    """The table of money of each kind that the page is not about."""
    for one in kinds:
        if one.on_page or one.answer is None or one.model is None:
            continue
        yield {
            "kind": one.kind,
            "shell_kind": quote(one.kind),
            "currency": one.answer.currency,
            "table": credited(one.answer, one.model, max_rows=max_rows),
            "link": credit_csv(one.answer),
        }


def kinds_csv(kinds: Sequence[KindOnPage]) -> str:
    """The link of the table of kinds."""
    return csv_link([_row(one) for one in kinds])


def _row(one: KindOnPage) -> dict[str, Any]:
    model = one.model
    return {
        "kind": one.kind,
        "conversions": one.conversions,
        "value": one.value,
        "on_page": one.on_page,
        "model": None if model is None else model.model,
        "credited": one.credited,
        "captured": None if model is None else model.captured.conversions,
        "baseline": None if model is None else model.baseline.conversions,
    }
