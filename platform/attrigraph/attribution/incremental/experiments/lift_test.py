"""One measured lift in the units of the model: conversions over the whole window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrigraph.errors import InputError


@dataclass(frozen=True, slots=True)
class LiftTest:
    """One lift test, scaled to the window of the data.

    Attributes:
        channel: name of the channel that was held out.
        lift: conversions it caused; may be negative.
        standard_error: of the lift, > 0.
        name: how notes refer to the test.
    """

    channel: str
    lift: float
    standard_error: float
    name: str = ""

    def __post_init__(self) -> None:
        if not self.channel:
            raise InputError("a lift test must name its channel")
        if not (np.isfinite(self.lift) and np.isfinite(self.standard_error)):
            raise InputError(f"the lift test of {self.channel!r} must have finite numbers")
        if self.standard_error <= 0:
            raise InputError(
                f"the lift test of {self.channel!r} needs a standard error above 0, got"
                f" {self.standard_error}"
            )
