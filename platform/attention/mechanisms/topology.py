"""Attention behind a topology gate that watches the keys.

See ``attention.monitoring.topology_gate``. STABLE is plain attention. CAUTIOUS keeps the top half
of the logits of each query and halves step sizes. FREEZE returns the last weights and raises on
updates.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from attention.mechanisms.mechanism import ProjectedAttention
from attention.mechanisms.multi_head import attend_layer, dot_score
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, zero_masked
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


def top_mask(
    scores: Float[Tensor, "h n m"], share: float, mask: Bool[Tensor, "..."] | None = None
) -> Bool[Tensor, "h n m"]:
    """Return the visible keys whose score is in the top share of its row, rounded up.

    Ties with the last key are included, so the order of the keys does not matter.
    """
    visible = mask_scores(scores, mask)
    counts = (visible > -torch.inf).sum(-1, keepdim=True)
    last = (counts * share).ceil().long().sub(1).clamp_min(0)
    limit = torch.sort(visible, dim=-1, descending=True).values.gather(-1, last)
    return (visible >= limit) & (visible > -torch.inf)


class TopologyGatedAttention(ProjectedAttention):
    """Multi-head attention behind a :class:`TopologyGate` that watches the keys.

    The gate's state and the last weights are part of ``state_dict``.

    Args:
        dim: Width of queries, keys, values and output.
        heads: Number of heads; divides ``dim``.
        thresholds: Where modes change.
        neighbours: The ``k`` of the coherence.
        every: Events between two computations of it.
    """

    settings = ("gate.neighbours", "gate.every")

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        thresholds: Thresholds | None = None,
        neighbours: int = 8,
        every: int = 4,
    ) -> None:
        super().__init__(HeadProjections(dim, heads))
        self.gate = TopologyGate(thresholds, neighbours=neighbours, every=every)
        self._served: tuple[Tensor, Tensor] | None = None

    def forward(
        self,
        query: Float[Tensor, "n dq"],
        keys: Float[Tensor, "m dk"],
        values: Float[Tensor, "m dv"],
        *,
        ids: Int[Tensor, " m"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
        stale: bool = False,
    ) -> AttentionResult:
        """Return the outputs that the mode allows; one call is one event, so there is no batch.

        Args:
            query: Queries.
            keys: The watched window.
            values: Values of the keys.
            ids: Identity of each key, the same number in every call; ``None`` numbers the rows.
            mask: Which keys may be seen; keys that no query sees are not watched.
            stale: Compute the coherence now.

        Returns:
            ``diagnostics``: ``coherence``, ``neighbours`` (compared per item; 0 where the
            window is too small), ``mode`` (0 STABLE, 1 CAUTIOUS, 2 FREEZE),
            ``width_factor``, ``step_factor`` and ``alert`` (1 while frozen).

        Raises:
            ValueError: Shapes or dtypes do not match.
            FrozenError: Frozen, and no weights were ever stored.
        """
        if query.ndim != 2:
            raise ValueError(
                f"query must have shape (n, {self.project.dim}), one window per call, "
                f"got {tuple(query.shape)}"
            )
        self.project.check(query, keys, values, mask)
        if ids is not None and (ids.shape != keys.shape[:1] or ids.is_floating_point()):
            raise ValueError(
                f"ids must be {len(keys)} integers, one per key, "
                f"got {ids.dtype} of shape {tuple(ids.shape)}"
            )
        mode = self.watch(keys, ids, mask, stale=stale)
        if mode is Mode.FREEZE:
            weights = self.last_weights(len(query), self.numbered(ids, keys), mask)
            heads = self.project.average(weights, zero_masked(values, mask))
            # a query whose keys are all gone gives 0, without the bias of the output
            left = (weights > 0).any(0)
            return AttentionResult(self.project.mix(heads, left), weights, None, self.report())
        if mode is Mode.CAUTIOUS:
            result = self.cautious(query, keys, values, mask)
        else:
            result = attend_layer(query, keys, values, self.project, mask=mask)
        assert result.weights is not None
        self._served = (result.weights.detach(), self.numbered(ids, keys))
        return AttentionResult(result.output, result.weights, result.denominator, self.report())

    def cautious(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
    ) -> AttentionResult:
        """Attend to the top half of the keys of each query and head."""
        q, k, v = self.project(query, keys, values, mask)
        scores = dot_score(q, k)
        top = top_mask(scores.detach(), WIDTH_FACTOR[Mode.CAUTIOUS], mask)
        weights, denominator = masked_weights(scores, top)
        return AttentionResult(self.project.mix(weights @ v, mask), weights, denominator)

    def watch(
        self,
        keys: Float[Tensor, "m d"],
        ids: Int[Tensor, " m"] | None,
        mask: Bool[Tensor, "..."] | None,
        *,
        stale: bool,
    ) -> Mode:
        """Pass the gate the keys that some query may see."""
        if mask is None:
            return self.gate.observe(keys, ids, stale=stale)
        visible = mask.reshape(-1, len(keys)).any(0)
        return self.gate.observe(keys[visible], self.numbered(ids, keys)[visible], stale=stale)

    def numbered(self, ids: Int[Tensor, " m"] | None, keys: Float[Tensor, "m d"]) -> Tensor:
        """Return the ids, by default the row numbers."""
        return self.gate.numbers(keys) if ids is None else ids

    def last_weights(
        self, n: int, ids: Int[Tensor, " m"], mask: Bool[Tensor, "..."] | None
    ) -> Float[Tensor, "h n m"]:
        """Return the last weights for the keys of this call, matched by id.

        New keys have weight 0. Where keys are gone, the rest is rescaled to sum to 1; where all are
        gone, the weights and the output are 0.

        Raises:
            ValueError: The number of queries differs from the last call.
            FrozenError: No weights were ever stored.
        """
        if self._served is None:
            raise FrozenError("no weights to return: the gate was frozen before the first call")
        weights, stored = self._served
        if weights.shape[-2] != n:
            raise ValueError(
                f"query must have {weights.shape[-2]} rows while frozen, as in the last call, "
                f"got {n}"
            )
        match = (stored[:, None] == ids[None, :]).to(weights.dtype)
        present = weights @ match
        present = present if mask is None else present * mask
        total = present.sum(-1, keepdim=True)
        return present / total.masked_fill(total == 0, 1.0)

    def report(self) -> dict[str, float]:
        """Return the diagnostics of the gate."""
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
        """Return what ``state_dict`` stores besides the parameters."""
        return {"gate": self.gate.state(), "served": self._served}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        self.gate.restore(state["gate"])
        self._served = None if state["served"] is None else tuple(state["served"])
