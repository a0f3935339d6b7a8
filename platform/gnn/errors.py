"""The exception of this package; wrong input raises ``ValueError``."""


class NotConvergedError(RuntimeError):
    """A fit did not converge within its budget, or its loss became non-finite."""
