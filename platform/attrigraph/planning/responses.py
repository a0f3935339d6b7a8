"""Response curves: what a campaign brings for what is spent on it, both in money.

A curve is any object with ``value(spend)``. The default saturates exponentially; the Hill curve has
an inflection when its exponent is above 1; a tabulated curve joins points. A curve of which a model
or a history leaves something open has draws as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeGuard

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Response(Protocol):
    """Value in money by spend in money, both for the whole period of the plan."""

    def value(self, spend: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Value of each spend; the spend is at least 0."""
        ...


@dataclass(frozen=True, slots=True)
class Exponential:
    """``limit (1 - exp(-spend / scale))``, which is concave.

    Attributes:
        limit: value of endless spend, in money.
        scale: spend at which 63 % of the limit is reached, above 0.
    """

    limit: float
    scale: float

    def value(self, spend: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Value of each spend."""
        return -self.limit * np.expm1(-spend / self.scale)


@dataclass(frozen=True, slots=True)
class Hill:
    """``limit spend^exponent / (spend^exponent + scale^exponent)`` (Hill 1910).

    Not concave when the exponent is above 1; plans use its envelope and state the gap.

    Attributes:
        limit: value of endless spend, in money.
        scale: spend at which half of the limit is reached, above 0.
        exponent: above 0.
    """

    limit: float
    scale: float
    exponent: float

    def value(self, spend: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Value of each spend."""
        # in logarithms, as the power itself overflows at large exponents
        with np.errstate(divide="ignore"):
            log_power = self.exponent * (np.log(spend) - np.log(self.scale))
        values: NDArray[np.float64] = self.limit * np.exp(-np.logaddexp(0.0, -log_power))
        return values


@dataclass(frozen=True, slots=True)
class Tabulated:
    """Values at given spends, joined by lines; constant outside.

    Attributes:
        spends: increasing, in money.
        values: one per spend, in money.
    """

    spends: tuple[float, ...]
    values: tuple[float, ...]

    def value(self, spend: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Value of each spend."""
        return np.interp(spend, self.spends, self.values)


class UncertainResponse(Response, Protocol):
    """A response with draws from what is known of it."""

    @property
    def n_draws(self) -> int:
        """Number of draws, at least 1."""
        ...

    @property
    def identified(self) -> bool:
        """Whether the data could answer what the campaign causes."""
        ...

    def draw(self, number: int, /) -> Response:
        """One curve, by its number from 0."""
        ...


def has_draws(response: Response | None) -> TypeGuard[UncertainResponse]:
    """Whether a response has draws."""
    # a check of the whole protocol takes as long as a curve of 100 points
    return hasattr(response, "draw")


def observed_of(response: Response | None) -> float | None:
    """Largest spend that data show, in money; None where that is not stated."""
    return response.observed if isinstance(response, DrawnResponse) else None


def is_identified(response: Response | None) -> bool:
    """Whether the data could answer what a curve says; true of one without draws."""
    return not has_draws(response) or response.identified


@dataclass(frozen=True, slots=True)
class DrawnResponse:
    """A curve at given spends with draws, joined by lines; constant outside.

    Attributes:
        spends: float64 ``[points]``, increasing, in money.
        values: float64 ``[draws, points]``, in money; at least one draw.
        identified: whether the data could answer what the campaign causes.
        center: float64 ``[points]``, the curve that is planned with, in money; None for the mean of
            the draws.
        observed: largest spend that the data show; the curve is extrapolated beyond. None where
            that is not stated.
    """

    spends: NDArray[np.float64]
    values: NDArray[np.float64]
    identified: bool = True
    center: NDArray[np.float64] | None = None
    observed: float | None = None

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.values)

    @property
    def curve(self) -> NDArray[np.float64]:
        """Values ``[points]`` of the curve that is planned with, in money."""
        if self.center is not None:
            return self.center
        mean: NDArray[np.float64] = self.values.mean(axis=0)
        return mean

    def value(self, spend: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Value of each spend."""
        return np.interp(spend, self.spends, self.curve)

    def draw(self, number: int, /) -> Tabulated:
        """One curve."""
        return Tabulated(tuple(self.spends.tolist()), tuple(self.values[number].tolist()))
