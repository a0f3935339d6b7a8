"""Graph RoPE attention: the touches of a journey by real time, order and depth in its graph.

Su et al. 2021 (rotation), Press et al. 2022 (decay), Ying et al. 2021 (hop bias). Per head::

    score_ij = <R(p_i) q_i, R(p_j) k_j> / sqrt(dh) - softplus(g) |t_i - t_j| + b[min(hops_ij, 8)]

* ``t`` is the time before the conversion **in days**, a real number. Seconds since 1970 in float32
  would cause an error of 22 in the score.
* ``R`` rotates half of the channel pairs by time, a quarter by order (the number of later touches)
  and a quarter by depth (hops to the conversion in the journey's tree), at wavelengths from a
  quarter of a day to four lookbacks.
* A rotation is no decay: the mean score of equal vectors falls to .50 at 60 and rises to .56 at 100
  positions. So the decay is a separate learnt term, initialised at a half-life of 7 days.
* A distance in a graph is not a difference of two numbers, so it cannot be a rotation. Where it is
  known it enters as a learnt bias.
* A query sees only touches at or before its own time.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.mechanism import ProjectedAttention
from attention.mechanisms.multi_head import dot_score
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, zero_masked
from attention.mechanisms.rotary import geometric_turns, naive_rotate, signed, turn_channels
from attention.mechanisms.softmax import masked_weights

HOPS = 8
"""Larger distances, in hops, share one bias."""

HALF_LIFE = 7.0
"""Days after which the decay halves a weight, at initialisation."""


@dataclass(frozen=True)
class Positions:
    """Positions of rows in a journey, each ``(*batch, rows)``.

    Attributes:
        times: Days before the conversion, in float64.
        order: Number of later touches.
        depth: Hops to the conversion; ``None`` where no tree is known.
    """

    times: Float[Tensor, "*batch n"]
    order: Int[Tensor, "*batch n"]
    depth: Int[Tensor, "*batch n"] | None


def touches_after(times: Float[Tensor, "*batch m"]) -> Int[Tensor, "*batch m"]:
    """Return the number of touches later than each; simultaneous touches have the same number."""
    return torch.searchsorted(times.sort(-1).values, times.contiguous())


def journey_bias(
    days: Float[Tensor, "*batch n m"],
    decay: Float[Tensor, " h"],
    hop_table: Float[Tensor, "h b"] | None = None,
    hops: Int[Tensor, "*any k m"] | None = None,
) -> Float[Tensor, "..."]:
    """Return ``-decay |t_i - t_j| + b[min(hops_ij, 8)]``, one per head, query and touch.

    Args:
        days: Days between queries and touches.
        decay: Decay per day of each head.
        hop_table: Bias of each distance and head.
        hops: Distances in the journey's graph, in hops.
    """
    bias = -decay[:, None, None] * days.to(decay.dtype)[..., None, :, :]
    if hop_table is None or hops is None:
        return bias
    return bias + hop_table[:, hops.clamp_max(hop_table.shape[-1] - 1)].movedim(0, -3)


def channel_turns(pairs: int, lookback: float, max_len: int) -> Float[Tensor, "3 pairs"]:
    """Return turns per day, touch and hop of each channel pair; each pair uses one of them."""
    quarter = pairs // 4
    kinds = (
        geometric_turns(pairs - 2 * quarter, 0.25, 4 * lookback),
        geometric_turns(quarter, 2.0, 4.0 * max_len),
        geometric_turns(quarter, 2.0, 4.0 * HOPS),
    )
    turns, start = torch.zeros(3, pairs, dtype=torch.float64), 0
    for row, kind in zip(turns, kinds, strict=True):
        row[start : start + len(kind)] = kind
        start += len(kind)
    return turns


def earlier(touches: Positions, positions: Positions) -> Bool[Tensor, "*batch n m"]:
    """Return which touches precede each position, or share its time and are not later in order."""
    t, at = touches.times[..., None, :], positions.times[..., :, None]
    not_later = touches.order[..., None, :] >= positions.order[..., :, None]
    return (t > at) | ((t == at) & not_later)


def add_null_key(
    heads: Float[Tensor, "*batch h n dh"],
    weights: Float[Tensor, "*batch h n m"],
    lse: Float[Tensor, "*batch h n"],
    null_score: Float[Tensor, "*batch h n"],
    null_value: Float[Tensor, "h dh"],
) -> tuple[Float[Tensor, "*batch h n dh"], Float[Tensor, "*batch h n p"]]:
    """Add a null key to computed outputs and weights, as the last column."""
    null = torch.sigmoid(null_score - lse)[..., None]
    mixed = heads * (1 - null) + null * null_value[:, None, :]
    return mixed, torch.cat([weights * (1 - null), null], -1)


def touch_mass(lse: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
    """Return ``log(1 + sum_j exp(score_j))`` from the log of the sum; 0 for no touch.

    Softmax cannot count: ten equal touches give the output of one. This mass can.
    """
    return F.softplus(lse)


def naive_journey_scores(
    query: Float[Tensor, "n dh"],
    keys: Float[Tensor, "m dh"],
    query_turns: Float[Tensor, "n half"],
    turns: Float[Tensor, "m half"],
    query_times: Float[Tensor, " n"],
    times: Float[Tensor, " m"],
    decay: Float[Tensor, ""],
) -> Float[Tensor, "n m"]:
    """Compute the scores of one head pair by pair, with rotations as complex numbers."""
    scores = query.new_empty(len(query), len(keys))
    for i, q in enumerate(naive_rotate(query, query_turns)):
        for j, k in enumerate(naive_rotate(keys, turns)):
            product = q.dot(k) / math.sqrt(len(q))
            scores[i, j] = product - decay * abs(query_times[i] - times[j])
    return scores


class GraphRopeAttention(ProjectedAttention):
    """Attention over the touches of a journey.

    Args:
        dim: Width of queries, touches and output.
        heads: Number of heads; the width of one must be even.
        lookback: Days that journeys reach back.
        max_len: Number of latest touches that are visible; the diagnostics count those dropped.
            Touches with the same order number are kept or dropped together, so more may be visible:
            the diagnostics count these too.
        null_key: Add a learnt key for "no touch"; weights gain a last column for it.
        mass: Also feed :func:`touch_mass` of each head to the output map, so that it can count.
    """

    settings = ("lookback", "max_len", "null_key", "mass")

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        lookback: float = 30.0,
        max_len: int = 100,
        null_key: bool = False,
        mass: bool = False,
    ) -> None:
        super().__init__(HeadProjections(dim, heads, extra=heads if mass else 0))
        width = dim // heads
        if width % 2:
            raise ValueError(f"the width of a head must be even, got {width}")
        if lookback <= 0 or max_len < 1:
            raise ValueError(f"lookback and max_len must be above 0, got {lookback}, {max_len}")
        self.lookback, self.max_len = lookback, max_len
        self.null_key, self.mass = null_key, mass
        # a plain attribute, not a buffer: a module moved to float32 keeps it in float64
        self._turns = channel_turns(width // 2, lookback, max_len)
        self._signed_turns = signed(self._turns)
        self.conversion = nn.Parameter(torch.empty(1, dim))
        self.decay = nn.Parameter(torch.empty(heads))
        self.hop_table = nn.Parameter(torch.empty(heads, HOPS + 1))
        shape = (2, heads, width)
        self.null = nn.Parameter(torch.empty(shape)) if null_key else None
        self.reset_parameters()

    def reset_own_parameters(self) -> None:
        """Initialise the conversion token, the null key, and decays at the half-life."""
        nn.init.normal_(self.conversion, std=self.project.dim**-0.5)
        # softplus of this is log(2) / half-life
        nn.init.constant_(self.decay, math.log(math.expm1(math.log(2) / HALF_LIFE)))
        nn.init.zeros_(self.hop_table)
        if self.null is not None:
            nn.init.normal_(self.null, std=self.null.shape[-1] ** -0.5)

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"] | None,
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        times: Float[Tensor, "... m"],
        query_times: Float[Tensor, "... n"] | None = None,
        order: Int[Tensor, "... m"] | None = None,
        query_order: Int[Tensor, "... n"] | None = None,
        depth: Int[Tensor, "... m"] | None = None,
        query_depth: Int[Tensor, "... n"] | None = None,
        hops: Int[Tensor, "... n m"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return the output of each query over the touches it may see.

        Args:
            query: Queries; ``None`` is the learnt conversion token, at time 0.
            keys: Touches.
            values: Touches.
            times: Days from each touch to the conversion, at least 0; float64 where they come from
                clock times.
            query_times: Days from each query to the conversion; ``None`` for 0.
            order: Number of touches after each; ``None`` counts them from the times.
            query_order: The same for the queries; ``None`` counts likewise.
            depth: Hops from each touch to the conversion in the journey's tree; ``None`` for 0.
            query_depth: The same for the queries; ``None`` for 0.
            hops: Distances in the journey's graph between queries and touches.
            mask: Which touches may be seen; touches later than the query never are.

        Returns:
            ``lse`` covers the touches without the null key. ``diagnostics["dropped"]`` counts
            touches dropped for ``max_len``; ``diagnostics["beyond"]`` those visible beyond
            ``max_len`` because they share an order number with a visible one.

        Raises:
            ValueError: Shapes or dtypes do not match, or a touch is later than the conversion.
        """
        if query is None:
            query = self.conversion.expand(*keys.shape[:-2], 1, -1)
        project = self.project
        project.check(query, keys, values, mask)
        q, k = project.queries(query), project.key_rows(zero_masked(keys, mask))
        touches = touch_positions(keys, mask, times=times, order=order, depth=depth)
        visible, days = self.recent(touches, mask), touches.times[..., None, :]
        k = turn_channels(k, self.turns(touches)).transpose(-3, -2)
        coordinates = (query_times, query_order, query_depth)
        if any(coordinate is not None for coordinate in coordinates):
            positions = query_positions(query, coordinates, touches, mask, counted=order is None)
            days = (positions.times[..., :, None] - days).abs()
            # at the conversion all positions are 0, and nothing rotates
            q = turn_channels(q, self.turns(positions).transpose(-3, -2))
            if query_times is not None:
                past = earlier(touches, positions)
                visible = past if visible is None else visible & past
        bias = journey_bias(
            days,
            F.softplus(self.decay),
            self.hop_table,
            None if hops is None else check_hops(hops, query, keys),
        )
        weights, denominator = masked_weights(dot_score(q, k, bias), visible)
        heads = project.average(weights, zero_masked(values, mask))
        lse = denominator() if self.mass or self.null is not None else None
        if self.null is not None and lse is not None:
            null_score = (q * self.null[0][:, None, :]).sum(-1) / math.sqrt(q.shape[-1])
            heads, weights = add_null_key(heads, weights, lse, null_score, self.null[1])
            visible = None  # the null key is always visible, so no row is empty
        extra = touch_mass(lse).transpose(-2, -1) if self.mass and lse is not None else None
        output = project.mix(heads, visible, extra)
        counts = self.counts(touches, mask)
        return AttentionResult(output, weights, denominator if lse is None else lse, counts)

    def turns(self, positions: Positions) -> Float[Tensor, "... n 1 dh"]:
        """Return the signed turns of each channel, with an axis for heads."""
        columns = [positions.times, positions.order.to(positions.times.dtype)]
        if positions.depth is not None:
            columns.append(positions.depth.to(positions.times.dtype))
        # a channel turns by one kind of position, so each sum of the product has one term
        turns = self._signed_turns.to(positions.times.device)[: len(columns)]
        return (torch.stack(columns, -1) @ turns).unsqueeze(-2)

    def recent(self, touches: Positions, mask: Tensor | None) -> Tensor | None:
        """Return the mask without touches before the latest ``max_len``."""
        if touches.order.shape[-1] <= self.max_len:
            return mask
        recent = (touches.order < self.max_len)[..., None, :]
        return recent if mask is None else mask & recent

    def counts(self, touches: Positions, mask: Tensor | None) -> dict[str, float]:
        """Count touches dropped for ``max_len`` and touches visible beyond it, over the batch."""
        if touches.order.shape[-1] <= self.max_len:
            return {"dropped": 0, "beyond": 0}
        late = touches.order < self.max_len
        visible = torch.ones_like(late) if mask is None else visible_keys(mask).expand_as(late)
        beyond = ((late & visible).sum(-1) - self.max_len).clamp_min(0)
        return {"dropped": int((~late & visible).sum()), "beyond": int(beyond.sum())}


