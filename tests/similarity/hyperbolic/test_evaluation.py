from __future__ import annotations

from attrigraph.similarity.hyperbolic.evaluation import HierarchyEvaluation
from attrigraph.similarity.hyperbolic.held_out import Gain

BETTER = Gain(0.5, 0.62, 0.08, 0.16, (0.5,) * 5, 256)
NO_BETTER = Gain(0.5, 0.51, -0.01, 0.03, (0.0,) * 5, 256)


def test_a_tree_that_improves_on_text_adds() -> None:
    evaluation = HierarchyEvaluation(BETTER, NO_BETTER)
    assert evaluation.adds
    assert evaluation.verdict() == (
        "the tree adds to text: nDCG@10 of 256 held-out campaigns is 0.620 with it and 0.500 by "
        "text alone, difference +0.120 (95 % interval +0.080 to +0.160)"
    )


def test_a_tree_whose_interval_holds_0_adds_nothing() -> None:
    evaluation = HierarchyEvaluation(NO_BETTER, NO_BETTER)
    assert not evaluation.adds
    assert evaluation.verdict().startswith("the tree adds nothing to text: nDCG@10 of 256")


def test_a_control_that_gains_is_named_instead() -> None:
    evaluation = HierarchyEvaluation(BETTER, BETTER)
    assert not evaluation.adds
    assert evaluation.verdict().startswith("the tree cannot be judged: permuted texts gain +0.120")
