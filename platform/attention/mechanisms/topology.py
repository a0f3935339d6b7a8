"""Attention behind a topology gate that watches the keys.

See ``attention.monitoring.topology_gate``. STABLE is plain attention. CAUTIOUS keeps the top half
of the logits of each query and halves step sizes. FREEZE returns the last weights and raises on
updates.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attention.mechanisms.multi_head import attend_between, dot_score
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, blank_unseen
from attention.mechanisms.softmax import mask_scores, masked_weights
from attention.monitoring.topology_gate import (
    STEP_FACTOR,
    WIDTH_FACTOR,
    FrozenError,
    Mode,
    Thresholds,
    TopologyGate,
)

MODE_NUMBER = {mode: number for number, mode in enumerate(Mode)}
"""A mode as the diagnostics give it."""


def keep_top(
    scores: Float[Tensor, "h n m"], share: float, keep: Bool[Tensor, "..."] | None = None
) -> Bool[Tensor, "h n m"]:
    """Return the visible keys whose score is in the top share of its row, rounded up.

    Keys that tie with the last one are kept too, so their order does not matter.
    """
    seen = mask_scores(scores, keep)
    counts = (seen > -torch.inf).sum(-1, keepdim=True)
    last = (counts * share).ceil().long().sub(1).clamp_min(0)
    limit = torch.sort(seen, dim=-1, descending=True).values.gather(-1, last)
    return (seen >= limit) & (seen > -torch.inf)


class TopologyGatedAttention(nn.Module):
    """Multi-head attention behind a :class:`TopologyGate` that watches the keys.

    The gate's state and the last weights are part of ``state_dict``.

    Args:
        dim: Width of queries, keys, values and output.
        heads: Number of heads; divides ``dim``.
        thresholds: Where modes change.
        neighbours: The ``k`` of the coherence.
        every: Events between two computations of it.
    """

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        thresholds: Thresholds | None = None,
        neighbours: int = 8,
        every: int = 4,
    ) -> None:
        super().__init__()
        self.project = HeadProjections(dim, heads)
        self.gate = TopologyGate(thresholds, neighbours=neighbours, every=every)
        self._served: tuple[Tensor, Tensor] | None = None

    def reset_parameters(self) -> None:
        """Draw the projections anew."""
        self.project.reset_parameters()

    def forward(
        self,
        query: Float[Tensor, "n dq"],
        keys: Float[Tensor, "m dk"],
        values: Float[Tensor, "m dv"],
        *,
        ids: Int[Tensor, " m"] | None = None,
        keep: Bool[Tensor, "..."] | None = None,
        stale: bool = False,
    ) -> AttentionResult:
        """Return the outputs that the mode allows; one call is one event, so there is no batch.

        Args:
            query: Rows that look.
            keys: The window that is watched.
            values: Of the keys.
            ids: What each key is, the same number in every call; ``None`` numbers the rows.
            keep: Which keys may be seen; those that nobody sees are not watched.
            stale: Compute the coherence now.

        Returns:
            ``diagnostics``: ``coherence``, ``neighbours`` (how many of each item it compares; 0
            where the window is too small to tell), ``mode`` (0 STABLE, 1 CAUTIOUS, 2 FREEZE),
            ``width_factor``, ``step_factor`` and ``alert`` (1 while frozen).

        Raises:
            ValueError: Shapes or dtypes do not belong together.
            FrozenError: Frozen, and no weights were ever served.
        """
        if query.ndim != 2:
            raise ValueError(
                f"query must have shape (n, {self.project.dim}), one window a call, "
                f"got {tuple(query.shape)}"
            )
        self.project.check(query, keys, values, keep)
        if ids is not None and (ids.shape != keys.shape[:1] or ids.is_floating_point()):
            raise ValueError(
                f"ids must be {len(keys)} integers, one a key, "
                f"got {ids.dtype} of shape {tuple(ids.shape)}"
            )
        mode = self.watch(keys, ids, keep, stale=stale)
        if mode is Mode.FREEZE:
            weights = self.last_weights(len(query), self.numbered(ids, keys), keep)
            heads = self.project.average(weights, blank_unseen(values, keep))
            # where all keys that were read are gone nothing is, not even the bias of the output
            left = (weights > 0).any(0)
            return AttentionResult(self.project.mix(heads, left), weights, None, self.report())
        if mode is Mode.CAUTIOUS:
            found = self.cautious(query, keys, values, keep)
        else:
            found = attend_between(query, keys, values, self.project, keep=keep)
        assert found.weights is not None
        self._served = (found.weights.detach(), self.numbered(ids, keys))
        return AttentionResult(found.output, found.weights, found.denominator, self.report())

    def cautious(
        self, query: Tensor, keys: Tensor, values: Tensor, keep: Tensor | None
    ) -> AttentionResult:
        """Attend to the top half of the keys of each query and head."""
        q, k, v = self.project(query, keys, values, keep)
        scores = dot_score(q, k)
        top = keep_top(scores.detach(), WIDTH_FACTOR[Mode.CAUTIOUS], keep)
        weights, denominator = masked_weights(scores, top)
        return AttentionResult(self.project.mix(weights @ v, keep), weights, denominator)

    def watch(
        self,
        keys: Float[Tensor, "m d"],
        ids: Int[Tensor, " m"] | None,
        keep: Bool[Tensor, "..."] | None,
        *,
        stale: bool,
    ) -> Mode:
        """Show the gate the keys that some query may see."""
        if keep is None:
            return self.gate.observe(keys, ids, stale=stale)
        seen = keep.reshape(-1, len(keys)).any(0)
        return self.gate.observe(keys[seen], self.numbered(ids, keys)[seen], stale=stale)

    def numbered(self, ids: Int[Tensor, " m"] | None, keys: Float[Tensor, "m d"]) -> Tensor:
        """Return the ids, which are the numbers of the rows where none are given."""
        return self.gate.numbers(keys) if ids is None else ids

    def last_weights(
        self, n: int, ids: Int[Tensor, " m"], keep: Bool[Tensor, "..."] | None
    ) -> Float[Tensor, "h n m"]:
        """Return the last weights for the keys of this call, matched by id.

        New keys get none; where keys are gone, the rest is scaled to sum to 1 again. Where all are
        gone the weights are 0, and so is the output.
        """
        if self._served is None:
            raise FrozenError("no weights can be served: the gate is frozen since before the first")
        weights, stored = self._served
        if weights.shape[-2] != n:
            raise ValueError(
                f"query must have {weights.shape[-2]} rows like the last call while frozen, got {n}"
            )
        match = (stored[:, None] == ids[None, :]).to(weights.dtype)
        present = weights @ match
        present = present if keep is None else present * keep
        total = present.sum(-1, keepdim=True)
        return present / total.masked_fill(total == 0, 1.0)

    def report(self) -> dict[str, float]:
        """Return the gate's numbers."""
        mode = self.gate.mode
        assert mode is not None
        return {
            "coherence": self.gate.coherence,
            "neighbours": self.gate.compared,
            "mode": MODE_NUMBER[mode],
            "width_factor": WIDTH_FACTOR[mode],
            "step_factor": STEP_FACTOR[mode],
            "alert": float(mode is Mode.FREEZE),
        }

    def get_extra_state(self) -> dict[str, Any]:
        """Return what ``state_dict`` must hold besides the parameters."""
        return {"gate": self.gate.state(), "served": self._served}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        self.gate.restore(state["gate"])
        self._served = None if state["served"] is None else tuple(state["served"])

    def extra_repr(self) -> str:
        """Return the settings that the projections do not show."""
        return f"neighbours={self.gate.neighbours}, every={self.gate.every}"
