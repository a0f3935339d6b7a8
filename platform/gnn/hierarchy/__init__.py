"""Positions of nodes of a tree in hyperbolic space, learnt from the tree and from text."""
