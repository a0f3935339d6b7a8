"""Messages along PRECEDED edges: each touch receives the touch before it, and the time between.

    h_i = x_i + W_o gelu( W_s x_i + sum over j before i of exp(-g dt) (W_m x_j + W_t f(dt)) ) + b

after Gilmer et al. 2017 (message passing) with an edge network of the time between. dt is in days;
f(dt) are sines and cosines of log(1 + dt), which separate minutes, hours and weeks; g is a learnt
decay of each channel of the message, initialised at a half-life of 7 days.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import MessagePassing

HALF_LIFE = 7.0
"""Days after which a message has half its weight, at initialisation."""

WAVES = 4
"""Number of frequencies of the time features."""


def gap_features(days: Float[Tensor, " edges"]) -> Float[Tensor, "edges 8"]:
    """Return sines and cosines of ``log(1 + days)`` at four frequencies."""
    octaves = 2.0 ** torch.arange(WAVES, device=days.device, dtype=days.dtype)
    angles = torch.log1p(days)[:, None] * octaves
    return torch.cat([angles.sin(), angles.cos()], -1)


class PrecededConv(MessagePassing):  # type: ignore[misc] # the base ships no types
    """One round of messages along PRECEDED edges.

    Args:
        dim: Width of touches.
    """

    def __init__(self, dim: int) -> None:
        super().__init__(aggr="sum")
        self.own = nn.Linear(dim, dim)
        self.before = nn.Linear(dim, dim, bias=False)
        self.gap = nn.Linear(2 * WAVES, dim)
        self.out = nn.Linear(dim, dim)
        self.decay = nn.Parameter(torch.empty(dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise the maps; the output starts at 0, so that the layer starts as the identity."""
        for linear in (self.own, self.before, self.gap):
            linear.reset_parameters()
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        # softplus of this is log(2) / half-life
        nn.init.constant_(self.decay, math.log(math.expm1(math.log(2) / HALF_LIFE)))

    def forward(
        self,
        touches: Float[Tensor, "touches d"],
        edges: Int[Tensor, "2 edges"],
        days: Float[Tensor, " edges"],
    ) -> Float[Tensor, "touches d"]:
        """Return the touches, each updated by the one before it.

        Args:
            touches: One row per touch.
            edges: Edges from the earlier touch to the later.
            days: Days between the two.
        """
        received: Tensor = self.propagate(edges, x=self.before(touches), days=days)
        learnt: Tensor = self.out(F.gelu(self.own(touches) + received))
        return touches + learnt

    def message(
        self, x_j: Float[Tensor, "edges d"], days: Float[Tensor, " edges"]
    ) -> Float[Tensor, "edges d"]:
        """Return the message of each edge."""
        decay = torch.exp(-F.softplus(self.decay) * days[:, None])
        message: Tensor = decay * (x_j + self.gap(gap_features(days)))
        return message
