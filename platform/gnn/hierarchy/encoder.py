"""The encoder of texts: text vector -> position in hyperbolic space."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from attention.geometry.lorentz import clip_radius

HIDDEN = 64


def unit_rows(x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Scale rows to length 1 without overflow; rows of zeros stay zeros."""
    largest = x.abs().amax(-1, keepdim=True)
    scaled = x / torch.where(largest > 0, largest, 1.0)
    return F.normalize(scaled, dim=-1)


class Encoder(nn.Module):
    """``width -> 64 -> dimensions`` with GELU, clipped to a radius: a tangent at the origin.

    Args:
        width: width of the text vectors.
        dimensions: width of the positions.
        max_radius: largest radius of a position.
    """

    def __init__(self, width: int, dimensions: int = 10, *, max_radius: float = 8.0) -> None:
        super().__init__()
        self.max_radius = max_radius
        self.hidden = nn.Linear(width, HIDDEN)
        self.out = nn.Linear(HIDDEN, dimensions)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw the weights as ``nn.Linear`` does, from a generator."""
        for layer in (self.hidden, self.out):
            bound = layer.in_features**-0.5
            for parameter in (layer.weight, layer.bias):
                nn.init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(self, text: Float[Tensor, "n d"]) -> Float[Tensor, "n k"]:
        """Positions of text vectors, of which only the directions count."""
        hidden = F.gelu(self.hidden(unit_rows(text)))
        return clip_radius(self.out(hidden), self.max_radius)[0]
