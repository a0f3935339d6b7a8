"""Rotary positions: channel pairs turned by angles, so that scores see position differences alone.

Su et al. 2021. Channels ``i`` and ``i + dh/2`` of a row form one pair; at position ``p`` it is
turned by ``p f_i``. The product of two rows so turned depends on the difference of their positions.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def geometric_frequencies(
    pairs: int, shortest: float, longest: float, *, device: torch.device | None = None
) -> Float[Tensor, " pairs"]:
    """Return ``2 pi / wavelength`` for wavelengths in geometric steps, in float64.

    Args:
        pairs: Number of channel pairs.
        shortest: First wavelength, in units of the position (days, touches, hops).
        longest: Last wavelength; several times the span of positions, or far ones look alike.
        device: Where to put them.
    """
    steps = torch.linspace(0, 1, pairs, dtype=torch.float64, device=device)
    return 2 * math.pi / (shortest * (longest / shortest) ** steps)


def rotate(
    rows: Float[Tensor, "*batch n dh"], angles: Float[Tensor, "... n half"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn each channel pair ``(i, i + dh/2)`` by its angle.

    Args:
        rows: Queries or keys.
        angles: Radians, in float64 when positions are large: whole turns are taken off in their
            own dtype before they are rounded to that of the rows. Broadcasts over heads and batch.
    """
    small = torch.remainder(angles, 2 * math.pi).to(rows.dtype)
    cos, sin = small.cos(), small.sin()
    first, second = rows.chunk(2, -1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)


def naive_rotate(
    rows: Float[Tensor, "*batch n dh"], angles: Float[Tensor, "... n half"]
) -> Float[Tensor, "*batch n dh"]:
    """Turn pairs as complex numbers: ``(x_i + 1j x_{i + dh/2}) exp(1j angle)``."""
    half = rows.shape[-1] // 2
    pairs = torch.complex(rows[..., :half], rows[..., half:])
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], -1)
