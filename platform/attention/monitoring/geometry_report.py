"""One report on the shape of a window of embeddings, each number beside its usual range.

Six numbers on how items lie to one another; a rotation of the whole window changes none of them.
Fixed thresholds on such numbers mean nothing across data sets, so each is held against a reference
period: how far out in its empirical distribution does it lie?

    p_i = tail probability in the reference period, on the side where it lies, doubled
    health = geometric mean of min(1, p_i / .5)

Health is 1 in the middle of everything usual. With no change it falls below .2 in fewer than one
window in twenty; that needs at least three numbers, and the embeddings alone give four.

A window holds items in order of age, and ``ot_mean`` sets its older half against its newer one: a
shift is seen while it passes through the window, not once everything has moved.
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

FEWEST = 30
"""Windows that a reference period must have: fewer leave no room for a tail."""

NEIGHBOURS = 8
"""Nearest neighbours that coherence looks at."""

ADVICE = {
    Mode.STABLE: "proceed",
    Mode.CAUTIOUS: "halve the steps of all optimisers",
    Mode.FREEZE: "hold budgets and updates",
}
"""What may run in each mode of the topology gate."""

USUAL = 3.0
"""Standard deviations within which the entropy of the weights calls for nothing."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is looked at: a window of items in order of age, the oldest first.

    Attributes:
        embeddings: One row an item, two items at least.
        weights: Attention weights over the items, each row summing to 1; ``None`` leaves the
            entropy out.
        codes: Mean and variance of the bottleneck's codes; ``None`` leaves their rate out.
    """

    embeddings: Float[Tensor, "n d"]
    weights: Float[Tensor, "*rows m"] | None = None
    codes: tuple[Float[Tensor, "n c"], Float[Tensor, "n c"]] | None = None
    ids: Int[Tensor, " n"] | None = None

    def __post_init__(self) -> None:
        """Refuse what has no shape."""
        if self.embeddings.ndim != 2 or len(self.embeddings) < 2:
            raise ValueError(
                "embeddings must have shape (rows, d) with 2 rows or more, "
                f"got {tuple(self.embeddings.shape)}"
            )
        if self.ids is not None and len(torch.unique(self.ids)) != len(self.embeddings):
            raise ValueError(f"ids must be {len(self.embeddings)} different numbers")

    def coherence(self, reference: "Snapshot") -> float:
        """Share of the nearest neighbours, by cosine, that were so in the reference."""
        return preservation(self.neighbourhoods(), reference.neighbourhoods())

    def neighbourhoods(self) -> Window:
        """Find the nearest neighbours of each item."""
        x = self.embeddings
        ids = torch.arange(len(x), device=x.device) if self.ids is None else self.ids
        return neighbourhoods(x, ids, NEIGHBOURS)


@dataclass(frozen=True)
class Reading:
    """One number, beside what is usual.

    Attributes:
        name: Key of :data:`RANGES`.
        value: In the present window.
        range: Smallest and largest value it can take.
        mean: Over the windows of the reference period.
        sd: Standard deviation over them.
        z: ``(value - mean) / sd``; 0 when nothing ever varied and nothing changed.
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
    """The page on one window.

    Attributes:
        readings: One an available number.
        health: In (0, 1]; 1 is as usual.
        mode: Of the topology gate.
        recommendation: What may run in this mode, then ``sharpen`` or ``soften`` when the
            weights are far more even or far more peaked than usual.
    """

    readings: tuple[Reading, ...]
    health: float
    mode: Mode
    recommendation: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was usual in the reference period.

    Attributes:
        reference: The window to whose neighbourhoods coherence compares.
        samples: Sorted values of each number over the windows of the period.
    """

    reference: Snapshot
    samples: Mapping[str, Float[Tensor, " windows"]]


@torch.no_grad()
def statistics(window: Snapshot, reference: Snapshot) -> dict[str, float]:
    """Take the numbers of a window; those without their data are left out.

    ``ot_mean``
        Squared sliced-Wasserstein distance between its older and its newer half (64 directions,
        seed 42): what arrives differs from what was there.
    ``coherence``
        Share of 8 nearest neighbours that were so in the reference window.
    ``h0_sum``
        Total length of the minimum spanning tree, the sum of all H0 persistences: how spread out.
    ``ib_rate``
        Mean divergence of the bottleneck's codes from their prior, nats.
    ``diffusion_energy``
        ``x^T (D - W) x / x^T D x`` over the coordinates of the centred embeddings, with the graph
        of ``attention.mechanisms.diffusion``: how unlike neighbours are.
    ``entropy``
        Mean entropy of the rows of the weights, over that of uniform ones.
    """
    x = window.embeddings
    older, newer = x[: len(x) // 2], x[len(x) // 2 :]
    found = {
        "ot_mean": float(sliced_wasserstein(older, newer, directions(x.shape[1], like=x))),
        "coherence": window.coherence(reference),
        "h0_sum": float(spanning_tree_length(exact_distances(x, x))),
        "diffusion_energy": rayleigh_quotient(x),
    }
    if window.codes is not None:
        found["ib_rate"] = float(gaussian_divergence(*window.codes).mean())
    if window.weights is not None:
        found["entropy"] = mean_entropy(window.weights)
    return {name: found[name] for name in RANGES if name in found}


def spanning_tree_length(distances: Float[Tensor, "n n"]) -> Float[Tensor, ""]:
    """Total length of the minimum spanning tree, grown point by point (Prim 1957)."""
    outside = torch.zeros(len(distances), dtype=distances.dtype, device=distances.device)
    reach, total = distances[0].clone(), distances.new_zeros(())
    outside[0] = torch.inf
    for _ in range(len(distances) - 1):
        nearest = (reach + outside).argmin()
        total = total + reach[nearest]
        outside[nearest] = torch.inf
        reach = torch.minimum(reach, distances[nearest])
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
    """Learn what is usual from the windows of a period in which nothing was wrong.

    Args:
        windows: At least 30, of the kind that will be reported on.
        reference: The window that coherence compares with; ``None`` takes the first, which is
            then not a sample.

    Raises:
        ValueError: Too few windows, or windows that do not offer the same numbers.
    """
    first, rest = (windows[0], windows[1:]) if reference is None else (reference, windows)
    if len(rest) < FEWEST:
        raise ValueError(f"a reference period needs at least {FEWEST} windows, got {len(rest)}")
    found = [statistics(window, first) for window in rest]
    names = set(found[0])
    if any(set(one) != names for one in found):
        raise ValueError("windows of a reference period must all offer the same numbers")
    samples = {
        name: torch.tensor([one[name] for one in found], dtype=torch.float64).sort().values
        for name in found[0]
    }
    return Calibration(first, samples)


def report(window: Snapshot, calibration: Calibration, mode: Mode) -> GeometryReport:
    """Hold a window against the reference period.

    Args:
        window: The present one, with the data that the period's windows had.
        calibration: From :func:`calibrate`.
        mode: Of the topology gate at present.

    Raises:
        ValueError: The window does not offer the numbers that the period did.
    """
    found = statistics(window, calibration.reference)
    if set(found) != set(calibration.samples):
        raise ValueError(
            f"the window must offer {', '.join(calibration.samples)}, got {', '.join(found)}"
        )
    readings = tuple(read(name, found[name], calibration.samples[name]) for name in found)
    logs = [math.log(min(1.0, reading.tail / 0.5)) for reading in readings]
    health = math.exp(sum(logs) / len(logs))
    return GeometryReport(readings, health, mode, recommend(mode, readings))


def read(name: str, value: float, sample: Float[Tensor, " windows"]) -> Reading:
    """Place a value in the distribution of the reference period."""
    mean, sd = float(sample.mean()), float(sample.std())
    if sd > 0:
        z = (value - mean) / sd
    else:
        z = 0.0 if value == mean else math.copysign(math.inf, value - mean)
    return Reading(name, value, RANGES[name], mean, sd, z, tail_probability(value, sample))


def tail_probability(value: float, sample: Float[Tensor, " windows"]) -> float:
    """Two-sided probability of a value as far out: never 0, as the value itself is counted."""
    below, above = int((sample <= value).sum()), int((sample >= value).sum())
    return min(1.0, 2 * (1 + min(below, above)) / (len(sample) + 1))


def recommend(mode: Mode, readings: Sequence[Reading]) -> tuple[str, ...]:
    """Say what may run in a mode, and whether the temperature of the weights should change."""
    entropies = [one.z for one in readings if one.name == "entropy" and abs(one.z) > USUAL]
    return (ADVICE[mode], *("sharpen" if z > 0 else "soften" for z in entropies))