def visible_keys(mask: Bool[Tensor, "..."]) -> Bool[Tensor, "..."]:
    """Return which keys at least one query may see."""
    return mask if mask.ndim == 1 else mask.any(-2)


def touch_positions(
    keys: Float[Tensor, "*batch m d"],
    mask: Bool[Tensor, "..."] | None,
    *,
    times: Tensor,
    order: Tensor | None,
    depth: Tensor | None,
) -> Positions:
    """Validate the positions of touches and count their order where it is missing.

    Positions of masked touches are ignored, whatever they hold.
    """
    shape = keys.shape[:-1]
    times = check_position("times", times, shape).double()
    visible = None if mask is None else visible_keys(mask)
    days = times if visible is None else times.masked_fill(~visible, 0.0)
    check_days("times", days)
    if order is not None:
        order = check_position("order", order, shape)
    else:
        order = touches_after(times if visible is None else times.masked_fill(~visible, torch.inf))
    return Positions(days, order, None if depth is None else check_position("depth", depth, shape))


def query_positions(
    query: Float[Tensor, "*batch n d"],
    coordinates: tuple[Tensor | None, Tensor | None, Tensor | None],
    touches: Positions,
    mask: Bool[Tensor, "..."] | None,
    *,
    counted: bool,
) -> Positions:
    """Validate the positions of queries; missing ones are those of the conversion.

    Args:
        query: Queries.
        coordinates: Their times, order and depth.
        touches: Positions of the touches.
        mask: Which touches may be seen.
        counted: The order of touches was counted, so that of queries is counted too.
    """
    shape = query.shape[:-1]
    times, order, depth = (
        None if coordinate is None else check_position(name, coordinate, shape)
        for name, coordinate in zip(
            ("query_times", "query_order", "query_depth"), coordinates, strict=True
        )
    )
    if order is None and counted and times is not None:
        later = touches.times[..., None, :] < times.double()[..., :, None]
        order = (later if mask is None else later & visible_keys(mask)[..., None, :]).sum(-1)
    times = touches.times.new_zeros(shape) if times is None else times.double()
    check_days("query_times", times)
    order = touches.order.new_zeros(shape) if order is None else order
    if depth is None and touches.depth is not None:
        depth = touches.depth.new_zeros(shape)
    return Positions(times, order, depth)


