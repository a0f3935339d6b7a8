"""Information bottleneck: short codes that keep the information about the response.

Tishby et al. 1999; trained by the variational bound of Alemi et al. 2017::

    (mu, var) = encoder(x);  z = mu + sqrt(var) eps
    loss = E[-log p(y | z)] + beta_eff KL(N(mu, var) || N(0, I)),   beta_eff = beta H(Y) / dim

``beta`` has a unit. Information about a rare conversion is at most ``H(Y)``, a tenth of a nat. At a
price of .5 per nat of the code the code collapses (Wu et al. 2019). In units of ``H(Y) / dim``,
.5 is a reasonable price.

Neither reported number is a mutual information: the rate is an upper bound on ``I(X;Z)``, ``H(Y)``
minus the cross-entropy a lower bound on ``I(Z;Y)`` (Poole et al. 2019). Units are nats unless a
name has ``bits``. ``x`` has one row per creative, with its counts of ``successes`` in ``trials``.
Averages are over trials, so a creative shown twice as often counts twice.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

NATS_PER_BIT = math.log(2)


@dataclass(frozen=True)
class BottleneckSettings:
    """Settings of one training.

    Attributes:
        dim: Width of the code.
        hidden: Width of the encoder's hidden layer.
        beta: Price of the rate, in units of ``H(Y)/dim`` per nat.
        warmup: Fraction of the epochs over which the price rises from 0.
        epochs: Passes over the creatives.
        batch: Creatives per step.
        lr: Learning rate of Adam.
        decay: Weight decay of Adam.
        min_variance: Floor of the code's variance; without a floor the rate is unbounded.
        seed: Seed of the initial weights, the order of the creatives and the noise.
    """

    dim: int = 64
    hidden: int = 128
    beta: float = 0.5
    warmup: float = 0.2
    epochs: int = 40
    batch: int = 256
    lr: float = 3e-3
    decay: float = 1e-4
    min_variance: float = 1e-4
    seed: int = 42

    def __post_init__(self) -> None:
        """Validate the settings."""
        for name in ("dim", "hidden", "epochs", "batch", "lr", "min_variance"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("beta", "decay"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)}")
        if not 0 <= self.warmup <= 1:
            raise ValueError(f"warmup must be a share in [0, 1], got {self.warmup}")


@dataclass(frozen=True)
class Interval:
    """An estimate with a 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def in_bits(self) -> "Interval":
        """Convert nats to bits."""
        return Interval(*(x / NATS_PER_BIT for x in (self.value, self.low, self.high)))


@dataclass(frozen=True)
class InformationReport:
    """Information in a code, measured on held-out creatives, in nats.

    Attributes:
        entropy: ``H(Y)`` of the response on these creatives, the limit for any code.
        rate_upper: Upper bound on ``I(X;Z)``, the mean divergence of the code from its prior.
        information_lower: Lower bound on ``I(Z;Y)``; below 0 for worse predictions than the rate.
        preserved: ``information_lower`` relative to that of a model of the whole embedding;
            ``None`` when that model has no information.
        beta: Price as set, in units of ``H(Y)/dim``.
        beta_effective: The same price in nats per nat of rate.
        dimensions: Width of the embedding and of the code.
    """

    entropy: float
    rate_upper: float
    information_lower: Interval
    preserved: Interval | None
    beta: float
    beta_effective: float
    dimensions: tuple[int, int]

    def bits(self) -> dict[str, float]:
        """Return rate and information in bits, and information per thousand bits of rate."""
        rate = self.rate_upper / NATS_PER_BIT
        information = self.information_lower.value / NATS_PER_BIT
        return {
            "entropy": self.entropy / NATS_PER_BIT,
            "rate_upper": rate,
            "information_lower": information,
            "information_lower_per_kilobit": 1000 * information / rate if rate > 0 else 0.0,
        }


