"""Embedders: texts to unit vectors, by hashing, by a small model, or by a model of the user."""
