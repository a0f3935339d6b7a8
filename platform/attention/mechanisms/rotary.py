"""Rotary positions: rotated channel pairs, so that scores depend on differences of positions.

Su et al. 2021. Channels ``i`` and ``i + dh/2`` of a row form one pair; at position ``p`` it is
turned ``p f_i`` times. The product of two turned rows depends on the difference of their
positions.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def geometric_turns(pairs: int, shortest: float, longest: float) -> Float[Tensor, " pairs"]:
    """Return ``1 / wavelength``, turns per unit, for wavelengths in geometric steps, in float64.

    Args:
        pairs: Number of channel pairs.
        shortest: First wavelength, in units of the position (days, touches, hops).
        longest: Last wavelength; several times the span of positions, to keep far ones apart.
    """
    steps = torch.linspace(0, 1, pairs, dtype=torch.float64)
    return 1 / (shortest * (longest / shortest) ** steps)


def rotate(
    rows: Float[Tensor, "*batch n dh"], turns: Float[Tensor, "... n half"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn each channel pair ``(i, i + dh/2)``.

    Args:
        rows: Queries or keys.
        turns: Angles in turns, in float64 for large positions: whole turns are subtracted before
            rounding to the dtype of the rows. Broadcasts over heads and batch.
    """
    return turn_channels(rows, signed(turns))


def signed(turns: Float[Tensor, "*rows half"]) -> Float[Tensor, "*rows dh"]:
    """Return the turns of both channels of each pair, negative for the first one."""
    return torch.cat([-turns, turns], -1)


def turn_channels(
    rows: Float[Tensor, "*batch n dh"], turns: Float[Tensor, "... #n dh"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn each channel pair as :func:`rotate` does, by :func:`signed` turns.

    ``x cos + y sin``, where ``y`` is the other channel of the pair; the turn and its sine have the
    same sign.
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
