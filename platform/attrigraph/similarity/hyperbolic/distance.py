"""Hyperbolic distances and exact nearest neighbours in NumPy, so that search needs no torch.

A position is a tangent at the origin of hyperbolic space of curvature -1: a vector ``u``, with the
radius ``r = |u|`` and the direction ``a = u / r``. Its point on the hyperboloid is
``(cosh r, sinh(r) a)`` (Nickel and Kiela 2018); ``attention.geometry.lorentz`` has the same maps in
torch. All is computed in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_RADIUS: Final = 15.0
"""Largest radius at which distances are exact in float64."""


def lift(tangents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points ``[n, d + 1]`` of tangents ``[n, d]``, time coordinate first."""
    radius = np.linalg.norm(tangents, axis=-1, keepdims=True)
    scale = np.divide(np.sinh(radius), radius, out=np.ones_like(radius), where=radius > 0)
    return np.concatenate([np.cosh(radius), scale * tangents], axis=-1)


def distances(query: NDArray[np.float64], tangents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances ``[n]`` of a tangent ``[d]`` to tangents ``[n, d]``, by exact differences.

    ``D = 2 asinh sqrt(sinh((r - s) / 2)^2 + sinh(r) sinh(s) |a - b|^2 / 4)`` keeps the digits of
    small distances at large radii, which ``arcosh`` of a Lorentz product loses.
    """
    r, a = _polar(query)
    s, b = _polar(tangents)
    chord = ((a - b) ** 2).sum(axis=-1) / 4
    return np.asarray(
        2 * np.arcsinh(np.sqrt(np.sinh((r - s) / 2) ** 2 + np.sinh(r) * np.sinh(s) * chord))
    )


def shortlist(points: NDArray[np.float64], query: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Rows among which the k nearest are, by one product whatever its rounding, ascending.

    The product gives all ``cosh D``. Its error is at most ``m eps x0 y0`` for ``m = 2 d + 8``
    roundings, and ``y0`` is at most ``2 x0 cosh D``: so that of ``cosh D`` is relative, and at most
    ``2 m eps x0^2``.

    Args:
        points: of ``lift``, ``[n, d + 1]``.
        query: a tangent ``[d]``.
        k: how many, at most n.
    """
    if not k:
        return np.empty(0, dtype=np.int64)
    point = lift(query)
    error = 2 * (2 * len(query) + 8) * np.finfo(np.float64).eps * point[0] ** 2
    point[1:] *= -1
    cosh = points @ point
    limit = np.partition(cosh, k - 1)[k - 1] * (1 + error) / (1 - error)
    return np.flatnonzero(cosh <= limit)


def check_inside(tangents: NDArray[np.floating]) -> None:
    """Check that tangents are finite and that distances between them are exact.

    Raises:
        InputError: one is not finite, or its radius is above ``MAX_RADIUS``.
    """
    if not np.isfinite(tangents).all():
        raise InputError("positions must be finite, got NaN or infinity")
    radius = np.linalg.norm(tangents, axis=-1).max(initial=0.0)
    if radius > MAX_RADIUS:
        raise InputError(f"radii of positions must be at most {MAX_RADIUS:g}, got {radius:g}")


def _polar(tangents: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Radii ``[...]`` and directions ``[..., d]``; the origin has the direction 0."""
    radius = np.linalg.norm(tangents, axis=-1)
    return radius, np.divide(
        tangents,
        radius[..., None],
        out=np.zeros_like(tangents),
        where=radius[..., None] > 0,
    )


@dataclass(frozen=True, eq=False)
class Positions:
    """Positions of nodes in hyperbolic space, searched exactly.

    Attributes:
        ids: one per position.
        tangents: ``[n, d]``, float64.

    Raises:
        InputError: sizes do not match, a value is not finite, or a radius is above ``MAX_RADIUS``.
    """

    ids: tuple[str, ...]
    tangents: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.tangents.ndim != 2 or len(self.tangents) != len(self.ids):
            raise InputError(
                f"positions must have the shape ({len(self.ids)}, d), one per id, "
                f"got {self.tangents.shape}"
            )
        check_inside(self.tangents)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """The positions on the hyperboloid ``[n, d + 1]``."""
        return lift(self.tangents)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of each id."""
        return {node: row for row, node in enumerate(self.ids)}

    def take(self, ids: Sequence[str]) -> Positions:
        """The positions of some ids, in their order.

        Raises:
            InputError: an id has no position.
        """
        missing = next((node for node in ids if node not in self.row_of), None)
        if missing is not None:
            raise InputError(f"{missing!r} has no position")
        return Positions(tuple(ids), self.tangents[[self.row_of[node] for node in ids]])

    def nearest(self, query: NDArray[np.float64], k: int) -> list[tuple[str, float]]:
        """The k nearest ids with their distances, the nearest first, ties by id.

        One matrix product gives all ``cosh D = x0 y0 - <xs, ys>``: the Lorentz product, negated.
        Rows that rounding might have kept out are compared again by :func:`distances`. A k above
        the number of positions returns all.

        Raises:
            InputError: k is below 1, or the query has another width, is not finite or lies beyond
                ``MAX_RADIUS``.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}")
        rows = shortlist(self.points, self._checked(query), min(k, len(self)))
        exact = distances(query, self.tangents[rows])
        ranked = sorted(zip(exact.tolist(), (self.ids[row] for row in rows), strict=True))
        return [(node, distance) for distance, node in ranked[:k]]

    def _checked(self, query: NDArray[np.float64]) -> NDArray[np.float64]:
        width = self.tangents.shape[1]
        if query.shape != (width,):
            raise InputError(f"a query must have the width {width}, got the shape {query.shape}")
        check_inside(query)
        return query
