"""Vectors of one collection in memory: exact search, lists for large collections, filters."""

from attrigraph.similarity.hot.index import HotIndex, Neighbours

__all__ = ["HotIndex", "Neighbours"]
