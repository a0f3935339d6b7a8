"""Graph RoPE attention: a journey's touches, seen by their real time, order and place in the graph.

Su et al. 2021 (rotation), Press et al. 2022 (decay), Ying et al. 2021 (hop bias). Per head::

    score_ij = <R(p_i) q_i, R(p_j) k_j> / sqrt(dh) - softplus(g) |t_i - t_j| + b[min(hops_ij, 8)]

* ``t`` is the time before the conversion **in days**, a real number. Seconds since 1970 in float32
  would put an error of 22 into the score.
* ``R`` turns half of the channel pairs by time, a quarter by order (the number of touches after
  this one), a quarter by depth (hops to the conversion in the journey's tree), at wavelengths from
  a quarter of a day to four lookbacks.
* A rotation is no decay: the mean score of equal vectors falls to .50 at 60 and rises to .56 at 100
  positions. The decay is a term of its own, learnt, from a half-life of 7 days.
* A distance in a graph is not a difference of two numbers, so it cannot be a rotation; where it is
  known it enters as a learnt bias.
* A touch is seen only from its own time or later.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.multi_head import dot_score
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, blank_unseen
from attention.mechanisms.rotary import geometric_turns, naive_rotate, signed, turn_channels
from attention.mechanisms.softmax import masked_weights

HOPS = 8
"""Distances beyond this many hops share one bias."""

HALF_LIFE = 7.0
"""Days after which the decay halves a weight, before training."""


@dataclass(frozen=True)
class Places:
    """Where rows stand in a journey, each ``(*batch, rows)``.

    Attributes:
        times: Days before the conversion, in float64.
        order: Touches that are later.
        depth: Hops to the conversion; ``None`` where no tree is known.
    """

    times: Float[Tensor, "*batch n"]
    order: Int[Tensor, "*batch n"]
    depth: Int[Tensor, "*batch n"] | None


def touches_after(times: Float[Tensor, "*batch m"]) -> Int[Tensor, "*batch m"]:
    """Return how many touches are later than each; touches of one instant share a number."""
    return torch.searchsorted(times.sort(-1).values, times.contiguous())


def journey_bias(
    apart: Float[Tensor, "*batch n m"],
    decay: Float[Tensor, " h"],
    hop_table: Float[Tensor, "h b"] | None = None,
    hops: Int[Tensor, "*any k m"] | None = None,
) -> Float[Tensor, "..."]:
    """Return ``-decay |t_i - t_j| + b[min(hops_ij, 8)]``, one for each head, query and touch.

    Args:
        apart: Days between queries and touches.
        decay: Per day, one a head.
        hop_table: Bias of each distance and head.
        hops: Whole distances in the journey's graph.
    """
    bias = -decay[:, None, None] * apart.to(decay.dtype)[..., None, :, :]
    if hop_table is None or hops is None:
        return bias
    return bias + hop_table[:, hops.clamp_max(hop_table.shape[-1] - 1)].movedim(0, -3)


def channel_turns(pairs: int, lookback: float, max_len: int) -> Float[Tensor, "3 pairs"]:
    """Return turns a day, a touch and a hop of each channel pair: each turns by one of them."""
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


def earlier(touches: Places, places: Places) -> Bool[Tensor, "*batch n m"]:
    """Return which touches lie before each place, or at its instant and not later in order."""
    t, at = touches.times[..., None, :], places.times[..., :, None]
    not_later = touches.order[..., None, :] >= places.order[..., :, None]
    return (t > at) | ((t == at) & not_later)


def add_null_key(
    heads: Float[Tensor, "*batch h n dh"],
    weights: Float[Tensor, "*batch h n m"],
    lse: Float[Tensor, "*batch h n"],
    null_score: Float[Tensor, "*batch h n"],
    null_value: Float[Tensor, "h dh"],
) -> tuple[Float[Tensor, "*batch h n dh"], Float[Tensor, "*batch h n p"]]:
    """Let one more key share in outputs and weights already computed, as their last column."""
    null = torch.sigmoid(null_score - lse)[..., None]
    mixed = heads * (1 - null) + null * null_value[:, None, :]
    return mixed, torch.cat([weights * (1 - null), null], -1)


def touch_mass(lse: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
    """Return ``log(1 + sum_j exp(score_j))`` from the log of the sum; 0 for no touch.

    Softmax alone cannot count: ten equal touches give the output of one. This can.
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
    """Compute the scores of one head pair by pair, turning pairs as complex numbers."""
    scores = query.new_empty(len(query), len(keys))
    for i, q in enumerate(naive_rotate(query, query_turns)):
        for j, k in enumerate(naive_rotate(keys, turns)):
            product = q.dot(k) / math.sqrt(len(q))
            scores[i, j] = product - decay * abs(query_times[i] - times[j])
    return scores


