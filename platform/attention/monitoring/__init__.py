"""Measures of a stream of embeddings, and the gate that acts on them."""
