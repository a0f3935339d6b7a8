"""Feature maps of linear attention, as logarithms, so that a stream can rescale them.

A map turns a query or key into ``f`` positive numbers whose product approximates ``exp(q . k)``:

* :class:`LearntFeatures`: ``phi_q = softmax(A x)``, ``phi_k = exp(clamp(B x, -12, 12))`` (Kasai et
  al. 2021; Zhang et al. 2024). Needs training, with the model or by distillation.
* :class:`EluFeatures`: ``elu(x) + 1`` (Katharopoulos et al. 2020). Needs none; its weights
  differ in shape from softmax.
* :class:`RandomFeatures`: FAVOR+ (Choromanski et al. 2020). Unbiased for softmax, with an error of
  ``exp(q.k) sqrt((exp(|q+k|^2) - 1) / f)``: 16 features are within half only where
  ``|q + k|^2 <= 1.6``. At width 64 and unit variance its outputs are off by a factor 2.67, where
  ignoring the keys is off by .80.
"""

import math
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn


class FeatureMap(Protocol):
    """Logarithms of the features of queries and of keys."""

    def query(self, rows: Float[Tensor, "*batch h n dh"]) -> Float[Tensor, "*batch h n f"]:
        """Return those of queries; a constant per row cancels."""

    def key(self, rows: Float[Tensor, "*batch h m dh"]) -> Float[Tensor, "*batch h m f"]:
        """Return those of keys; only a constant for all keys cancels."""


class LearntFeatures(nn.Module):
    """Learnt linear maps under an exponential, one pair for each head.

    Args:
        heads: Number of heads.
        width: Width of a head.
        features: Number of features.
    """

    def __init__(self, heads: int, width: int, features: int) -> None:
        super().__init__()
        self.of_query = nn.Parameter(torch.empty(heads, features, width))
        self.of_key = nn.Parameter(torch.empty(heads, features, width))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start queries and keys at one random map, so that similar rows share features."""
        nn.init.normal_(self.of_query, std=self.of_query.shape[-1] ** -0.5)
        with torch.no_grad():
            self.of_key.copy_(self.of_query)

    def query(self, rows: Float[Tensor, "*batch h n dh"]) -> Float[Tensor, "*batch h n f"]:
        """Return ``log softmax(A x)``."""
        return self.of_query_products(rows @ self.of_query.transpose(-2, -1))

    def key(self, rows: Float[Tensor, "*batch h m dh"]) -> Float[Tensor, "*batch h m f"]:
        """Return ``clamp(B x, -12, 12)``."""
        return self.of_key_products(rows @ self.of_key.transpose(-2, -1))

    def of_query_products(
        self, products: Float[Tensor, "*batch h n f"]
    ) -> Float[Tensor, "*batch h n f"]:
        """Return the logarithms from ``A x``."""
        return torch.log_softmax(products, -1)

    def of_key_products(
        self, products: Float[Tensor, "*batch h m f"]
    ) -> Float[Tensor, "*batch h m f"]:
        """Return the logarithms from ``B x``."""
        return torch.clamp(products, -12.0, 12.0)


class EluFeatures(nn.Module):
    """``elu(x) + 1``: as many features as the width of a head, without parameters."""

    def query(self, rows: Float[Tensor, "*batch h n dh"]) -> Float[Tensor, "*batch h n f"]:
        """Return ``log(elu(x) + 1)``: ``x`` below 0 and ``log(1 + x)`` above."""
        return torch.where(rows < 0, rows, torch.log1p(rows.clamp_min(0.0)))

    def key(self, rows: Float[Tensor, "*batch h m dh"]) -> Float[Tensor, "*batch h m f"]:
        """Return the same."""
        return self.query(rows)


class RandomFeatures(nn.Module):
    """Positive random features ``exp(W x' - |x'|^2 / 2) / sqrt(f)`` of ``x' = x / dh^(1/4)``.

    Args:
        heads: Number of heads, each with its own directions.
        width: Width of a head.
        features: Number of features.
        seed: Seed of the directions.
    """

    def __init__(self, heads: int, width: int, features: int, *, seed: int = 0) -> None:
        super().__init__()
        self.directions: Tensor
        drawn = torch.stack(
            [orthogonal_directions(features, width, seed=seed + head) for head in range(heads)]
        )
        self.register_buffer("directions", drawn.float())

    def query(self, rows: Float[Tensor, "*batch h n dh"]) -> Float[Tensor, "*batch h n f"]:
        """Return ``W x' - |x'|^2 / 2 - log(f) / 2``."""
        scaled = rows * rows.shape[-1] ** -0.25
        half = scaled.square().sum(-1, keepdim=True) / 2
        directions = self.directions.to(rows.dtype)
        constant = math.log(directions.shape[-2]) / 2
        logarithms: Tensor = scaled @ directions.transpose(-2, -1) - half - constant
        return logarithms

    def key(self, rows: Float[Tensor, "*batch h m dh"]) -> Float[Tensor, "*batch h m f"]:
        """Return the same."""
        return self.query(rows)


def orthogonal_directions(features: int, width: int, *, seed: int) -> Float[Tensor, "f dh"]:
    """Draw standard normal rows that are orthogonal within blocks of ``width``."""
    generator = torch.Generator().manual_seed(seed)

    def normal(rows: int) -> Tensor:
        return torch.randn(rows, width, generator=generator, dtype=torch.float64)

    blocks = -(-features // width)
    unit = torch.cat([torch.linalg.qr(normal(width))[0].T for _ in range(blocks)])
    # a row of a random rotation times a chi(width) length is standard normal
    lengths = torch.linalg.vector_norm(normal(features), dim=-1, keepdim=True)
    drawn: Tensor = unit[:features] * lengths
    return drawn