class GraphRopeAttention(nn.Module):
    """Attention over the touches of a journey.

    Args:
        dim: Width of queries, touches and output.
        heads: Number of heads; the width of one must be even.
        lookback: Days that journeys reach back.
        max_len: Touches that are seen, the latest; the diagnostics count those dropped. Touches
            that share an order number stay or go together, so more may be seen: the diagnostics
            count these too.
        null_key: Add a learnt key that stands for "no touch"; weights gain a last column for it.
        mass: Also feed :func:`touch_mass` of each head to the output map, so that it can count.
    """

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
        super().__init__()
        self.project = HeadProjections(dim, heads, extra=heads if mass else 0)
        width = dim // heads
        if width % 2:
            raise ValueError(f"the width of a head must be even, got {width}")
        if lookback <= 0 or max_len < 1:
            raise ValueError(f"lookback and max_len must be above 0, got {lookback}, {max_len}")
        self.lookback, self.max_len, self.mass = lookback, max_len, mass
        # A plain attribute, not a buffer: a module moved to float32 must keep it in float64.
        self._turns = channel_turns(width // 2, lookback, max_len)
        self._signed_turns = signed(self._turns)
        self.conversion = nn.Parameter(torch.empty(1, dim))
        self.decay = nn.Parameter(torch.empty(heads))
        self.hop_table = nn.Parameter(torch.empty(heads, HOPS + 1))
        shape = (2, heads, width)
        self.null = nn.Parameter(torch.empty(shape)) if null_key else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw projections, conversion token and null key; start decays at the half-life."""
        self.project.reset_parameters()
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
        keep: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return what each query reads from the touches it may see.

        Args:
            query: Rows that look; ``None`` is the learnt conversion token, at time 0.
            keys: Touches.
            values: Touches.
            times: Days from each touch to the conversion, at least 0; float64 where they come from
                clock times.
            query_times: The same of the queries; ``None`` is the conversion, 0.
            order: Number of touches after each; ``None`` counts them from the times.
            query_order: The same of the queries; ``None`` counts likewise.
            depth: Hops from each touch to the conversion in the journey's tree; ``None`` for 0.
            query_depth: The same of the queries; ``None`` for 0.
            hops: Distances in the journey's graph between queries and touches.
            keep: Which touches may be seen, besides that none later than the query is.

        Returns:
            ``lse`` is over touches alone, without the null key. ``diagnostics["dropped"]`` counts
            touches beyond ``max_len``; ``diagnostics["beyond"]`` those seen although ``max_len``
            others are, as they share an order number with one of these.

        Raises:
            ValueError: Shapes or dtypes do not belong together; a touch lies after the conversion.
        """
        if query is None:
            query = self.conversion.expand(*keys.shape[:-2], 1, -1)
        project = self.project
        project.check(query, keys, values, keep)
        q, k = project.queries(query), project.key_rows(blank_unseen(keys, keep))
        touches = place_touches(keys, keep, times=times, order=order, depth=depth)
        seen, apart = self.recent(touches, keep), touches.times[..., None, :]
        k = turn_channels(k, self.turns(touches)).transpose(-3, -2)
        asked = (query_times, query_order, query_depth)
        if any(place is not None for place in asked):
            places = place_queries(query, asked, touches, keep, counted=order is None)
            apart = (places.times[..., :, None] - apart).abs()
            # at the conversion itself all are places 0, and nothing turns
            q = turn_channels(q, self.turns(places).transpose(-3, -2))
            if query_times is not None:
                past = earlier(touches, places)
                seen = past if seen is None else seen & past
        bias = journey_bias(
            apart,
            F.softplus(self.decay),
            self.hop_table,
            None if hops is None else check_hops(hops, query, keys),
        )
        weights, denominator = masked_weights(dot_score(q, k, bias), seen)
        heads = project.average(weights, blank_unseen(values, keep))
        lse = denominator() if self.mass or self.null is not None else None
        if self.null is not None and lse is not None:
            null_score = (q * self.null[0][:, None, :]).sum(-1) / math.sqrt(q.shape[-1])
            heads, weights = add_null_key(heads, weights, lse, null_score, self.null[1])
            seen = None  # the null key is always there, so no row is empty
        extra = touch_mass(lse).transpose(-2, -1) if self.mass and lse is not None else None
        output = project.mix(heads, seen, extra)
        counts = self.counts(touches, keep)
        return AttentionResult(output, weights, denominator if lse is None else lse, counts)

    def turns(self, places: Places) -> Float[Tensor, "... n 1 dh"]:
        """Return the signed turns of each channel, with an axis for heads."""
        known = [places.times, places.order.to(places.times.dtype)]
        if places.depth is not None:
            known.append(places.depth.to(places.times.dtype))
        # a channel turns by one of the kinds, so each sum of the product has one term
        of_kind = self._signed_turns.to(places.times.device)[: len(known)]
        return (torch.stack(known, -1) @ of_kind).unsqueeze(-2)

    def recent(self, touches: Places, keep: Tensor | None) -> Tensor | None:
        """Return the mask without touches beyond the latest ``max_len``."""
        if touches.order.shape[-1] <= self.max_len:
            return keep
        recent = (touches.order < self.max_len)[..., None, :]
        return recent if keep is None else keep & recent

    def counts(self, touches: Places, keep: Tensor | None) -> dict[str, float]:
        """Count touches dropped for ``max_len``, and touches seen beyond it, of the whole batch."""
        if touches.order.shape[-1] <= self.max_len:
            return {"dropped": 0, "beyond": 0}
        late = touches.order < self.max_len
        there = torch.ones_like(late) if keep is None else any_query_sees(keep).expand_as(late)
        beyond = ((late & there).sum(-1) - self.max_len).clamp_min(0)
        return {"dropped": int((~late & there).sum()), "beyond": int(beyond.sum())}

    def extra_repr(self) -> str:
        """Return the settings that the parameters do not show."""
        return (
            f"lookback={self.lookback}, max_len={self.max_len}, "
            f"null_key={self.null is not None}, mass={self.mass}"
        )


def any_query_sees(keep: Bool[Tensor, "..."]) -> Bool[Tensor, "..."]:
    """Return which keys some query may see."""
    return keep if keep.ndim == 1 else keep.any(-2)


def place_touches(
    keys: Float[Tensor, "*batch m d"],
    keep: Bool[Tensor, "..."] | None,
    *,
    times: Tensor,
    order: Tensor | None,
    depth: Tensor | None,
) -> Places:
    """Check the places of touches and count their order where it is not given.

    What stands at touches that may not be seen is ignored, whatever it is.
    """
    shape = keys.shape[:-1]
    times = check_place("times", times, shape).double()
    seen = None if keep is None else any_query_sees(keep)
    held = times if seen is None else times.masked_fill(~seen, 0.0)
    check_days("times", held)
    if order is not None:
        order = check_place("order", order, shape)
    else:
        order = touches_after(times if seen is None else times.masked_fill(~seen, torch.inf))
    return Places(held, order, None if depth is None else check_place("depth", depth, shape))


def place_queries(
    query: Float[Tensor, "*batch n d"],
    asked: tuple[Tensor | None, Tensor | None, Tensor | None],
    touches: Places,
    keep: Bool[Tensor, "..."] | None,
    *,
    counted: bool,
) -> Places:
    """Check the places of queries; what is not given is that of the conversion.

    Args:
        query: Rows that look.
        asked: Their times, order and depth.
        touches: Places of the touches.
        keep: Which touches may be seen.
        counted: The order of touches was counted, so that of queries is counted likewise.
    """
    shape = query.shape[:-1]
    times, order, depth = (
        None if given is None else check_place(name, given, shape)
        for name, given in zip(("query_times", "query_order", "query_depth"), asked, strict=True)
    )
    if order is None and counted and times is not None:
        later = touches.times[..., None, :] < times.double()[..., :, None]
        order = (later if keep is None else later & any_query_sees(keep)[..., None, :]).sum(-1)
    times = touches.times.new_zeros(shape) if times is None else times.double()
    check_days("query_times", times)
    order = touches.order.new_zeros(shape) if order is None else order
    if depth is None and touches.depth is not None:
        depth = touches.depth.new_zeros(shape)
    return Places(times, order, depth)


def check_place(name: str, place: Tensor, shape: torch.Size) -> Tensor:
    """Return a place for every row, or refuse one of another shape or kind."""
    whole = place.is_floating_point() if name.endswith("times") else not place.is_floating_point()
    if not whole:
        kind = "floating" if name.endswith("times") else "integer"
        raise ValueError(f"{name} must have {kind} dtype, got {place.dtype}")
    if place.shape == shape:
        return place
    if place.shape != shape[-1:]:
        raise ValueError(
            f"{name} must have shape {tuple(shape[-1:])} or {tuple(shape)}, "
            f"got {tuple(place.shape)}"
        )
    return place.expand(shape)


def check_days(name: str, times: Tensor) -> None:
    """Refuse times after the conversion, and what is no time at all."""
    low, high = (bound.item() for bound in torch.aminmax(times))
    if not (low >= 0 and high < torch.inf):  # false for NaN too
        wrong = times[~((times >= 0) & (times < torch.inf))][0].item()
        raise ValueError(
            f"{name} must be finite days before the conversion, at least 0, got {wrong}"
        )


def check_hops(hops: Tensor, query: Tensor, keys: Tensor) -> Tensor:
    """Refuse distances that are not whole, at least 0 and one for each query and touch."""
    shape = (*query.shape[:-1], keys.shape[-2])
    if hops.is_floating_point() or hops.shape not in (shape, shape[-2:]):
        raise ValueError(
            f"hops must be integers of shape {shape[-2:]} or {shape}, "
            f"got {hops.dtype} of shape {tuple(hops.shape)}"
        )
    if bool((hops < 0).any()):
        raise ValueError(f"hops must be at least 0, got {int(hops.min())}")
    return hops
