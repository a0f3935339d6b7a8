"""attrigraph: marketing attribution on a graph."""
