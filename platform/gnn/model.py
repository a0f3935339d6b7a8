"""The conversion model: the probability that a journey converts, from touches and covariates.

    touch     = embedding of channel + campaign + creative + W f(days), then messages along
                PRECEDED; f are sines and cosines of log(1 + days)
    pooled    = Graph RoPE attention of a learnt conversion query at time 0 over the touches,
                with a null key and the un-normalised mass log(1 + sum exp score) of each head
    logit     = u . hidden(pooled, covariates) + w . covariates + b

Softmax weights cannot count touches; the mass can. Covariates join after pooling, so that they
cannot influence the attention over touches. Time enters in days before the journey's end.

Touch dropout biases the fit: a journey whose only touch was dropped looks like one without touches
and raises their estimated conversion rate, which lowers credit by as much. So the number of hidden
touches is an input of the readout. It is 0 in predictions.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData
from torch_geometric.utils import to_dense_batch

from attention.mechanisms.graph_rope import GraphRopeAttention
from gnn.batches import IN, PRECEDED
from gnn.journeys import Vocabulary
from gnn.preceded import WAVES, PrecededConv, gap_features


@dataclass(frozen=True)
class ModelSettings:
    """Size and lookback of a conversion model.

    Attributes:
        dim: width of touches; divisible by ``heads``, the width of a head by 8.
        heads: heads of the attention.
        hidden: width of the layer after pooling.
        rounds: rounds of messages along PRECEDED; 0 for none.
        lookback: longest age of a touch, in days.
        max_len: number of latest touches of a journey that are visible.
    """

    dim: int = 32
    heads: int = 4
    hidden: int = 32
    rounds: int = 1
    lookback: float = 30.0
    max_len: int = 100

    def __post_init__(self) -> None:
        for name in ("dim", "heads", "hidden", "max_len"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.dim % (8 * self.heads):
            raise ValueError(
                f"dim must be a multiple of 8 x heads, got dim {self.dim} and {self.heads} heads"
            )
        if self.rounds < 0 or not 0 < self.lookback < float("inf"):
            raise ValueError(
                f"rounds must be at least 0 and lookback above 0, got {self.rounds} and"
                f" {self.lookback}"
            )


class ConversionModel(nn.Module):
    """Logit of each journey in a graph of :func:`gnn.batches.graph_of`.

    Args:
        vocabulary: Numbers of channels, campaigns and creatives.
        covariates: Number of covariates of a journey.
        settings: Size and lookback.
    """

    centre: Tensor
    scale: Tensor

    def __init__(
        self, vocabulary: Vocabulary, covariates: int, settings: ModelSettings | None = None
    ) -> None:
        super().__init__()
        self.settings = size = settings or ModelSettings()
        self.vocabulary, self.covariates = vocabulary, covariates
        # row 0 is the unknown channel, campaign or creative
        self.embeddings = nn.ModuleList(nn.Embedding(n + 1, size.dim) for n in vocabulary.sizes)
        self.age = nn.Linear(2 * WAVES, size.dim, bias=False)
        self.rounds = nn.ModuleList(PrecededConv(size.dim) for _ in range(size.rounds))
        self.attention = GraphRopeAttention(
            size.dim,
            size.heads,
            lookback=size.lookback,
            max_len=size.max_len,
            null_key=True,
            mass=True,
        )
        self.hidden = nn.Linear(size.dim + covariates + 1, size.hidden)
        self.readout = nn.Linear(size.hidden + covariates, 1)
        self.register_buffer("centre", torch.zeros(covariates))
        self.register_buffer("scale", torch.ones(covariates))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise the parameters; with a readout of 0 all journeys start at one logit."""
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.5)
            elif isinstance(module, PrecededConv):
                module.reset_parameters()
        self.age.reset_parameters()
        self.attention.reset_parameters()
        self.hidden.reset_parameters()
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    def start_at(self, rate: float, covariates: Float[Tensor, "journeys p"]) -> None:
        """Initialise the conversion rate and the scale of covariates.

        Args:
            rate: Share of journeys that convert, in (0, 1).
            covariates: Covariates of the training journeys.
        """
        with torch.no_grad():
            self.readout.bias.fill_(torch.logit(torch.tensor(rate)).item())
            self.centre.copy_(covariates.mean(0))
            spread = (covariates - self.centre).square().mean(0).sqrt()
            self.scale.copy_(torch.where(spread > 0, spread, torch.ones_like(spread)))

    def forward(self, graph: HeteroData) -> Float[Tensor, " journeys"]:
        """Return the logit of each journey.

        Raises:
            ValueError: the number of covariates differs from the model's.
        """
        covariates = graph["journey"].covariates
        if covariates.shape[-1] != self.covariates:
            raise ValueError(
                f"the model needs {self.covariates} covariates, got {covariates.shape[-1]}"
            )
        touch, preceded = graph["touch"], graph[PRECEDED]
        touches = self.tokens(touch.code, touch.days, preceded.edge_index, preceded.days)
        pooled = self.pool(touches, graph["touch"].days, graph[IN].edge_index[1], len(covariates))
        return self.read(pooled, covariates, graph["journey"].hidden)

    def tokens(
        self,
        code: Int[Tensor, "touches 3"],
        days: Float[Tensor, " touches"],
        edges: Int[Tensor, "2 edges"],
        gap_days: Float[Tensor, " edges"],
    ) -> Float[Tensor, "touches d"]:
        """Return the vectors of the touches after messages."""
        rows = torch.stack([e(c) for e, c in zip(self.embeddings, code.unbind(1), strict=True)])
        touches: Tensor = rows.sum(0) + self.age(gap_features(days.float()))
        for layer in self.rounds:
            touches = layer(touches, edges, gap_days)
        return touches

    def pool(
        self,
        touches: Float[Tensor, "touches d"],
        days: Float[Tensor, " touches"],
        journey: Int[Tensor, " touches"],
        journeys: int,
    ) -> Float[Tensor, "journeys d"]:
        """Return the output of the conversion query; without touches it reads the null key."""
        size = torch.bincount(journey, minlength=journeys)
        longest = max(1, int(size.max())) if journeys else 1
        rows, mask = to_dense_batch(touches, journey, 0.0, longest, journeys)
        times, _ = to_dense_batch(days, journey, 0.0, longest, journeys)
        result = self.attention(None, rows, rows, times=times, mask=mask[:, None, :])
        output: Tensor = result.output
        return output[:, 0]

    def read(
        self,
        pooled: Float[Tensor, "journeys d"],
        covariates: Float[Tensor, "journeys p"],
        hidden: Float[Tensor, " journeys"],
    ) -> Float[Tensor, " journeys"]:
        """Return the logits from pooled touches, covariates and the number of hidden touches."""
        scaled = (covariates - self.centre) / self.scale
        inputs = torch.cat([pooled, scaled, torch.log1p(hidden)[:, None]], -1)
        logit: Tensor = self.readout(torch.cat([F.gelu(self.hidden(inputs)), scaled], -1))[:, 0]
        return logit

    def extra_repr(self) -> str:
        """Return the vocabulary and the number of covariates."""
        return f"vocabulary={self.vocabulary}, covariates={self.covariates}"
