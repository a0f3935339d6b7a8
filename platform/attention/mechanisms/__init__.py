"""Attention mechanisms, one per file, and the parts that they share."""
