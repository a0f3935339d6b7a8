"""Notes on figures that no sensible model gives: they conserve, but they cannot be right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.credit.conservation import TOLERANCE
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.domain import ModelCredits, Observed

UNITS: Final = {"conversions": "conversions", "value": "of value"}


def with_warnings(answer: ModelCredits, observed: Observed) -> ModelCredits:
    """The same answer, with a note for each figure that is impossible.

    A baseline and the sum of captured parts must lie between 0 and what was observed, and no credit
    may be larger, in absolute terms, than what was observed. Negative credits within that bound are
    legitimate.
    """
    notes = tuple(note for name in UNITS for note in _problems(answer, observed, name))
    return replace(answer, notes=(*answer.notes, *notes)) if notes else answer


def _problems(answer: ModelCredits, observed: Observed, name: str) -> list[str]:
    total, baseline = getattr(observed, name), getattr(answer.baseline, name)
    slack = TOLERANCE * total
    n_large = sum(abs(getattr(line, name)) > total + slack for line in answer.credits)
    problems = []
    if not -slack <= baseline <= total + slack:
        problems.append(f"a baseline of {baseline:,.4g}")
    captured = getattr(answer.captured, name)
    if not -slack <= captured <= total + slack:
        problems.append(f"{captured:,.4g} captured")
    if n_large:
        problems.append(f"{counted(n_large, 'credit')} above the total in absolute terms")
    if not problems:
        return []
    note = (
        f"implausible: {' and '.join(problems)}, where {total:,.6g} {UNITS[name]} were observed; "
        f"do not use {answer.model} on these data"
    )
    return [note]
