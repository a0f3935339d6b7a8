"""Vectors of one collection in memory: exact search, lists for large collections, filters."""

from attrigraph.similarity.hot.index import HotIndex, Neighbours
from attrigraph.similarity.hot.table import HotMetric

__all__ = ["HotIndex", "HotMetric", "Neighbours"]