def check_position(name: str, position: Tensor, shape: torch.Size) -> Tensor:
    """Return one position per row, or raise ``ValueError`` for a wrong shape or dtype."""
    floating = name.endswith("times")
    if position.is_floating_point() != floating:
        kind = "floating" if floating else "integer"
        raise ValueError(f"{name} must have {kind} dtype, got {position.dtype}")
    if position.shape == shape:
        return position
    if position.shape != shape[-1:]:
        raise ValueError(
            f"{name} must have shape {tuple(shape[-1:])} or {tuple(shape)}, "
            f"got {tuple(position.shape)}"
        )
    return position.expand(shape)


def check_days(name: str, times: Tensor) -> None:
    """Raise ``ValueError`` for negative or non-finite days before the conversion."""
    low, high = (bound.item() for bound in torch.aminmax(times))
    if not (low >= 0 and high < torch.inf):  # false for NaN too
        wrong = times[~((times >= 0) & (times < torch.inf))][0].item()
        raise ValueError(
            f"{name} must be finite days before the conversion, at least 0, got {wrong}"
        )


def check_hops(hops: Tensor, query: Tensor, keys: Tensor) -> Tensor:
    """Return the hops, or raise ``ValueError`` unless they are integers of at least 0."""
    shape = (*query.shape[:-1], keys.shape[-2])
    if hops.is_floating_point() or hops.shape not in (shape, shape[-2:]):
        raise ValueError(
            f"hops must be integers of shape {shape[-2:]} or {shape}, "
            f"got {hops.dtype} of shape {tuple(hops.shape)}"
        )
    if bool((hops < 0).any()):
        raise ValueError(f"hops must be at least 0, got {int(hops.min())}")
    return hops
