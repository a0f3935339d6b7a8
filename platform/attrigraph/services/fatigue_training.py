"""Training of the fatigue model on all daily figures of the graph."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.saved import to_bytes
from attrigraph.fatigue.trained import train_fatigue
from attrigraph.runs.lineage import code_version
from attrigraph.runs.progress import ignore
from attrigraph.services.fatigue_history import read_fatigue_history
from attrigraph.services.fatigue_model import MODEL, read_fatigue_model
from attrigraph.store.model_artifacts import FittedModel, save_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.trained import TrainedFatigue
    from attrigraph.runs.progress import Progress
    from attrigraph.services.fatigue_history import StoredHistory
    from attrigraph.services.fatigue_model import TrainedModel
    from attrigraph.stores import Stores


def train_fatigue_model(
    stores: Stores,
    *,
    method: str | None = None,
    seed: int = 0,
    progress: Progress = ignore,
) -> TrainedModel:
    """Train on all daily figures of the graph, and keep the model.

    The same figures and seed give the same model on the same machine.

    Args:
        stores: with the graph and Postgres.
        method: one of ``METHODS``; None for the best of those that are compared.
        seed: of the split of campaigns and of the network.
        progress: told of the epochs that are done.

    Raises:
        InputError: there are no figures, too few days of them, or too few campaigns for the method.
        ConvergenceError: the loss became non-finite.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    stored = read_fatigue_history(stores)
    history = stored.history
    trained = train_fatigue(
        history,
        method=method,
        seed=seed,
        progress=lambda done, total: progress("fit", done, total),
    )
    fitted = FittedModel(
        MODEL,
        _fingerprint(history),
        {"seed": seed},
        _metrics(trained, stored),
        to_bytes(trained),
        code_version(),
    )
    save_model(stores.engine, fitted)
    return read_fatigue_model(stores)


def _metrics(trained: TrainedFatigue, stored: StoredHistory) -> dict[str, Any]:
    history = stored.history
    calibration = trained.calibration
    return {
        "method": trained.method,
        "campaigns": len(np.unique(history.campaign_of_unit)),
        "creatives": len(history.creatives),
        "units": history.units,
        "creative_days": int(history.observed.sum()),
        "as_of": stored.as_of.isoformat(),
        "calibration_campaigns": 0 if calibration is None else calibration.campaigns,
        "errors": trained.errors,
        "spill_weight": panel_of(history).spill_weight,
        "seed": trained.seed,
        "notes": list(stored.notes()),
    }


def _fingerprint(history: FatigueHistory) -> str:
    """SHA-256 of figures, names and pairs, in hexadecimal."""
    digest = hashlib.sha256(str(history.first_day).encode())
    names: Sequence[tuple[str, ...]] = (
        history.creatives, history.campaigns, history.audiences, history.channels,
    )  # fmt: skip
    for texts in names:
        digest.update("\0".join(texts).encode())
    for array in (
        history.campaign, history.creative, history.audience, history.channel,
        history.impressions, history.clicks, history.reach, history.cost,
        history.genomes.vectors, history.similar, history.similarity,
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
