"""The use cases: the one place where stores and numerics meet."""
