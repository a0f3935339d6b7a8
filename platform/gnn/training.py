"""Fitting a conversion model: log-loss on journeys that convert and that do not.

Touches are dropped at random while fitting, so that journeys with touches taken out, which credit
asks about, are nothing new to the model; it is told how many were. Fitting ends when the loss on
held-out users no longer falls; the best state is kept, and calibrated on the same users.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData

from gnn.batches import batch_rows, check_codes, graph_of
from gnn.calibration import Calibration, calibrate, log_loss
from gnn.errors import NotConvergedError
from gnn.journeys import JourneyColumns, Vocabulary
from gnn.model import ConversionModel, ModelSettings

MIN_CONVERSIONS = 20
"""Conversions that each of the parts, to fit and to stop by, must have."""


@dataclass(frozen=True)
class TrainingSettings:
    """How a conversion model is fitted.

    Attributes:
        model: size and reach of the model.
        touch_dropout: chance with which each touch is left out of a journey while fitting.
        batch_size: journeys in a step.
        learning_rate: of AdamW (Loshchilov and Hutter 2019), at the start.
        weight_decay: likewise.
        patience: epochs without a better held-out loss before the rate is cut.
        cuts: how often it is cut to a third; the next time, fitting ends.
        min_gain: nats by which a held-out loss must be lower to be better.
        max_epochs: a fit that is not over by then has not converged.
        seed: of parameters, order and dropout.
        device: where to fit; CUDA where it is present if None.
    """

    model: ModelSettings = field(default_factory=ModelSettings)
    touch_dropout: float = 0.15
    batch_size: int = 512
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    patience: int = 2
    cuts: int = 2
    min_gain: float = 1e-5
    max_epochs: int = 60
    seed: int = 0
    device: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.touch_dropout < 1:
            raise ValueError(f"touch_dropout must be in [0, 1), got {self.touch_dropout}")
        for name in ("batch_size", "patience", "max_epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("weight_decay", "cuts", "min_gain"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if not 0 < self.learning_rate < 1:
            raise ValueError(f"learning_rate must be in (0, 1), got {self.learning_rate}")


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted conversion model.

    Attributes:
        model: in evaluation mode.
        calibration: fitted on held-out users.
        losses: held-out log-loss before fitting and after each epoch, nats.
        best: which of them is kept.
        device: where it computes.
    """

    model: ConversionModel
    calibration: Calibration
    losses: tuple[float, ...]
    best: int
    device: torch.device

    def logits(self, journeys: JourneyColumns, *, batch_size: int = 8192) -> NDArray[np.float64]:
        """Return the uncalibrated logit of each journey, without dropout."""
        check_codes(journeys, self.model.vocabulary.sizes)
        return _logits(self.model, journeys, batch_size, self.device)

    def probabilities(
        self, journeys: JourneyColumns, *, batch_size: int = 8192
    ) -> NDArray[np.float64]:
        """Return the calibrated chance that each journey converts."""
        return self.calibration.probability(self.logits(journeys, batch_size=batch_size))


def choose_device(name: str | None) -> torch.device:
    """Return the device of a name; without one, CUDA where it is present, else the CPU."""
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def drop_touches(
    journeys: JourneyColumns, chance: float, rng: np.random.Generator
) -> JourneyColumns:
    """Return the journeys with each touch left out by chance."""
    return journeys.with_touches(rng.random(len(journeys.days)) >= chance) if chance else journeys


def fit(
    train: JourneyColumns,
    validation: JourneyColumns,
    vocabulary: Vocabulary,
    settings: TrainingSettings | None = None,
    *,
    told: Callable[[int, float], None] | None = None,
) -> Fitted:
    """Fit a conversion model.

    Args:
        train: journeys to learn from.
        validation: journeys of other users, to stop and calibrate by.
        vocabulary: of all journeys the model will be asked about.
        settings: how to fit.
        told: called after each epoch with its number and held-out loss.

    Raises:
        ValueError: users in both parts, codes outside the vocabulary, other covariates, or too few
            conversions.
        NotConvergedError: the loss left the numbers, or was still falling at the last epoch.
    """
    settings = settings or TrainingSettings()
    _check_parts(train, validation, vocabulary)
    device = choose_device(settings.device)
    rng = np.random.default_rng(settings.seed)
    model = _seeded(vocabulary, train, settings).to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    progress = _Progress(settings, _held_out(model, validation, device), model)
    for epoch in range(1, settings.max_epochs + 1):
        _learn(model, optimiser, train, settings, rng, device)
        loss = _held_out(model, validation, device)
        if told is not None:
            told(epoch, loss)
        if progress.over(loss, model, optimiser):
            return _finished(model, progress, validation, device)
    raise NotConvergedError(
        f"the held-out loss was still falling after {settings.max_epochs} epochs"
        f" ({progress.losses[-1]:.5f} nats); allow more epochs or raise the learning rate"
    )


