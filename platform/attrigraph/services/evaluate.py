"""The use case of evaluation: every model's credit and the ground truth of a simulated world."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import CustomerAttributes
from attrigraph.errors import InputError
from attrigraph.quantities import counted
from attrigraph.services.attribution_data import choose_models, event_data
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.staging.scratch_dir import TEMPORARY
from attrigraph.worlds.evaluation import Score, evaluate
from attrigraph.worlds.files import read_truth, read_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import EventTable, ModelCredits
    from attrigraph.worlds.truth import Truth


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Models compared with the ground truth.

    Attributes:
        truth: what marketing caused.
        answers: each model's credits by channel, in the order in which they ran.
        scores: how far each is from the truth, in the same order.
    """

    truth: Truth
    answers: tuple[ModelCredits, ...]
    scores: tuple[Score, ...]


def evaluate_world(
    folder: Path,
    models: Sequence[str] | None = None,
    *,
    model_options: ModelOptions | None = None,
) -> Evaluation:
    """Read a world's files as any user's, run models, and compare them with its truth.

    Args:
        folder: as `attrigraph simulate` writes it.
        models: names as ``attrigraph attribute --models`` takes them; None for every default model
            that the world supports.
        model_options: options of the models.

    Raises:
        InputError: the folder holds no world, a model is unknown or lacks an option that it needs,
            or there are too few conversions for it.
        ConvergenceError: a model's fit does not converge.
        MissingExtraError: a model needs an optional package that is not installed.
    """
    options = AttributionOptions(
        models=None if models is None else tuple(models),
        model_options=model_options or ModelOptions(),
    )
    truth = read_truth(folder / "truth.json")
    window = read_window(folder / "truth.json")
    events, customers = _read(folder)
    options = replace(options, journeys=JourneyOptions(window=_containing(events, window, folder)))
    data = event_data(events, customers, options)
    answer = Analysis(data).attribute(choose_models(data, options), "channel")
    answers = tuple(answer.models.values())
    return Evaluation(truth, answers, tuple(evaluate(model, truth) for model in answers))


def _containing(
    events: EventTable, window: tuple[int, int] | None, folder: Path
) -> tuple[int, int] | None:
    """The window, with an exclusive end, that contains all events of a world.

    In some worlds all conversions are at the very end of the window, which is then included.
    """
    if window is None:
        return None
    start, end = window
    times = np.concatenate([events.touches.time, events.conversions.time])
    outside = int(((times < start) | (times > end)).sum())
    if outside:
        raise InputError(
            f"{counted(outside, 'event')} of {folder / 'events.csv'} outside the window that its "
            "truth.json names; write the world again with `attrigraph simulate`"
        )
    return start, end + int((times == end).any())


def _read(folder: Path) -> tuple[EventTable, CustomerAttributes | None]:
    events, customers = folder / "events.csv", folder / "customers.csv"
    if not events.exists():
        raise InputError(
            f"{folder} has a truth.json and lacks events.csv; "
            "write the world again with `attrigraph simulate`"
        )
    # some worlds list no customers; dates without a time of day are dates in UTC
    files = [events, customers] if customers.exists() else [events]
    with (
        tempfile.TemporaryDirectory(prefix=TEMPORARY) as scratch,
        stage(
            files,
            preset("events", "customers"),
            StagingOptions(keep_ids=True, zone="UTC"),
            folder=Path(scratch),
        ) as staged,
    ):
        if staged.counts.rejected:
            first = next(staged.rejected())
            raise InputError(
                f"{counted(staged.counts.rejected, 'row')} of the world rejected, the first in "
                f"{first.file}:{first.line}: {first.reason}"
            )
        parts = list(staged.customer_attributes())
        attributes = CustomerAttributes.concatenate(parts) if parts else None
        return staged.events(), attributes
