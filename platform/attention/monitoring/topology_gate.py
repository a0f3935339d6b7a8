"""A gate on updates: open while items keep their neighbours, closed while they do not.

Coherence is neighbourhood preservation against a reference window, by cosine::

    c = mean_i |kNN_now(i) & kNN_ref(i)| / k     1 when nothing moved, k / (n - 1) by chance

over the items present in both windows, with at most ``n - 2`` neighbours in a window of ``n``: of
three items each has one, and the coherence of a window of one or two items is always 1. The mean
cosine to the nearest neighbours (the usual measure) is not comparable between portfolios:
independent vectors give .12, ten tight clusters .87.

Three modes, with hysteresis so that noise near a threshold does not switch back and forth::

    from STABLE    c < .75 -> CAUTIOUS,  c < .25 -> FREEZE
    from CAUTIOUS  c >= .85 -> STABLE,   c < .25 -> FREEZE
    from FREEZE    c >= .55 -> CAUTIOUS, never directly to STABLE
    at the start   STABLE if c >= .8, FREEZE if c < .3, else CAUTIOUS
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Mode(StrEnum):
    """What a gate allows."""

    STABLE = "stable"
    CAUTIOUS = "cautious"
    FREEZE = "freeze"


STEP_FACTOR = {Mode.STABLE: 1.0, Mode.CAUTIOUS: 0.5, Mode.FREEZE: 0.0}
"""Factor on the step sizes of all optimisers."""


WIDTH_FACTOR = {Mode.STABLE: 1.0, Mode.CAUTIOUS: 0.5, Mode.FREEZE: 0.0}
"""Share of the visible keys, by logit, that a query still reads."""


class FrozenError(RuntimeError):
    """An update was tried, or no weights were stored yet, while the gate is frozen."""


@dataclass(frozen=True)
class Thresholds:
    """Where modes change; each change needs ``hysteresis`` more than its threshold."""

    stable: float = 0.8
    cautious: float = 0.5
    freeze: float = 0.3
    hysteresis: float = 0.05

    def __post_init__(self) -> None:
        """Validate the order of the thresholds."""
        if not 0 <= self.freeze <= self.cautious <= self.stable <= 1 or self.hysteresis < 0:
            raise ValueError(
                "thresholds must be 0 <= freeze <= cautious <= stable <= 1 with hysteresis >= 0, "
                f"got {self}"
            )

    def first(self, coherence: float) -> Mode:
        """Return the mode to start in."""
        if coherence >= self.stable:
            return Mode.STABLE
        return Mode.FREEZE if coherence < self.freeze else Mode.CAUTIOUS

    def after(self, mode: Mode, coherence: float) -> Mode:
        """Return the mode that follows a mode."""
        if mode is Mode.FREEZE:
            return Mode.CAUTIOUS if coherence >= self.above(self.cautious) else Mode.FREEZE
        if coherence < self.below(self.freeze):
            return Mode.FREEZE
        if mode is Mode.STABLE:
            return Mode.CAUTIOUS if coherence < self.below(self.stable) else Mode.STABLE
        return Mode.STABLE if coherence >= self.above(self.stable) else Mode.CAUTIOUS

    def above(self, threshold: float) -> float:
        """Return the coherence at which a mode is left upwards, rounded against float noise."""
        return round(threshold + self.hysteresis, 12)

    def below(self, threshold: float) -> float:
        """Return the coherence at which a mode is left downwards, rounded likewise."""
        return round(threshold - self.hysteresis, 12)


@dataclass(frozen=True, eq=False)
class Window:
    """The items at one time and the ids of the nearest neighbours of each, ordered by id."""

    ids: Int[Tensor, " n"]
    neighbours: Int[Tensor, "n k"]


def neighbourhoods(items: Float[Tensor, "n d"], ids: Int[Tensor, " n"] | None, k: int) -> Window:
    """Find the ``k`` nearest others of each item by cosine, at most ``n - 2`` of them.

    The nearest ``n - 1`` others would be all others and could never change, so at least one is left
    out. One or two items have no neighbours in this sense. Ties go to the lower id, so the order of
    the items does not matter. Without ids an item is identified by its row.
    """
    if ids is None:
        return Window(torch.arange(len(items), device=items.device), nearest_rows(items, k))
    ids, order = ids.sort()
    return Window(ids, ids[nearest_rows(items[order], k)])


def nearest_rows(items: Float[Tensor, "n d"], k: int) -> Int[Tensor, "n k"]:
    """Return the rows of the ``min(k, n - 2)`` nearest others of each item, nearest first."""
    similarity = torch.mm(items, items.T)
    inverse_lengths = similarity.diagonal().clamp_min(torch.finfo(items.dtype).tiny).rsqrt()
    # the item's own length is a common factor of its row and does not change the order
    similarity.mul_(inverse_lengths)
    similarity.fill_diagonal_(-torch.inf)
    return similarity.topk(min(k, max(0, len(items) - 2)), dim=-1).indices


def preservation(now: Window, reference: Window) -> float:
    """Return the mean share of neighbours kept, over items in both windows; 0 if there are none.

    The items of a window of one or two have no neighbours to lose and give 1.
    """
    current, earlier = _neighbours_of_common(now, reference)
    if not len(current):
        return 0.0
    k = min(current.shape[1], earlier.shape[1])
    if k == 0:
        return 1.0
    # an id occurs at most once in each row
    kept = current[:, :k, None] == earlier[:, None, :k]
    return kept.count_nonzero().item() / (len(current) * k)


def _neighbours_of_common(a: Window, b: Window) -> tuple[Tensor, Tensor]:
    """Return the rows of neighbours of the items that two windows share, in the same order."""
    if torch.equal(a.ids, b.ids):
        return a.neighbours, b.neighbours
    index = torch.searchsorted(b.ids, a.ids).clamp_max(max(0, len(b.ids) - 1))
    common = b.ids[index] == a.ids if len(b.ids) else torch.zeros_like(a.ids, dtype=torch.bool)
    return a.neighbours[common], b.neighbours[index[common]]


def mean_neighbour_cosine(items: Float[Tensor, "n d"], k: int = 8) -> float:
    """Return the mean cosine of items to their ``k`` nearest others.

    Raises:
        ValueError: There are ``k`` items or fewer.
    """
    if len(items) <= k:
        raise ValueError(
            f"items must have more than {k} rows, an item and its neighbours, got {len(items)}"
        )
    unit = nn.functional.normalize(items, dim=-1)
    similarity = (unit @ unit.T).fill_diagonal_(-torch.inf)
    return similarity.topk(k, dim=-1).values.mean().item()


def null_cosine(
    items: Float[Tensor, "n d"], k: int = 8, *, generator: torch.Generator | None = None
) -> float:
    """Return the same after permuting each column separately: the level without structure."""
    order = torch.rand(items.shape, generator=generator, device=items.device).argsort(0)
    return mean_neighbour_cosine(items.gather(0, order), k)


def rescaled_cosine(cosine: float, null: float, healthy: float) -> float:
    """Return ``clip(.8 (s - s_null) / (q10 - s_null), 0, 1)``, comparable to the thresholds.

    Args:
        cosine: From :func:`mean_neighbour_cosine`.
        null: From :func:`null_cosine`.
        healthy: Tenth percentile of the cosine over a healthy period.

    Raises:
        ValueError: The healthy period shows no more structure than chance.
    """
    if healthy <= null:
        raise ValueError(f"healthy must be above the null {null}, got {healthy}")
    return min(1.0, max(0.0, 0.8 * (cosine - null) / (healthy - null)))


class TopologyGate:
    """The mode of a stream of windows; its state is saved and restored as a dictionary.

    Args:
        thresholds: Where modes change.
        neighbours: The ``k`` of the coherence; a window of ``n`` has at most ``n - 2``.
        every: Events between two computations of it.

    Attributes:
        mode: The present mode; ``None`` before the first event.
        coherence: The last one computed.
        compared: Neighbours per item that it compared; 0 for a window of one or two items, whose
            coherence of 1 carries no information.
        reference: The window that coherence compares with.
    """

    def __init__(
        self, thresholds: Thresholds | None = None, *, neighbours: int = 8, every: int = 4
    ) -> None:
        if neighbours < 1 or every < 1:
            raise ValueError(
                f"neighbours and every must be at least 1, got {neighbours} and {every}"
            )
        self.thresholds = Thresholds() if thresholds is None else thresholds
        self.neighbours, self.every = neighbours, every
        self.mode: Mode | None = None
        self.coherence = 1.0
        self.compared = 0
        self.reference: Window | None = None
        self._events = 0
        self._numbers: Tensor | None = None

    def observe(
        self,
        items: Float[Tensor, "n d"],
        ids: Int[Tensor, " n"] | None = None,
        *,
        stale: bool = False,
    ) -> Mode:
        """Process the window of one event and return the mode.

        The first window becomes the reference, unless one was set. Coherence is computed on the
        first event, on every ``every``-th, and when the caller marks the last one as ``stale``.
        The reference rolls forward only while STABLE.
        """
        due = stale or self.mode is None or self._events % self.every == 0
        self._events += 1
        if due:
            now = self.window(items, ids)
            reference = now if self.reference is None else self.reference
            self.coherence = preservation(now, reference)
            self.compared = min(now.neighbours.shape[1], reference.neighbours.shape[1])
            self.mode = (
                self.thresholds.first(self.coherence)
                if self.mode is None
                else self.thresholds.after(self.mode, self.coherence)
            )
            if self.reference is None or self.mode is Mode.STABLE:
                self.reference = now
        assert self.mode is not None
        return self.mode

    def set_reference(
        self, items: Float[Tensor, "n d"], ids: Int[Tensor, " n"] | None = None
    ) -> None:
        """Compare with this window from now on, for example that of a reference week."""
        self.reference = self.window(items, ids)

    def window(self, items: Float[Tensor, "n d"], ids: Int[Tensor, " n"] | None) -> Window:
        """Find the neighbours of a window; without ids an item is identified by its row."""
        if ids is None:
            return Window(self.numbers(items), nearest_rows(items.detach(), self.neighbours))
        window = neighbourhoods(items.detach(), ids, self.neighbours)
        if bool((window.ids[1:] == window.ids[:-1]).any()):
            raise ValueError(f"ids must be different numbers, got {ids.tolist()}")
        return window

    def numbers(self, items: Float[Tensor, "n d"]) -> Int[Tensor, " n"]:
        """Return the row numbers, which are the ids of items without ids."""
        numbers = self._numbers
        if numbers is None or len(numbers) != len(items) or numbers.device != items.device:
            self._numbers = torch.arange(len(items), device=items.device)
        assert self._numbers is not None
        return self._numbers

    def require_open(self, action: str) -> None:
        """Raise while frozen.

        Raises:
            FrozenError: The mode is FREEZE.
        """
        if self.mode is Mode.FREEZE:
            raise FrozenError(
                f"{action} is blocked: the gate is frozen at coherence {self.coherence:.2f} until "
                f"it reaches {self.thresholds.above(self.thresholds.cautious):.2f}"
            )

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """Step an optimiser at the step size that the mode allows.

        Raises:
            FrozenError: The mode is FREEZE; nothing was changed.
        """
        self.require_open("an update")
        factor = 1.0 if self.mode is None else STEP_FACTOR[self.mode]
        sizes = [group["lr"] for group in optimizer.param_groups]
        for group, size in zip(optimizer.param_groups, sizes, strict=True):
            group["lr"] = size * factor
        try:
            optimizer.step()
        finally:
            for group, size in zip(optimizer.param_groups, sizes, strict=True):
                group["lr"] = size

    def state(self) -> dict[str, Any]:
        """Return everything the next event depends on."""
        reference = self.reference
        return {
            "mode": None if self.mode is None else self.mode.value,
            "coherence": self.coherence,
            "compared": self.compared,
            "events": self._events,
            "reference": None if reference is None else (reference.ids, reference.neighbours),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state returned by :meth:`state`."""
        self.mode = None if state["mode"] is None else Mode(state["mode"])
        self.coherence, self.compared = state["coherence"], state["compared"]
        self._events = state["events"]
        self.reference = None if state["reference"] is None else Window(*state["reference"])
