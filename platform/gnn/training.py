"""Fitting a conversion model: log-loss on journeys that convert and that do not.

Fitting drops touches at random, because credit evaluates journeys with touches removed; the number
of dropped touches is an input of the model. Fitting ends when the loss on held-out users no longer
falls. The best state is kept and calibrated on the same users.
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
"""Smallest number of conversions in the training and in the validation part."""


@dataclass(frozen=True)
class TrainingSettings:
    """How a conversion model is fitted.

    Attributes:
        model: size and lookback of the model.
        touch_dropout: probability of dropping each touch while fitting.
        batch_size: journeys per step.
        learning_rate: initial rate of AdamW (Loshchilov and Hutter 2019).
        weight_decay: weight decay of AdamW.
        patience: epochs without a better held-out loss before the rate is cut.
        cuts: number of cuts of the rate to a third; at the next one, fitting ends.
        min_gain: smallest improvement of the held-out loss that counts, in nats.
        max_epochs: limit; a fit that has not ended by then has not converged.
        seed: seed of parameters, order and dropout.
        device: device of the fit; CUDA if available if None.
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
class FittedModel:
    """A fitted conversion model.

    Attributes:
        model: the model in evaluation mode.
        calibration: calibration, fitted on held-out users.
        losses: held-out log-loss before fitting and after each epoch, in nats.
        best: index of the kept state in ``losses``.
        device: device of the model.
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
        """Return the calibrated probability that each journey converts."""
        return self.calibration.probability(self.logits(journeys, batch_size=batch_size))


def choose_device(name: str | None) -> torch.device:
    """Return the named device; by default CUDA if available, else the CPU."""
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def drop_touches(
    journeys: JourneyColumns, chance: float, rng: np.random.Generator
) -> JourneyColumns:
    """Return the journeys with touches dropped at random."""
    return journeys.with_touches(rng.random(len(journeys.days)) >= chance) if chance else journeys


def fit(
    train: JourneyColumns,
    validation: JourneyColumns,
    vocabulary: Vocabulary,
    settings: TrainingSettings | None = None,
    *,
    on_epoch: Callable[[int, float], None] | None = None,
) -> FittedModel:
    """Fit a conversion model.

    Args:
        train: training journeys.
        validation: journeys of other users, for early stopping and calibration.
        vocabulary: vocabulary of all journeys, also those of later predictions.
        settings: settings of the fit.
        on_epoch: called after each epoch with its number and held-out loss.

    Raises:
        ValueError: users in both parts, codes outside the vocabulary, other covariates, or too few
            conversions.
        NotConvergedError: the loss became non-finite, or was still falling at the last epoch.
    """
    settings = settings or TrainingSettings()
    _check_parts(train, validation, vocabulary)
    device = choose_device(settings.device)
    rng = np.random.default_rng(settings.seed)
    model = _initial_model(vocabulary, train, settings).to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    progress = _Progress(settings, _held_out_loss(model, validation, device), model)
    for epoch in range(1, settings.max_epochs + 1):
        _train_epoch(model, optimiser, train, settings, rng, device)
        loss = _held_out_loss(model, validation, device)
        if on_epoch is not None:
            on_epoch(epoch, loss)
        if progress.is_over(loss, model, optimiser):
            return _best_model(model, progress, validation, device)
    raise NotConvergedError(
        f"the held-out loss was still falling after {settings.max_epochs} epochs"
        f" ({progress.losses[-1]:.5f} nats); allow more epochs or raise the learning rate"
    )


class _Progress:
    """The best state so far, with the schedule of the learning rate."""

    def __init__(self, settings: TrainingSettings, loss: float, model: nn.Module) -> None:
        self.settings, self.losses, self.best = settings, [loss], 0
        self.state = copy.deepcopy(model.state_dict())
        self.waited, self.cuts = 0, 0

    def is_over(self, loss: float, model: nn.Module, optimiser: torch.optim.Optimizer) -> bool:
        """Record the loss of an epoch; return whether fitting ends."""
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
        # smaller steps continue from the best state
        model.load_state_dict(self.state)
        for group in optimiser.param_groups:
            group["lr"] /= 3
        return self.cuts > self.settings.cuts


def _check_parts(train: JourneyColumns, validation: JourneyColumns, vocabulary: Vocabulary) -> None:
    for name, part in (("train", train), ("validation", validation)):
        check_codes(part, vocabulary.sizes)
        conversions = int(part.converted.sum())
        if conversions < MIN_CONVERSIONS or conversions == len(part):
            raise ValueError(
                f"the {name} part needs at least {MIN_CONVERSIONS} journeys that convert and"
                f" some that do not, got {conversions} of {len(part)} that convert"
            )
    if train.covariates.shape[1] != validation.covariates.shape[1]:
        raise ValueError(
            f"both parts must have the same covariates, got {train.covariates.shape[1]} and"
            f" {validation.covariates.shape[1]}"
        )
    both = np.intersect1d(train.user, validation.user)
    if len(both):
        raise ValueError(f"users must be in one part only, got {len(both)} in both; split by user")


def _initial_model(
    vocabulary: Vocabulary, train: JourneyColumns, settings: TrainingSettings
) -> ConversionModel:
    # a separate generator leaves the state of the caller's unchanged
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = ConversionModel(vocabulary, train.covariates.shape[1], settings.model)
    rate = train.conversions / float(train.weight.sum())
    model.start_at(rate, torch.from_numpy(train.covariates).float())
    return model


def _train_epoch(
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
        journeys = train.select(rows)
        visible = drop_touches(journeys, settings.touch_dropout, rng)
        graph = graph_of(visible, journeys.touches - visible.touches).to(str(device))
        optimiser.zero_grad()
        _batch_loss(model, graph, mean_weight).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()


def _batch_loss(model: ConversionModel, graph: HeteroData, mean_weight: float) -> torch.Tensor:
    journey = graph["journey"]
    weight = journey.weight / mean_weight
    return F.binary_cross_entropy_with_logits(model(graph), journey.converted, weight)


def _held_out_loss(model: ConversionModel, journeys: JourneyColumns, device: torch.device) -> float:
    model.eval()
    probability = Calibration().probability(_logits(model, journeys, 8192, device))
    return log_loss(journeys.converted, probability, journeys.weight)


def _logits(
    model: ConversionModel, journeys: JourneyColumns, size: int, device: torch.device
) -> NDArray[np.float64]:
    logits = np.empty(len(journeys))
    with torch.inference_mode():
        for rows in batch_rows(journeys, size):
            graph = graph_of(journeys.select(rows)).to(str(device))
            logits[rows] = model(graph).cpu().double().numpy()
    return logits


def _best_model(
    model: ConversionModel, progress: _Progress, validation: JourneyColumns, device: torch.device
) -> FittedModel:
    model.load_state_dict(progress.state)
    model.eval()
    logit = _logits(model, validation, 8192, device)
    calibration = calibrate(logit, validation.converted, validation.weight)
    return FittedModel(model, calibration, tuple(progress.losses), progress.best, device)
