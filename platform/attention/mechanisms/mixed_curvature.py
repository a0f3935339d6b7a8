"""Attention in a product of a flat, a hyperbolic and a spherical space, with learnt shares.

With the squared distance ``D^2`` of ``attention.geometry.product_space``::

    (w_E, w_H, w_S) = softmax of 3 logits,   weights = softmax(-D^2 / tau)
    output = [sum w x_E ; log0(Lorentz centroid) ; normalised sum w x_S]
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attention.geometry.lorentz import allowed_radius, clip_radius
from attention.geometry.product_space import ProductSpace, normalise, pieces_of, product_square
from attention.mechanisms.hyperbolic import hyperbolic_mean
from attention.mechanisms.mechanism import Mechanism
from attention.mechanisms.result import AttentionResult, check_inputs, zero_empty_rows, zero_masked
from attention.mechanisms.softmax import masked_softmax

SHARES = (0.5, 0.35, 0.15)
"""Shares of flat, hyperbolic and spherical distance at initialisation."""


BALANCE = 1e-6
"""Length of a mean of directions below which they are balanced and it has none itself."""


def product_mean(
    weights: Float[Tensor, "*batch n m"],
    values: Float[Tensor, "*batch m d"],
    space: ProductSpace,
) -> tuple[Float[Tensor, "*batch n d"], Float[Tensor, ""]]:
    """Weighted mean of points, each part in its own space, and the share of cancelled directions.

    Directions that cancel have no mean: the value of the largest weight replaces it, separately for
    each circle.
    """
    flat, tree, around = space.parts(values)
    centre, _ = hyperbolic_mean(weights[..., None, :, :], tree[..., None, :, :], form="polar")
    total = pieces_of(weights @ around, space.piece)
    largest = weights.argmax(-1, keepdim=True).expand(*weights.shape[:-1], space.spherical)
    leader = pieces_of(around.gather(-2, largest), space.piece)
    mean, balanced = normalise(total, BALANCE)
    mean = torch.where(balanced, leader, mean).flatten(-2)
    output = torch.cat((weights @ flat, centre[..., 0, :, :], mean), -1)
    return output, balanced.to(values.dtype).mean()


class MixedCurvatureAttention(Mechanism):
    """Attention by the fused distance, with learnt shares of the three spaces.

    Tangents are clipped to the radius within which distances are exact, and spherical parts are
    normalised.

    Args:
        space: Widths of the parts.
        tau: Temperature, in units of squared distance.
    """

    settings = ("space", "tau")

    def __init__(self, space: ProductSpace | None = None, *, tau: float = 1.0) -> None:
        super().__init__()
        if tau <= 0:
            raise ValueError(f"tau must be above 0, got {tau}")
        self.space = ProductSpace() if space is None else space
        self.tau = tau
        self.logits = nn.Parameter(torch.empty(3))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start at shares of .5, .35 and .15."""
        with torch.no_grad():
            self.logits.copy_(torch.tensor(SHARES).log())

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return means of the values, points themselves.

        The diagnostics give the shares of rows clipped to the radius (``query_clipped``,
        ``keys_clipped``, ``values_clipped``) and of means whose directions cancel (``balanced``).

        Raises:
            ValueError: Shapes or dtypes do not match, or the dtype is shorter than
                float32.
        """
        check_inputs(
            query, keys, values, mask, widths=(self.space.width,) * 3, dtype=self.logits.dtype
        )
        query, query_clipped = self.points(query)
        keys, keys_clipped = self.points(zero_masked(keys, mask))
        values, values_clipped = self.points(zero_masked(values, mask))
        square = product_square(query, keys, self.shares(), self.space)
        weights, lse = masked_softmax((-square / self.tau)[..., None, :, :], mask)
        output, balanced = product_mean(weights[..., 0, :, :], values, self.space)
        return AttentionResult(
            zero_empty_rows(output, mask),
            weights,
            lse,
            {
                "query_clipped": query_clipped.item(),
                "keys_clipped": keys_clipped.item(),
                "values_clipped": values_clipped.item(),
                "balanced": balanced.item(),
            },
        )

    def shares(self) -> Float[Tensor, "3"]:
        """Shares of flat, hyperbolic and spherical squared distance; they sum to 1."""
        return self.logits.softmax(-1)

    def points(
        self, rows: Float[Tensor, "*batch m d"]
    ) -> tuple[Float[Tensor, "*batch m d"], Float[Tensor, ""]]:
        """Clip tangents to the radius and normalise directions; also return the clipped share."""
        flat, tree, around = self.space.parts(rows)
        tree, clipped = clip_radius(tree, allowed_radius("polar", rows.dtype))
        around, _ = normalise(pieces_of(around, self.space.piece))
        return torch.cat((flat, tree, around.flatten(-2)), -1), clipped

    def distances(
        self, x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch m d"]
    ) -> Float[Tensor, "*batch n m"]:
        """Squared fused distances, for retrieval and for :func:`segments`."""
        return product_square(self.points(x)[0], self.points(y)[0], self.shares(), self.space)
