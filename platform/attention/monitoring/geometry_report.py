"""A report on the geometry of a window of embeddings, each number with its usual range.

Six numbers describe the relative positions of the items; rotating the window changes none of them.
Fixed thresholds do not transfer between data sets, so each number is compared with its empirical
distribution over a reference period:

    p_i = two-sided tail probability in the reference period
    health = geometric mean of min(1, p_i / .5)

Health is 1 when all numbers are near their medians. Without a change it falls below .2 in less than
one window in twenty. That needs at least three numbers, and embeddings provide four.

A window holds items ordered by age, and ``ot_mean`` compares its older half with its newer half: it
detects a shift while the shift passes through the window, not afterwards.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attention.geometry.affinity import affinity, degrees, energy
from attention.geometry.product_space import exact_distances
from attention.geometry.wasserstein import directions, sliced_wasserstein
from attention.learning.bottleneck import gaussian_divergence
from attention.monitoring.topology_gate import Mode, Window, neighbourhoods, preservation

RANGES = {
    "ot_mean": (0.0, math.inf),
    "coherence": (0.0, 1.0),
    "h0_sum": (0.0, math.inf),
    "ib_rate": (0.0, math.inf),
    "diffusion_energy": (0.0, 2.0),
    "entropy": (0.0, 1.0),
}
"""Smallest and largest value that each number can take."""

MIN_WINDOWS = 30
"""Smallest number of windows of a reference period; fewer cannot resolve a tail."""

NEIGHBOURS = 8
"""Number of nearest neighbours in the coherence."""

ADVICE = {
    Mode.STABLE: "proceed",
    Mode.CAUTIOUS: "halve the steps of all optimisers",
    Mode.FREEZE: "hold budgets and updates",
}
"""The recommendation in each mode of the topology gate."""

MAX_USUAL_Z = 3.0
"""Largest z-score of the weights' entropy that needs no action."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A window of items ordered by age, the oldest first.

    Attributes:
        embeddings: One row per item, at least two items.
        weights: Attention weights over the items, each row summing to 1; ``None`` omits the
            entropy.
        codes: Mean and variance of the bottleneck's codes; ``None`` omits their rate.
        ids: Identity of each item; ``None`` numbers the rows.
    """

    embeddings: Float[Tensor, "n d"]
    weights: Float[Tensor, "*rows m"] | None = None
    codes: tuple[Float[Tensor, "n c"], Float[Tensor, "n c"]] | None = None
    ids: Int[Tensor, " n"] | None = None

    def __post_init__(self) -> None:
        """Validate shapes and ids."""
        if self.embeddings.ndim != 2 or len(self.embeddings) < 2:
            raise ValueError(
                "embeddings must have shape (rows, d) with 2 rows or more, "
                f"got {tuple(self.embeddings.shape)}"
            )
        if self.ids is not None and len(torch.unique(self.ids)) != len(self.embeddings):
            raise ValueError(f"ids must be {len(self.embeddings)} different numbers")

    def coherence(self, reference: "Snapshot") -> float:
        """Share of nearest neighbours, by cosine, that are also neighbours in the reference."""
        return preservation(self.neighbourhoods(), reference.neighbourhoods())

    def neighbourhoods(self) -> Window:
        """Find the nearest neighbours of each item."""
        x = self.embeddings
        ids = torch.arange(len(x), device=x.device) if self.ids is None else self.ids
        return neighbourhoods(x, ids, NEIGHBOURS)


@dataclass(frozen=True)
class Reading:
    """One number with its distribution in the reference period.

    Attributes:
        name: Key of :data:`RANGES`.
        value: Value in the present window.
        range: Smallest and largest value it can take.
        mean: Mean over the windows of the reference period.
        sd: Standard deviation over the same windows.
        z: ``(value - mean) / sd``; 0 without any variation or change.
        tail: Two-sided empirical tail probability.
    """

    name: str
    value: float
    range: tuple[float, float]
    mean: float
    sd: float
    z: float
    tail: float


@dataclass(frozen=True)
class GeometryReport:
    """The report on one window.

    Attributes:
        readings: One per available number.
        health: In (0, 1]; 1 is usual.
        mode: Mode of the topology gate.
        recommendation: The advice for this mode, then ``sharpen`` or ``soften`` when the weights
            are far more even or far more peaked than usual.
    """

    readings: tuple[Reading, ...]
    health: float
    mode: Mode
    recommendation: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Calibration:
    """The distributions in the reference period.

    Attributes:
        reference: The window that coherence compares with.
        samples: Sorted values of each number over the windows of the period.
    """

    reference: Snapshot
    samples: Mapping[str, Float[Tensor, " windows"]]


@torch.no_grad()
def statistics(window: Snapshot, reference: Snapshot) -> dict[str, float]:
    """Return the available numbers of a window.

    ``ot_mean``
        Squared sliced-Wasserstein distance between its older and its newer half (64 directions,
        seed 42): new items differ from old ones.
    ``coherence``
        Share of the 8 nearest neighbours that are also neighbours in the reference window.
    ``h0_sum``
        Total length of the minimum spanning tree, the sum of all H0 persistences: the spread.
    ``ib_rate``
        Mean divergence of the bottleneck's codes from their prior, nats.
    ``diffusion_energy``
        ``x^T (D - W) x / x^T D x`` over the coordinates of the centred embeddings, with the graph
        of ``attention.geometry.affinity``: how different neighbours are.
    ``entropy``
        Mean entropy of the rows of the weights, relative to uniform weights.
    """
    x = window.embeddings
    older, newer = x[: len(x) // 2], x[len(x) // 2 :]
    values = {
        "ot_mean": float(sliced_wasserstein(older, newer, directions(x.shape[1], like=x))),
        "coherence": window.coherence(reference),
        "h0_sum": float(spanning_tree_length(exact_distances(x, x))),
        "diffusion_energy": rayleigh_quotient(x),
    }
    if window.codes is not None:
        values["ib_rate"] = float(gaussian_divergence(*window.codes).mean())
    if window.weights is not None:
        values["entropy"] = mean_entropy(window.weights)
    return {name: values[name] for name in RANGES if name in values}


def spanning_tree_length(distances: Float[Tensor, "n n"]) -> Float[Tensor, ""]:
    """Total length of the minimum spanning tree, grown point by point (Prim 1957)."""
    outside = torch.zeros(len(distances), dtype=distances.dtype, device=distances.device)
    nearest_edge, total = distances[0].clone(), distances.new_zeros(())
    outside[0] = torch.inf
    for _ in range(len(distances) - 1):
        nearest = (nearest_edge + outside).argmin()
        total = total + nearest_edge[nearest]
        outside[nearest] = torch.inf
        nearest_edge = torch.minimum(nearest_edge, distances[nearest])
    return total


def rayleigh_quotient(x: Float[Tensor, "n d"]) -> float:
    """``x^T (D - W) x / x^T D x`` summed over the coordinates of ``x`` about their mean."""
    graph = affinity(x)
    degree = degrees(graph)
    centred = x - degree @ x / degree.sum()
    size = float((degree[:, None] * centred.square()).sum())
    return float(energy(centred.T, graph).sum()) / size if size > 0 else 0.0


def mean_entropy(weights: Float[Tensor, "*rows m"]) -> float:
    """Entropy of each row over ``log m``, averaged; 0 for a single item."""
    m = weights.shape[-1]
    if m < 2:
        return 0.0
    return float(torch.special.entr(weights).sum(-1).mean()) / math.log(m)


def calibrate(windows: Sequence[Snapshot], *, reference: Snapshot | None = None) -> Calibration:
    """Estimate the usual distributions from the windows of a healthy period.

    Args:
        windows: At least 30, with the same data as the windows of later reports.
        reference: The window that coherence compares with; ``None`` takes the first, which is
            then not a sample.

    Raises:
        ValueError: Too few windows, or windows with different numbers.
    """
    first, rest = (windows[0], windows[1:]) if reference is None else (reference, windows)
    if len(rest) < MIN_WINDOWS:
        raise ValueError(
            f"a reference period needs at least {MIN_WINDOWS} windows, got {len(rest)}"
        )
    rows = [statistics(window, first) for window in rest]
    names = set(rows[0])
    if any(set(row) != names for row in rows):
        raise ValueError("windows of a reference period must all have the same numbers")
    samples = {
        name: torch.tensor([row[name] for row in rows], dtype=torch.float64).sort().values
        for name in rows[0]
    }
    return Calibration(first, samples)


def report(window: Snapshot, calibration: Calibration, mode: Mode) -> GeometryReport:
    """Compare a window with the reference period.

    Args:
        window: The present window, with the same data as those of the period.
        calibration: From :func:`calibrate`.
        mode: Present mode of the topology gate.

    Raises:
        ValueError: The window and the period have different numbers.
    """
    values = statistics(window, calibration.reference)
    if set(values) != set(calibration.samples):
        raise ValueError(
            f"the window must have {', '.join(calibration.samples)}, got {', '.join(values)}"
        )
    readings = tuple(read(name, value, calibration.samples[name]) for name, value in values.items())
    logs = [math.log(min(1.0, reading.tail / 0.5)) for reading in readings]
    health = math.exp(sum(logs) / len(logs))
    return GeometryReport(readings, health, mode, recommend(mode, readings))


def read(name: str, value: float, sample: Float[Tensor, " windows"]) -> Reading:
    """Compare a value with the distribution of the reference period."""
    mean, sd = float(sample.mean()), float(sample.std())
    if sd > 0:
        z = (value - mean) / sd
    else:
        z = 0.0 if value == mean else math.copysign(math.inf, value - mean)
    return Reading(name, value, RANGES[name], mean, sd, z, tail_probability(value, sample))


def tail_probability(value: float, sample: Float[Tensor, " windows"]) -> float:
    """Two-sided empirical tail probability; never 0, because the value itself counts."""
    below, above = int((sample <= value).sum()), int((sample >= value).sum())
    return min(1.0, 2 * (1 + min(below, above)) / (len(sample) + 1))


def recommend(mode: Mode, readings: Sequence[Reading]) -> tuple[str, ...]:
    """Return the advice for a mode, and whether to change the temperature of the weights."""
    z_scores = [r.z for r in readings if r.name == "entropy" and abs(r.z) > MAX_USUAL_Z]
    return (ADVICE[mode], *("sharpen" if z > 0 else "soften" for z in z_scores))
