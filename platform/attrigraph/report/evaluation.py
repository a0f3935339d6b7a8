"""Credit beside truth, as one HTML page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.report.page import beside_truth, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth


def render(truth: Truth, answers: Sequence[ModelCredits], scores: Sequence[Score]) -> str:
    """The page as text: the truth, and beside it the credit of every model that was asked."""
    return template("evaluation.html.j2").render(beside=beside_truth(truth, answers, scores))
