"""Rotary positions: channel pairs turned by angles, so that scores see position differences alone.

Su et al. 2021. Channels ``i`` and ``i + dh/2`` of a row form one pair; at position ``p`` it is
turned ``p f_i`` times. The product of two rows so turned depends on the difference of their
positions.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def geometric_turns(pairs: int, shortest: float, longest: float) -> Float[Tensor, " pairs"]:
    """Return ``1 / wavelength``, turns a unit, for wavelengths in geometric steps, in float64.

    Args:
        pairs: Number of channel pairs.
        shortest: First wavelength, in units of the position (days, touches, hops).
        longest: Last wavelength; several times the span of positions, or far ones look alike.
    """
    steps = torch.linspace(0, 1, pairs, dtype=torch.float64)
    return 1 / (shortest * (longest / shortest) ** steps)


def rotate(
    rows: Float[Tensor, "*batch n dh"], turns: Float[Tensor, "... n half"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn each channel pair ``(i, i + dh/2)``.

    Args:
        rows: Queries or keys.
        turns: Whole turns count 1; in float64 when positions are large: whole turns are taken off
            in their own dtype before they are rounded to that of the rows. Broadcasts over heads
            and batch.
    """
    return turn_channels(rows, signed(turns))


def signed(turns: Float[Tensor, "*rows half"]) -> Float[Tensor, "*rows dh"]:
    """Return the turns of both channels of each pair: against the other one, the first is minus."""
    return torch.cat([-turns, turns], -1)


def turn_channels(
    rows: Float[Tensor, "*batch n dh"], turns: Float[Tensor, "... #n dh"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn each channel pair as :func:`rotate` does, by turns that are :func:`signed` already.

    ``x cos + y sin``, where ``y`` is the other channel of the pair: the sign of the turn is that of
    the sine, and the cosine has none.
    """
    angles = torch.frac(turns).to(rows.dtype) * (2 * math.pi)
    other = rows.roll(rows.shape[-1] // 2, -1)
    return torch.addcmul(rows * torch.cos(angles), other, torch.sin(angles))


def naive_rotate(
    rows: Float[Tensor, "*batch n dh"], turns: Float[Tensor, "... n half"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn pairs as complex numbers: ``(x_i + 1j x_{i + dh/2}) exp(2 pi 1j turns)``."""
    half = rows.shape[-1] // 2
    pairs = torch.complex(rows[..., :half], rows[..., half:])
    turned = pairs * torch.polar(torch.ones_like(turns), 2 * math.pi * turns)
    return torch.cat([turned.real, turned.imag], -1)