def effective_beta(beta: float, entropy: float, dim: int) -> float:
    """Convert a price in units of ``H(Y)/dim`` to nats per nat: ``beta H(Y) / dim``."""
    return beta * entropy / dim


def binary_entropy(rate: float) -> float:
    """Entropy in nats of a response that occurs with probability ``rate``."""
    return -sum(p * math.log(p) for p in (rate, 1 - rate) if p > 0)


def gaussian_divergence(
    mean: Float[Tensor, "*batch d"], variance: Float[Tensor, "*batch d"]
) -> Float[Tensor, "*batch"]:
    """``KL(N(mean, diag variance) || N(0, I))`` in nats, one number per row."""
    return (variance + mean.square() - 1 - variance.log()).sum(-1) / 2


def mean_over_trials(
    losses: Float[Tensor, "*s n"], trials: Float[Tensor, " n"]
) -> Float[Tensor, "*s"]:
    """Average one number per creative, weighted by its trials."""
    return losses @ trials / trials.sum()


def cross_entropy(
    logits: Float[Tensor, "*s n"], successes: Float[Tensor, " n"], trials: Float[Tensor, " n"]
) -> Float[Tensor, "*s n"]:
    """Mean ``-log p(y)`` over the trials of each creative, in nats; 0 without trials."""
    share = successes / trials.clamp_min(1)
    return F.softplus(logits) - share * logits


class InformationBottleneck(nn.Module):
    """Encoder to a Gaussian code, and the readout that trains it.

    Only the training loss uses the response; :meth:`compress` takes the embedding alone, so a code
    cannot leak the rate of its own creative.

    Args:
        width: Width of the embedding.
        dim: Width of the code.
        hidden: Width of the hidden layer.
        min_variance: Floor of the code's variance.
        generator: Generator of the initial weights.
    """

    def __init__(
        self,
        width: int = 384,
        dim: int = 64,
        *,
        hidden: int = 128,
        min_variance: float = 1e-4,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.width, self.dim, self.min_variance = width, dim, min_variance
        self.inner = nn.Linear(width, hidden)
        self.mean = nn.Linear(hidden, dim)
        self.log_variance = nn.Linear(hidden, dim)
        self.readout = nn.Linear(dim, 1)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Initialise the weights (Glorot and Bengio 2010); codes start near their prior."""
        for linear in (self.inner, self.mean, self.log_variance, self.readout):
            nn.init.xavier_uniform_(linear.weight, generator=generator)
            nn.init.zeros_(linear.bias)

    def forward(
        self, x: Float[Tensor, "n width"]
    ) -> tuple[Float[Tensor, "n dim"], Float[Tensor, "n dim"]]:
        """Mean and variance of the code of each embedding."""
        if x.ndim != 2 or x.shape[-1] != self.width:
            raise ValueError(f"x must have shape (rows, {self.width}), got {tuple(x.shape)}")
        hidden = F.gelu(self.inner(x))
        return self.mean(hidden), self.min_variance + self.log_variance(hidden).exp()

    def sample(
        self, x: Float[Tensor, "n width"], generator: torch.Generator
    ) -> tuple[Float[Tensor, "n dim"], Float[Tensor, " n"]]:
        """Draw one code per embedding; also return the divergence of each code from the prior."""
        mean, variance = self(x)
        noise = torch.randn(
            mean.shape, generator=generator, dtype=mean.dtype, device=generator.device
        )
        return mean + variance.sqrt() * noise.to(mean.device), gaussian_divergence(mean, variance)

    def logits(self, z: Float[Tensor, "n dim"]) -> Float[Tensor, " n"]:
        """Log-odds of the response from the code."""
        odds: Tensor = self.readout(z)
        return odds[..., 0]

    @torch.no_grad()
    def compress(self, x: Float[Tensor, "n width"]) -> Float[Tensor, "n dim"]:
        """Code of each embedding: the mean, without noise."""
        code: Tensor = self(x)[0]
        return code

    def extra_repr(self) -> str:
        """Show the widths."""
        return f"width={self.width}, dim={self.dim}"


class WholeEmbedding(nn.Module):
    """The same network without a bottleneck, a reference for the information in the embedding.

    Args:
        width: Width of the embedding.
        hidden: Width of the hidden layer.
        generator: Generator of the initial weights.
    """

    def __init__(self, width: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.inner, self.readout = nn.Linear(width, hidden), nn.Linear(hidden, 1)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Initialise the weights (Glorot and Bengio 2010)."""
        for linear in (self.inner, self.readout):
            nn.init.xavier_uniform_(linear.weight, generator=generator)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Float[Tensor, "n width"]) -> Float[Tensor, " n"]:
        """Log-odds of the response."""
        odds: Tensor = self.readout(F.gelu(self.inner(x)))
        return odds[..., 0]


