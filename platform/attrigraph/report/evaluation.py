"""Credit compared with the ground truth, as one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.report.chosen import chosen_model
from attrigraph.report.comparison import compare_with_truth
from attrigraph.report.page import template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth


def render(truth: Truth, models: Sequence[ModelCredits], scores: Sequence[Score]) -> str:
    """The HTML of the page: the truth and the credit of every model."""
    shown = [model for model in models if model.incremental] or [
        model for model in [chosen_model(models)] if model is not None
    ]
    comparison = compare_with_truth(truth, models, scores, shown)
    return template("evaluation.html.j2").render(comparison=comparison)
