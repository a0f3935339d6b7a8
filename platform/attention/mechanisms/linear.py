"""Linear attention: a summary of fixed size that a stream can update and read at constant cost.

Katharopoulos et al. 2020. With positive features ``phi`` (``attention.mechanisms.feature_maps``)::

    out_i = phi(q_i)^T S / (phi(q_i)^T z),   S = sum_j phi(k_j) v_j^T,   z = sum_j phi(k_j)

In a stream an event of age ``dt`` has weight ``exp(-dt / tau)``. Features are stored as logarithms:
forgetting is then a subtraction, and one running maximum over all keys (never one per key, which
would change the weights) keeps the sums in range.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from attention.mechanisms.feature_maps import (
    EluFeatures,
    FeatureMap,
    LearntFeatures,
    RandomFeatures,
)
from attention.mechanisms.heads import split_heads
from attention.mechanisms.mechanism import ProjectedAttention
from attention.mechanisms.multi_head import attend_lazy_lse, dot_score
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, check_matrix, zero_empty_rows, zero_masked
from attention.mechanisms.softmax import masked_weights

_SAMPLED_QUERIES = 64
"""Queries per call on which the error of random features is measured."""


@dataclass(frozen=True, eq=False)
class LinearState:
    """The state of a stream: ``f dv + f`` numbers per head at any length.

    Attributes:
        S: Sum of features times values, over ``exp(peak)``.
        z: Sum of features, over ``exp(peak)``.
        peak: Largest logarithm of a feature so far, after forgetting.
        time: Time of the last event, in the unit of ``tau``; ``None`` before the first.
    """

    S: Float[Tensor, "*batch h f dv"]
    z: Float[Tensor, "*batch h f"]
    peak: Float[Tensor, "*batch h"]
    time: float | None


def summarise(
    log_keys: Float[Tensor, "*batch h m f"], values: Float[Tensor, "*batch h m dv"]
) -> tuple[Float[Tensor, "*batch h f dv"], Float[Tensor, "*batch h f"], Float[Tensor, "*batch h"]]:
    """Return ``S``, ``z`` and the maximum of the logarithms, which both are divided by.

    Keys whose logarithms are minus infinity add nothing.
    """
    peak = log_keys.detach().amax((-2, -1))
    shift = peak.masked_fill(peak == -torch.inf, 0.0)
    features = (log_keys - shift[..., None, None]).exp_()
    return features.transpose(-2, -1) @ values, features.sum(-2), peak


def read_summary(
    log_query: Float[Tensor, "*batch h n f"],
    S: Float[Tensor, "*batch h f dv"],
    z: Float[Tensor, "*batch h f"],
) -> Float[Tensor, "*batch h n dv"]:
    """Return ``phi(q)^T S / phi(q)^T z``, and 0 where nothing was summed."""
    peak = log_query.detach().amax(-1, keepdim=True)
    features = (log_query - peak).exp_()
    total = features @ z[..., None]
    return (features @ S) / total.masked_fill(total == 0, 1.0)


def project_features(
    rows: Float[Tensor, "*batch n d"],
    projection: Float[Tensor, "w d"],
    features: Float[Tensor, "h f dh"],
) -> Float[Tensor, "*batch h n f"]:
    """Return ``rows projection_h^T features_h^T`` in the cheaper order of products."""
    heads, count, width = features.shape
    n, dim = rows.shape[-2:]
    one_by_one = n * heads * width * (dim + count)
    at_once = heads * count * dim * (width + n)
    if one_by_one <= at_once:
        projected = split_heads(F.linear(rows, projection), heads)
        return projected @ features.transpose(-2, -1)
    folded = features @ projection.reshape(heads, width, -1)
    return split_heads(F.linear(rows, folded.flatten(0, 1)), heads)


def linear_weights(
    log_query: Float[Tensor, "*batch h n f"],
    log_keys: Float[Tensor, "*batch h m f"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch h n m"]:
    """Return the weights of the naive form, ``phi(q_i) . phi(k_j)`` over its sum, in ``n x m``."""
    # logsumexp over features is the log of their product; softmax over keys normalises it
    products = torch.logsumexp(log_query[..., :, None, :] + log_keys[..., None, :, :], -1)
    return masked_weights(products, mask)[0]


def absorb(
    state: LinearState,
    log_keys: Float[Tensor, "*batch h m f"],
    values: Float[Tensor, "*batch h m dv"],
    times: Float[Tensor, " m"] | None = None,
    *,
    tau: float | None = None,
) -> LinearState:
    """Add events to a state; without ``tau`` nothing is forgotten and times are not needed.

    Args:
        state: Before the events.
        log_keys: Logarithms of their features.
        values: Their values.
        times: Their times, ascending, not before the last event of the state.
        tau: Time after which an event has weight ``1/e``.

    Raises:
        ValueError: Times are missing, out of order, or before the last event.
    """
    fade, now = 0.0, state.time
    if tau is not None:
        if times is None:
            raise ValueError("times must be given when tau is set, got none")
        check_times(times, state.time, log_keys.shape[-2])
        now = float(times[-1])
        fade = 0.0 if state.time is None else (now - state.time) / tau
        log_keys = log_keys - ((now - times) / tau).to(log_keys.dtype)[:, None]
    S, z, peak = summarise(log_keys, values)
    faded = state.peak - fade
    both = torch.maximum(faded, peak)
    past, present = torch.exp(faded - both), torch.exp(peak - both)
    return LinearState(
        past[..., None, None] * state.S + present[..., None, None] * S,
        past[..., None] * state.z + present[..., None] * z,
        both,
        now,
    )


def check_times(times: Tensor, last: float | None, count: int) -> None:
    """Raise ``ValueError`` unless there is one time per event, ascending."""
    if times.shape != (count,):
        raise ValueError(f"times must have shape ({count},), got {tuple(times.shape)}")
    start = float(times[0]) if last is None else last
    if float(times[0]) < start or bool((times.diff() < 0).any()):
        raise ValueError(f"times must not run backwards from {start}, got {times.tolist()}")


class LinearAttention(ProjectedAttention):
    """Attention in time linear in queries and keys, and as a stream.

    Args:
        dim: Width of queries, keys, values and output.
        heads: Number of heads; divides ``dim``.
        features: Number of features of a head; ``"elu"`` has the width of a head.
        feature_map: ``"learnt"``, ``"elu"`` or ``"random"`` (FAVOR+).
        tau: Time after which an event of a stream has weight ``1/e``; ``None`` forgets nothing.
        seed: Seed of the random features.
    """

    settings = ("feature_map", "tau")

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        features: int = 16,
        feature_map: str = "learnt",
        tau: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(HeadProjections(dim, heads))
        if features < 1 or (tau is not None and tau <= 0):
            raise ValueError(f"features and tau must be above 0, got {features} and {tau}")
        self.feature_map, self.tau = feature_map, tau
        width = dim // heads
        self.map: FeatureMap
        if feature_map == "learnt":
            self.map = LearntFeatures(heads, width, features)
        elif feature_map == "elu":
            self.map = EluFeatures()
        elif feature_map == "random":
            self.map = RandomFeatures(heads, width, features, seed=seed)
        else:
            raise ValueError(
                f"feature_map must be 'learnt', 'elu' or 'random', got {feature_map!r}"
            )

    def reset_own_parameters(self) -> None:
        """Initialise learnt maps; random directions depend on the seed alone."""
        if isinstance(self.map, LearntFeatures):
            self.map.reset_parameters()

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        need_weights: bool = False,
    ) -> AttentionResult:
        """Return the outputs; weights, or a mask per query, take ``n x m`` memory.

        Returns:
            With random features ``diagnostics["relative_error"]`` is the error of the heads'
            outputs against softmax attention, over up to 64 queries.

        Raises:
            ValueError: Shapes or dtypes do not match.
        """
        self.project.check(query, keys, values, mask)
        keys = zero_masked(keys, mask)
        log_q, log_k = self.log_query(query), self.log_keys(keys)
        v = self.project.values(zero_masked(values, mask))
        weights = None
        if need_weights or (mask is not None and mask.ndim > 1 and mask.shape[-2] > 1):
            weights = linear_weights(log_q, log_k, mask)
            heads = weights @ v
        else:
            if mask is not None:
                visible = mask if mask.ndim == 1 else mask[..., 0, :]
                log_k = log_k.masked_fill(~visible[..., None, :, None], -torch.inf)
            S, z, _ = summarise(log_k, v)
            heads = read_summary(log_q, S, z)
        diagnostics = {}
        if self.feature_map == "random":
            diagnostics = self.error(heads, query, keys, v, mask)
        return AttentionResult(
            self.project.mix(heads, mask),
            weights if need_weights else None,
            None,
            diagnostics,
        )

    def log_query(self, query: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch h n f"]:
        """Return the logarithms of the features of queries."""
        if not isinstance(self.map, LearntFeatures):
            return self.map.query(self.project.queries(query))
        return self.map.of_query_products(
            project_features(query, self.project.query.weight, self.map.of_query)
        )

    def log_keys(self, keys: Float[Tensor, "*batch m d"]) -> Float[Tensor, "*batch h m f"]:
        """Return the logarithms of the features of keys."""
        if not isinstance(self.map, LearntFeatures):
            return self.map.key(self.project.keys(keys))
        return self.map.of_key_products(
            project_features(keys, self.project.key.weight, self.map.of_key)
        )

    def error(
        self, heads: Tensor, query: Tensor, keys: Tensor, v: Tensor, mask: Tensor | None
    ) -> dict[str, float]:
        """Compare the heads' outputs with softmax attention on the first queries."""
        sample = slice(_SAMPLED_QUERIES)
        sampled_mask = mask[..., sample, :] if mask is not None and mask.ndim > 1 else mask
        with torch.no_grad():
            q, k = self.project.queries(query[..., sample, :]), self.project.keys(keys)
            exact, _, _ = attend_lazy_lse(q, k, v, mask=sampled_mask)
            error = (heads[..., sample, :] - exact).norm() / exact.norm()
        return {"relative_error": error.item()}

    def start(self, batch: tuple[int, ...] = ()) -> LinearState:
        """Return the state of a stream before its first event, on the device of the parameters."""
        heads, weight = self.project.heads, self.project.out.weight
        rows = weight.new_zeros(*batch, 1, self.project.dim)
        log_keys = self.map.key(self.project.keys(rows))
        width = self.project.dim // heads
        features = log_keys.shape[-1]
        return LinearState(
            weight.new_zeros(*batch, heads, features, width),
            weight.new_zeros(*batch, heads, features),
            weight.new_full((*batch, heads), -torch.inf),
            None,
        )

    def absorb(
        self,
        state: LinearState,
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        times: Float[Tensor, " m"] | None = None,
    ) -> LinearState:
        """Add events to a stream, in time order; no events leave the state unchanged.

        Raises:
            ValueError: Shapes or dtypes do not match, or times run backwards.
        """
        if keys.shape[-2] == 0:
            return state
        self.project.check(keys[..., :0, :], keys, values)
        v = self.project.values(values)
        return absorb(state, self.log_keys(keys), v, times, tau=self.tau)

    def read(
        self, state: LinearState, query: Float[Tensor, "*batch n dq"]
    ) -> Float[Tensor, "*batch n d"]:
        """Return the output of queries over the stream so far; 0 before its first event."""
        check_matrix("query", query, self.project.dim, self.project.out.weight.dtype)
        heads = read_summary(self.log_query(query), state.S, state.z)
        started = (state.peak > -torch.inf).any(-1)[..., None, None]
        return zero_empty_rows(self.project.mix(heads), started)

    def distillation_loss(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the cross-entropy against softmax weights, averaged over heads and queries.

        Trains the feature map to approximate softmax; gradients reach the map alone.
        """
        q, k, _ = self.project(query, keys, keys, mask)
        q, k = q.detach(), k.detach()
        teacher, _ = masked_weights(dot_score(q, k), mask)
        student = linear_weights(self.map.query(q), self.map.key(k), mask)
        tiny = torch.finfo(student.dtype).tiny
        return -(teacher * student.clamp_min(tiny).log()).sum(-1).mean()
