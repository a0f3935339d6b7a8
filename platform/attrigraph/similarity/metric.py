"""The distances of vectors."""

from __future__ import annotations

from typing import Final, Literal, get_args

Metric = Literal["cosine", "l2", "inner_product", "hyperbolic"]
"""Vectors of the metric hyperbolic are tangents at the origin of hyperbolic space."""

METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
