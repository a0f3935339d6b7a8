"""Credit compared with the truth of a simulated world: what pages show of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attrigraph.report.figures import far_off
from attrigraph.report.truth_figure import caption, credit_and_truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth


def compare_with_truth(
    truth: Truth,
    models: Sequence[ModelCredits],
    scores: Sequence[Score],
    shown: Sequence[ModelCredits],
) -> dict[str, Any]:
    """The variables of the template that compares credit with the truth.

    Args:
        truth: what marketing caused.
        models: credits by channel.
        scores: scores of the same models, in the same order.
        shown: those of the models whose numbers are in a table, too.
    """
    return {
        "truth": truth,
        "scores": scores,
        "figure": credit_and_truth(truth, models),
        "caption": caption(models),
        "far_off": far_off(models),
        "shown": shown,
        "rows": _rows(truth, shown),
        "no_effect": all(math.isnan(score.error) for score in scores),
    }


def _rows(truth: Truth, models: Sequence[ModelCredits]) -> list[dict[str, Any]]:
    """The channels, the largest truth first, with the credits of the models."""
    credits = [(model, {credit.key: credit for credit in model.credits}) for model in models]
    rows = [
        {
            "channel": name,
            "truth": caused,
            "credits": [(model, known.get(name)) for model, known in credits],
        }
        for name, caused in zip(truth.channels, truth.credit, strict=True)
    ]
    return sorted(rows, key=lambda row: -row["truth"])