class _Progress:
    """The best state so far, and when to slow down and to end."""

    def __init__(self, settings: TrainingSettings, loss: float, model: nn.Module) -> None:
        self.settings, self.losses, self.best = settings, [loss], 0
        self.state = copy.deepcopy(model.state_dict())
        self.waited, self.cuts = 0, 0

    def over(self, loss: float, model: nn.Module, optimiser: torch.optim.Optimizer) -> bool:
        """Take in an epoch's loss; return whether fitting ends."""
        if not math.isfinite(loss):
            raise NotConvergedError(
                f"the held-out loss became {loss} in epoch {len(self.losses)}; lower the learning"
                " rate"
            )
        self.losses.append(loss)
        if loss < self.losses[self.best] - self.settings.min_gain:
            self.best, self.waited = len(self.losses) - 1, 0
            self.state = copy.deepcopy(model.state_dict())
            return False
        self.waited += 1
        if self.waited < self.settings.patience:
            return False
        self.waited, self.cuts = 0, self.cuts + 1
        # A smaller step goes on from the best state, not from where the large one strayed to.
        model.load_state_dict(self.state)
        for group in optimiser.param_groups:
            group["lr"] /= 3
        return self.cuts > self.settings.cuts


def _check_parts(train: JourneyColumns, validation: JourneyColumns, vocabulary: Vocabulary) -> None:
    for name, part in (("train", train), ("validation", validation)):
        check_codes(part, vocabulary.sizes)
        found = int(part.converted.sum())
        if found < MIN_CONVERSIONS or found == len(part):
            raise ValueError(
                f"the {name} part needs at least {MIN_CONVERSIONS} journeys that convert and"
                f" some that do not, got {found} of {len(part)} that convert"
            )
    if train.covariates.shape[1] != validation.covariates.shape[1]:
        raise ValueError(
            f"both parts must have the same covariates, got {train.covariates.shape[1]} and"
            f" {validation.covariates.shape[1]}"
        )
    both = np.intersect1d(train.user, validation.user)
    if len(both):
        raise ValueError(f"{len(both)} users stand in both parts; split by user")


def _seeded(
    vocabulary: Vocabulary, train: JourneyColumns, settings: TrainingSettings
) -> ConversionModel:
    # Parameters are drawn from a generator of their own; the caller's stays where it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = ConversionModel(vocabulary, train.covariates.shape[1], settings.model)
    rate = train.conversions / float(train.weight.sum())
    model.start_at(rate, torch.from_numpy(train.covariates).float())
    return model


def _learn(
    model: ConversionModel,
    optimiser: torch.optim.Optimizer,
    train: JourneyColumns,
    settings: TrainingSettings,
    rng: np.random.Generator,
    device: torch.device,
) -> None:
    model.train()
    mean_weight = float(train.weight.mean())
    for rows in batch_rows(train, settings.batch_size, rng):
        whole = train.select(rows)
        seen = drop_touches(whole, settings.touch_dropout, rng)
        graph = graph_of(seen, whole.touches - seen.touches).to(str(device))
        optimiser.zero_grad()
        _batch_loss(model, graph, mean_weight).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()


def _batch_loss(model: ConversionModel, graph: HeteroData, mean_weight: float) -> torch.Tensor:
    journey = graph["journey"]
    weight = journey.weight / mean_weight
    return F.binary_cross_entropy_with_logits(model(graph), journey.converted, weight)


def _held_out(model: ConversionModel, journeys: JourneyColumns, device: torch.device) -> float:
    model.eval()
    chance = Calibration().probability(_logits(model, journeys, 8192, device))
    return log_loss(journeys.converted, chance, journeys.weight)


def _logits(
    model: ConversionModel, journeys: JourneyColumns, size: int, device: torch.device
) -> NDArray[np.float64]:
    logits = np.empty(len(journeys))
    with torch.inference_mode():
        for rows in batch_rows(journeys, size):
            graph = graph_of(journeys.select(rows)).to(str(device))
            logits[rows] = model(graph).cpu().double().numpy()
    return logits


def _finished(
    model: ConversionModel, progress: _Progress, validation: JourneyColumns, device: torch.device
) -> Fitted:
    model.load_state_dict(progress.state)
    model.eval()
    logit = _logits(model, validation, 8192, device)
    made = calibrate(logit, validation.converted, validation.weight)
    return Fitted(model, made, tuple(progress.losses), progress.best, device)
