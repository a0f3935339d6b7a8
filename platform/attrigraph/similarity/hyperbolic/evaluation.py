"""Whether the campaign tree improves similarity by text, with a negative control.

The control permutes texts among campaigns. It shows what the method finds where the tree has
nothing to do with the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.similarity.hyperbolic.held_out import Gain, K, held_out_gain
from attrigraph.similarity.hyperbolic.texts import Texts

if TYPE_CHECKING:
    from attrigraph.similarity.hyperbolic.held_out import Learn
    from attrigraph.similarity.hyperbolic.tree import Tree


@dataclass(frozen=True)
class HierarchyEvaluation:
    """The gain, and that of the negative control.

    Attributes:
        gain: with the tree as it is.
        control: with texts permuted among campaigns.
    """

    gain: Gain
    control: Gain

    @property
    def adds(self) -> bool:
        """Whether the tree improves on text, and permuted texts do not."""
        return self.gain.adds and not self.control.adds

    def verdict(self) -> str:
        """One sentence for a reader."""
        gain, control = self.gain, self.control
        measured = (
            f"nDCG@{K} of {gain.n_queries} held-out campaigns is {gain.blended:.3f} with it and "
            f"{gain.text:.3f} by text alone, difference {_interval(gain)}"
        )
        if control.adds:
            return f"the tree cannot be judged: permuted texts gain {_interval(control)} with it"
        return f"the tree adds {'to text' if gain.adds else 'nothing to text'}: {measured}"


def _interval(gain: Gain) -> str:
    return f"{gain.difference:+.3f} (95 % interval {gain.low:+.3f} to {gain.high:+.3f})"


def evaluate_hierarchy(
    tree: Tree, texts: Texts, learn: Learn, *, seed: int = 0
) -> HierarchyEvaluation:
    """Evaluate a tree with texts of its campaigns, and the negative control.

    Raises:
        InputError: as :func:`held_out_gain`.
    """
    permuted = np.random.default_rng(seed).permutation(len(texts))
    control = Texts(texts.ids, texts.vectors[permuted])
    return HierarchyEvaluation(
        held_out_gain(tree, texts, learn, seed=seed),
        held_out_gain(tree, control, learn, seed=seed),
    )