@dataclass(frozen=True, eq=False)
class TrainedBottleneck:
    """A trained encoder with its price.

    Attributes:
        model: The trained encoder and readout.
        settings: Settings of the training.
        entropy: ``H(Y)`` of the response in the training data, nats.
        beta_effective: ``settings.beta * entropy / settings.dim``, in nats per nat of rate.
    """

    model: InformationBottleneck
    settings: BottleneckSettings
    entropy: float
    beta_effective: float


def train_bottleneck(
    x: Float[Tensor, "n width"],
    successes: Float[Tensor, " n"],
    trials: Float[Tensor, " n"],
    settings: BottleneckSettings | None = None,
) -> TrainedBottleneck:
    """Train an encoder on creatives and their counted responses.

    Raises:
        ValueError: Counts are out of range, or the response never or always occurs.
    """
    settings = settings or BottleneckSettings()
    entropy = check_counts(x, successes, trials)
    generator = torch.Generator().manual_seed(settings.seed)
    model = InformationBottleneck(
        x.shape[-1],
        settings.dim,
        hidden=settings.hidden,
        min_variance=settings.min_variance,
        generator=generator,
    ).to(x)
    start_at_base_rate(model.readout, successes, trials)
    price = effective_beta(settings.beta, entropy, settings.dim)

    def loss(rows: Tensor, progress: float) -> Tensor:
        z, rate = model.sample(x[rows], generator)
        surprise = cross_entropy(model.logits(z), successes[rows], trials[rows])
        warm = min(1.0, progress / settings.warmup) if settings.warmup > 0 else 1.0
        return mean_over_trials(surprise + warm * price * rate, trials[rows])

    fit(model, loss, len(x), settings, generator)
    return TrainedBottleneck(model.eval(), settings, entropy, price)


def train_whole_embedding(
    x: Float[Tensor, "n width"],
    successes: Float[Tensor, " n"],
    trials: Float[Tensor, " n"],
    settings: BottleneckSettings | None = None,
) -> WholeEmbedding:
    """Train the model without a bottleneck that ``preserved`` compares with."""
    settings = settings or BottleneckSettings()
    check_counts(x, successes, trials)
    generator = torch.Generator().manual_seed(settings.seed)
    model = WholeEmbedding(x.shape[-1], settings.hidden, generator).to(x)
    start_at_base_rate(model.readout, successes, trials)

    def loss(rows: Tensor, _: float) -> Tensor:
        surprise = cross_entropy(model(x[rows]), successes[rows], trials[rows])
        return mean_over_trials(surprise, trials[rows])

    fit(model, loss, len(x), settings, generator)
    return model.eval()


def start_at_base_rate(readout: nn.Linear, successes: Tensor, trials: Tensor) -> None:
    """Set the bias of a readout to the log-odds of the mean rate."""
    rate = successes.sum() / trials.sum()
    nn.init.constant_(readout.bias, float(torch.logit(rate)))


