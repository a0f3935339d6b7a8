"""Similarity in the campaign tree: hyperbolic positions, exact search, blending, evaluation."""
