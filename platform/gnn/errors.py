"""What this package raises beside ``ValueError`` for wrong input."""


class NotConvergedError(RuntimeError):
    """A fit did not settle within its budget, or left the numbers; no model comes of it."""