def fit(
    model: nn.Module,
    loss: Callable[[Tensor, float], Tensor],
    rows: int,
    settings: BottleneckSettings,
    generator: torch.Generator,
) -> None:
    """Minimise ``loss(rows of a batch, progress in [0, 1])`` by Adam."""
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.lr, weight_decay=settings.decay, foreach=False
    )
    model.train()
    for epoch in range(settings.epochs):
        for batch in torch.split(torch.randperm(rows, generator=generator), settings.batch):
            optimiser.zero_grad()
            torch.autograd.backward(loss(batch, epoch / settings.epochs))
            optimiser.step()


def check_counts(x: Tensor, successes: Tensor, trials: Tensor) -> float:
    """Validate counts and return the entropy of the response over all trials, in nats."""
    if not len(x) == len(successes) == len(trials):
        raise ValueError(
            "x, successes and trials must have one row per creative, "
            f"got {len(x)}, {len(successes)} and {len(trials)}"
        )
    if bool(((successes < 0) | (successes > trials)).any()):
        raise ValueError("successes must be between 0 and trials in every row")
    rate = float(successes.sum() / trials.sum()) if float(trials.sum()) > 0 else 0.0
    if not 0 < rate < 1:
        raise ValueError(
            f"the response must occur in some but not all trials, got a rate of {rate}"
        )
    return binary_entropy(rate)


@torch.no_grad()
def measure(
    trained: TrainedBottleneck,
    unrestricted: WholeEmbedding,
    x: Float[Tensor, "n width"],
    successes: Float[Tensor, " n"],
    trials: Float[Tensor, " n"],
    *,
    samples: int = 16,
    resamples: int = 1000,
    seed: int = 42,
) -> InformationReport:
    """Measure a code on creatives that neither training used.

    Args:
        trained: The encoder.
        unrestricted: The model of the whole embedding, trained on the same creatives.
        x: Embeddings of held-out creatives.
        successes: Their responses.
        trials: Their trials.
        samples: Codes drawn per embedding.
        resamples: Bootstrap samples of creatives.
        seed: Seed of the codes and the bootstrap.
    """
    model, entropy = trained.model, check_counts(x, successes, trials)
    generator = torch.Generator().manual_seed(seed)
    draws = [model.sample(x, generator) for _ in range(samples)]
    surprise = torch.stack(
        [cross_entropy(model.logits(z), successes, trials) for z, _ in draws]
    ).mean(0)
    plain = cross_entropy(unrestricted(x), successes, trials)
    pick = torch.randint(len(x), (resamples, len(x)), generator=generator)
    information = resampled_information(surprise, successes, trials, pick)
    reference = resampled_information(plain, successes, trials, pick)
    return InformationReport(
        entropy,
        float(mean_over_trials(draws[0][1], trials)),
        interval(information),
        interval(information / reference) if float(reference[0]) > 0 else None,
        trained.settings.beta,
        trained.beta_effective,
        (model.width, model.dim),
    )


def resampled_information(
    surprise: Float[Tensor, " n"],
    successes: Float[Tensor, " n"],
    trials: Float[Tensor, " n"],
    pick: Int[Tensor, "b n"],
) -> Float[Tensor, " draws"]:
    """``H(Y) - E[-log p(y|z)]`` of all creatives, then of each bootstrap sample of them."""
    all_rows = torch.arange(len(trials))[None]
    information = []
    for rows in (*all_rows, *pick):
        shown = trials[rows]
        rate = float(successes[rows].sum() / shown.sum())
        information.append(binary_entropy(rate) - float(mean_over_trials(surprise[rows], shown)))
    return torch.tensor(information, dtype=torch.float64)


def interval(values: Float[Tensor, " draws"]) -> Interval:
    """Return the first as the estimate, with the central 95 % of the rest as its interval."""
    limits = torch.quantile(values[1:], torch.tensor([0.025, 0.975], dtype=values.dtype))
    return Interval(float(values[0]), float(limits[0]), float(limits[1]))
